"""Find what a schedule violates, reduce a failing schedule, and describe it step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.invariants import SAME_TRACE, Violation, check
from tests.simulation.run import run, run_baseline
from tests.simulation.schedule import STORE_FAULTS, DeliveryJob, Schedule

from opsledger.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.run import RunResult
    from tests.simulation.schedule import Job

OpenStore = Callable[[], Store]
"""Opens an empty store."""
MAX_RUNS = 600
"""The most runs spent on reducing a schedule. A report that is longer than needed is better than none."""


def find_violations(schedule: Schedule, open_store: OpenStore | None = None, *, twice: bool = False) -> list[Violation]:
    """The violations in a run of `schedule`; with `twice`, also the differences between two runs."""
    return check_result(schedule, _run(schedule, open_store), open_store, twice=twice)


def check_result(
    schedule: Schedule, result: RunResult, open_store: OpenStore | None = None, *, twice: bool = False
) -> list[Violation]:
    """The violations in `result`, a run of `schedule`; with `twice`, run it again and compare."""
    found = check(result, run_baseline(schedule))
    if twice and (difference := _first_difference(result, _run(schedule, open_store))):
        found.append(Violation(SAME_TRACE, difference))
    return found


def shrink(schedule: Schedule, invariant: str, open_store: OpenStore | None = None) -> Schedule:
    """The smallest part of `schedule` found that still violates `invariant`."""
    runs_left = MAX_RUNS
    smaller = True
    while smaller:
        smaller = False
        for part in _parts(schedule):
            runs_left -= 1
            if runs_left < 0:
                return schedule
            found = find_violations(part, open_store, twice=invariant == SAME_TRACE)
            if any(violation.invariant == invariant for violation in found):
                schedule, smaller = part, True
                break
    return schedule


def describe(schedule: Schedule, invariant: str, command: str, open_store: OpenStore | None = None) -> str:
    """Reduce `schedule`, which violates `invariant`, and describe it; `command` replays it."""
    small = shrink(schedule, invariant, open_store)
    result = _run(small, open_store)
    found = check_result(small, result, open_store, twice=invariant == SAME_TRACE)
    lines = [f"Schedule {schedule.seed} violates “{invariant}”.", "", "The smallest part that fails:"]
    lines += [f"  - {job.describe()}" for job in small.jobs]
    if small.workers > 1:
        lines.append(f"  - {small.workers} handlers at once")
    lines += [f"  - {line}" for line in _faults(small)]
    lines += ["", "What happens:", *(f"  {line}" for line in result.trace)]
    lines += ["", "What is wrong:", *(f"  {violation.invariant}: {violation.what}" for violation in found)]
    return "\n".join([*lines, "", f"Replay it with: {command}"])


def _run(schedule: Schedule, open_store: OpenStore | None) -> RunResult:
    return run(schedule, None if open_store is None else open_store())


def _faults(schedule: Schedule) -> Iterator[str]:
    for (job, attempt, call), fault in schedule.faults.items():
        yield f"job {job}, attempt {attempt + 1}, call {call + 1}: {fault}. {STORE_FAULTS[fault]}"
    for (job, attempt), offset in schedule.clock_offsets.items():
        yield f"job {job}, attempt {attempt + 1}: the clock is off by {offset} ms"


# ------------------------------------------------------------------------------------------------- reduction
def _parts(schedule: Schedule) -> Iterator[Schedule]:
    """Smaller schedules, the smallest first."""
    jobs = schedule.jobs
    for size in _halves(len(jobs)):
        yield from (_with_jobs(schedule, (*jobs[:i], *jobs[i + size :])) for i in range(0, len(jobs), size))
    if schedule.workers > 1:
        yield replace(schedule, workers=1)
    if schedule.clock_offsets:
        yield replace(schedule, clock_offsets={})
    calls = list(schedule.faults)
    for size in _halves(len(calls)):
        for i in range(0, len(calls), size):
            yield replace(schedule, faults={c: schedule.faults[c] for c in (*calls[:i], *calls[i + size :])})
    for place, job in enumerate(jobs):
        if isinstance(job, DeliveryJob) and len(job.events) > 1:
            for i in range(len(job.events)):
                less = replace(job, events=(*job.events[:i], *job.events[i + 1 :]))
                yield _with_jobs(schedule, (*jobs[:place], less, *jobs[place + 1 :]))


def _with_jobs(schedule: Schedule, jobs: tuple[Job, ...]) -> Schedule:
    numbers = {job.number for job in jobs}
    faults = {call: fault for call, fault in schedule.faults.items() if call[0] in numbers}
    offsets = {attempt: offset for attempt, offset in schedule.clock_offsets.items() if attempt[0] in numbers}
    return replace(schedule, jobs=jobs, faults=faults, clock_offsets=offsets)


def _halves(length: int) -> Iterator[int]:
    while length:
        length = (length + 1) // 2
        yield length
        if length == 1:
            return


def _first_difference(first: RunResult, second: RunResult) -> str:
    if first.digest() == second.digest():
        return ""
    for one, other in zip(first.trace, second.trace, strict=False):
        if one != other:
            return f"{one!r} in the first run, {other!r} in the second"
    return "the traces differ in length, or the stored bytes differ"
