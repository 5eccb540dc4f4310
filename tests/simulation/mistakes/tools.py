"""Mistakes of the sweeper and of operators' tools: wrong replacements of the original."""

from __future__ import annotations

import random
from functools import reduce
from typing import Any

from opsctl import rebuild
from opsledger.ledger.overdue import MarkOverdue
from opsledger.ledger.record import Record
from opsledger.ledger.rows import read_ledger, read_record
from opsledger.store import Row
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import BY_STATUS, OPEN


def read_record_last(_original: Any) -> Any:
    """Compare a record with ledger rows that were read before it, and write what the rows say."""

    def compared_again(store: Any, record: Any, reader: Any) -> Any:
        readings = [reader(row).record for row in rebuild._rows(store, record)]
        stored = rebuild._stored(store, record.key)
        before = None if stored is None else read_record(stored)
        differs = rebuild.Rebuilt(record.key, {"state": (None, None)})
        return rebuild._Compared(differs, reduce(Record.join, readings), before)

    return compared_again


def write_over_moved(_original: Any) -> Any:
    """Write a rebuilt record over whatever is stored now."""
    return lambda self, _stored: self._wanted


def end_at_unknown(_original: Any) -> Any:
    """Let a record that the catalogue lacks end the sweep."""

    def decide_row(self: Any, row: Any) -> Any:
        self.marked = None
        return super(MarkOverdue, self).decide_row(row)

    return decide_row


def keep_marks(_original: Any) -> Any:
    """Keep the mark of a record that has moved."""
    return lambda joined, _before: joined


def settle_whenever(original: Any) -> Any:
    """Let an end settle whatever its resource has, also what is announced later."""
    return lambda other, settler, _announced: original(other, settler, 0)


def settle_open_only(_original: Any) -> Any:
    """Never look again at what is presumed to have ended, or was settled."""
    return list


def walk_without_extent(original: Any) -> Any:
    """Ask for the rows from where the last sweep stopped to there."""

    def until(self: Any, start: Any, end: Any) -> Any:
        if start >= end:
            list(walk_buckets(self._store, OPEN, start=start, end=end))
        return original(self, start, end)

    return until


def sweep_every_record(original: Any) -> Any:
    """Look for what is overdue among all records in a status."""

    def may_be_overdue(store: Any, *args: Any) -> Any:
        list(store.walk(BY_STATUS, [0, "Scheduled"]))
        return original(store, *args)

    return may_be_overdue


def import_over_records(_original: Any) -> Any:
    """Replace a record by what the imported rows say."""

    def decide(self: Any, _stored: Any) -> Any:
        return reduce(Record.join, (read_ledger(Row(put.key, put.columns)) for put in self.inserts))

    return decide


def unseeded_jitter(_original: Any) -> Any:
    """Draw the retry delay from the global random generator."""
    return lambda _self: random.random()  # noqa: S311 - the mistake
