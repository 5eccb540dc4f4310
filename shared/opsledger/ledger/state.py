"""What a record says: its status, deadlines and oddities, read off the set of its transitions.

Pure: no clock, no store, no log. The same set gives the same view.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import catalog, timestamps
from opsledger.catalog import Order, Outcome
from opsledger.ledger.record import order_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.catalog import Lifecycle
    from opsledger.intake.notification import Notification
    from opsledger.ledger.record import Record, Transition

OPEN = (Outcome.PENDING, Outcome.ACTIVE)


class Anomaly(NamedTuple):
    """Something odd about a record: what, at which transition, and a note for people."""

    anomaly: str
    key: str
    note: str


class View(NamedTuple):
    """A record as people see it; moments in ms, None where unknown.

    Attributes:
        overdue_since: since when it should have moved and, as the sweeper found, has not.
        presumed: whether its outcome is presumed: what was announced was due, and no event ever tells of it.
    """

    status: str
    status_at: int | None
    type: str
    terminal: bool
    outcome: Outcome
    severity: str
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None
    first_seen: int | None
    last_seen: int | None
    count: int  # type: ignore[assignment]  # it hides a tuple's method, which has no use here
    transitions: tuple[Transition, ...]
    episodes: tuple[int, ...]
    anomalies: tuple[Anomaly, ...]
    overdue_since: int | None = None
    presumed: bool = False


class Disposition(str, Enum):
    """What became of one delivery."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    LATE = "late"
    """New, and overtaken: what it tells was true before the record's present status."""
    QUARANTINED = "quarantined"


class Decision(NamedTuple):
    """A record after notifications, and what became of each."""

    record: Record
    dispositions: tuple[Disposition, ...]


def decide(record: Record | None, notifications: Sequence[Notification]) -> Decision:
    """Apply `notifications` of one thing to its record; at least one notification is needed where there is none."""
    dispositions = []
    for notification in notifications:
        before = record
        record = notification.record if before is None else before.join(notification.record)
        dispositions.append(_disposition(before, record, notification.transition))
    assert record is not None
    return Decision(record, tuple(dispositions))


def _disposition(before: Record | None, after: Record, told: Transition) -> Disposition:
    if before is not None and told.key in before.transitions:
        old, new = before.transitions[told.key], after.transitions.get(told.key)
        repeated = new is not None and (new.count, new.last_at) != (old.count, old.last_at)
        return Disposition.RECORDED if repeated else Disposition.DUPLICATE
    if before is None or current(after).key == told.key:
        return Disposition.RECORDED
    return Disposition.LATE


def current(record: Record) -> Transition:
    """The transition that gives the record its status."""
    return _walk(in_order(record), record.spec().lifecycle).current


def in_order(record: Record) -> list[Transition]:
    """The record's transitions, first to last."""
    lifecycle = record.spec().lifecycle
    return sorted(record.transitions.values(), key=lambda t: order_key(t, lifecycle))


def view(record: Record) -> View:
    """Everything there is to say of `record`."""
    lifecycle = record.spec().lifecycle
    transitions = in_order(record)
    walked = _walk(transitions, lifecycle)
    now = walked.current
    outcome = lifecycle.outcomes[now.status]
    presumed = record.lapsed is not None and silent_end(lifecycle, now.status)
    if presumed:
        outcome = Outcome.HAPPENED
    span = _span([t for t, n in zip(transitions, walked.episodes, strict=True) if n == walked.episodes[-1]])
    return View(
        status=now.status,
        status_at=now.at,
        type=now.type,
        terminal=lifecycle.terminal(now.status),
        outcome=outcome,
        severity="info" if outcome is Outcome.AVERTED else now.severity,
        not_before=span.not_before,
        due=span.due,
        started_at=span.started_at,
        finished_at=span.finished_at,
        first_seen=record.first_at,
        last_seen=max([m for t in transitions for m in (t.at, t.last_at) if m is not None], default=None),
        count=sum([t.count for t in transitions]),
        transitions=tuple(transitions),
        episodes=tuple(walked.episodes),
        anomalies=(*_start_anomalies(record, transitions), *walked.anomalies, *_told_anomalies(transitions)),
        overdue_since=None if presumed or outcome not in OPEN else record.lapsed,
        presumed=presumed,
    )


def silent_end(lifecycle: Lifecycle, status: str) -> bool:
    """Whether `status` announces something that no event will ever confirm: the release of a spot instance."""
    return lifecycle.terminal(status) and lifecycle.outcomes[status] is Outcome.PENDING


