"""Rebuild records from the ledger.

A rebuild proves that the ledger is the source of truth, and applies new rules to old events. It reads the records from
their table in the order of their keys, or from an index if only some are wanted, and their ledger rows by the partition
of their resource: about one call of the store for each record. It holds no more than a batch of records in memory.

A record is the join of its ledger rows. So a rebuilt record equals the stored one unless something is wrong or the
rules have changed: a lifecycle (the same transitions give another status or deadline) or, with `from_content`, the
catalogue (the same contents give other transitions). The ledger is never rewritten: it keeps each event as it was
understood on arrival.

Events arrive meanwhile. So before a record is written, its row is read first and its ledger rows after it, and it is
written only over the row that was read: an event between the two reads is in the ledger rows, and one after them has
changed the record. What only the record has stays in it, a transition or what makes one more precise: its ledger row
may be on its way, or expired. A redelivery that finds the record complete writes the ledger row alone, so the record
would not get it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from opsctl.rows_of_records import RecordRows, Which, found_records, in_partition
from opsctl.shares import Share
from opsctl.side_by_side import side_by_side
from opsledger import strict_json
from opsledger.catalog.transition import UNNOTED
from opsledger.errors import BadEventError, ContendedError, FieldError, OpsLedgerError
from opsledger.intake import notifications
from opsledger.intake.delivery import Delivery
from opsledger.ledger import codec, state
from opsledger.ledger.changes import REDELIVERED_MS, RecordChange, armed
from opsledger.ledger.commit import commit
from opsledger.ledger.notification import Envelope
from opsledger.ledger.record import Record
from opsledger.ledger.rows import read_ledger, read_record, record_columns, record_key

if TYPE_CHECKING:
    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value

__all__ = ("Rebuilt", "Which", "rebuild")
ATTEMPTS = 5
"""How often a record is rebuilt again because it moved meanwhile; events of one record are minutes apart."""
BY_CHANCE = frozenset({"schema", "revision", "writer"})
"""Columns about how a row was written, not about the record."""


class LedgerReading(NamedTuple):
    """What one ledger row says about its record, and why it could not be read again."""

    record: Record
    note: str = ""


ReadRow = Callable[["Row"], LedgerReading]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One record compared with its ledger rows.

    Attributes:
        columns: the columns that differ, each with its stored value and the ledger's.
        gained, lost: the keys of transitions that only the ledger has, and that only the record has.
        problem: why it could not be compared.
        notes: ledger rows that could not be read again, and why; they count as they were understood on arrival.
        applied: whether the record was written as the ledger has it.
        stored: whether it was in the table of records; one that was not comes out of the order of the keys.
    """

    key: str
    columns: Mapping[str, tuple[Value | None, Value | None]] = field(default_factory=dict)
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    applied: bool = False
    stored: bool = True

    @property
    def same(self) -> bool:
        """Whether record and ledger agree."""
        return not (self.columns or self.gained or self.lost or self.problem)

    @property
    def writable(self) -> bool:
        """Whether the ledger says something that the record does not; what only the record has stays in it."""
        return bool(self.columns or self.gained)


def rebuild(
    store: Store,
    which: Which,
    deadline: Callable[[], Deadline],
    *,
    from_content: bool = False,
    apply: bool = False,
    after: str = "",
    shares: Sequence[Share] = (Share(),),
) -> Generator[Rebuilt, None, None]:
    """Compare every record that `which` selects with the ledger and, with `apply`, write it as the ledger has it.

    Args:
        deadline: gives a new deadline for each record that is written.
        after: go on behind the record with this key, where an earlier run over all records stopped.
        shares: of all records, those to read, side by side; the records of each come in the order of their hashes.

    Raises:
        WorldFailedError: the store failed, or others kept changing a record.
    """
    reader = from_its_content if from_content else as_understood
    given: dict[str, Share] = {}

    def rebuilt(share: Share) -> Iterator[Rebuilt]:
        for found in found_records(store, which, after, share, given):
            one = _applied(store, found, reader, deadline()) if apply else _settled(store, found, reader)
            yield one if found.stored is not None else replace(one, stored=False)

    yield from side_by_side([rebuilt(share) for share in shares])


