"""From a new process to the first event stored, against a server on loopback."""

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
from benchmarks.measure import Line, Row, in_turn, ratio
from benchmarks.servers import moto_served, yunmock_served

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
function.handler(json.load(sys.stdin), function.Context())
print("stored", flush=True)
"""
BARE = """
import sys
from benchmarks.peers import bare_function
bare_function.store(sys.stdin.read())
print("stored", flush=True)
"""
SDKS = "import tablestore, pydantic; print('stored', flush=True)"
PYTHON = "print('stored', flush=True)"
ROOT = Path(__file__).parents[2]
PLACES = (ROOT / "shared", ROOT, sysconfig.get_path("purelib"))
"""Where packages are found: as in a function, whose layers have no installer's hooks that Python runs at its start."""
TABLES = "from benchmarks.peers import powertools_function as f; f.create_tables(); print('stored', flush=True)"


def measure(sizes: Sizes) -> Iterator[Row]:
    """Ours beside Powertools, beside the SDKs as they ship, and beside Python itself."""
    with yunmock_served() as aliyun, moto_served() as aws:
        _start(TABLES, aws, "")
        numbers = iter(range(10**6))

        def ours() -> float:
            return _start(OURS, aliyun, json.dumps(workload.event(next(numbers))))

        def bare() -> float:
            return _start(BARE, aliyun, json.dumps(workload.event(next(numbers))))

        def powertools() -> float:
            return _start(POWERTOOLS, aws, json.dumps(workload.aws_event(next(numbers))))

        sides = in_turn(
            {
                "ours": ours,
                "Powertools + boto3": powertools,
                "the least on Tablestore's SDK and pydantic": bare,
                "import tablestore, pydantic": _starting(SDKS),
                "bare Python": _starting(PYTHON),
            },
            2 * sizes.rounds,
            1000,
        )
    mine, peer, floor, sdks, _ = sides
    yield Row(
        "cold start: new process → first event stored",
        "ms",
        sides,
        (
            Line("ours ÷ Powertools + boto3", ratio(mine, peer), 0.6),
            Line("floor: the least on the two packages ÷ Powertools + boto3", ratio(floor, peer), 0.6),
            Line("ours ÷ importing the SDKs as they ship", ratio(mine, sdks), 1.0),
        ),
        "Each starts a process that imports its function, handles one event and says so. Powertools stores the same "
        "two rows and its own idempotency record on moto; ours on yunmock. Packages are found on PYTHONPATH and Python "
        "runs no hooks of installers before, as in a function. The floor imports the SDK and pydantic as ours does and "
        "stores two rows with one model and no catalogue (`benchmarks/peers/bare_function.py`).",
    )


def _starting(program: str) -> Sample:
    return lambda: _start(program, {}, "")


def _start(program: str, environment: Mapping[str, str], payload: str) -> float:
    """Seconds from starting `program` to its saying that it has stored what it read."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own text
        [sys.executable, "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(map(str, PLACES))},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(payload)
        process.stdin.close()
        if any(line == "stored\n" for line in process.stdout):
            return time.perf_counter() - started
        assert process.stderr is not None
        raise RuntimeError(process.stderr.read())
