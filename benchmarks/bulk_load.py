"""Loads many records at once: copies the rows of a few events in the SQLite file under other names.

Through the SDK, a million records would take a quarter of an hour. Each copy has its own entity id of the same length
and the hash prefix of that id, so the keys are spread over the file like real ones.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.intake.understand import Refused, understand
from opsledger.store.tables import BUCKETS, bucket, hashed
from yunmock.storage.sqlite import PUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsledger.ledger.notification import Notification
    from opsledger.store import Store

Item = tuple[int, bytes, bytes]
"""The space number, key and value of a row, as stored in the file."""

COPIES_PER_TRANSACTION = 10_000


def resource(number: int) -> str:
    """The instance id of copy `number`."""
    return f"i-bp1{number:015d}"


def fill(file: Path, store: Store, event: bytes, copies: range) -> None:
    """Record `event` once for each bucket of the indexes, and add a copy to the file for each number in `copies`.

    A copy is made of the rows in its own bucket, so that the indexes are spread as real ones are.
    """
    recorded = dict(_in_each_bucket(event))
    pipeline.record(list(recorded.values()), store, Deadline(SystemClock(), 60), "filling")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-500000")
        found = db.execute("SELECT space, key, value FROM entry").fetchall()
        items = {name: _items(found, notification) for name, notification in recorded.items()}
        prefix = next(iter(recorded.values())).record.key.rpartition(":")[0]
        for start in range(copies.start, copies.stop, COPIES_PER_TRANSACTION):
            db.execute("BEGIN IMMEDIATE")
            for number in range(start, min(start + COPIES_PER_TRANSACTION, copies.stop)):
                own = bucket(hashed(f"{prefix}:{_event_id(number)}"))
                record = recorded[own].record
                db.executemany(PUT, _copied(items[own], record.key, record.resource_id, number))
            db.execute("COMMIT")
        # Flush to the disk now: otherwise the system would write gigabytes during the measurement.
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _in_each_bucket(event: bytes) -> Iterator[tuple[str, Notification]]:
    """The event under other ids, once for each bucket."""
    left, numbers, made = set(BUCKETS), count(10**14), json.loads(event)  # far above the numbers of copies
    while left:
        number = next(numbers)
        made["data"] |= {"eventId": _event_id(number), "instanceId": resource(number)}
        (notification,) = understand(json.dumps(made), SystemClock().now_ms())
        assert not isinstance(notification, Refused)
        if (own := bucket(hashed(notification.record.key))) in left:
            left.remove(own)
            yield own, notification


def _event_id(number: int) -> str:
    return f"e-bp1{number:015d}"


def _items(found: Sequence[Item], notification: Notification) -> list[Item]:
    """The rows of one record, among all that are in the file."""
    names = [name.encode() for name in (notification.record.key, notification.record.resource_id)]
    return [(space, key, value) for space, key, value in found if any(name in key for name in names)]


def _copied(items: Sequence[Item], record_key: str, instance: str, number: int) -> Iterator[Item]:
    """The rows of the record `record_key`, renamed to those of copy `number`."""
    prefix, _, event_id = record_key.rpartition(":")
    other_id, other = _event_id(number), resource(number)
    old = (hashed(record_key), hashed(f"ecs:instance:{instance}"), event_id, instance)
    new = (hashed(f"{prefix}:{other_id}"), hashed(f"ecs:instance:{other}"), other_id, other)
    pairs = [(a.encode(), b.encode()) for a, b in zip(old, new, strict=True)]
    for space, found, kept in items:
        key, value = found, kept
        for a, b in pairs:
            key, value = key.replace(a, b), value.replace(a, b)
        yield space, key, value
