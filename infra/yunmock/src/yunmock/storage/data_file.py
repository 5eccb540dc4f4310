"""Whose an SQLite file is, and what to do when it fails.

A file of ours says so in its header: SQLite keeps an `application_id` there (https://www.sqlite.org/pragma.html). Files
of earlier versions have none and are known by their one table. Any other file is somebody else's and is not changed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from yunmock.errors import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = int.from_bytes(b"YunM", "big")
CLAIM = f"PRAGMA application_id={APPLICATION_ID}"
OF_EARLIER_VERSIONS = (
    {("entry", "id"), ("entry", "space"), ("entry", "key"), ("entry", "value")},
    {("item", "space"), ("item", "key"), ("item", "value")},
)
"""The columns of the only table of a file that an earlier version made."""
COLUMNS = """
SELECT t.name, c.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite_%'
"""
FOREIGN = "it belongs to another program: name another folder or file"

DAMAGED = "it is damaged: move it away and restore a backup, or start with another folder"

REMEDIES = {
    "database is locked": "another program has held it for too long: end that program, then run this again",
    "disk is full": "free some space, then run this again; what was acknowledged is kept",
    "disk I/O error": "the system cannot read or write it: check its disk and quota; what was acknowledged is kept",
    "readonly database": "it cannot be written: give yourself permission for the file and its folder",
    "unable to open": "give yourself permission for the file and its folder, and check that it is no folder",
    "malformed": DAMAGED,
    "not a database": "it is no SQLite file: name another folder or file",
}
"""What to do, by a part of SQLite's message; Python 3.10 gives no codes."""


def check_owner(path: Path, busy_timeout_s: float) -> None:
    """Refuse a file of another program without changing it.

    Raises:
        DataFileError: it is another program's.
        sqlite3.Error: it is damaged, locked, or no SQLite file.
    """
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return
    with closing(sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)) as db:
        ((owner,),) = db.execute("PRAGMA application_id").fetchall()
        columns = set(db.execute(COLUMNS).fetchall())
    if owner == APPLICATION_ID or (owner == 0 and (not columns or _is_earlier(columns))):
        return
    raise DataFileError(path, FOREIGN)


def _is_earlier(columns: set[tuple[str, str]]) -> bool:
    """Whether these are the tables of an earlier version; both of them while one is converted."""
    one, other = OF_EARLIER_VERSIONS
    return columns in (one, other, one | other)


def data_file_error(path: Path, error: sqlite3.Error) -> DataFileError:
    """The error for people: what SQLite says, and what to do."""
    said = str(error)
    remedy = next((remedy for part, remedy in REMEDIES.items() if part in said), "")
    return DataFileError(path, f"{said}: {remedy}" if remedy else said)


def damaged_value_error(path: Path, error: Exception) -> DataFileError:
    """The error for people where a value is read that nobody wrote."""
    return DataFileError(path, f"a value in it cannot be read ({type(error).__name__}): {DAMAGED}")
