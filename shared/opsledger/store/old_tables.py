"""While rows are moved: a store that finds a row of version 0.1 where the new table has none yet.

A handler decides on the old row and writes the new one, where there is none: so the first change of a record moves it.
If `opsledger migrate` moves it meanwhile, the write fails on its condition, and the handler reads the new row and
decides again. Nothing is ever written to the old tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger.store import Key, Row
from opsledger.store.tables import REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store import Put, Store, Written
    from opsledger.store.tables import Index, Table

OLD = {new: old for old, new in REPLACED_BY.items()}
_NOT_MOVED = 0
"""The revision that an old row is read with. Stored revisions begin with 1, so a put that expects this one is of a row
that is not in its table yet."""


class OldTablesStore:
    """The new tables of a store, and the old ones behind them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows that exist among `keys`, each from the new table or else from the old one; in two calls at most."""
        found = dict(self._store.read(keys))
        old = {Key(OLD[key.table], key.values): key for key in keys if key not in found and key.table in OLD}
        for key, row in self._store.read(list(old)).items():
            found[old[key]] = Row(old[key], _as_not_moved(row))
        return found

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write to the new tables."""
        return self._store.write([put._replace(revision=None) if put.revision == _NOT_MOVED else put for put in puts])

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """The rows in the new tables: what is not moved yet is not found by a walk."""
        return self._store.walk(index, prefix, **options)


def _as_not_moved(row: Row) -> Mapping[str, Any]:
    return {**row.columns, "revision": _NOT_MOVED} if "revision" in row.columns else row.columns
