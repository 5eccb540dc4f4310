"""Queries: by key or through an index, never by a scan of a whole table.

Each query names the ranges of indexes that it reads, in order. Where a range has only what is asked for, at most one
row for each bucket is read, and two for each record shown: its row in the index, and its own. Where a filter drops
rows, a listing stops after `MAX_ROWS_READ` rows and says where to go on. `docs/tables.md` has a table; a test counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog, timestamps
from opsledger.catalog import Outcome
from opsledger.ledger import resources
from opsledger.ledger.listing import Range, RecordListing
from opsledger.ledger.rows import read_record, record_key
from opsledger.store import READ_ROWS, read_rows
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import BY_ENVELOPE, BY_KIND, BY_RESOURCE, BY_STATUS, LEDGER, OPEN, hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsledger.ledger.record import Record
    from opsledger.ledger.resources import CloudResource
    from opsledger.store import Key, PageSize, Row, Store

MAX_FOUND = 100
"""How many records `find` gives for one id at most; `records` with a filter lists all of a resource."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records to list; None means any.

    Attributes:
        kind: the name of a kind or of an event type.
        only_open: leave out the records that are not open.
        owner: who owns the resource, as `CloudResource.owner` has it, in any case.
        tag: a tag of the resource: `key=value`, or a key alone.
    """

    status: str | None = None
    resource: str | None = None
    kind: str | None = None
    region: str | None = None
    severity: str | None = None
    only_open: bool = False
    owner: str | None = None
    tag: str | None = None

    @property
    def asks_resources(self) -> bool:
        """Whether what is known of resources decides too."""
        return self.owner is not None or self.tag is not None

    def admits(self, row: Row, resource: CloudResource | None = None) -> bool:
        """Whether the record in `row` matches; it may be of a kind or type that the catalogue lacks."""
        return self._admits_row(row) and self.admits_resource(resource)

    def admits_resource(self, resource: CloudResource | None) -> bool:
        """Whether a record of this resource may match; of None nothing is known."""
        return not self.asks_resources or (
            resource is not None
            and (self.owner is None or resource.owner.lower() == self.owner.lower())
            and (self.tag is None or resource.has_tag(self.tag))
        )

    def _admits_row(self, row: Row) -> bool:
        columns = row.columns
        type_ = str(columns["type"]).lower()
        kinds = {str(columns["kind"]).lower(), *(type_.split(":", cut)[-1] for cut in range(3))}
        return (
            (self.status is None or str(columns["status"]).lower() == self.status.lower())
            and (self.resource is None or columns["resource_id"] == self.resource)
            and (self.kind is None or self.kind.lower() in kinds)
            and (self.region is None or columns.get("region") == self.region)
            and (self.severity is None or columns.get("severity") == self.severity)
            and (not self.only_open or "move_by" in columns)
        )

    def key_prefixes(self) -> tuple[str, ...]:
        """How the keys of the records that can match begin; the key tells the kind, so that others need not be read."""
        return ("",) if self.kind is None else tuple(f"{kind.record_prefix}:" for kind in kinds_of(self.kind))


class _EndedFilter(NamedTuple):
    """Which records to list, of those of kinds that announce what is to come, and that are no longer open."""

    wanted: Filter

    @property
    def asks_resources(self) -> bool:
        return self.wanted.asks_resources

    def admits(self, row: Row, resource: CloudResource | None) -> bool:
        return "move_by" not in row.columns and self.wanted.admits(row, resource)

    def key_prefixes(self) -> tuple[str, ...]:
        return tuple(f"{kind.record_prefix}:" for kind in self._kinds())

    def statuses(self) -> list[str]:
        """The statuses in which such records end: those that mean that it will not happen first."""
        asked = (self.wanted.status or "").lower()
        ends = [
            (kind.lifecycle.outcome(status), status)
            for kind in self._kinds()
            for status in kind.lifecycle.moves
            if kind.lifecycle.terminal(status) and asked in ("", status.lower())
        ]
        order = (Outcome.AVERTED, Outcome.FAILED)
        ranked = sorted(ends, key=lambda one: order.index(one[0]) if one[0] in order else len(order))
        return list(dict.fromkeys(status for _, status in ranked))

    def _kinds(self) -> list[catalog.Kind]:
        return [kind for kind in kinds_of(self.wanted.kind) if Outcome.PENDING in kind.lifecycle.outcomes.values()]


def records(store: Store, wanted: Filter, *, limit: int | None = None, after: str = "") -> RecordListing:
    """The records that match, through the narrowest index: newest first within a status or a kind.

    Args:
        limit: how many to list; None for all.
        after: `RecordListing.after` of an earlier listing with the same filter, to go on from there.

    Raises:
        ValueError: `after` is not a place in this listing.
    """
    return RecordListing(store, _ranges(wanted), wanted, limit, after)


def due(
    store: Store, until_ms: int, wanted: Filter | None = None, *, limit: int | None = None, after: str = ""
) -> RecordListing:
    """The open records that should move by `until_ms`: those marked as overdue, then the next deadline first.

    A record that is announced should move by its deadline; one without a deadline, or in progress, by the end of its
    max dwell.

    Raises:
        ValueError: as `records`.
    """
    end = min(until_ms + 1, timestamps.LATEST_MS)
    wanted = wanted or Filter()
    return RecordListing(store, [Range(OPEN, end=(end,), served=wanted == Filter())], wanted, limit, after)


def overdue(store: Store, wanted: Filter | None = None, *, limit: int | None = None, after: str = "") -> RecordListing:
    """The records that the sweeper marked as overdue; the longest overdue first.

    Raises:
        ValueError: as `records`.
    """
    wanted = wanted or Filter()
    return RecordListing(store, [Range(OPEN, end=(0,), served=wanted == Filter())], wanted, limit, after)


def open_records(
    store: Store, wanted: Filter | None = None, *, limit: int | None = None, after: str = ""
) -> RecordListing:
    """The open records: those marked as overdue, then by the moment by which they should move; undated ones last.

    Raises:
        ValueError: as `records`.
    """
    wanted = wanted or Filter()
    return RecordListing(store, [Range(OPEN, served=wanted == Filter())], wanted, limit, after)


def ended(
    store: Store, since_ms: int, wanted: Filter | None = None, *, limit: int | None = None, after: str = ""
) -> RecordListing:
    """The records of an announced end that was reported since `since_ms`: what was averted first, then what failed.

    A record whose end no event reports, such as one that another record settled, is not among them.

    Raises:
        ValueError: as `records`.
    """
    filter_ = _EndedFilter(wanted or Filter())
    ranges = [Range(BY_STATUS, (status,), reverse=True, end=(since_ms - 1,)) for status in filter_.statuses()]
    return RecordListing(store, ranges, filter_, limit, after)


def may_be_overdue(store: Store, start: Sequence[str | int], end: Sequence[str | int], page: PageSize) -> Iterator[Row]:
    """The rows of the index `open` between two positions: by moment, those that should have moved first."""
    return walk_buckets(store, OPEN, start=start, end=end, page=page)


def newest(store: Store, kind: str, since_ms: int | None = None, page: PageSize | None = None) -> Iterator[Key]:
    """The keys of the records of one kind, newest first; those last seen since `since_ms`, or all."""
    end = () if since_ms is None else (since_ms - 1,)
    return (row.key for row in walk_buckets(store, BY_KIND, (kind,), reverse=True, end=end, page=page))


def of_resource(store: Store, resource_id: str) -> Iterator[Record]:
    """The records of one resource."""
    return fetch(store, (row.key for row in store.walk(BY_RESOURCE, [resource_id])))


def by_key(store: Store, key: str) -> Record | None:
    """The record with the key `key`; None where there is none."""
    return next(fetch(store, [record_key(key)]), None)


def by_id(store: Store, name: str) -> list[Record]:
    """The records with the key `name`, with or without the prefix of their kind, such as an event id."""
    return list(fetch(store, (record_key(n) for n in names_of(name))))


def names_of(name: str) -> list[str]:
    """The keys of the records that may be called `name`."""
    return [name, *(f"{kind.record_prefix}:{name}" for kind in catalog.kinds().values())]


def find(store: Store, name: str) -> list[Record]:
    """The records that `name` means: by the key, the event's or resource's id, else the name, else an envelope's id.

    The id of a resource may also be the event id of one of its records, such as that of its state.
    """
    found = [*by_id(store, name), *islice(of_resource(store, name), MAX_FOUND)]
    return list({record.key: record for record in found}.values()) or by_name(store, name) or by_envelope(store, name)


def by_name(store: Store, name: str) -> list[Record]:
    """The records of the resources that have, or last had, this name."""
    ids = (id_.split(":", 2)[-1] for id_ in islice(resources.named(store, name), MAX_FOUND))
    return list(islice((record for id_ in ids for record in of_resource(store, id_)), MAX_FOUND))


def by_envelope(store: Store, envelope_id: str) -> list[Record]:
    """The records that deliveries with this envelope id wrote; a later resend has an id of its own, only in the log."""
    found = islice(store.walk(BY_ENVELOPE, [envelope_id], page=lambda: READ_ROWS), MAX_FOUND)
    rows = store.read([row.key for row in found]).values()
    return list(fetch(store, (record_key(str(row.columns["record"])) for row in rows)))


def history(store: Store, record: Record) -> Iterator[Row]:
    """The ledger's rows of one record, oldest first.

    The ledger groups rows by resource, so this reads all rows of the record's resource.
    """
    for row in store.walk(LEDGER, [hashed(record.partition)]):
        if row.columns["record"] == record.key:
            yield row


def ledger_backwards(store: Store, partition: str) -> Iterator[Row]:
    """The ledger's rows of a resource, newest first, a small page at a time: they hold whole contents."""
    return store.walk(LEDGER, [hashed(partition)], reverse=True, page=lambda: READ_ROWS)


