"""A failing schedule is reduced, described, and can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulation import report
from tests.simulation.detection import activated, detect
from tests.simulation.mutants import MUTANTS
from tests.simulation.schedule import DeliveryJob, Schedule, draw

if TYPE_CHECKING:
    from tests.simulation.mutant import Mutant

COMMAND = 'make simulate ARGS="--seed 1 --schedules 1"'
TERMINAL_OVERWRITTEN = "a terminal status is overwritten"
REPLY_MISSED = "a missing reply is treated as success"


def mutant_named(name: str) -> Mutant:
    """The mutant with this name."""
    return next(mutant for mutant in MUTANTS if mutant.name == name)


def detecting_schedule(mutant: Mutant) -> Schedule:
    """The first schedule that detects the mutant."""
    return draw(detect(mutant, seed=1).schedules)


def test_shrink_leaves_out_what_is_not_needed() -> None:
    """To overwrite a terminal status takes two events, one handler and no fault."""
    mutant = mutant_named(TERMINAL_OVERWRITTEN)
    schedule = detecting_schedule(mutant)

    with activated(mutant):
        small = report.shrink(schedule, mutant.detected_by)

    assert [len(job.events) for job in small.jobs if isinstance(job, DeliveryJob)] in ([1, 1], [2])
    assert all(isinstance(job, DeliveryJob) for job in small.jobs)
    assert (small.workers, small.faults, small.clock_offsets) == (1, {}, {})
    assert len(schedule.jobs) > len(small.jobs)


@pytest.mark.parametrize("name", [TERMINAL_OVERWRITTEN, REPLY_MISSED])
def test_report_describes_the_failure_and_its_replay(name: str) -> None:
    """A report names the deliveries, the faults with their meaning, every step, the violation and the command."""
    mutant = mutant_named(name)
    schedule = detecting_schedule(mutant)

    with activated(mutant):
        text = report.describe(schedule, mutant.detected_by, COMMAND)

    assert text.startswith(f"Schedule {schedule.seed} violates “{mutant.detected_by}”.")
    assert text.endswith(f"Replay it with: {COMMAND}")
    assert f"  {mutant.detected_by}: " in text
    assert " of entity " in text
    assert " writes " in text or " write: request lost" in text
    assert ("attempt 1" in text) is (name == REPLY_MISSED)


def test_difference_between_two_runs_is_shown() -> None:
    """A retry delay that does not follow the seed is shown as it was in both runs."""
    mutant = mutant_named("the retry delay does not follow the seed")
    with activated(mutant):
        (violation,) = report.find_violations(detecting_schedule(mutant), twice=True)

    assert " waits " in violation.what
    assert "in the second" in violation.what


def test_report_is_the_same_every_time() -> None:
    """The same failing schedule gives the same report."""
    mutant = mutant_named("an out-of-order notification is dropped")
    schedule = detecting_schedule(mutant)
    with activated(mutant):
        reports = {report.describe(schedule, mutant.detected_by, COMMAND) for _ in range(2)}

    assert len(reports) == 1
