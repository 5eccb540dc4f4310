"""The reference model: the records that a set of facts must lead to, computed as simply as possible.

It shares the catalogue's tables with the pipeline, but no code that reads events, joins transitions or derives the
state. It has no store, no revisions and no order of arrival: it sorts a list once and walks it once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.reference_reading import ExpectedTransition, cut, transition_of
from tests.simulation.workload import NOW_MS

from opsledger.catalog import Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.simulation.workload import Fact

    from opsledger.catalog import Lifecycle

TransitionId = tuple[str, tuple[Any, ...]]
"""A record's key, and what tells its transitions apart."""


class ExpectedRecord(NamedTuple):
    """What the columns of a record must be; `statuses` are those of its transitions, first to last."""

    status: str
    status_at: int
    terminal: bool
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None
    first_seen: int
    last_seen: int
    statuses: tuple[str, ...]


KEPT = 100
ABSURD_MS = 90 * 86_400_000
"""Handlers' clocks are days off, absurd moments at least a hundred days, and the product's limits are between."""


def records(facts: Iterable[Fact], receipts: Mapping[tuple[str, str], int] | None = None) -> dict[str, ExpectedRecord]:
    """The record of every entity in `facts`, by its key.

    Args:
        receipts: record key and status → when what has no moment of its own was received.
    """
    transitions: dict[str, dict[tuple[Any, ...], ExpectedTransition]] = {}
    lifecycles = {}
    for fact in facts:
        transition = transition_of(fact)
        key = f"{fact.spec.kind.record_prefix}:{transition.entity_id}"
        lifecycles[key] = fact.spec.kind.lifecycle
        known = transitions.setdefault(key, {}).get(transition.identity)
        transitions[key][transition.identity] = transition if known is None else _merged(known, transition)
    received = receipts or {}
    return {
        key: _record([_Step(t, received.get((key, t.status), NOW_MS)) for t in own.values()], lifecycles[key])
        for key, own in transitions.items()
    }


@lru_cache(maxsize=16_384)
def identity(fact: Fact) -> TransitionId:
    """The transition that `fact` reports."""
    transition = transition_of(fact)
    return f"{fact.spec.kind.record_prefix}:{transition.entity_id}", transition.identity


def _merged(one: ExpectedTransition, other: ExpectedTransition) -> ExpectedTransition:
    """One transition reported twice: by the more precise moments, from the earliest to the latest report."""
    lasts = [transition.last_at for transition in (one, other) if transition.last_at is not None]
    ended = [transition.finished_at for transition in (one, other) if transition.finished_at is not None]
    return one._replace(
        at=_more_precise(one.at, other.at),
        not_before=_more_precise(one.not_before, other.not_before),
        due=_more_precise(one.due, other.due),
        last_at=max(lasts, default=None),
        started_at=_more_precise(one.started_at, other.started_at),
        finished_at=max(ended, default=None),
        stated=min(one.stated, other.stated),
    )


def _more_precise(*moments: int | None) -> int | None:
    known = sorted(moment for moment in moments if moment is not None)
    return next((moment for moment in known if moment % 1000), known[0] if known else None)


class _Step:
    """A transition with when it was, by whatever says so."""

    def __init__(self, transition: ExpectedTransition, received: int) -> None:
        self.of = transition
        self.undated = transition.at is None
        self.when = received if transition.at is None else transition.at
        self.absurd = abs(self.when - NOW_MS) > ABSURD_MS
        self.issue = cut(self.when if transition.issued is None else transition.issued)
        notice, seen = transition.notice_period, transition.last_at or self.when
        self.due = transition.due if notice is None else seen + notice