def _ranges(wanted: Filter) -> list[Range]:
    if wanted.resource is not None:
        return [Range(BY_RESOURCE, (wanted.resource,), served=wanted == Filter(resource=wanted.resource))]
    if wanted.status is not None:
        served = wanted == Filter(status=wanted.status)
        return [Range(BY_STATUS, (status,), reverse=True, served=served) for status in _statuses(wanted)]
    if wanted.only_open and wanted.kind is None:
        return [Range(OPEN, served=wanted == Filter(only_open=True))]
    served = wanted == Filter(kind=wanted.kind)
    return [Range(BY_KIND, (kind.name,), reverse=True, served=served) for kind in kinds_of(wanted.kind)]


def _statuses(wanted: Filter) -> list[str]:
    """The statuses that are called so, in whatever case; what the catalogue lacks may be one of a newer version."""
    asked = wanted.status or ""
    moves = (status for kind in kinds_of(wanted.kind) for status in kind.lifecycle.moves)
    return list(dict.fromkeys(status for status in moves if status.lower() == asked.lower())) or [asked]


def kinds_of(name: str | None) -> list[catalog.Kind]:
    """The kind called `name`, or the one that the event type called so belongs to; all when None."""
    if name is None:
        return list(catalog.kinds().values())
    asked = name.lower()
    by_type = {
        spec.kind.name
        for spec in catalog.event_types()
        if asked in (spec.type.lower(), spec.name.lower(), spec.name.partition(":")[2].lower())
    }
    return [kind for own, kind in catalog.kinds().items() if own == asked or own in by_type]


def fetch(store: Store, keys: Iterable[Key]) -> Iterator[Record]:
    """The records at `keys`, in their order; a key that is given twice within a batch counts once."""
    return map(read_record, read_rows(store, keys))
