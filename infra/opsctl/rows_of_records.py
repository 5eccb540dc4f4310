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
from opsledger.store import READ_ROWS, Row
from opsledger.store.tables import BY_RESOURCE, LEDGER, RECORDS, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def found_records(store: Store, which: Which, after: str) -> Iterator[RecordRows]:
    """What is stored and what the ledger has of each record, those that only the ledger has included.

    Records are taken in batches, so that no more than a batch of them is in memory.
    """
    given: set[str] = set()  # missing records only, which there should be none of
    stored = _stored_rows(store, which, after)
    while batch := list(islice(stored, READ_ROWS)):
        yield from _with_ledger(store, which, _by_partition(batch), given)
    if which.resource is not None:  # a record may be missing although its ledger rows exist
        named = {(kind.product, kind.resource_type): None for kind in catalog.kinds().values()}
        partitions: dict[str, list[Row]] = {f"{product}:{type_}:{which.resource}": [] for product, type_ in named}
        yield from _with_ledger(store, which, partitions, given)


def _stored_rows(store: Store, which: Which, after: str) -> Iterator[Row]:
    """The rows of the records; all of them from the table itself, in the order of their keys."""
    if which.record is None and which.resource is None and which.kind is None:
        start = (hashed(after),) if after else ()
        return (row for row in store.walk(RECORDS, [], start=start) if row.key.values != start)
    if which.record is not None:
        keys = (record_key(name) for name in queries.names_of(which.record))
    elif which.resource is not None:
        keys = (row.key for row in store.walk(BY_RESOURCE, [which.resource]))
    else:
        keys = (key for kind in queries.kinds_of(which.kind) for key in queries.newest(store, kind.name))
    return queries.fetch_rows(store, keys)


def _by_partition(batch: Iterable[Row]) -> dict[str, list[Row]]:
    """The records' rows by the partition of the ledger that their events are in."""
    grouped: dict[str, list[Row]] = {}
    for row in batch:
        name = ":".join(str(row.columns[column]) for column in ("product", "resource_type", "resource_id"))
        grouped.setdefault(name, []).append(row)
    return grouped


def _with_ledger(
    store: Store, which: Which, partitions: Mapping[str, list[Row]], given: set[str]
) -> Iterator[RecordRows]:
    others: dict[str, str] = {}
    for partition, own in partitions.items():
        rows: dict[str, list[Row]] = {}
        for row in store.walk(LEDGER, [hashed(partition)]):
            rows.setdefault(str(row.columns["record"]), []).append(row)
        for stored in own:
            key = unhashed(str(stored.key.values[0]))
            yield RecordRows(key, stored, [*rows.pop(key, []), *_of_further_resources(store, partition, stored)])
        others.update({key: partition for key, left in rows.items() if _wanted(which, left)})
    yield from _missing(store, {key: where for key, where in others.items() if key not in given}, given)


def _missing(store: Store, others: Mapping[str, str], given: set[str]) -> Iterator[RecordRows]:
    """Those of the records in the ledger, by their keys, that are not stored."""
    keys = iter(others)
    while batch := list(islice(keys, READ_ROWS)):
        there = store.read([record_key(key) for key in batch])
        for key in batch:
            if record_key(key) not in there:
                given.add(key)
                yield RecordRows(key, None, list(in_partition(store, others[key], key)))


def _wanted(which: Which, rows: list[Row]) -> bool:
    """Whether a record that only the ledger may have is to be compared."""
    if which.record is not None:
        return False
    return which.kind is None or str(rows[0].columns["kind"]) in {one.name for one in queries.kinds_of(which.kind)}


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
