"""Silence is a signal: what should have moved and has not is marked on its record.

The mark is the moment by which the record should have moved, which follows from its transitions alone; so it is the
same for every order in which they came and whenever the sweep ran. It lies outside what is folded: any event that moves
the record removes it, also one that comes late. A record whose status announces what no event ever confirms (the
release of a spot instance) is presumed to have ended, and its row leaves the walk.

Found through the index by status: of announcements those whose deadline has passed, of what goes on all there is. So a
sweep costs what is open, not what was ever stored. It is written under the record's revision like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from opsledger import settings, timestamps
from opsledger.errors import WorldFailedError
from opsledger.handlers import events, log
from opsledger.ledger import queries, state
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_record, record_columns
from opsledger.store import READ_ROWS, Put

if TYPE_CHECKING:
    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Key, Row, Store

RESERVE_S = 5.0
"""No batch is begun with less time than this."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found.

    Attributes:
        looked: records that were read.
        marked: those that are overdue or presumed to have ended since the last sweep.
        unreadable: records of a kind or status that the catalogue no longer has.
        finished: whether it came to its end in the time there was.
    """

    looked: int
    marked: tuple[Record, ...]
    unreadable: int
    finished: bool

    def to_json(self) -> dict[str, int | bool]:
        """For the answer and the log."""
        presumed = sum(state.view(record).presumed for record in self.marked)
        overdue = len(self.marked) - presumed
        told = {"looked": self.looked, "overdue": overdue, "presumed": presumed, "unreadable": self.unreadable}
        return {**told, "finished": self.finished}


def handle(_event: bytes | str, context: Any) -> dict[str, int | bool]:
    """Sweep once; what `functions/sweeper` hands to Function Compute.

    Returns:
        The numbers of `Swept`.

    Raises:
        WorldFailedError: the store failed for longer than there was time; the next sweep goes over it again.
    """
    own_id = events.request_id(context)
    try:
        swept = sweep(events.open_store(settings.read(context)), events.deadline(context), own_id)
    except WorldFailedError as error:
        log.write("failed", request_id=own_id, error=type(error).__name__, message=str(error))
        raise
    for record in swept.marked:
        seen = state.view(record)
        since = None if record.lapsed is None else timestamps.show(record.lapsed)
        name = "presumed" if seen.presumed else "overdue"
        log.write(name, request_id=own_id, record=record.key, type=seen.type, status=seen.status, since=since)
    told = swept.to_json()
    log.write("swept", request_id=own_id, **told)
    return told


def sweep(store: Store, deadline: Deadline, writer: str) -> Swept:
    """Mark every record that should have moved by now, as far as time allows.

    Raises:
        WorldFailedError: as `handle`.
    """
    now = deadline.clock.now_ms()
    keys = (key for status in queries.open_statuses() for key in _due(store, status, now, deadline))
    looked, unreadable = 0, 0
    marked: list[Record] = []
    while batch := [_Mark(key, now) for key in islice(keys, READ_ROWS)]:
        if deadline.remaining() < RESERVE_S:
            return Swept(looked, tuple(marked), unreadable, finished=False)
        commit(store, batch, deadline, writer)
        looked += len(batch)
        unreadable += sum(change.unreadable for change in batch)
        marked += [change.marked for change in batch if change.marked is not None]
    return Swept(looked, tuple(marked), unreadable, finished=True)


@dataclass(slots=True)
class _Mark:
    """One record that may be overdue."""

    key: Key
    now_ms: int
    extras: list[Put] = field(default_factory=list)
    marked: Record | None = None
    unreadable: bool = False

    def decide(self, row: Row | None, writer: str) -> Put | None:
        """The record marked, when it should have moved and is not marked so yet."""
        if row is not None and row.columns.get("writer") == writer:
            return None  # ours, though its reply was lost
        self.marked = None
        if row is None:
            return None
        try:
            record = read_record(row)
            lapses = state.lapses_at(record)
        except LookupError:  # one such record must not keep the others from being swept
            self.unreadable = True
            return None
        if lapses is None or lapses > self.now_ms or lapses == record.lapsed:
            return None
        self.marked = record._replace(lapsed=lapses)
        revision = int(row.columns["revision"])
        return Put(self.key, record_columns(self.marked, revision + 1, writer), revision)


def _due(store: Store, status: str, now_ms: int, deadline: Deadline) -> list[Key]:
    attempt = 0
    while True:
        try:
            return list(queries.may_be_overdue(store, status, now_ms))
        except WorldFailedError as error:  # noqa: PERF203 - a retry is a try in a loop
            deadline.wait(attempt, error)
            attempt += 1
