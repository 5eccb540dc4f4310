"""The time from a new process to the first stored event, with a server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import workload
from benchmarks.measure import Measurement, Threshold, in_turn, ratio
from benchmarks.servers import moto_served, yunmock_served, yunmock_served_over_tls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Sample
    from benchmarks.sizes import Sizes

OURS = """
import sys
sys.path.insert(0, "functions/ecs_events")
import index
index.initializer(None)
index.handler(sys.stdin.read(), None)
print("stored", flush=True)
"""
POWERTOOLS = """
import json, sys
from benchmarks.peers import powertools_function as function
function.handler(json.load(sys.stdin), function.LambdaContext())
print("stored", flush=True)
"""
BARE = """
import sys
from benchmarks.peers import minimal_function
minimal_function.store(sys.stdin.read())
print("stored", flush=True)
"""
SDKS = "import tablestore, pydantic; print('stored', flush=True)"
ON_SDK = {"OPSLEDGER_TABLESTORE_CLIENT": "sdk"}
PYTHON = "print('stored', flush=True)"
ROOT = Path(__file__).parents[2]
PLACES = (ROOT / "shared", ROOT, sysconfig.get_path("purelib"))
"""Where Python finds packages. As in a function, it runs no installer hooks at its start."""
TABLES = "from benchmarks.peers import powertools_function as f; f.create_tables(); print('stored', flush=True)"


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Our function, Powertools, the minimal function, the imports alone, and bare Python."""
    with yunmock_served() as aliyun, yunmock_served_over_tls() as aliyun_over_tls, moto_served() as aws:
        prepare(aliyun, aws)
        numbers = iter(range(10**6))

        def ours() -> float:
            return _start(OURS, aliyun, json.dumps(workload.event(next(numbers))))

        def ours_over_tls() -> float:
            return _start(OURS, aliyun_over_tls, json.dumps(workload.event(next(numbers))))

        def ours_on_sdk() -> float:
            return _start(OURS, {**aliyun, **ON_SDK}, json.dumps(workload.event(next(numbers))))

        def bare() -> float:
            return _start(BARE, aliyun, json.dumps(workload.event(next(numbers))))

        def powertools() -> float:
            return _start(POWERTOOLS, aws, json.dumps(workload.aws_event(next(numbers))))

        sides = in_turn(
            {
                "ours": ours,
                "ours over TLS": ours_over_tls,
                "ours on the SDK": ours_on_sdk,
                "Powertools + boto3": powertools,
                "minimal function on Tablestore's SDK and pydantic": bare,
                "import tablestore, pydantic": _starting(SDKS),
                "bare Python": _starting(PYTHON),
            },
            2 * sizes.rounds,
            1000,
        )
    mine, _, on_sdk, peer, _, sdks, _ = sides
    yield Measurement(
        "cold start: new process → first event stored",
        "ms",
        sides,
        (
            Threshold("ours ÷ Powertools + boto3", ratio(mine, peer), 0.55),
            Threshold("ours on the SDK ÷ Powertools + boto3", ratio(on_sdk, peer), 0.85),
            Threshold("ours ÷ importing the SDKs as they ship", ratio(mine, sdks), 1.0),
        ),
        "Each sample starts a process that imports its function, handles one event and reports that it is stored. "
        "Powertools stores the same two rows and its own idempotency record on moto; ours stores them on yunmock. As "
        "in a function, packages are on PYTHONPATH and Python runs no installer hooks. The minimal function imports "
        "the SDK and pydantic and stores two rows with one model and no catalogue "
        "(`benchmarks/peers/minimal_function.py`). Over TLS ours also reads the usual authorities and shakes hands; "
        "all others are without TLS.",
    )


def prepare(aliyun: Mapping[str, str], aws: Mapping[str, str]) -> None:
    """Make the peer's tables, and run both functions once: then there is bytecode of all, as in a layer."""
    _start(TABLES, aws, "")
    _start(OURS, aliyun, json.dumps(workload.event(-1)))
    _start(POWERTOOLS, aws, json.dumps(workload.aws_event(-1)))


def environment() -> dict[str, str]:
    """Where Python finds packages and keeps bytecode, also where this process was started not to."""
    return {"PYTHONPATH": os.pathsep.join(map(str, PLACES)), "PYTHONDONTWRITEBYTECODE": ""}


def _starting(program: str) -> Sample:
    return lambda: _start(program, {}, "")


def _start(program: str, variables: Mapping[str, str], payload: str) -> float:
    """Seconds from the start of `program` until it prints that the event is stored."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables, **environment()},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(payload)
        process.stdin.close()
        if any(line == "stored\n" for line in process.stdout):
            return time.perf_counter() - started
        assert process.stderr is not None
        raise RuntimeError(process.stderr.read())
