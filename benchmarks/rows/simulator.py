"""Faulted schedules a minute through the simulator."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tests.simulation.campaign import campaign

from benchmarks.measure import Line, Row, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes


def measure(sizes: Sizes) -> Iterator[Row]:
    """On one processor and on all."""
    jobs = os.cpu_count() or 1
    one, all_ = (_a_minute(sizes.schedules, n) for n in (1, jobs))
    yield Row(
        "simulator",
        "schedules/min",
        (Side(f"{jobs} processes", (all_,)), Side("one process", (one,))),
        (Line(f"schedules a minute, {jobs} processes", all_, 10_000, at_least=True),),
        "Each delivers a drawn history in disorder while the store fails, and checks every promise afterwards.",
    )


def _a_minute(schedules: int, jobs: int) -> float:
    started = time.perf_counter()
    *_, figures = campaign(1, schedules, jobs=jobs)
    assert not figures.violations
    return figures.schedules * 60 / (time.perf_counter() - started)
