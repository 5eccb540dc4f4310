"""Many records at once: the rows of one event, copied in the file under other names.

Through the SDK a million records would take a quarter of an hour. Each copy has the names of its own thing, of the same
length, with their own hash prefixes, so that keys spread over the file as they would be.
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
"""A space's number, key and value, as the file has them."""

AT_ONCE = 10_000


def resource(number: int) -> str:
    """The instance of copy `number`."""
    return f"i-bp1{number:015d}"


def fill(file: Path, store: Store, event: bytes, copies: range) -> None:
    """Record `event`, and put a copy of its rows into the file for each number in `copies`."""
    (told,) = understand(event)
    assert not isinstance(told, Refused)
    pipeline.record([told], store, Deadline(SystemClock(), 60), "filling")
    thing, instance = told.record.key, told.record.resource_id
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-500000")
        names = [name.encode() for name in (thing, instance)]
        found = db.execute("SELECT space, key, value FROM entry")
        items = [(s, k, v) for s, k, v in found if any(name in k for name in names)]
        for start in range(copies.start, copies.stop, AT_ONCE):
            db.execute("BEGIN IMMEDIATE")
            for number in range(start, min(start + AT_ONCE, copies.stop)):
                rows = _copied(items, thing, instance, number)
                db.executemany(PUT, rows)
            db.execute("COMMIT")
        # Now, and to the disk: left to the system, gigabytes of this would be written during what is measured.
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copied(items: Sequence[Item], thing: str, instance: str, number: int) -> Iterator[Item]:
    """The rows of `thing` as those of another."""
    prefix, _, event_id = thing.rpartition(":")
    other_id, other = f"e-bp1{number:015d}", resource(number)
    old = (hashed(thing), hashed(f"ecs:instance:{instance}"), event_id, instance)
    new = (hashed(f"{prefix}:{other_id}"), hashed(f"ecs:instance:{other}"), other_id, other)
    pairs = [(a.encode(), b.encode()) for a, b in zip(old, new, strict=True)]
    for space, found, kept in items:
        key, value = found, kept
        for a, b in pairs:
            key, value = key.replace(a, b), value.replace(a, b)
        yield space, key, value
