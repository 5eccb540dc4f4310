"""Instructions: of a cold start, and of our own code for one event; nothing where valgrind is not installed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from benchmarks import callgrind, workload
from benchmarks.measure import Measurement, Side, Threshold
from benchmarks.rows import cold_start
from benchmarks.servers import moto_served, yunmock_served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.sizes import Sizes

OURS = "from benchmarks import workload, row_values as v; p = workload.batch()\nfor _ in range({times}): v.values(p)"
LOADS = "import json\nfrom benchmarks import workload; p = workload.batch()\nfor _ in range({times}): json.loads(p)"
FEW, MANY = 2, 6
"""How often a batch is processed; the difference is free of what comes once."""
BARE = "pass"


def measure(_sizes: Sizes) -> Iterator[Measurement]:
    """Count both."""
    if callgrind.VALGRIND is None:
        return
    yield _cold_start()
    yield _own()


def _cold_start() -> Measurement:
    with yunmock_served() as aliyun, moto_served() as aws:
        cold_start.prepare(aliyun, aws)
        event, of_peer = json.dumps(workload.event(1)), json.dumps(workload.aws_event(1))
        ours = _million(cold_start.OURS, aliyun, event)
        peer = _million(cold_start.POWERTOOLS, aws, of_peer)
    bare = _million(BARE, {})
    return Measurement(
        "cold start: new process → first event stored, instructions",
        "million",
        (Side("ours", (ours,)), Side("Powertools + boto3", (peer,)), Side("bare Python", (bare,))),
        (Threshold("ours, million", ours, 850), Threshold("ours ÷ Powertools + boto3", ours / peer, 0.55)),
        "Counted by callgrind, with bytecode in place as in a layer.",
    )


def _own() -> Measurement:
    ours, loads = _an_event(OURS), _an_event(LOADS)
    return Measurement(
        "own code per event: bytes → validated → decided → row values, instructions",
        "thousand",
        (Side("ours: to row values", (ours,)), Side("json.loads", (loads,))),
        (Threshold("ours ÷ json.loads", ours / loads, 10),),
        f"The difference of {MANY} and {FEW} batches of {workload.BATCH}, counted by callgrind.",
    )


def _an_event(program: str) -> float:
    """Thousands of instructions."""
    # An editable install is found by a hook at Python's start, and the program runs without hooks.
    places = {"PYTHONPATH": os.pathsep.join(map(str, (*cold_start.PLACES, cold_start.ROOT / "infra")))}
    # The first run writes the bytecode of what has none yet, and does not count.
    _, few, many = (_million(program.format(times=times), places) for times in (1, FEW, MANY))
    return (many - few) / (MANY - FEW) / workload.BATCH * 1000


def _million(program: str, environment: Mapping[str, str], payload: str = "") -> float:
    return callgrind.instructions(program, {**cold_start.environment(), **environment}, payload)
