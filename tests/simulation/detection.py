"""Check that the invariants notice mistakes: run schedules with a mutant active until its invariant is violated."""

from __future__ import annotations

import multiprocessing
import pkgutil
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from tests.simulation import report
from tests.simulation.invariants import SAME_TRACE
from tests.simulation.run import clear_caches
from tests.simulation.schedule import REBUILD, Schedule, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.simulation.mutant import Mutant

MAX_SCHEDULES = 1500
"""Schedules within which every mutant must be detected; most need fewer than ten."""


_CONCERNED: tuple[tuple[str, Callable[[Schedule], object]], ...] = (
    ("opsledger.notify", lambda schedule: schedule.notifiers),
    ("poller", lambda schedule: schedule.polled),
    ("opsledger.polling", lambda schedule: schedule.polled),
    ("migration", lambda schedule: schedule.migrating),
    ("rebuild", lambda schedule: REBUILD in schedule.tools),
    ("backup", lambda schedule: "export and import" in schedule.tools),
    ("ledger.record", lambda schedule: schedule.swept),
    ("overdue", lambda schedule: schedule.swept),
    ("settlement", lambda schedule: schedule.swept),
    ("open_records", lambda schedule: schedule.swept),
)
"""In which schedules the code of a mutant runs, by a part of its target."""


class Detection(NamedTuple):
    """Whether a mutant was detected, and after how many schedules."""

    mutant: str
    invariant: str
    detected: bool
    schedules: int

    def to_json(self) -> dict[str, str | int]:
        """For the command line."""
        return {"mutant": self.mutant, "detected by": self.invariant, "after schedules": self.schedules}


def detect_all(mutants: Iterable[Mutant], seed: int, jobs: int = 1) -> list[Detection]:
    """Try to detect each mutant with the schedules of `seed` and the seeds after it, in so many processes."""
    if jobs == 1:
        return [detect(mutant, seed) for mutant in mutants]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        return list(pool.imap(partial(detect, seed=seed), mutants))


def detect(mutant: Mutant, seed: int, max_schedules: int | None = None) -> Detection:
    """Run schedules until the mutant's invariant is violated, at most `max_schedules` (default: `MAX_SCHEDULES`).

    For a mutant of the poller or of a tool, schedules in which it does not run are skipped and not counted.
    """
    limit = MAX_SCHEDULES if max_schedules is None else max_schedules
    with activated(mutant):
        for done, schedule in enumerate(islice(_schedules(mutant, seed), limit), start=1):
            found = report.find_violations(schedule, twice=mutant.detected_by == SAME_TRACE)
            if any(violation.invariant == mutant.detected_by for violation in found):
                return Detection(mutant.name, mutant.detected_by, detected=True, schedules=done)
    return Detection(mutant.name, mutant.detected_by, detected=False, schedules=limit)


def _schedules(mutant: Mutant, seed: int) -> Iterator[Schedule]:
    concerned = next((test for part, test in _CONCERNED if part in mutant.target), lambda _schedule: True)
    return filter(concerned, map(draw, count(seed)))


@contextmanager
def activated(mutant: Mutant) -> Iterator[None]:
    """Run the block with the mutant's mistake in the code."""
    target = pkgutil.resolve_name(mutant.target)
    original = target.__dict__[mutant.attribute]
    with ExitStack() as stack:
        stack.callback(clear_caches)
        stack.enter_context(patch.object(target, mutant.attribute, mutant.mutate(original)))
        clear_caches()
        yield
