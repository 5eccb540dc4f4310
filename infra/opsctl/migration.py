"""Move the rows of version 0.1 to the tables of this version, while functions run on both.

The functions of this version look into the old tables for a record that the new ones lack, and write the new ones alone
(`opsledger.store.old_tables`). So a row may be moved by either of them, and both write only where there is no row, or
join: a record that is there already gets the transitions that only its old row has. That makes the migration
repeatable. Run again, it also catches up with what functions of version 0.1 wrote after it had passed.

It reads each old table once, in the order of its keys, and notes its position after each batch, once every row of the
batch is written. A migration that is killed goes on from there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import codec, migration
from opsledger.ledger.changes import QuarantineChange, RecordChange
from opsledger.ledger.commit import AnyChange, commit
from opsledger.ledger.migration import DONE, MOVING, NEEDED, Migration, NoteMigration
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_record
from opsledger.store import READ_ROWS, WRITE_ROWS, Key, Put, Row
from opsledger.store.tables import HASH_DIGITS, OLD_LEDGER, OLD_QUARANTINE, OLD_RECORDS, REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.store import Store
    from opsledger.store.tables import Table

    class WholeTables(Store, Protocol):
        """A store whose tables can be read whole."""

        def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
            """The rows of `table` after `key`, in key order; all rows if `key` is empty."""

    class Instance(WholeTables, Protocol):
        """The tables of an instance by their names."""

        def table_names(self) -> set[str]:
            """The names of the instance's tables."""

        def name(self, table: Table) -> str:
            """The name of `table` in the instance."""


BATCH_ROWS = 500
"""Rows between two notes of the position."""


@dataclass(slots=True)
class Moved:
    """What a migration has done, by the name of the table.

    Attributes:
        moved: rows written to the new table, or joined to the row there.
        there: rows that the new table had already.
        unreadable: the keys of records that this version cannot read, and why; they were copied as they are.
    """

    moved: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)


def note_old_tables(store: Instance, deadline: Deadline, writer: str) -> bool:
    """Note that a migration is needed, if it is and nobody has noted anything yet.

    Returns:
        Whether it is needed, as `is_needed`.

    Raises:
        WorldFailedError: the store failed.
    """
    needed = deadline.retry(lambda: is_needed(store))
    if needed:
        commit(store, [NoteMigration(Migration(NEEDED), first=True)], deadline, writer)
    return needed


def is_needed(store: Instance) -> bool:
    """Whether there are old tables with rows, and no migration of them has come to its end.

    Raises:
        WorldFailedError: the store failed.
    """
    found = migration.read(store)
    if found is not None:
        return found.state != DONE
    return any(next(store.after(table, ()), None) is not None for table in old_tables(store))


def old_tables(store: Instance) -> list[Table]:
    """The tables of version 0.1 that the instance has."""
    names = store.table_names()
    return [table for table in REPLACED_BY if store.name(table) in names]


def migrate(
    store: WholeTables,
    tables: Sequence[Table],
    deadline: Callable[[], Deadline],
    writer: str,
    *,
    resume: bool = False,
    on_share: Callable[[float], None] = lambda _share: None,
) -> Moved:
    """Move every row of the old `tables`; with `resume`, from where an earlier run stopped.

    Args:
        deadline: a new one for each batch.
        on_share: called after each batch with the share done, from 0 to 1.

    Raises:
        WorldFailedError: the store failed for longer than the deadline; `resume` goes on from the last batch.
    """
    moved = Moved()
    noted = deadline().retry(lambda: migration.read(store))
    # Once it has been done, functions may run without the old tables. Running it again must not stop them.
    state = DONE if noted is not None and noted.state == DONE else MOVING
    stopped = noted if noted is not None and resume else Migration(state)
    commit(store, [NoteMigration(stopped._replace(state=state))], deadline(), writer)
    names = [table.name for table in tables]
    first = names.index(stopped.table) if stopped.table in names else 0
    for number, table in enumerate(tables[first:], start=first):
        position = stopped.position if table.name == stopped.table else ()
        while rows := deadline().retry(lambda: list(islice(store.after(table, position), BATCH_ROWS))):  # noqa: B023 - called at once
            _MOVES[table](store, rows, deadline, writer, moved)
            position = rows[-1].key.values
            commit(store, [NoteMigration(Migration(state, table.name, position))], deadline(), writer)
            on_share((number + _share(rows[-1].key)) / len(tables))
    commit(store, [NoteMigration(Migration(DONE))], deadline(), writer)
    on_share(1.0)
    return moved


