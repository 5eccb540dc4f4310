"""The state of a record: its status, deadlines and anomalies, read off the set of its transitions.

Pure: no clock, no store, no log. The same set gives the same summary.

How a status is found. The transitions are sorted (`record.order_key`) and walked from first to last, following the
lifecycle's table. Each one moves the record to its status, with one exception: out of a terminal status only a declared
move leads. A move that the table lacks is flagged as an anomaly and kept. So a late transition is put in its place, an
impossible move is shown, and nothing is dropped. A move that the lifecycle lists under `reopens` begins a new episode;
deadlines are those of the newest episode.
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
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record

OPEN = (Outcome.PENDING, Outcome.ACTIVE)
"""The outcomes of open records: something is announced or in progress."""


class Anomaly(NamedTuple):
    """One anomaly of a record: its name, the key of its transition, and a note for people."""

    anomaly: str
    key: str
    note: str


class Summary(NamedTuple):
    """A record as people see it; moments in ms, None where unknown.

    Attributes:
        overdue_since: since when the record is overdue, as the sweeper found.
        presumed: whether its outcome is presumed: the announced moment has passed, and no event ever confirms it.
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
    count: int  # type: ignore[assignment]  # hides a tuple's method, which has no use here
    transitions: tuple[Transition, ...]
    episodes: tuple[int, ...]
    anomalies: tuple[Anomaly, ...]
    overdue_since: int | None = None
    presumed: bool = False


class Disposition(str, Enum):
    """The result of one delivery."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    """New, but it reports a step before the record's present status."""
    QUARANTINED = "quarantined"


class Applied(NamedTuple):
    """A record after updates, and the disposition of each."""

    record: Record
    dispositions: tuple[Disposition, ...]


def apply(record: Record | None, updates: Sequence[Record]) -> Applied:
    """Join `updates` of one entity to its record, in their order of arrival.

    Args:
        record: the stored record; None where there is none, and then at least one update is needed.
        updates: records with one transition each, as in `Notification.record`.

    Raises:
        ValueError: there is neither a record nor an update.
    """
    dispositions = []
    for update in updates:
        before, record = record, update if record is None else record.join(update)
        (transition,) = update.transitions.values()
        dispositions.append(_disposition(before, record, transition))
    if record is None:
        raise ValueError("neither a record nor an update")
    return Applied(record, tuple(dispositions))


def _disposition(before: Record | None, after: Record, update: Transition) -> Disposition:
    if before is not None and update.key in before.transitions:
        old, new = before.transitions[update.key], after.transitions.get(update.key)
        repeated = new is not None and (new.count, new.last_at) != (old.count, old.last_at)
        return Disposition.RECORDED if repeated else Disposition.DUPLICATE
    if before is None or current(after).key == update.key:
        return Disposition.RECORDED
    return Disposition.OUT_OF_ORDER


def current(record: Record) -> Transition:
    """The transition that gives the record its status."""
    return _walk(in_order(record), record.catalog_kind().lifecycle).current


def in_order(record: Record) -> list[Transition]:
    """The record's transitions, first to last."""
    lifecycle = record.catalog_kind().lifecycle
    return sorted(record.transitions.values(), key=lambda t: order_key(t, lifecycle))


def summarize(record: Record) -> Summary:
    """The summary of `record`.

    Raises:
        LookupError: the catalogue lacks its kind, type or status; see `Record.unknown`.
    """
    lifecycle = record.catalog_kind().lifecycle
    transitions = in_order(record)
    walk = _walk(transitions, lifecycle)
    now = walk.current
    outcome = lifecycle.outcome(now.status)
    presumed = record.overdue_at is not None and unconfirmed_end(lifecycle, now.status)
    if presumed:
        outcome = Outcome.HAPPENED
    span = _span([t for t, n in zip(transitions, walk.episodes, strict=True) if n == walk.episodes[-1]])
    return Summary(
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
        episodes=tuple(walk.episodes),
        anomalies=(*_missed_start(record, transitions), *walk.anomalies, *_own_anomalies(transitions)),
        overdue_since=None if presumed or outcome not in OPEN else record.overdue_at,
        presumed=presumed,
    )


def unconfirmed_end(lifecycle: Lifecycle, status: str) -> bool:
    """Whether `status` announces an end that no event ever confirms, such as the release of a spot instance."""
    return lifecycle.terminal(status) and lifecycle.outcome(status) is Outcome.PENDING


