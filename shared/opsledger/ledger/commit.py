"""Read, decide, write: the one way anything reaches the store.

    read the affected rows ──► decide each ──► write under the revision that was read
          ▲                                             │
          └── condition failed, row busy, no reply ◄────┘        until done, or out of time

Nothing here trusts a write it has no reply to: after one, the rows are read again and decided again. A write of ours
that landed shows its `writer`, and the decision finds its notifications already in the record. Ledger rows are written
only where there is none, with every delivery, also of a duplicate: so a crash between the two tables is mended by the
redelivery that follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.errors import ContendedError, MisconfiguredError, ThrottledError, WorldFailedError
from opsledger.ledger import state
from opsledger.ledger.rows import (
    Quarantined,
    quarantine_columns,
    quarantine_key,
    quarantine_parts,
    read_quarantined,
    read_record,
    record_columns,
    record_key,
)
from opsledger.store import READ_ROWS, WRITE_BYTES, WRITE_ROWS, Key, Put, Written, size, size_at_most

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.intake.notification import Notification
    from opsledger.ledger.state import Disposition
    from opsledger.store import Row, Store

    class Change(Protocol):
        """Something to be done to one revisioned row."""

        key: Key
        extras: list[Put]

        def decide(self, row: Row | None, writer: str) -> Put | None:
            """The row as it shall be, or None when it is so already."""


class RecordChange:
    """Notifications of one thing, in the order they came, and their ledger rows."""

    def __init__(self, notifications: Sequence[Notification], extras: list[Put]) -> None:
        self.notifications, self.extras = notifications, extras
        self.key = record_key(notifications[0].record.key)
        self.dispositions: tuple[Disposition, ...] = ()
        self._decided = False

    def decide(self, row: Row | None, writer: str) -> Put | None:
        """The record after the notifications."""
        before = None if row is None else read_record(row)
        if before is not None and (word := before.unknown()):
            # After a step back to an older version; written again by it, the record would lose what it cannot say.
            raise MisconfiguredError(
                f"this version does not know the {word} of record {before.key}: deploy a newer one"
            )
        decision = state.decide(before, self.notifications)
        ours = row is not None and row.columns.get("writer") == writer
        if not (self._decided and ours):  # what our own landed write decided stands
            self.dispositions = decision.dispositions
        self._decided = True
        if decision.record == before:
            return None
        revision = None if row is None else int(row.columns["revision"])
        return Put(self.key, record_columns(decision.record, (revision or 0) + 1, writer), revision)


class QuarantineChange:
    """Deliveries of one refused payload."""

    def __init__(self, entry: Quarantined) -> None:
        self.entry = entry
        self.key = quarantine_key(entry.digest)
        self.extras = quarantine_parts(entry)

    def decide(self, row: Row | None, writer: str) -> Put | None:
        """The entry with these deliveries counted."""
        if row is None:
            return Put(self.key, quarantine_columns(self.entry, 1, writer))
        if row.columns.get("writer") == writer:
            return None  # counted already: the reply was lost, not the write
        revision = int(row.columns["revision"])
        known = read_quarantined(row)
        columns = quarantine_columns(self.entry.seen_again(known), revision + 1, writer)
        # The parts are never rewritten, and another runtime's zlib may cut the same bytes otherwise.
        kept = {name: row.columns[name] for name in ("bytes", "parts")}
        return Put(self.key, {**columns, **kept}, revision)


def commit(store: Store, changes: Sequence[Change], deadline: Deadline, writer: str) -> None:
    """Bring every change about.

    Args:
        writer: this invocation's request id; two invocations never share one.

    Raises:
        WorldFailedError: not all could be written in the time there is; what is unwritten, a redelivery writes.
    """
    for group in _groups(changes):
        _commit_group(store, group, deadline, writer)


def _commit_group(store: Store, changes: Sequence[Change], deadline: Deadline, writer: str) -> None:
    unread = list(changes)
    extras = [put for change in changes for put in change.extras]
    attempt = 0
    while unread or extras:
        try:
            rows = store.read([change.key for change in unread]) if unread else {}
            decided = [(change, change.decide(rows.get(change.key), writer)) for change in unread]
            puts = [put for _, put in decided if put is not None]
            conflicts, extras, error = _write(store, puts, extras)
        except WorldFailedError as failure:
            deadline.wait(attempt, failure)
        else:
            unread = [change for change, put in decided if put is not None and put.key in conflicts]
            if error is not None:
                deadline.wait(attempt, error)
        attempt += 1


def _write(
    store: Store, puts: Sequence[Put], extras: Sequence[Put]
) -> tuple[set[Key], list[Put], WorldFailedError | None]:
    """Write all; the keys to read again, the extras to write again, and why."""
    own = {put.key for put in puts}
    again: set[Key] = set()
    error: WorldFailedError | None = None
    for batch in _batches([*extras, *puts]):
        for put, written in zip(batch, store.write(batch), strict=True):
            if written is Written.TRY_AGAIN:
                again.add(put.key)
                error = ThrottledError("Tablestore was too busy for some rows")
            elif written is Written.CONDITION_FAILED and put.key in own:
                again.add(put.key)
                error = error or ContendedError("another invocation keeps changing the same record")
    return again & own, [put for put in extras if put.key in again], error


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes whose rows fit into one read and, unless they are large, one write."""
    group: list[Change] = []
    rows = 0
    for change in changes:
        own = 1 + len(change.extras)
        if group and (len(group) == READ_ROWS or rows + own > WRITE_ROWS):
            yield group
            group, rows = [], 0
        group.append(change)
        rows += own
    if group:
        yield group


def _batches(puts: Sequence[Put]) -> Iterator[list[Put]]:
    """Puts that fit into one write."""
    if len(puts) <= WRITE_ROWS and sum(map(size_at_most, puts)) <= WRITE_BYTES:
        if puts:
            yield list(puts)
        return
    batch: list[Put] = []
    total = 0
    for put in puts:
        weight = size(put)
        if batch and (len(batch) == WRITE_ROWS or total + weight > WRITE_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(put)
        total += weight
    if batch:
        yield batch