# ------------------------------------------------------------------------------------------ reading a ledger row
def as_understood(row: Row) -> LedgerReading:
    """Return the transition as it was understood on arrival."""
    return LedgerReading(read_ledger(row))


_MISMATCH = "status_mismatch:the name says "


def from_its_content(row: Row) -> LedgerReading:
    """Return the transition as today's catalogue understands the content.

    The ledger does not keep the envelope, only what it contributed: its time is the transition's, and its suffix is the
    status or, if the two disagreed, the suffix in the anomaly.
    """
    stored = read_ledger(row)
    (known,) = stored.transitions.values()
    suffix = next((a.removeprefix(_MISMATCH) for a in known.anomalies if a.startswith(_MISMATCH)), known.status)
    unreadable = FieldError("time", "could not be read") if "unreadable_time" in known.anomalies else None
    delivery = Delivery(
        form=str(row.columns["form"]),
        type=f"{known.type}:{suffix}" if suffix.isalpha() and suffix.isascii() else known.type,
        content=strict_json.read_object(str(row.columns["content"])),
        at=known.at,
        time_error=unreadable,
        account=stored.account,
        region=stored.region,
        cluster=_text(row, "cluster"),
        envelope=Envelope(source=_text(row, "source"), sent_at=known.sent_at),
    )
    try:
        read = notifications.read(delivery, known.received_at or UNNOTED)
    except BadEventError as error:
        return LedgerReading(stored, f"{known.key}: refused today: {error.reason}: {error}")
    if read.record.key != stored.key:
        return LedgerReading(stored, f"{known.key}: identified as {read.record.key} today")
    return LedgerReading(read.record if read.transition.at is not None else _dated(read.record, known.at))


def _dated(record: Record, at: int | None) -> Record:
    """`record` with the moment that an earlier version took from the envelope, which it did not keep beside it."""
    return record._replace(transitions={key: t._replace(at=at) for key, t in record.transitions.items()})


def _text(row: Row, name: str) -> str | None:
    value = row.columns.get(name)
    return None if value is None else str(value)


# ------------------------------------------------------------------------------------------------- comparing
class _Compared(NamedTuple):
    rebuilt: Rebuilt
    record: Record | None
    stored: Record | None


def _compared(key: str, stored: Row | None, rows: list[Row], reader: ReadRow) -> _Compared:
    if not rows:
        return _Compared(Rebuilt(key, problem="the ledger has no rows of it"), None, None)
    try:
        readings = [reader(row) for row in rows]
        record = reduce(Record.join, (reading.record for reading in readings))
        before = None if stored is None else read_record(stored)
        if before is not None:
            lost = before.transitions.keys() - record.transitions.keys()
            ahead = _ahead(record, before) if reader is as_understood else frozenset()
            record = _with_what_the_ledger_lacks(_with_unwritten(record, before, rows, ahead), before)
        else:
            lost = set()
        columns = record_columns(record)
    except LookupError as error:
        problem = f"its kind, type or status {error} is not in the catalogue"
        return _Compared(Rebuilt(key, problem=problem), None, None)
    except (OpsLedgerError, ValueError, TypeError) as error:
        problem = f"its row or one of its ledger rows is damaged: {error}"
        return _Compared(Rebuilt(key, problem=problem), None, None)
    had = set() if before is None else set(before.transitions)
    differing = {} if stored is None or before is None else _differing(stored.columns, columns)
    if differing and before is not None and stored is not None and _knows_more(record, before, stored):
        differing = {}
    return _Compared(
        Rebuilt(
            key,
            differing,
            gained=tuple(sorted(record.transitions.keys() - had)),
            lost=tuple(sorted(lost)),
            notes=tuple(reading.note for reading in readings if reading.note),
        ),
        record,
        before,
    )


def _with_what_the_ledger_lacks(record: Record, before: Record) -> Record:
    """`record` with what only the stored one has: when further copies arrived, and marks that still hold."""
    record = record.with_arrivals(before)._replace(notify_at=before.notify_at)
    if state.overdue_at(record) == before.overdue_at:
        record = record._replace(overdue_at=before.overdue_at)
    if state.current(record).key == state.current(before).key:
        record = record._replace(settled_by=before.settled_by, settled_at=before.settled_at)
    return record