def overdue_at(record: Record) -> int | None:
    """The moment by which `record` should have moved, in ms; None where there is neither deadline nor max dwell.

    It depends on the set of transitions alone, not on their order of arrival.

    Raises:
        LookupError: as `summarize`.
    """
    kind = record.catalog_kind()
    now = current(record)
    outcome = kind.lifecycle.outcome(now.status)
    if outcome not in OPEN:
        return None
    if outcome is Outcome.PENDING and (due := summarize(record).due) is not None:
        return due + kind.grace_period
    seen = now.last_at or now.at
    max_dwell = kind.max_dwell.get(now.status)
    return None if seen is None or max_dwell is None else seen + max_dwell


class _Walk(NamedTuple):
    current: Transition
    episodes: list[int]
    anomalies: list[Anomaly]


def _walk(transitions: Sequence[Transition], lifecycle: Lifecycle) -> _Walk:
    """Follow the lifecycle's table from the first transition to the last; see the module's docstring."""
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


def _missed_start(record: Record, transitions: Sequence[Transition]) -> list[Anomaly]:
    first = transitions[0]
    event_type, _ = catalog.find(first.type)
    lifecycle = event_type.kind.lifecycle
    if record.truncated or first.status not in lifecycle.moves:  # a status that the table lacks has no place in it
        return []
    if first.status in _usual_starts(lifecycle.starts, event_type.statuses):
        return []
    return [Anomaly("missed_start", first.key, f"first seen as {first.status}: what came before was not delivered")]


@cache
def _usual_starts(starts: frozenset[str], documented: tuple[str, ...]) -> frozenset[str]:
    """The lifecycle's starts in which a type of these documented statuses begins."""
    return starts.intersection(documented or starts) or starts.union(documented)


def _own_anomalies(transitions: Sequence[Transition]) -> list[Anomaly]:
    """The anomalies of single transitions."""
    named = [(t.key, (*t.anomalies, "undated") if t.at is None else t.anomalies) for t in transitions]
    return [_anomaly(key, text) for key, texts in named for text in texts]


_NOTES = {
    "undated": "no delivery of it says when it happened",
    "unreadable_time": "the envelope's time cannot be read",
    "undocumented_status": "the vendor does not document this status for this type",
}


def _anomaly(key: str, text: str) -> Anomaly:
    name, _, note = text.partition(":")
    return Anomaly(name, key, note or _NOTES.get(name, ""))


class _Span(NamedTuple):
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None


def _span(episode: Sequence[Transition]) -> _Span:
    """When an episode is planned and happened: the start from its first report, the rest from its last."""
    not_before = due = started_at = finished_at = None
    for transition in episode:
        not_before = not_before if transition.not_before is None else transition.not_before
        due = due if (due_at := transition.due_at) is None else due_at
        started_at = transition.started_at if started_at is None else started_at
        finished_at = finished_at if transition.finished_at is None else transition.finished_at
    return _Span(not_before, due, started_at, finished_at)


_MOMENTS = (
    "status_at",
    "not_before",
    "due",
    "overdue_since",
    "started_at",
    "finished_at",
    "first_seen",
    "last_seen",
)


def to_json(record: Record) -> dict[str, Any]:
    """The record as the command line's `--json` gives it; moments in ISO 8601, UTC."""
    summary = summarize(record)
    return {
        "record": record.key,
        "product": record.product,
        "kind": record.kind,
        "type": summary.type,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": summary.status,
        "terminal": summary.terminal,
        "outcome": summary.outcome.value,
        "presumed": summary.presumed,
        "severity": summary.severity,
        "region": record.region,
        "account": record.account,
        **{name: _iso(getattr(summary, name)) for name in _MOMENTS},
        "count": summary.count,
        "transitions": [_transition_json(t, n) for t, n in zip(summary.transitions, summary.episodes, strict=True)],
        "truncated": record.truncated,
        "anomalies": [anomaly._asdict() for anomaly in summary.anomalies],
    }


def _iso(moment: int | None) -> str | None:
    return None if moment is None else timestamps.show(moment)


def _transition_json(transition: Transition, episode: int) -> dict[str, Any]:
    names = ("at", "last_at", "not_before", "started_at", "finished_at")
    moments = {**{name: getattr(transition, name) for name in names}, "due": transition.due_at}
    return {
        "status": transition.status,
        "at": None,
        **{name: timestamps.show(moment) for name, moment in moments.items() if moment is not None},
        "key": transition.key,
        "type": transition.type,
        "severity": transition.severity,
        "count": transition.count,
        "episode": episode,
        "detail": dict(transition.detail),
    }
