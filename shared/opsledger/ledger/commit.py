"""Read, decide, write: every write to the store goes through here.

    read the rows ──► decide each ──► write under the revision that was read
          ▲                                       │
          └── revision moved, row busy, no reply ◄┘      until done, or out of time

Only this module knows optimistic locking. A row has two columns for it: `revision`, which grows by one with every write
and is the condition of the next, and `writer`, the invocation that wrote it. A change sees neither: it gets what is
stored and decides what should be stored.

A write without a reply may or may not have landed. So after one the rows are read again. A row that holds exactly the
columns that we tried to write, `writer` and `revision` among them, is our own write, and its decision stands. Any other
row is decided again. The other columns count because a retry by the platform may keep the request id of the attempt
before it, whose last write may land late.

A row that many invocations write at once would be decided again and again. So a change may take along, before its next
decision, what the others wait to write (`take_along`).

Rows that are only inserted (the ledger's, and the further parts of a large payload) are written with every delivery,
also of a duplicate, where there is none yet. So a redelivery repairs a crash between two tables.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from opsledger.errors import (
    ContendedError,
    DamagedRowError,
    NewerRowError,
    OpsLedgerError,
    ThrottledError,
    WorldFailedError,
)
from opsledger.store import READ_ROWS, WRITE_BYTES, WRITE_ROWS, Put, Written, batched, size, size_at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Key, Row, Store, Value

Stored = TypeVar("Stored")


class AnyChange(Protocol):
    """A decision about one row, and the rows to insert beside it."""

    @property
    def key(self) -> Key:
        """The row's key."""

    @property
    def inserts(self) -> Sequence[Put]:
        """Rows to insert beside it, each where there is none."""

    def decide_row(self, row: Row | None) -> Mapping[str, Value] | None:
        """The columns to write, `revision` and `writer` left out; None to leave the row as it is."""


class Change(ABC, Generic[Stored]):
    """A decision about what one row stores, and how that is kept in columns.

    Attributes:
        key: the row's key.
        inserts: rows to insert beside it, each where there is none.
        rewrites: whether the row is written also where it stores that already, because other columns may be stale.
    """

    key: Key
    inserts: Sequence[Put] = ()
    rewrites: bool = False

    @abstractmethod
    def decode(self, row: Row) -> Stored:
        """What the row stores."""

    @abstractmethod
    def encode(self, stored: Stored) -> Mapping[str, Value]:
        """The row's columns, `revision` and `writer` left out."""

    @abstractmethod
    def decide(self, stored: Stored | None) -> Stored | None:
        """What should be stored, given what is; None, or what is stored already, to leave it.

        It is called again whenever the row has changed since the last call.
        """

    def decide_row(self, row: Row | None) -> Mapping[str, Value] | None:
        """The columns to write; None to leave the row as it is."""
        stored = None if row is None else self.decode(row)
        decided = self.decide(stored)
        if decided is None or (decided == stored and not self.rewrites):
            return None
        return self.encode(decided)

    def take_along(self, store: Store, row: Row) -> None:
        """Look for what others, too, wait to write to a row that many write at once, before the next decision.

        Args:
            row: the row as it is now.

        Raises:
            WorldFailedError: the store failed; then the decision is made without it.
        """


def commit(store: Store, changes: Sequence[AnyChange], deadline: Deadline, writer: str) -> None:
    """Write what every change decides.

    Args:
        writer: the invocation's request id, which only retries of the same invocation share.

    Raises:
        WorldFailedError: not everything could be written in time; a redelivery writes the rest.
        DamagedRowError: a row is damaged; what the other changes decide is written.
        NewerRowError: a newer version wrote a row; what the other changes decide is written.
    """
    undecidable: list[OpsLedgerError] = []
    # A group's rows fit into one read and, unless they are large, one write.
    for group in batched(changes, READ_ROWS, _rows, WRITE_ROWS):
        together = _Commit(store, group, writer)
        deadline.retry(together.attempt)
        undecidable += together.undecidable
    if undecidable:
        raise undecidable[0]


