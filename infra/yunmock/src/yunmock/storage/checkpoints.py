"""Bringing SQLite's log into its file: beside those who write, and not in their time.

A commit appends to the log, which costs the same whatever the file holds. A checkpoint writes each page of the log to
its place and waits for the disk: with hashed keys those are as many pages as rows once the file is large. SQLite would
have whoever commits do it. It excludes neither readers nor writers, and a death in the middle of it loses nothing: the
log stays until all of it is in the file.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = 2_000
"""Rows changed from one checkpoint to the next."""


class Checkpoints:
    """The checkpoints of one file; whoever calls excludes other threads."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._thread: threading.Thread | None = None
        self._changes = 0

    def follow(self, changes: int) -> None:
        """Begin one if enough rows have changed since the last, which must be over; `changes` is the count of all."""
        if changes - self._changes < CHANGES or (self._thread is not None and self._thread.is_alive()):
            return
        self._changes = changes
        self._thread = threading.Thread(target=self._run, name="yunmock checkpoint", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when none is under way."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        # What keeps this from its work, a full disk, a removed file, meets the writers too, who can say so.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self._uri, uri=True)) as db:
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
