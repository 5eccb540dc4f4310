"""The speed of the simulator: schedules with injected faults per minute."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tests.simulation.campaign import campaign

from benchmarks.measure import Measurement, Side, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Measure one process, and one per processor."""
    jobs = os.cpu_count() or 1
    one, all_ = (_per_minute(sizes.schedules, n) for n in (1, jobs))
    yield Measurement(
        "simulator",
        "schedules/min",
        (Side(f"{jobs} processes", (all_,)), Side("one process", (one,))),
        (Threshold("schedules a minute, a process for each processor", all_, 10_000, at_least=True),),
        "Each schedule replays randomized deliveries with injected faults and checks the invariants.",
    )


def _per_minute(schedules: int, jobs: int) -> float:
    started = time.perf_counter()
    *_, totals = campaign(1, schedules, jobs=jobs)
    assert not totals.violations
    return totals.schedules * 60 / (time.perf_counter() - started)