def compare(store: WholeTables, tables: Sequence[Table], on_share: Callable[[float], None]) -> Moved:
    """Count what `migrate` would move, and write nothing.

    A record that both tables have counts as there, though its old row may have more.

    Raises:
        WorldFailedError: the store failed.
    """
    counted = Moved()
    for number, table in enumerate(tables):
        rows = store.after(table, ())
        while batch := list(islice(rows, READ_ROWS)):
            found = store.read([_new_key(row.key) for row in batch])
            counted.there[table.name] += len(found)
            counted.moved[table.name] += len(batch) - len(found)
            on_share((number + _share(batch[-1].key)) / len(tables))
    return counted


def _share(key: Key) -> float:
    return int(str(key.values[0])[:HASH_DIGITS], 16) / 0x10000


def _new_key(old: Key) -> Key:
    return Key(REPLACED_BY[old.table], old.values)


# ------------------------------------------------------------------------------------------------------- ledger
def _move_ledger(
    store: Store, rows: Sequence[Row], deadline: Callable[[], Deadline], writer: str, moved: Moved
) -> None:
    """Insert ledger rows as they are: they never change."""
    for start in range(0, len(rows), WRITE_ROWS - 1):
        puts = [Put(_new_key(row.key), row.columns) for row in rows[start : start + WRITE_ROWS - 1]]
        commit(store, [NoteMigration(None, puts)], deadline(), writer)
        moved.moved["ledger"] += len(puts)


# ------------------------------------------------------------------------------------------------------ records
class _MoveRecord(RecordChange):
    """One record is moved, or joined to what is in its new row."""

    def __init__(self, old: Row) -> None:
        self.key = _new_key(old.key)
        self.there = False
        self._old = read_record(Row(self.key, old.columns))

    def decide(self, stored: Record | None) -> Record:
        """The old record where there is no new one; the new one with the transitions that only the old one has."""
        decided = self._old if stored is None else stored.join(_without_renewed(self._old, stored))
        self.there = decided == stored
        return decided


def _without_renewed(old: Record, stored: Record) -> Record:
    """The old record without transitions that the stored one has under their present keys.

    The row of an old record does not always suffice to make them; then a delivery says which key a transition had
    (`opsledger.ledger.former`), and the function that took it has renewed the key.
    """
    steps = {(t.status, t.at) for t in stored.transitions.values()}
    kept = {
        key: t
        for key, t in old.transitions.items()
        if key in stored.transitions or codec.key_moment(key) is not None or (t.status, t.at) not in steps
    }
    return old._replace(transitions=kept)


def _move_records(
    store: Store, rows: Sequence[Row], deadline: Callable[[], Deadline], writer: str, moved: Moved
) -> None:
    changes: list[_MoveRecord] = []
    for row in rows:
        change = _readable(row, moved)
        if change is None:  # it is kept as it is; a version that knows it finds it by its key
            commit(store, [NoteMigration(None, [Put(_new_key(row.key), row.columns)])], deadline(), writer)
        else:
            changes.append(change)
    commit(store, changes, deadline(), writer)
    there = sum(change.there for change in changes)
    moved.there["records"] += there
    moved.moved["records"] += len(changes) - there


def _readable(row: Row, moved: Moved) -> _MoveRecord | None:
    try:
        change = _MoveRecord(row)
        change.encode(change.decide(None))
    except (LookupError, BadEventError, DamagedRowError) as error:
        moved.unreadable[str(row.key.values[0])] = f"{type(error).__name__}: {error}"
        return None
    return change


# --------------------------------------------------------------------------------------------------- quarantine
class _MoveEntry(QuarantineChange):
    """One quarantine entry is moved, unless there is one: that has the deliveries of the old one already."""

    def __init__(self, old: Row) -> None:
        self.key = _new_key(old.key)
        self._old = read_quarantined(Row(self.key, old.columns))
        self.there = False

    def decide(self, stored: Quarantined | None) -> Quarantined:
        """The entry that is there, or else the old one."""
        self.there = stored is not None
        return stored or self._old


def _move_quarantine(
    store: Store, rows: Sequence[Row], deadline: Callable[[], Deadline], writer: str, moved: Moved
) -> None:
    parts = [Put(_new_key(row.key), row.columns) for row in rows if row.key.values[1] != 0]
    heads = [_MoveEntry(row) for row in rows if row.key.values[1] == 0]
    changes: list[AnyChange] = [*(NoteMigration(None, [part]) for part in parts), *heads]
    for change in changes:  # one at a time: a row may have 1.5 MB
        commit(store, [change], deadline(), writer)
    there = sum(head.there for head in heads)
    moved.there["quarantine"] += there
    moved.moved["quarantine"] += len(parts) + len(heads) - there


_MOVES = {OLD_LEDGER: _move_ledger, OLD_RECORDS: _move_records, OLD_QUARANTINE: _move_quarantine}
