"""The processor time of `make test`."""

from __future__ import annotations

import resource
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, Side, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

ROOT = Path(__file__).parents[2]
MOST_S = 140


def measure(_sizes: Sizes) -> Iterator[Measurement]:
    """Run it once; its environment has been made before."""
    make = shutil.which("make") or "make"
    subprocess.run([make, "test", "ARGS=--collect-only -q"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - this project's
    before = _children_s()
    subprocess.run([make, "test"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - as above
    taken = _children_s() - before
    yield Measurement(
        "make test: processor time of its processes",
        "s",
        (Side("two workers and what they start", (taken,)),),
        (Threshold("seconds", taken, MOST_S),),
        "The sum of all processes, in user mode and in the system.",
    )


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
