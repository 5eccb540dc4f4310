"""Our own processor time: from bytes to the values of rows, no SDK and no store."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parser import parse

from benchmarks import least, servers, workload
from benchmarks.measure import Line, Row, cpu, in_turn, ratio
from opsledger import catalog
from opsledger.intake.understand import Refused, understand
from opsledger.ledger.changes import ApplyNotifications
from opsledger.ledger.rows import ledger_put
from opsledger.store import Put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TIMES = 5


def measure(sizes: Sizes) -> Iterator[Row]:
    """Ours beside json.loads, and beside what cannot be left out."""
    os.environ.update(servers.AWS)
    from benchmarks.peers.powertools_function import Event  # noqa: PLC0415 - it makes a client, which needs a region

    payload = workload.batch()
    aws = [workload.aws_event(n) for n in range(workload.BATCH)]
    aws_payload = json.dumps(aws).encode()
    model = catalog.find(workload.REBOOT)[0].content
    assert [(put.key.values, put.columns) for put in values(payload)] == least.rows(payload)

    def validated() -> None:
        for event in json.loads(payload):
            model.model_validate(event["data"])

    def powertools() -> None:
        for event in json.loads(aws_payload):
            parse(event=event, model=Event)

    sides = in_turn(
        {
            "ours: to row values": cpu(lambda: values(payload), TIMES),
            "json.loads": cpu(lambda: json.loads(payload), 20 * TIMES),
            "json.loads + pydantic": cpu(validated, TIMES),
            "the least: straight-line code for this type": cpu(lambda: least.rows(payload), TIMES),
            "json.loads + Powertools parser": cpu(powertools, TIMES),
        },
        2 * sizes.rounds,
        1e6 / workload.BATCH,
    )
    ours, loads, _, floor, _ = sides
    yield Row(
        "own CPU per event: bytes → validated → decided → row values, batch of 100",
        "µs",
        sides,
        (
            Line("ours ÷ json.loads", ratio(ours, loads), 6),
            Line("floor: the least ÷ json.loads", ratio(floor, loads), 6),
        ),
        "Two rows an event. The second line is the floor of the first: straight-line code that makes the same two rows "
        "of this one type and status, in this one envelope, and could do nothing else (`benchmarks/least.py`). It "
        "parses, validates with pydantic, writes three columns as text and hashes four times.",
    )


def values(payload: bytes) -> list[Put]:
    """The rows of a payload of distinct new things."""
    puts = []
    for told in understand(payload):
        assert not isinstance(told, Refused)
        extra = ledger_put(told, workload.NOW_MS, "request")
        change = ApplyNotifications([told], [extra])
        columns = {"revision": 1, "writer": "request", **change.encode(change.decide(None))}
        puts += [Put(change.key, columns), extra]
    return puts
