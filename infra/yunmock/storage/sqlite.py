"""State in one SQLite file: outlives the process, shared between processes.

Write-ahead logging with `synchronous=NORMAL`: what was committed survives the death of the process at any instant
(https://www.sqlite.org/wal.html); only a power cut may take the newest commits.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.storage import Space

V = TypeVar("V")

SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    space TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key)
) WITHOUT ROWID
"""
BUSY_TIMEOUT_S = 30.0
SCAN_ROWS = 500


class SqliteStorage:
    """Spaces in the file at `path`, made when missing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(SCHEMA)

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:
        """The space called `name`."""
        return SqliteSpace(self, name, encode, decode)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """One transaction: excludes other threads and processes, undone when the block raises."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def execute(self, sql: str, *values: object) -> list[tuple[bytes, ...]]:
        """Run one statement and fetch all it answers."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def snapshot(self) -> object:
        """All rows."""
        return self.execute("SELECT space, key, value FROM item")

    def restore(self, snapshot: object) -> None:
        """Everything as it was at the snapshot."""
        with self.atomic():
            self.reset()
            self._db.executemany("INSERT INTO item VALUES (?,?,?)", cast("list[tuple[bytes, ...]]", snapshot))

    def reset(self) -> None:
        """Empty every space."""
        self.execute("DELETE FROM item")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


class SqliteSpace(Generic[V]):
    """The rows of one space."""

    def __init__(
        self, storage: SqliteStorage, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]
    ) -> None:
        self._storage, self._name, self._encode, self._decode = storage, name, encode, decode

    def get(self, key: bytes) -> V | None:
        """The value at `key`, or None."""
        rows = self._storage.execute("SELECT value FROM item WHERE space=? AND key=?", self._name, key)
        return self._decode(rows[0][0]) if rows else None

    def put(self, key: bytes, value: V) -> None:
        """Set the value at `key`."""
        self._storage.execute("INSERT OR REPLACE INTO item VALUES (?,?,?)", self._name, key, self._encode(value))

    def delete(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        self._storage.execute("DELETE FROM item WHERE space=? AND key=?", self._name, key)

    def scan(
        self, start: bytes | None = None, end: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, V]]:
        """The items with start <= key < end, fetched a page at a time so that no cursor stays open."""
        low, high = start or b"", end
        while True:
            rows = self._page(low, high, reverse=reverse)
            for key, value in rows:
                yield key, self._decode(value)
            if len(rows) < SCAN_ROWS:
                return
            last = rows[-1][0]
            low, high = (low, last) if reverse else (last + b"\0", high)

    def clear(self) -> None:
        """Remove everything."""
        self._storage.execute("DELETE FROM item WHERE space=?", self._name)

    def _page(self, low: bytes, high: bytes | None, *, reverse: bool) -> list[tuple[bytes, ...]]:
        order = "DESC" if reverse else "ASC"
        bound, values = ("AND key<?", [high]) if high is not None else ("", [])
        return self._storage.execute(
            f"SELECT key, value FROM item WHERE space=? AND key>=? {bound} ORDER BY key {order} LIMIT {SCAN_ROWS}",  # noqa: S608 - constants only
            self._name,
            low,
            *values,
        )
