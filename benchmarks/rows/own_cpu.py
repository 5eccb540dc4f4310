"""The processor time of our own code: from bytes to row values, without the SDK and the store."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parser import parse

from benchmarks import minimal_baseline, servers, workload
from benchmarks.measure import Measurement, Threshold, cpu, in_turn, ratio
from benchmarks.row_values import values
from opsledger import catalog
from opsledger.intake.delivery import Delivery
from opsledger.intake.envelope import open_element
from opsledger.intake.payload import Payload
from opsledger.intake.understand import Refused, understand
from opsledger.ledger.changes import ApplyNotifications

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TIMES = 5


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Our code, `json.loads`, validation only, and the minimal code for the same rows."""
    os.environ.update(servers.AWS)
    from benchmarks.peers.powertools_function import EventBridgeEvent  # noqa: PLC0415 - it makes a client, which needs a region

    payload = workload.batch()
    aws = [workload.aws_event(n) for n in range(workload.BATCH)]
    aws_payload = json.dumps(aws).encode()
    model = catalog.find(workload.REBOOT)[0].content
    assert [(put.key.values, put.columns) for put in values(payload)] == minimal_baseline.rows(payload)

    def validated() -> None:
        for event in json.loads(payload):
            model.model_validate(event["data"])

    def powertools() -> None:
        for event in json.loads(aws_payload):
            parse(event=event, model=EventBridgeEvent)

    sides = in_turn(
        {
            "ours: to row values": cpu(lambda: values(payload), TIMES),
            "json.loads": cpu(lambda: json.loads(payload), 20 * TIMES),
            "json.loads + pydantic": cpu(validated, TIMES),
            "minimal baseline: straight-line code for this type": cpu(lambda: minimal_baseline.rows(payload), TIMES),
            "json.loads + Powertools parser": cpu(powertools, TIMES),
        },
        2 * sizes.rounds,
        1e6 / workload.BATCH,
    )
    ours, loads, _, floor, _ = sides
    yield Measurement(
        "own CPU per event: bytes → validated → decided → row values, batch of 100",
        "µs",
        sides,
        (
            Threshold("ours ÷ json.loads", ratio(ours, loads), 15),
            Threshold("floor: minimal baseline ÷ json.loads", ratio(floor, loads), 15),
        ),
        "Each event makes two rows. The minimal baseline (`benchmarks/minimal_baseline.py`) is straight-line code that "
        "makes the same two rows for one type, status and envelope. It parses, validates with pydantic, writes six "
        "texts as JSON, of which three are columns, and hashes six times.",
    )
    yield _steps(payload, sizes)


def _steps(payload: bytes, sizes: Sizes) -> Measurement:
    """How long it takes to get so far, for each step."""

    def decided() -> None:
        for one in understand(payload, workload.NOW_MS):
            assert not isinstance(one, Refused)
            ApplyNotifications([one], []).decide(None)

    sides = {
        "to row values": lambda: values(payload),
        "to the decided record": decided,
        "to notifications: recognised, validated, identified": lambda: understand(payload, workload.NOW_MS),
        "to deliveries: parsed, out of the envelope": lambda: _opened(payload),
        "json.loads": lambda: json.loads(payload),
    }
    return Measurement(
        f"own CPU per event by step, batch of {workload.BATCH}",
        "µs",
        in_turn({name: cpu(job, TIMES) for name, job in sides.items()}, 2 * sizes.rounds, 1e6 / workload.BATCH),
        note="Each goes from bytes as far as it says, so the difference of two is what lies between them.",
    )


def _opened(payload: bytes) -> None:
    parsed = Payload(payload)
    for number, element in enumerate(parsed.elements):
        assert isinstance(open_element(element, plain=parsed.plain(number)), Delivery)
