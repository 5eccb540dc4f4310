"""Checkpoints of SQLite's log, in the background, so that no writer waits for them.

A commit appends to the log, whose cost does not depend on the file's size. A checkpoint writes each page of the log to
its place and waits for the disk; with hashed keys that is up to one page for each row. By default SQLite does this in a
thread that commits. A checkpoint excludes neither readers nor writers, and a crash in the middle of it loses nothing:
the log is kept until all of it is in the file.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = 2_000
"""How many changed rows cause a checkpoint."""


class Checkpoints:
    """The checkpoints of one file; the caller excludes other threads."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._thread: threading.Thread | None = None
        self._changes = 0

    def follow(self, changes: int) -> None:
        """Start one if enough rows have changed since the last and none is running; `changes` is the total so far."""
        if changes - self._changes < CHANGES or (self._thread is not None and self._thread.is_alive()):
            return
        self._changes = changes
        self._thread = threading.Thread(target=self._run, name="yunmock checkpoint", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until none is running."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        # A full disk or a deleted file also hits the writers, who report it.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self._uri, uri=True)) as db:
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