def lapses_at(record: Record) -> int | None:
    """The moment by which `record` should have moved, in ms; None where nothing says so.

    It depends on the set of transitions alone, so it is the same for every order in which they came.
    """
    kind = record.spec()
    now = current(record)
    outcome = kind.lifecycle.outcomes[now.status]
    if outcome not in OPEN:
        return None
    if outcome is Outcome.PENDING and (due := view(record).due) is not None:
        return due + kind.grace
    seen = now.last_at or now.at
    stays = kind.stays.get(now.status)
    return None if seen is None or stays is None else seen + stays


class _Walk(NamedTuple):
    current: Transition
    episodes: list[int]
    anomalies: list[Anomaly]


def _walk(transitions: Sequence[Transition], lifecycle: Lifecycle) -> _Walk:
    """Follow the table from the first transition to the last.

    A move that the table lacks is flagged; it is taken all the same, except out of a terminal status, which is left
    by a declared move alone.
    """
    now = transitions[0]
    episode, episodes, anomalies = 1, [1], []
    for transition in transitions[1:]:
        before, after = now.status, transition.status
        if lifecycle.reopened(before, after):
            episode += 1
        episodes.append(episode)
        if not lifecycle.allows(before, after):
            anomalies.append(Anomaly("unexpected_move", transition.key, f"{before} → {after}"))
            if lifecycle.terminal(before):
                continue
        elif before == after and lifecycle.order is Order.PROGRESS:
            anomalies.append(Anomaly("restated", transition.key, f"{after} again, with other content"))
        now = transition
    return _Walk(now, episodes, anomalies)


def _start_anomalies(record: Record, transitions: Sequence[Transition]) -> list[Anomaly]:
    first = transitions[0]
    spec, _ = catalog.find(first.type)
    if record.truncated or first.status in _usual_starts(spec.kind.lifecycle.starts, spec.statuses):
        return []
    return [Anomaly("missed_start", first.key, f"first seen as {first.status}: what came before was not delivered")]


@cache
def _usual_starts(starts: frozenset[str], documented: tuple[str, ...]) -> frozenset[str]:
    """In which of its lifecycle's starts a type of these documented statuses begins."""
    return starts.intersection(documented or starts) or starts.union(documented)


def _told_anomalies(transitions: Sequence[Transition]) -> list[Anomaly]:
    """What was odd about each notification alone."""
    odd = [t for t in transitions if t.anomalies or t.at is None]
    return [_told(t.key, text) for t in odd for text in (*t.anomalies, *(("undated",) if t.at is None else ()))]


_NOTES = {
    "undated": "no delivery of it says when it happened",
    "unreadable_time": "the envelope's time cannot be read",
    "undocumented_status": "the vendor does not document this status for this type",
}


def _told(key: str, text: str) -> Anomaly:
    name, _, note = text.partition(":")
    return Anomaly(name, key, note or _NOTES.get(name, ""))


class _Span(NamedTuple):
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None


def _span(episode: Sequence[Transition]) -> _Span:
    """When an episode is to happen and happened: the first to tell knows the start, the last all else."""
    not_before = due = started_at = finished_at = None
    for transition in episode:
        not_before = not_before if transition.not_before is None else transition.not_before
        due = due if (deadline := transition.deadline) is None else deadline
        started_at = transition.started_at if started_at is None else started_at
        finished_at = finished_at if transition.finished_at is None else transition.finished_at
    return _Span(not_before, due, started_at, finished_at)


def to_json(record: Record) -> dict[str, Any]:
    """The record as the command line's `--json` gives it; moments in ISO 8601, UTC."""
    seen = view(record)

    def shown(moment: int | None) -> str | None:
        return None if moment is None else timestamps.show(moment)

    moments = (
        "status_at",
        "not_before",
        "due",
        "overdue_since",
        "started_at",
        "finished_at",
        "first_seen",
        "last_seen",
    )
    return {
        "record": record.key,
        "product": record.product,
        "kind": record.kind,
        "type": seen.type,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": seen.status,
        "terminal": seen.terminal,
        "outcome": seen.outcome.value,
        "presumed": seen.presumed,
        "severity": seen.severity,
        "region": record.region,
        "account": record.account,
        **{name: shown(getattr(seen, name)) for name in moments},
        "count": seen.count,
        "transitions": [_transition_json(t, n) for t, n in zip(seen.transitions, seen.episodes, strict=True)],
        "truncated": record.truncated,
        "anomalies": [anomaly._asdict() for anomaly in seen.anomalies],
    }


def _transition_json(transition: Transition, episode: int) -> dict[str, Any]:
    moments = ("at", "last_at", "not_before", "started_at", "finished_at")
    told = {m: timestamps.show(v) for m in moments if (v := getattr(transition, m)) is not None}
    if transition.deadline is not None:
        told["due"] = timestamps.show(transition.deadline)
    return {
        "status": transition.status,
        "at": None,
        **told,
        "key": transition.key,
        "type": transition.type,
        "severity": transition.severity,
        "count": transition.count,
        "episode": episode,
        "detail": dict(transition.detail),
    }
