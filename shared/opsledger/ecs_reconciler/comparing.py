"""Look from the ledger's side: which events that arrived lately does the API not know, or know in another status?

Only records that moved since the last round are looked at, and a day before that, because a push may come a day late.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger.catalog.ecs.kinds import SYSTEM_EVENT
from opsledger.ecs_reconciler.observed import event_id
from opsledger.ledger import state
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_records
from opsledger.ledger.verdicts import DAY_MS, EventVerdict, VerdictChange, VerdictKind, read_verdict, verdict_key
from opsledger.store import READ_ROWS
from opsledger.store.buckets import position, walk_buckets
from opsledger.store.tables import BY_KIND

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Row, Store

HORIZON_MS = 30 * DAY_MS
"""The API forgets a finished event after so long (DescribeInstanceHistoryEvents)."""
MARGIN_MS = DAY_MS
"""An event that is nearly beyond the horizon is not looked for."""


class Compared(NamedTuple):
    """A batch of records that moved lately.

    Attributes:
        position: of the last one, to go on behind it; None where there are no more.
        unlisted: those of which the API has said nothing.
        other: the names of those whose status the API says otherwise, and of those that were refused before the
            catalogue knew them.
    """

    position: str | None
    unlisted: tuple[Record, ...]
    other: tuple[str, ...]


class Comparing:
    """The comparison of one invocation in one region."""

    def __init__(self, store: Store, deadline: Deadline, request_id: str, region: str, patience_ms: int) -> None:
        self._store, self._deadline, self._request_id = store, deadline, request_id
        self._region, self._patience_ms = region, patience_ms

    def next(self, mark: int | None, after: str) -> Compared:
        """The next hundred records that moved since a day before `mark`, or within the horizon if there is none.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        now = self._deadline.clock.now_ms()
        since = now - HORIZON_MS if mark is None else max(mark - DAY_MS - self._patience_ms, now - HORIZON_MS)
        start = tuple(json.loads(after)) if after else (since,)
        rows = self._deadline.retry(lambda: self._rows(start, now - self._patience_ms))
        keys = [row.key for row in rows]
        stored = self._deadline.retry(lambda: self._store.read(keys)) if keys else {}
        records = read_records(stored)
        here = [records[key] for key in keys if key in records and self._is_due(records[key], now)]
        last = json.dumps(position(BY_KIND, rows[-1])[2:]) if len(rows) == READ_ROWS else None
        return Compared(last, *self._split(here))

    def mark_unknown(self, records: Sequence[Record], listed: Collection[str]) -> list[EventVerdict]:
        """Note those that the API, asked for them by id, does not know; return the rows that say so for the first time.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        now = self._deadline.clock.now_ms()
        changes = [NoteUnknown(record, self._region, now) for record in records if record.key not in listed]
        commit(self._store, changes, self._deadline, self._request_id)
        return [change.new for change in changes if change.new is not None]

    def look_again(self, names: Sequence[str]) -> None:
        """Have the verdicts of these events looked at in this round."""
        now = self._deadline.clock.now_ms()
        commit(self._store, [LookAgain(name, now) for name in names], self._deadline, self._request_id)

    def _rows(self, start: tuple[str | int, ...], end_ms: int) -> list[Row]:
        walked = walk_buckets(
            self._store, BY_KIND, (SYSTEM_EVENT.name,), start=start, end=(end_ms,), page=lambda: READ_ROWS
        )
        behind = (row for row in walked if position(BY_KIND, row)[2:] != start)
        return list(islice(behind, READ_ROWS))

    def _is_due(self, record: Record, now_ms: int) -> bool:
        """Whether the API should know it: it is of this region, and neither too new nor nearly forgotten."""
        if record.unknown() is not None or record.region != self._region or event_id(record.key) is None:
            return False
        summary = state.summarize(record)
        heard_at = max(t.received_at or 0 for t in record.transitions.values())
        forgotten = not summary.is_open and (summary.last_seen or 0) < now_ms - HORIZON_MS + MARGIN_MS
        return heard_at + self._patience_ms <= now_ms and not forgotten

    def _split(self, records: Sequence[Record]) -> tuple[tuple[Record, ...], tuple[str, ...]]:
        keys = {verdict_key(record.key): record for record in records}
        found = self._deadline.retry(lambda: self._store.read(list(keys))) if keys else {}
        verdicts = {keys[key].key: read_verdict(row) for key, row in found.items()}
        unlisted = tuple(r for r in records if not (v := verdicts.get(r.key)) or v.verdict is VerdictKind.UNKNOWN)
        other = tuple(r.key for r in records if (v := verdicts.get(r.key)) and _is_outdated(v, r))
        return unlisted, other


def _is_outdated(verdict: EventVerdict, record: Record) -> bool:
    if verdict.verdict is VerdictKind.REFUSED:
        return bool(verdict.digest)
    return bool(verdict.status) and verdict.judge_at is None and verdict.status != state.current(record).status


class NoteUnknown(VerdictChange):
    """The API does not know an event that arrived.

    Attributes:
        new: the row, if it says so for the first time, once the change is committed.
    """

    def __init__(self, record: Record, region: str, now_ms: int) -> None:
        super().__init__(record.key)
        self.new: EventVerdict | None = None
        self._record, self._region, self._now_ms = record, region, now_ms

    def decide(self, stored: EventVerdict | None) -> EventVerdict | None:
        """The row; one of which the API has said something since is left alone."""
        self.new = None
        if stored is not None:
            return stored
        row = EventVerdict(self._record.key, self._region, self._record.resource_id, VerdictKind.WAITING, self._now_ms)
        self.new = row.given(VerdictKind.UNKNOWN, "", self._now_ms, None)
        return self.new


class LookAgain(VerdictChange):
    """A verdict is to be looked at in this round; what was refused, to be recorded by the next one."""

    def __init__(self, name: str, now_ms: int) -> None:
        super().__init__(name)
        self._now_ms = now_ms

    def decide(self, stored: EventVerdict | None) -> EventVerdict | None:
        """The row, due now, or without what the API said last."""
        if stored is None:
            return None
        return (
            stored._replace(digest="")
            if stored.verdict is VerdictKind.REFUSED
            else stored._replace(judge_at=self._now_ms)
        )
