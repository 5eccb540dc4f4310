"""A failing schedule, cut down to what it takes to fail, and told so that people can follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.invariants import SAME_TRACE, Violation, check
from tests.simulation.plan import STORE_FAULTS, Plan, Sending
from tests.simulation.run import plainly, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.plan import Job
    from tests.simulation.run import Outcome

    from opsledger.store import Store

    OpenStore = Callable[[], Store]

MOST_RUNS = 600
"""Cutting down stops after so many runs; a story that is a little long beats none."""


def violations(plan: Plan, open_store: OpenStore | None = None, *, twice: bool = False) -> list[Violation]:
    """What does not hold after `plan`; `twice` also compares two runs of it."""
    return judge(plan, _run(plan, open_store), open_store, twice=twice)


def judge(plan: Plan, outcome: Outcome, open_store: OpenStore | None = None, *, twice: bool = False) -> list[Violation]:
    """As `violations`, of an outcome already there."""
    found = check(outcome, plainly(plan))
    if twice and (differing := _first_difference(outcome, _run(plan, open_store))):
        found.append(Violation(SAME_TRACE, differing))
    return found


def shrink(plan: Plan, invariant: str, open_store: OpenStore | None = None) -> Plan:
    """The smallest part of `plan` found that still breaks `invariant`."""
    left = MOST_RUNS
    smaller = True
    while smaller:
        smaller = False
        for part in _parts(plan):
            left -= 1
            if left < 0:
                return plan
            found = violations(part, open_store, twice=invariant == SAME_TRACE)
            if any(violation.invariant == invariant for violation in found):
                plan, smaller = part, True
                break
    return plan


def tell(plan: Plan, invariant: str, command: str, open_store: OpenStore | None = None) -> str:
    """The story of a failing plan, after cutting it down."""
    small = shrink(plan, invariant, open_store)
    outcome = _run(small, open_store)
    found = judge(small, outcome, open_store, twice=invariant == SAME_TRACE)
    lines = [f"Schedule {plan.seed} breaks “{invariant}”.", "", "It takes:"]
    lines += [f"  - {job.show()}" for job in small.jobs]
    if small.lanes > 1:
        lines.append(f"  - {small.lanes} handlers at once")
    lines += [f"  - {line}" for line in _faults(small)]
    lines += ["", "What happened:", *(f"  {line}" for line in outcome.trace)]
    lines += ["", "What is wrong:", *(f"  {v.invariant}: {v.what}" for v in found)]
    return "\n".join([*lines, "", f"Replay it with: {command}"])


def _run(plan: Plan, open_store: OpenStore | None) -> Outcome:
    return run(plan, None if open_store is None else open_store())


def _faults(plan: Plan) -> Iterator[str]:
    for (job, attempt, call), fault in plan.faults.items():
        yield f"at call {call + 1} of attempt {attempt + 1} at job {job}: {fault} ({STORE_FAULTS[fault]})"
    for (job, attempt), jump in plan.jumps.items():
        yield f"in attempt {attempt + 1} at job {job} the clock is off by {jump} ms"


def _parts(plan: Plan) -> Iterator[Plan]:
    """Smaller plans, the much smaller ones first."""
    jobs = plan.jobs
    for size in _halves(len(jobs)):
        yield from (_of_jobs(plan, (*jobs[:i], *jobs[i + size :])) for i in range(0, len(jobs), size))
    if plan.lanes > 1:
        yield replace(plan, lanes=1)
    if plan.jumps:
        yield replace(plan, jumps={})
    places = list(plan.faults)
    for size in _halves(len(places)):
        for i in range(0, len(places), size):
            yield replace(plan, faults={p: plan.faults[p] for p in (*places[:i], *places[i + size :])})
    for place, job in enumerate(jobs):
        if isinstance(job, Sending) and len(job.elements) > 1:
            for i in range(len(job.elements)):
                less = replace(job, elements=(*job.elements[:i], *job.elements[i + 1 :]))
                yield _of_jobs(plan, (*jobs[:place], less, *jobs[place + 1 :]))


def _of_jobs(plan: Plan, jobs: tuple[Job, ...]) -> Plan:
    numbers = {job.number for job in jobs}
    faults = {place: fault for place, fault in plan.faults.items() if place[0] in numbers}
    jumps = {place: jump for place, jump in plan.jumps.items() if place[0] in numbers}
    return replace(plan, jobs=jobs, faults=faults, jumps=jumps)


def _halves(length: int) -> Iterator[int]:
    while length:
        length = (length + 1) // 2
        yield length
        if length == 1:
            return


def _first_difference(one: Outcome, other: Outcome) -> str:
    if one.digest() == other.digest():
        return ""
    for mine, yours in zip(one.trace, other.trace, strict=False):
        if mine != yours:
            return f"{mine!r} the first time, {yours!r} the second"
    return "the traces have different lengths, or other bytes were stored"
