"""Give verdicts: compare what the API said with what arrived, for the events whose verdict may change."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger.catalog.ecs.lifecycles import INTERRUPTION
from opsledger.catalog.transition import whole_second
from opsledger.intake import ecs_api
from opsledger.ledger import codec, state
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_records, record_key
from opsledger.ledger.verdicts import (
    PROBLEMS,
    EventVerdict,
    Evidence,
    VerdictChange,
    VerdictKind,
    judge,
    read_verdict,
)
from opsledger.store import READ_ROWS
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import LEDGER, VERDICTS_PENDING, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from opsledger.catalog.transition import Transition
    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.ledger.verdicts import ApiStep
    from opsledger.store import Key, Store

API_FORMS = frozenset(form.name for form in ecs_api.FORMS)
"""The forms of what was asked for; anything else was pushed."""


class Patience(NamedTuple):
    """What a verdict depends on beside the rows. Moments and durations in ms.

    Attributes:
        for_push: how long a push may take.
        asked_at: the API has been asked for everything since then.
    """

    for_push: int
    asked_at: int


class Judging:
    """The verdicts of one invocation in one region.

    Args:
        on_problem: called with each row that has become a problem.

    Attributes:
        counts: the verdicts given, by kind.
    """

    def __init__(
        self, store: Store, deadline: Deadline, request_id: str, region: str, on_problem: Callable[[EventVerdict], None]
    ) -> None:
        self.counts: Counter[VerdictKind] = Counter()
        self._store, self._deadline, self._request_id = store, deadline, request_id
        self._region, self._on_problem = region, on_problem

    def judge_due(self, patience: Patience) -> bool:
        """Give the next verdicts that are due, up to a hundred; return whether there are no more.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        now = self._deadline.clock.now_ms()
        keys = self._deadline.retry(lambda: self._due(now))
        rows = self._deadline.retry(lambda: self._store.read(keys)) if keys else {}
        self._judge([read_verdict(row) for row in rows.values()], patience, now)
        return len(keys) < READ_ROWS

    def _due(self, now_ms: int) -> list[Key]:
        rows = walk_buckets(self._store, VERDICTS_PENDING, (self._region,), end=(now_ms + 1,), page=lambda: READ_ROWS)
        return [row.key for row in islice(rows, READ_ROWS)]

    def _judge(self, rows: list[EventVerdict], patience: Patience, now_ms: int) -> None:
        changes = [GiveVerdict(row.record, *found, patience, now_ms) for row, found in self._with_evidence(rows)]
        commit(self._store, changes, self._deadline, self._request_id)
        for change in changes:
            after = change.after
            if after is not None and change.is_new:
                self.counts[after.verdict] += 1
                if after.verdict in PROBLEMS:
                    self._on_problem(after)

    def _with_evidence(
        self, rows: Iterable[EventVerdict]
    ) -> Iterator[tuple[EventVerdict, tuple[Record | None, frozenset[str]]]]:
        named = {record_key(row.record): row for row in rows}
        stored = self._deadline.retry(lambda: self._store.read(list(named))) if named else {}
        records = read_records(stored)
        for key, row in named.items():
            record = records.get(key)  # none also where its row is damaged: then the verdict waits for it
            yield row, (record, frozenset() if record is None else self._pushed(row, record))

    def _pushed(self, row: EventVerdict, record: Record) -> frozenset[str]:
        """The keys of the steps of which a push came."""
        return frozenset(step.key for step in row.steps if self._came(step, record))

    def _came(self, step: ApiStep, record: Record) -> bool:
        if codec.key_moment(step.key) is None:  # the API said no moment, so a push that is near is one of this step
            near = INTERRUPTION.same_within
            return any(_pushed(t) and abs((t.moment or 0) - step.seen_at) <= near for t in record.transitions.values())
        transition = record.transitions.get(step.key)
        if transition is None:
            return False
        return _pushed(transition) or (step.expected and self._has_push(record, transition))

    def _has_push(self, record: Record, transition: Transition) -> bool:
        """Whether the ledger has a push of the step; a form of CloudMonitor's has no time of its own."""
        moments = {whole_second(m) for m in (transition.at, codec.key_moment(transition.key)) if m is not None}
        return any(self._deadline.retry(partial(self._pushed_at, record, transition, at)) for at in moments)

    def _pushed_at(self, record: Record, transition: Transition, at: int) -> bool:
        rows = self._store.walk(LEDGER, [hashed(record.partition)], start=(at,), end=(at + 1,))
        digest = codec.digest(record.key, transition.key)
        return any(str(r.key.values[2]).startswith(digest) and r.columns["form"] not in API_FORMS for r in rows)


def _pushed(transition: Transition) -> bool:
    """Whether an envelope says when it was sent: what the API says has none."""
    return bool(transition.sent_at)


class GiveVerdict(VerdictChange):
    """The verdict of one event is given again.

    Attributes:
        after: the row, once the change is committed; None where there is none.
        is_new: whether it says other than before.
    """

    def __init__(
        self, name: str, record: Record | None, pushed: frozenset[str], patience: Patience, now_ms: int
    ) -> None:
        super().__init__(name)
        self.after: EventVerdict | None = None
        self.is_new = False
        self._record, self._steps, self._patience, self._now_ms = record, pushed, patience, now_ms

    def decide(self, stored: EventVerdict | None) -> EventVerdict | None:
        """The row with its verdict; one without a record waits for it."""
        self.after = None if stored is None else self._decide(stored)
        self.is_new = _says(stored) != _says(self.after)
        return self.after

    def _decide(self, stored: EventVerdict) -> EventVerdict:
        if self._record is None or self._record.unknown() is not None:
            return stored._replace(judge_at=self._now_ms + self._patience.for_push)
        current = state.current(self._record)
        evidence = Evidence(self._steps, current.status, current.received_at or 0, self._patience.asked_at)
        return judge(stored, evidence, self._patience.for_push, self._now_ms)


def _says(row: EventVerdict | None) -> tuple[VerdictKind, str] | None:
    return None if row is None else (row.verdict, row.note)