def _knows_more(record: Record, before: Record, stored: Row) -> bool:
    """Whether the ledger only knows of an earlier copy: an invocation died when it had written its ledger row alone."""
    return before.with_arrivals(record) == record and not _differing(stored.columns, record_columns(before))


def _ahead(record: Record, before: Record) -> frozenset[str]:
    """The keys of the transitions of which the stored record knows all that the ledger does, and more."""
    both = (
        (key, before.transitions[key], ours) for key, ours in record.transitions.items() if key in before.transitions
    )
    return frozenset(key for key, stored, ours in both if stored != ours and stored.join(ours) == stored)


def _with_unwritten(record: Record, before: Record, rows: list[Row], ahead: frozenset[str]) -> Record:
    """The rebuilt record with those transitions of the stored one that no ledger row has, or not in full."""
    # A record of version 0.1 has a transition under the key of then, where its row does not suffice to make today's.
    then = {codec.read_transition(str(row.columns["transition"])).key for row in rows}
    in_ledger = {key for row in rows for key in read_ledger(row).transitions} | record.transitions.keys() | then
    kept = {key: transition for key, transition in before.transitions.items() if key not in in_ledger - ahead}
    return record.join(before._replace(transitions=kept)) if kept else record


def _differing(stored: Mapping[str, Value], made: Mapping[str, Value]) -> dict[str, tuple[Value | None, Value | None]]:
    names = sorted({*stored, *made} - BY_CHANCE)
    return {n: (stored.get(n), made.get(n)) for n in names if stored.get(n) != made.get(n)}


def _settled(store: Store, found: RecordRows, reader: ReadRow) -> Rebuilt:
    """Compare, and compare again if it differs: an event may have arrived between reading record and ledger."""
    first = _compared(*found, reader)
    if first.rebuilt.same or first.record is None:
        return first.rebuilt
    return _compared_again(store, first.record, reader).rebuilt


def _compared_again(store: Store, record: Record, reader: ReadRow) -> _Compared:
    """Compare with what is stored now; the record's row is read before the ledger, see the module's docstring."""
    stored = _stored(store, record.key)
    return _compared(record.key, stored, _rows(store, record), reader)


def _stored(store: Store, key: str) -> Row | None:
    where = record_key(key)
    return store.read([where]).get(where)


def _rows(store: Store, record: Record) -> list[Row]:
    """The ledger rows of `record` as they are now."""
    prefix = ":".join(record.partition.split(":", 2)[:2])
    partitions = [record.partition, *(f"{prefix}:{other}" for other in record.also)]
    return [row for partition in partitions for row in in_partition(store, partition, record.key)]


# -------------------------------------------------------------------------------------------------- applying
def _applied(store: Store, found: RecordRows, reader: ReadRow, deadline: Deadline) -> Rebuilt:
    compared = _compared(*found, reader)
    for _ in range(ATTEMPTS):
        if compared.record is None or compared.rebuilt.same:
            return compared.rebuilt
        compared = _compared_again(store, compared.record, reader)
        if compared.record is None or not compared.rebuilt.writable:
            return compared.rebuilt
        change = _ReplaceRecord(compared.stored, compared.record, deadline.clock.now_ms() - REDELIVERED_MS)
        commit(store, [change], deadline, f"rebuild-{uuid.uuid4()}")
        if not change.moved:
            return replace(compared.rebuilt, applied=True)
    raise ContendedError(f"{found.key} kept changing while it was rebuilt: run this again")


class _ReplaceRecord(RecordChange):
    """One record is written as the ledger has it, but only over the record that it was compared with.

    Its columns are read off the record by rules that may have changed, so it is written also where the record is equal.

    Args:
        since_ms: what is new and was received since then is due for the notifier.

    Attributes:
        moved: whether another record was found.
    """

    rewrites = True

    def __init__(self, expected: Record | None, wanted: Record, since_ms: int) -> None:
        self._since_ms = since_ms
        self.key = record_key(wanted.key)
        self.moved = False
        self._expected, self._wanted = expected, wanted

    def decide(self, stored: Record | None) -> Record | None:
        """The wanted record, unless the stored one has moved."""
        self.moved = stored != self._expected
        return None if self.moved else armed(self._wanted, stored, self._since_ms)
