"""State in one SQLite file, which survives the process and can be shared between processes.

Write-ahead logging with `synchronous=NORMAL`: a commit is handed to the system before it is acknowledged, so it
survives the death of the process at any time (https://www.sqlite.org/wal.html); only a power cut may lose the newest
commits. FULL would wait for the disk at every commit, which a local cloud does not need. OFF gives the same guarantee
against the death of the process, but a power cut can corrupt the whole file.

The cost of an operation must not depend on the number of rows. So values are in a table, to which new rows are
appended, and keys are in a separate index: its inner pages hold only keys, so a million records are two levels deeper
than a thousand. (In one tree of keys with their values, as in files of earlier versions, each tenfold adds a level.)
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from yunmock.errors import DataFileError
from yunmock.storage.checkpoints import Checkpoints
from yunmock.storage.data_file import APPLICATION_ID, CLAIM, check_owner, damaged_value_error, data_file_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.storage import Space

V = TypeVar("V")

SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-65536",  # KiB at most: the inner pages of a million records are 22 MB
    "PRAGMA wal_autocheckpoint=16000",  # pages, if `Checkpoints` does not run before: 64 MB, as the next
    "PRAGMA journal_size_limit=67108864",  # shrink a log after a large transaction
    "PRAGMA secure_delete=OFF",  # some systems' SQLite overwrites every page that it frees
)
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY, space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS entry_place ON entry (space, key)",
)
GET = "SELECT value FROM entry WHERE space=? AND key=?"
PUT = """
INSERT INTO entry (space, key, value) VALUES (?,?,?) ON CONFLICT (space, key) DO UPDATE SET value=excluded.value
"""
DELETE = "DELETE FROM entry WHERE space=? AND key=?"
CLEAR = "DELETE FROM entry WHERE space=?"
COUNT = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE space=? LIMIT ?)"
IS_EARLIER = "SELECT 1 FROM sqlite_master WHERE name='item'"
TAKE_OVER = "INSERT OR REPLACE INTO entry (space, key, value) SELECT ?, key, value FROM item WHERE space=?"
BUSY_TIMEOUT_S = 30.0
FIRST_PAGE_ROWS, MOST_PAGE_ROWS = 8, 512
"""A scan's first page is small, since many scans need only the first row."""


@cache
def space_number(name: str) -> int:
    """The number of a space in the file, which is shorter than its name.

    A hash, not a counter, so that a rollback, a restored snapshot or another process cannot change its meaning.
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


class SqliteStorage:
    """Spaces in the file at `path`, which is created if it does not exist.

    Raises:
        DataFileError: it is no SQLite file, is another program's, or cannot be opened.
        OSError: its folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._checkpoints = Checkpoints(path)
        with self._explained():
            check_owner(path, BUSY_TIMEOUT_S)
            self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except DataFileError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with self._explained():
            for statement in SETTINGS:
                self._db.execute(statement)
            if self._db.execute("PRAGMA application_id").fetchall() != [(APPLICATION_ID,)]:
                self._db.execute(CLAIM)
            for statement in SCHEMA:
                self._db.execute(statement)
            self._take_over()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Failures of SQLite as `DataFileError`."""
        try:
            yield
        except sqlite3.Error as error:
            raise data_file_error(self.path, error) from error

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:
        """The space called `name`."""
        return SqliteSpace(self, name, encode, decode)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """One transaction: excludes other threads and processes, undone when the block raises.

        Raises:
            DataFileError: the file fails; nothing of the block is kept.
        """
        with self._lock:
            if self._depth == 0:
                with self._explained():
                    self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._roll_back()
                raise
            self._depth -= 1
            if self._depth == 0:
                self._commit()
                self._checkpoints.follow(self._db.total_changes)

    def _commit(self) -> None:
        try:
            with self._explained():
                self._db.execute("COMMIT")
        except DataFileError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # After some failures, such as a full disk, SQLite has undone the transaction by itself.
        if self._depth == 0 and self._db.in_transaction:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and fetch all it answers.

        Raises:
            DataFileError: the file fails.
        """
        with self._lock:
            try:  # not `_explained`, which would cost as much as a short statement
                rows = self._db.execute(sql, values).fetchall()
                if self._depth == 0:
                    self._checkpoints.follow(self._db.total_changes)
            except sqlite3.Error as error:
                raise data_file_error(self.path, error) from error
            return rows

    def snapshot(self) -> object:
        """A copy of the file as it is now."""
        with self._lock, self._explained():
            return Copy(self._db)

    def restore(self, snapshot: object) -> None:
        """Everything as it was at the snapshot; not inside `atomic`, since all pages are exchanged at once."""
        with self._lock, self._explained():
            cast("Copy", snapshot).give_back(self._db)

    def reset(self) -> None:
        """Empty every space."""
        self.execute("DELETE FROM entry")

    def checkpoint(self) -> None:
        """Copy the log to the file, and wait until that is done."""
        with self._lock:
            self._checkpoints.wait()
            self._db.execute("PRAGMA wal_checkpoint").fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._checkpoints.wait()
            self._db.close()

    def _take_over(self) -> None:
        """Convert the one tree of earlier versions."""
        if not self.execute(IS_EARLIER):
            return
        with self.atomic():
            if not self.execute(IS_EARLIER):  # another process was faster
                return
            for (name,) in self._db.execute("SELECT DISTINCT space FROM item").fetchall():
                self._db.execute(TAKE_OVER, (space_number(name), name))
            self._db.execute("DROP TABLE item")


