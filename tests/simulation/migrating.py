"""Version 0.1 beside this one, while its rows are moved: its functions, those of this version, and the migration.

What is modelled is where rows are and who writes them when. How a row of version 0.1 was written is for `tests/golden`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.simulation.roles import RoleStore

from opsctl import migration
from opsledger.deadline import Deadline
from opsledger.ledger import migration as noted
from opsledger.store import Key, Row
from opsledger.store.old_tables import OLD, OldTablesStore
from opsledger.store.tables import REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.simulation.fault_injector import FaultInjector

    from opsledger.store import Put, Store, Value, Written
    from opsledger.store.tables import Index, Table

TIMEOUT_S = 60.0
"""The time that the migration has for each of its steps."""
BATCH_ROWS = 2
"""Rows between two notes of the position: schedules are short, and a migration is to be interrupted between two."""
LATER_COLUMNS = frozenset({"notify_at"})
"""Columns that version 0.1 did not have and that decide something. It has no notifier."""


class OldVersionStore:
    """The store of a function of version 0.1: what it reads and writes is in the old tables, without later columns."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wrote: dict[Key, tuple[Mapping[str, Value], Mapping[str, Value]]] = {}

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read rows of the old tables; what this invocation wrote is as it wrote it."""
        found = self._store.read([_old(key) for key in keys])
        return {key: Row(key, self._as_written(found[_old(key)])) for key in keys if _old(key) in found}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows to the old tables."""
        return self._store.write([self._without_later(put) for put in puts])

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Find nothing: the indexes are of this version."""
        del index, prefix, options
        return iter(())

    def _without_later(self, put: Put) -> Put:
        kept = {name: value for name, value in put.columns.items() if name not in LATER_COLUMNS}
        self._wrote[_old(put.key)] = kept, put.columns
        return put._replace(key=_old(put.key), columns=kept)

    def _as_written(self, row: Row) -> Mapping[str, Value]:
        kept, whole = self._wrote.get(row.key, ({}, {}))
        return whole if row.columns == kept else row.columns


def _old(key: Key) -> Key:
    return Key(OLD.get(key.table, key.table), key.values)


def function_store(injector: FaultInjector, role: str) -> Store:
    """The store of a function of this version, under its role.

    Raises:
        MisconfiguredError: as at the start of a function, where rows were not moved.
    """
    reads = injector.environment.reads_old_tables
    store = RoleStore(injector, role, old_tables=reads)
    noted.check(injector.environment.store, reads_old_tables=reads)
    return OldTablesStore(store) if reads else store


def migrate(injector: FaultInjector, writer: str) -> None:
    """Move the rows of version 0.1, as `opsledger migrate` does; where an attempt has died, the next one resumes.

    Raises:
        WorldFailedError: the store failed.
    """
    tables, resume = list(REPLACED_BY), injector.attempt > 0
    migration.migrate(injector, tables, lambda: Deadline(injector, TIMEOUT_S), writer, resume=resume)


@contextmanager
def small_batches() -> Iterator[None]:
    """Run the block with a migration whose position is noted often."""
    with patch.object(migration, "BATCH_ROWS", BATCH_ROWS):
        yield