class _Commit:
    """Changes that are read and written together, and which of them are still to do.

    Attributes:
        undecidable: why some of them cannot be decided; nothing of those is written.
    """

    def __init__(self, store: Store, changes: Sequence[AnyChange], writer: str) -> None:
        self._store, self._writer = store, writer
        self._undecided = list(changes)
        self._inserts = [put for change in changes for put in change.inserts]
        self._attempted: dict[Key, Mapping[str, Value]] = {}
        self._contended = False
        self.undecidable: list[OpsLedgerError] = []

    def attempt(self) -> None:
        """Read, decide and write once.

        Raises:
            WorldFailedError: something has to be done again.
        """
        puts = self._decide()
        error = self._write(puts)
        self._contended = isinstance(error, ContendedError)
        if error is not None:
            raise error

    def _decide(self) -> list[Put]:
        if not self._undecided:
            return []
        rows = self._store.read([change.key for change in self._undecided])
        is_alone = self._contended and len(self._undecided) == 1
        puts = []
        for change in tuple(self._undecided):
            try:
                if is_alone:
                    self._take_along(change, rows)
                put = self._put(change, rows.get(change.key))
            except (DamagedRowError, NewerRowError) as error:
                self.undecidable.append(error)
                self._undecided.remove(change)  # even if a later attempt can read it: its inserts are dropped
                self._inserts = [one for one in self._inserts if one not in change.inserts]
                continue
            if put is not None:
                puts.append(put)
        return puts

    def _take_along(self, change: AnyChange, rows: Mapping[Key, Row]) -> None:
        row = rows.get(change.key)
        if isinstance(change, Change) and row is not None and not _is_own_write(row, self._attempted.get(change.key)):
            with suppress(WorldFailedError):
                change.take_along(self._store, row)

    def _put(self, change: AnyChange, row: Row | None) -> Put | None:
        if row is not None and _is_own_write(row, self._attempted.get(change.key)):
            return None
        decided = change.decide_row(row)
        if decided is None:
            return None
        revision = None if row is None else int(row.columns["revision"])
        columns = {"revision": (revision or 0) + 1, "writer": self._writer, **decided}
        self._attempted[change.key] = columns
        return Put(change.key, columns, revision)

    def _write(self, puts: Sequence[Put]) -> WorldFailedError | None:
        """Write everything, keep what has to be done again, and return why."""
        conditional = {put.key for put in puts}
        again, error = _write(self._store, [*self._inserts, *puts], conditional)
        self._undecided = [change for change in self._undecided if change.key in again & conditional]
        self._inserts = [put for put in self._inserts if put.key in again]
        return error


def _is_own_write(row: Row, attempted: Mapping[str, Value] | None) -> bool:
    """Whether the row is our write, of which there was no reply; see the module's docstring."""
    return row.columns == attempted


def _write(store: Store, puts: Sequence[Put], conditional: set[Key]) -> tuple[set[Key], WorldFailedError | None]:
    """The keys to write again, and why; an insert that finds a row needs no more."""
    again: set[Key] = set()
    error: WorldFailedError | None = None
    for batch in _batches(puts):
        for put, written in zip(batch, store.write(batch), strict=True):
            if written is Written.TRY_AGAIN:
                again.add(put.key)
                error = ThrottledError("Tablestore was too busy for some rows")
            elif written is Written.CONDITION_FAILED and put.key in conditional:
                again.add(put.key)
                error = error or ContendedError("another invocation keeps changing the same record")
    return again, error


def _rows(change: AnyChange) -> int:
    return 1 + len(change.inserts)


def _batches(puts: Sequence[Put]) -> Iterable[Sequence[Put]]:
    """Groups of puts that fit into one write; few small ones need no exact sizes."""
    if len(puts) <= WRITE_ROWS and sum(map(size_at_most, puts)) <= WRITE_BYTES:
        return [puts] if puts else []
    return batched(puts, WRITE_ROWS, size, WRITE_BYTES)