class Copy:
    """A copy of a database in a temporary file of SQLite's, which is deleted with this object."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._copy = sqlite3.connect("", check_same_thread=False)
        weakref.finalize(self, self._copy.close)
        db.backup(self._copy)

    def give_back(self, db: sqlite3.Connection) -> None:
        """Bring `db` back to the copy."""
        self._copy.backup(db)


class SqliteSpace(Generic[V]):
    """The rows of one space."""

    def __init__(
        self, storage: SqliteStorage, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]
    ) -> None:
        self._storage, self._encode, self._decode = storage, encode, decode
        self._number = space_number(name)

    def get(self, key: bytes) -> V | None:
        """The value at `key`, or None."""
        rows = self._storage.execute(GET, self._number, key)
        return self._value(rows[0][0]) if rows else None

    def put(self, key: bytes, value: V) -> None:
        """Set the value at `key`."""
        self._storage.execute(PUT, self._number, key, self._encode(value))

    def delete(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        self._storage.execute(DELETE, self._number, key)

    def scan(
        self, start: bytes | None = None, end: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, V]]:
        """The items with start <= key < end, fetched a page at a time so that no cursor stays open."""
        low, high, limit = start or b"", end, FIRST_PAGE_ROWS
        while True:
            rows = self._page(low, high, limit, reverse=reverse)
            for key, value in rows:
                yield key, self._value(value)
            if len(rows) < limit:
                return
            last = rows[-1][0]
            low, high = (low, last) if reverse else (last + b"\0", high)
            limit = min(limit * 4, MOST_PAGE_ROWS)

    def count(self, most: int) -> int:
        """How many items there are, at most `most`; the index alone is read."""
        return int(self._storage.execute(COUNT, self._number, most)[0][0])

    def clear(self) -> None:
        """Remove everything."""
        self._storage.execute(CLEAR, self._number)

    def _value(self, stored: bytes) -> V:
        """What is stored as these bytes.

        SQLite has no checksums, so a damaged page may give bytes that no program wrote.

        Raises:
            DataFileError: they are not what `encode` makes.
        """
        try:
            return self._decode(stored)
        except Exception as error:
            raise damaged_value_error(self._storage.path, error) from error

    def _page(self, low: bytes, high: bytes | None, limit: int, *, reverse: bool) -> list[tuple[Any, ...]]:
        order = "DESC" if reverse else "ASC"
        bound, values = ("AND key<?", [high]) if high is not None else ("", [])
        return self._storage.execute(
            f"SELECT key, value FROM entry WHERE space=? AND key>=? {bound} ORDER BY key {order} LIMIT ?",  # noqa: S608 - constants only
            self._number,
            low,
            *values,
            limit,
        )