def _record(steps: list[_Step], lifecycle: Lifecycle) -> ExpectedRecord:
    statuses = list(lifecycle.moves)
    ends = {status for status in statuses if not lifecycle.moves[status]}
    staged = lifecycle.order is Order.PROGRESS

    def stage(step: _Step) -> int:
        return len(statuses) if step.of.status in ends else statuses.index(step.of.status)

    steps = sorted(steps, key=lambda step: (stage(step) if staged else 0, step.undated, step.of.second))
    forgotten = [cut(step.of.second) for step in steps[:-KEPT]]
    steps = steps[-KEPT:]
    believed = [step for step in steps if not step.absurd] or steps
    aside = sorted((step for step in steps if step not in believed), key=lambda step: step.of.second)
    parts = _parts(believed, lifecycle, ends) if staged else [believed]

    def place(step: _Step) -> tuple[int, ...]:
        index = statuses.index(step.of.status)
        if staged:
            return stage(step), cut(step.when), step.of.stated, step.of.not_before or -1, index
        return step.when, index

    for part in parts:
        part.sort(key=place)
    current, episode = _followed(parts, lifecycle, ends | lifecycle.ends)
    planned = [step for step in episode if lifecycle.outcomes[step.of.status] is Outcome.PENDING] or episode
    dated = [step for step in planned if not step.undated and step.due is not None] or planned
    return ExpectedRecord(
        current.of.status,
        current.when,
        current.of.status in ends | lifecycle.ends,
        _first_known(reversed(planned), lambda step: step.of.not_before),
        _first_known(reversed(dated), lambda step: step.due),
        _first_known(episode, lambda step: step.of.started_at),
        _first_known(reversed(episode), lambda step: step.of.finished_at),
        min([*forgotten, *(step.when for step in believed)]),
        max(time for step in believed for time in (step.when, step.of.last_at) if time is not None),
        tuple(step.of.status for step in (*aside, *(step for part in parts for step in part))),
    )


def _parts(steps: list[_Step], lifecycle: Lifecycle, ends: set[str]) -> list[list[_Step]]:
    """The episodes of a lifecycle in stages: cut where something is issued again after an end."""
    parts: list[list[_Step]] = [[]]
    announced_in: dict[int, int] = {}
    for step in sorted(steps, key=lambda step: step.when):
        part = parts[-1]
        over = any(other.of.status in ends and other.when < step.when for other in part)
        if step.of.status in lifecycle.reopens:
            if over and all(other.issue != step.issue for other in part):
                parts.append([])
            announced_in.setdefault(step.issue, len(parts) - 1)
        parts[-1].append(step)
    if len(parts) == 1:
        return parts
    placed: list[list[_Step]] = [[] for _ in parts]
    for number, part in enumerate(parts):
        for step in part:
            placed[announced_in.get(step.issue, number)].append(step)
    return [part for part in placed if part]


def _followed(parts: list[list[_Step]], lifecycle: Lifecycle, terminal: set[str]) -> tuple[_Step, list[_Step]]:
    """The step that gives the status, and the steps of its episode."""
    waiting: _Step | None = None
    current, episode = parts[0][0], [parts[0][0]]
    for number, step in enumerate(step for part in parts for step in part):
        if number == 0:
            continue
        was, now = current.of.status, step.of.status
        gap = step.when - max(current.when, current.of.last_at or 0)
        reopens = was in terminal and now in lifecycle.reopens
        if (reopens and (was != now or gap > lifecycle.same_within)) or any(step is part[0] for part in parts):
            current, episode = step, [step]
            continue
        episode.append(step)
        if was in lifecycle.suspended_by.get(now, ()):
            waiting = step
            continue
        if was in terminal and was != now and now not in lifecycle.moves[was] and not reopens:
            continue
        if was == now and step.undated and not current.undated:
            continue
        due = current.due
        if now in lifecycle.suspended_by.get(was, ()) and (due is None or due <= current.when or step.when < due):
            waiting = current
        current = step
        if waiting is not None and now in terminal:
            current, waiting = waiting, None
    return current, episode


def _first_known(steps: Iterable[_Step], field: Callable[[_Step], int | None]) -> int | None:
    return next((value for step in steps if (value := field(step)) is not None), None)
