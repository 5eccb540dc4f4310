"""A store in memory for tests and simulations. It follows the rules of `Store` and never fails."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from opsledger.errors import StoreRefusedError
from opsledger.store import Key, Put, Row, Written
from opsledger.store.tables import TABLE_OF, Index, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store import PageSize, Value


class MemoryStore:
    """Keeps rows in a dict; a lock makes every call atomic."""

    def __init__(self) -> None:
        self.rows: dict[Key, Mapping[str, Value]] = {}
        self._lock = threading.Lock()

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows that exist among `keys`."""
        with self._lock:
            return {key: Row(key, self.rows[key]) for key in keys if key in self.rows}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write each row whose condition holds."""
        with self._lock:
            return [self._write(put) for put in puts]

    def walk(
        self,
        index: Index | Table,
        prefix: Sequence[str | int],
        *,
        reverse: bool = False,
        start: Sequence[str | int] = (),
        end: Sequence[str | int] = (),
        page: PageSize | None = None,  # noqa: ARG002 - it has no pages
    ) -> Iterator[Row]:
        """The rows whose key begins with `prefix`, in key order; like Tablestore it refuses a range without extent."""
        if start and end and not _begins_before(start, end, reverse=reverse):
            raise StoreRefusedError(f"a walk from {start} to {end} does not begin before its end")
        table = index if isinstance(index, Table) else TABLE_OF[index.name]
        own = () if isinstance(index, Table) else tuple(name for name, _ in index.columns)
        with self._lock:
            rows = [(key, columns) for key, columns in self.rows.items() if key.table is table]
        if own and prefix:  # most rows are of another bucket, which is quick to see
            rows = [(key, columns) for key, columns in rows if columns.get(own[0]) == prefix[0]]
        found = []
        for key, columns in rows:
            if all(name in columns for name in own):
                path = (*(columns[name] for name in own), *key.values)
                if path[: len(prefix)] == tuple(prefix) and _within(path[len(prefix) :], start, end, reverse=reverse):
                    found.append((path, Row(key, {n: columns[n] for n in own} if own else columns)))
        found.sort(key=lambda item: item[0], reverse=reverse)
        yield from (row for _, row in found)

    def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
        """The rows of `table` after `key`, in key order; all rows when `key` is empty."""
        return (row for row in self.walk(table, []) if row.key.values > tuple(key))

    def _write(self, put: Put) -> Written:
        old = self.rows.get(put.key)
        revision = None if old is None else old.get("revision")
        if (put.revision is None and old is not None) or revision != put.revision:
            return Written.CONDITION_FAILED
        self.rows[put.key] = dict(put.columns)
        return Written.LANDED


def _begins_before(start: Sequence[str | int], end: Sequence[str | int], *, reverse: bool) -> bool:
    """Whether a range has any extent: the columns that an end lacks are before all values, of a reverse walk behind."""
    count = min(len(start), len(end))
    first: Any = tuple(start[:count])
    last: Any = tuple(end[:count])
    if first == last:
        return len(start) < len(end)
    return bool(first > last if reverse else first < last)


def _within(path: tuple[Value, ...], start: Sequence[Value], end: Sequence[Value], *, reverse: bool) -> bool:
    """Whether a row is not before `start` and before `end`, in the order of the walk."""
    first: Any = path[: len(start)]
    last: Any = path[: len(end)]
    if reverse:
        return bool(first <= tuple(start) and (not end or last > tuple(end)))
    return bool(first >= tuple(start) and (not end or last < tuple(end)))
