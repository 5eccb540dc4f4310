"""The state of a record: its status, deadlines and anomalies, read off the set of its transitions.

Pure: no clock, no store, no log. The same set gives the same summary. `walk` says how the transitions are put in order,
divided into episodes and followed. Deadlines are those of the newest episode.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import catalog, timestamps
from opsledger.catalog import Outcome
from opsledger.ledger import anomalies
from opsledger.ledger.anomalies import Anomaly
from opsledger.ledger.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.catalog import Lifecycle
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record

OPEN = (Outcome.PENDING, Outcome.ACTIVE)
"""The outcomes of open records: something is announced or in progress."""


class Summary(NamedTuple):
    """A record as people see it; moments in ms, None where unknown.

    A record keeps its newest transitions only (`record.KEEP`). `count`, `episodes` and everything else but `first_seen`
    cover those it keeps; where `Record.truncated` says that there were more, the ledger has them.

    Attributes:
        settled: whether another record's transition ended what this one announces.
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
    settled: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something is announced or in progress."""
        return self.outcome in OPEN


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
    if before is None:
        return Disposition.RECORDED
    steps = walk(after)
    is_newest = update.key in (steps.current.key, steps.last.key)
    return Disposition.RECORDED if is_newest else Disposition.OUT_OF_ORDER


def current(record: Record) -> Transition:
    """The transition that gives the record its status."""
    return walk(record).current


def in_order(record: Record) -> list[Transition]:
    """The record's transitions, first to last."""
    return list(walk(record).transitions)


def summarize(record: Record) -> Summary:
    """The summary of `record`.

    Raises:
        LookupError: the catalogue lacks its kind, type or status; see `Record.unknown`.
    """
    lifecycle = record.catalog_kind().lifecycle
    steps = walk(record)
    now, transitions = steps.current, steps.transitions
    outcome = lifecycle.outcome(now.status)
    settled = record.settled_at is not None and outcome in OPEN
    presumed = not settled and record.overdue_at is not None and unconfirmed_end(lifecycle, now.status)
    if presumed or settled:
        outcome = Outcome.HAPPENED
    span = _span(steps.newest_episode, lifecycle)
    followed = steps.believed
    seen = [moment for t in followed if (moment := t.moment) is not None]
    return Summary(
        status=now.status,
        status_at=now.moment,
        type=now.type,
        terminal=lifecycle.terminal(now.status),
        outcome=outcome,
        severity="info" if outcome is Outcome.AVERTED else now.severity,
        not_before=span.not_before,
        due=span.due,
        started_at=span.started_at,
        finished_at=span.finished_at,
        first_seen=min(seen if record.first_at is None else [record.first_at, *seen], default=None),
        last_seen=max([*seen, *[t.last_at for t in followed if t.last_at is not None]], default=None),
        count=sum([t.count for t in transitions]),
        transitions=transitions,
        episodes=steps.episodes,
        anomalies=(
            *anomalies.of_record(record),
            *_missed_start(record, followed[0]),
            *steps.anomalies,
            *anomalies.of_transitions(transitions),
        ),
        overdue_since=None if presumed or outcome not in OPEN else record.overdue_at,
        presumed=presumed,
        settled=settled,
    )


def announced_at(record: Record) -> int | None:
    """When the newest episode of `record` began, in ms: that of what it announces now."""
    return min((t.moment for t in walk(record).newest_episode if t.moment is not None), default=None)


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
    if outcome not in OPEN or record.settled_at is not None:
        return None
    if outcome is Outcome.PENDING and (due := summarize(record).due) is not None:
        return due + kind.grace_period
    seen = now.last_at or now.moment
    max_dwell = kind.max_dwell.get(now.status)
    return None if seen is None or max_dwell is None else seen + max_dwell


def should_move_by(record: Record, summary: Summary) -> int | None:
    """The moment by which an open record should move, in ms: its deadline, or else the end of its max dwell."""
    moment = summary.due if summary.outcome is Outcome.PENDING else None
    return overdue_at(record) if moment is None else moment


def _missed_start(record: Record, first: Transition) -> list[Anomaly]:
    event_type, _ = catalog.find(first.type)
    lifecycle = event_type.kind.lifecycle
    if record.truncated or first.status not in lifecycle.moves or first.status in lifecycle.undocumented:
        return []  # a status that the table lacks has no place in it
    if first.status in _usual_starts(lifecycle.starts, event_type.statuses):
        return []
    return [Anomaly("missed_start", first.key, f"first seen as {first.status}: what came before was not delivered")]


@cache
def _usual_starts(starts: frozenset[str], documented: tuple[str, ...]) -> frozenset[str]:
    """The lifecycle's starts in which a type of these documented statuses begins."""
    return starts.intersection(documented or starts) or starts.union(documented)


class _Span(NamedTuple):
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None


def _span(episode: Sequence[Transition], lifecycle: Lifecycle) -> _Span:
    """When an episode is planned and happened.

    The plan is that of the newest announcement, and one that only its receipt dates counts where no other has a date.
    The start is from its first report, the end from its last.
    """
    plan: Transition | None = None
    announced = False
    not_before = due = started_at = finished_at = None
    for t in episode:
        if (due_at := t.due_at) is not None:
            due = due_at
        if started_at is None:
            started_at = t.started_at
        if t.finished_at is not None:
            finished_at = t.finished_at
        is_announcement = lifecycle.outcome(t.status) is Outcome.PENDING
        if is_announcement and not announced:
            announced, not_before = True, None  # from here on only announcements say so
        if is_announcement is announced and t.not_before is not None:
            not_before = t.not_before
        if is_announcement and due_at is not None and (plan is None or plan.dated_by_receipt or not t.dated_by_receipt):
            plan = t
    if plan is not None:
        due = plan.due_at
        not_before = not_before if plan.not_before is None else plan.not_before
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
        "settled_by": record.settled_by if summary.settled else None,
        "settled_at": _iso(record.settled_at) if summary.settled else None,
        "severity": summary.severity,
        "region": record.region,
        "account": record.account,
        "also": {
            "accounts": list(record.also_accounts),
            "regions": list(record.also_regions),
            "resources": list(record.also),
        },
        **{name: _iso(getattr(summary, name)) for name in _MOMENTS},
        "count": summary.count,
        "count_covers": "the transitions kept" if record.truncated else "all transitions",
        "transitions": [_transition_json(t, n) for t, n in zip(summary.transitions, summary.episodes, strict=True)],
        "truncated": record.truncated,
        "anomalies": [anomaly._asdict() for anomaly in summary.anomalies],
    }


def _iso(moment: int | None) -> str | None:
    return None if moment is None else timestamps.show(moment)


def _transition_json(transition: Transition, episode: int) -> dict[str, Any]:
    names = ("last_at", "not_before", "started_at", "finished_at")
    moments = {**{name: getattr(transition, name) for name in names}, "due": transition.due_at}
    return {
        "status": transition.status,
        "at": _iso(transition.moment),
        **{name: timestamps.show(moment) for name, moment in moments.items() if moment is not None},
        "key": transition.key,
        "type": transition.type,
        "severity": transition.severity,
        "count": transition.count,
        "episode": episode,
        "detail": dict(transition.detail),
    }
