"""Each record's row with its ledger rows, for a rebuild: read in batches, about one call of the store for each record.

The row is read before the ledger rows. So an event that comes between the two is in the ledger rows alone, and shows
as a difference; what is written over the row that was read then fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog
from opsledger.errors import OpsLedgerError
from opsledger.ledger import codec, queries
from opsledger.ledger.rows import record_key
from opsledger.store import READ_ROWS, Row, read_rows
from opsledger.store.tables import BY_RESOURCE, LEDGER, RECORDS, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from opsctl.shares import Share
    from opsledger.store import Store


@dataclass(frozen=True, slots=True)
class Which:
    """Which records to rebuild: one, those of a resource, those of a kind, or all."""

    record: str | None = None
    resource: str | None = None
    kind: str | None = None


class RecordRows(NamedTuple):
    """A record's key, its row as it was before its ledger rows were read, and those."""

    key: str
    stored: Row | None
    rows: list[Row]


def found_records(
    store: Store, which: Which, after: str, share: Share, given: dict[str, Share]
) -> Iterator[RecordRows]:
    """What is stored and what the ledger has of each record, those that only the ledger has included.

    Records are taken in batches, so that no more than a batch of them is in memory.

    Args:
        share: of all records, those to read; shares may be read side by side.
        given: the records that only the ledger has, so that none is given twice; there should be none.
    """
    stored = _stored_rows(store, which, after, share)
    while batch := list(islice(stored, READ_ROWS)):
        others: dict[str, str] = {}
        yield from _with_ledger(store, which, batch, others)
        yield from _given_once(_missing(store, others, given), share, given)
    if which.resource is not None:  # a record may be missing although its ledger rows exist
        others = {}
        for product, type_ in {(kind.product, kind.resource_type): None for kind in catalog.kinds().values()}:
            _read_partition(store, which, f"{product}:{type_}:{which.resource}", (), others)
        yield from _given_once(_missing(store, others, given), share, given)


def _stored_rows(store: Store, which: Which, after: str, share: Share) -> Iterator[Row]:
    """The rows of the records; all of them from the table itself, in the order of their keys."""
    if which.record is None and which.resource is None and which.kind is None:
        start = (hashed(after),) if after else (share.start,) if share.start else ()
        end = (share.end,) if share.end else ()
        return (row for row in store.walk(RECORDS, [], start=start, end=end) if row.key.values != start)
    if which.record is not None:
        keys = (record_key(name) for name in queries.names_of(which.record))
    elif which.resource is not None:
        keys = (row.key for row in store.walk(BY_RESOURCE, [which.resource]))
    else:
        keys = (key for kind in queries.kinds_of(which.kind) for key in queries.newest(store, kind.name))
    return read_rows(store, keys)


def _with_ledger(store: Store, which: Which, batch: Sequence[Row], others: dict[str, str]) -> Iterator[RecordRows]:
    """The records of a batch in their order, each with its ledger rows; `others` gets what else was found, and where.

    Records of one resource share a partition of the ledger, which is read once for a batch.
    """
    own = {unhashed(str(stored.key.values[0])) for stored in batch}
    read: dict[str, dict[str, list[Row]]] = {}
    for stored in batch:
        key = unhashed(str(stored.key.values[0]))
        partition = ":".join(str(stored.columns[column]) for column in ("product", "resource_type", "resource_id"))
        if partition not in read:
            read[partition] = _read_partition(store, which, partition, own, others)
        rows = read[partition].pop(key, [])
        yield RecordRows(key, stored, [*rows, *_of_further_resources(store, partition, stored)])


def _read_partition(
    store: Store, which: Which, partition: str, own: Collection[str], others: dict[str, str]
) -> dict[str, list[Row]]:
    """The ledger rows of the records called `own` in a partition; `others` gets the other records that are wanted."""
    rows: dict[str, list[Row]] = {}
    for row in store.walk(LEDGER, [hashed(partition)]):
        record = str(row.columns["record"])
        if record in own:
            rows.setdefault(record, []).append(row)
        elif record not in others and _wanted(which, row):
            others[record] = partition
    return rows


def _missing(store: Store, others: Mapping[str, str], given: Collection[str]) -> Iterator[RecordRows]:
    """Those of the records in the ledger, by their keys, that are not stored."""
    keys = (key for key in others if key not in given)
    while batch := list(islice(keys, READ_ROWS)):
        there = store.read([record_key(key) for key in batch])
        for key in batch:
            if record_key(key) not in there:
                yield RecordRows(key, None, list(in_partition(store, others[key], key)))


def _given_once(found: Iterable[RecordRows], share: Share, given: dict[str, Share]) -> Iterator[RecordRows]:
    """Those that no other share has found at the same time."""
    return (one for one in found if given.setdefault(one.key, share) is share)


def _wanted(which: Which, row: Row) -> bool:
    """Whether a record that only the ledger may have is to be compared."""
    if which.record is not None:
        return False
    return which.kind is None or str(row.columns["kind"]) in {one.name for one in queries.kinds_of(which.kind)}


def _of_further_resources(store: Store, partition: str, stored: Row) -> Iterator[Row]:
    """The record's ledger rows in the partitions of the other resources that its events named."""
    prefix = ":".join(partition.split(":", 2)[:2])
    key = unhashed(str(stored.key.values[0]))
    try:
        also = codec.read_state(str(stored.columns["state"])).also
    except (LookupError, OpsLedgerError):  # a damaged row is reported when it is compared
        return
    for resource in also:
        yield from in_partition(store, f"{prefix}:{resource}", key)


def in_partition(store: Store, partition: str, key: str) -> Iterator[Row]:
    """The ledger rows of the record called `key` in the partition of one resource."""
    return (row for row in store.walk(LEDGER, [hashed(partition)]) if row.columns["record"] == key)
