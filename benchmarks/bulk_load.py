"""Loads many records at once: copies the rows of one event in the SQLite file under other names.

Through the SDK, a million records would take a quarter of an hour. Each copy has its own entity id of the same length
and the hash prefix of that id, so the keys are spread over the file like real ones.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.intake.understand import Refused, understand
from opsledger.store.tables import hashed
from yunmock.storage.sqlite import PUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsledger.store import Store

Item = tuple[int, bytes, bytes]
"""The space number, key and value of a row, as stored in the file."""

COPIES_PER_TRANSACTION = 10_000


def resource(number: int) -> str:
    """The instance id of copy `number`."""
    return f"i-bp1{number:015d}"


def fill(file: Path, store: Store, event: bytes, copies: range) -> None:
    """Record `event`, and add a copy of its rows to the file for each number in `copies`."""
    clock = SystemClock()
    (notification,) = understand(event, clock.now_ms())
    assert not isinstance(notification, Refused)
    pipeline.record([notification], store, Deadline(clock, 60), "filling")
    key, instance = notification.record.key, notification.record.resource_id
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-500000")
        names = [name.encode() for name in (key, instance)]
        found = db.execute("SELECT space, key, value FROM entry")
        items = [(s, k, v) for s, k, v in found if any(name in k for name in names)]
        for start in range(copies.start, copies.stop, COPIES_PER_TRANSACTION):
            db.execute("BEGIN IMMEDIATE")
            for number in range(start, min(start + COPIES_PER_TRANSACTION, copies.stop)):
                rows = _copied(items, key, instance, number)
                db.executemany(PUT, rows)
            db.execute("COMMIT")
        # Flush to the disk now: otherwise the system would write gigabytes during the measurement.
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copied(items: Sequence[Item], record_key: str, instance: str, number: int) -> Iterator[Item]:
    """The rows of the record `record_key`, renamed to those of copy `number`."""
    prefix, _, event_id = record_key.rpartition(":")
    other_id, other = f"e-bp1{number:015d}", resource(number)
    old = (hashed(record_key), hashed(f"ecs:instance:{instance}"), event_id, instance)
    new = (hashed(f"{prefix}:{other_id}"), hashed(f"ecs:instance:{other}"), other_id, other)
    pairs = [(a.encode(), b.encode()) for a, b in zip(old, new, strict=True)]
    for space, found, kept in items:
        key, value = found, kept
        for a, b in pairs:
            key, value = key.replace(a, b), value.replace(a, b)
        yield space, key, value
