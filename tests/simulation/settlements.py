"""Which records of a finished schedule should be settled: a reading of its own of what ends what.

The catalogue has the same as `Kind.settlers`; this shares no code with `ledger.settlement`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation import operators

from opsledger.ledger import state
from opsledger.ledger.rows import read_record
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.simulation.invariants import Comparison

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record
    from opsledger.store import Row

ANY_TIME, NOT_BEFORE, WHILE = "any time", "not before the announcement", "not before, and as long as it is so"
_GONE = {"Deleted": ANY_TIME}
_ENDED = {"Succeeded": NOT_BEFORE, "Failed": NOT_BEFORE, "Expired": NOT_BEFORE, "StopCharge": NOT_BEFORE}
_GROUP = {**_ENDED, "Vanished": WHILE}
ENDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "system-event": ("ecs:state", _GONE),
    "live-migration": ("ecs:state", _GONE),
    "preemptible-interruption": ("ecs:state", {**_GONE, "Stopped": NOT_BEFORE}),
    "disk-event": ("ecs:disk-state", _GONE),
    "container-group-maintenance": ("eci:state", _GROUP),
    "spot-release": ("eci:state", _GROUP),
}
"""Kind → the start of the key of the record that settles it, and when each of that one's statuses does."""


def settled_as_deserved(c: Comparison) -> Iterator[str]:
    """After the last sweep a record is settled if, and when, another record's step has ended what it announces."""
    records = {key: read_record(row) for key, row in c.records.items()} if c.result.schedule.swept else {}
    status_of = {key: str(row.columns["status"]) for key, row in c.records.items()}
    twice = ended_twice(c.records)
    for key, record in records.items():
        announced, wanted = state.announced_at(record) or 0, None
        if record.catalog_kind().lifecycle.outcome(status_of[key]) in state.OPEN:
            wanted = deserved(record, announced, records, status_of)
        # What is presumed to have ended is looked at again for two days only.
        long_ago = record.overdue_at and announced < operators.LAST_SWEEPS_MS[0] - 2 * operators.DAY_MS
        if key not in twice and record.settled_at != wanted and not (long_ago and record.settled_at is None):
            yield f"{key} was settled at {record.settled_at}, expected {wanted}"


def deserved(record: Record, announced: int, records: Mapping[str, Record], status_of: Mapping[str, str]) -> int | None:
    """When `record`, which is still open, was settled by another one, in ms; None if it was not.

    Args:
        announced: when what it announces was announced, in ms.
        status_of: record key → its stored status.
    """
    if record.kind not in ENDS or record.also:
        return None
    prefix, ends = ENDS[record.kind]
    key = f"{prefix}:{record.resource_id}"
    other = records.get(key)
    return None if other is None else min(_moments(other, ends, announced, status_of[key]), default=None)


def marked_otherwise(c: Comparison) -> frozenset[str]:
    """The records that a polled state has settled, or settles no longer, and those whose end has several moments.

    The baseline has no polled states. An end that only its receipt dates is dated otherwise there, too.
    """
    otherwise = c.dated_by_poll | c.dated_by_receipt
    rows = [*c.result.rows["records"], *c.baseline.rows["records"]]
    marked = [row for row in rows if row.columns.get("settled_by") in otherwise]
    return frozenset(unhashed(str(row.key.values[0])) for row in marked) | ended_twice(c.records)


def ended_twice(rows: Mapping[str, Row]) -> frozenset[str]:
    """The records that a deletion has settled for which several moments are reported.

    A sweep looks at such a record while it is open. An earlier moment that is delivered afterwards changes no mark:
    what is deleted is deleted once, and to look again at every record of two days would cost more than it is worth.
    Of more than a hundred steps, the record of the resource has dropped the earliest besides.
    """
    settlers = {key: str(row.columns.get("settled_by")) for key, row in rows.items()}
    marked = {key: by for key, by in settlers.items() if by in rows}
    records = {key: read_record(rows[key]) for key in {*marked, *marked.values()}}
    return frozenset(key for key in marked if len(_all_ends(records[key], records)) > 1)


def _all_ends(record: Record, records: Mapping[str, Record]) -> frozenset[int]:
    """The moments at which something ended for good what `record` announces, where nothing else can end it."""
    prefix, ends = ENDS[record.kind]
    other = records.get(f"{prefix}:{record.resource_id}")
    return frozenset(_moments(other, ends, 0, "")) if other and ends == _GONE else frozenset()


def _moments(other: Record, ends: Mapping[str, str], announced: int, present: str) -> Iterator[int]:
    for step in _believed(other):
        when = ends.get(step.status)
        if when is None or step.moment is None or (when == WHILE and step.status != present):
            continue
        second = step.moment // 1000 * 1000  # routes date one step more or less precisely
        if when == ANY_TIME or second >= announced // 1000 * 1000:
            yield second


def _believed(record: Record) -> list[Transition]:
    steps = list(record.transitions.values())
    return [step for step in steps if not step.absurd] or steps
