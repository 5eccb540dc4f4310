"""Queries: by key or through an index, never by a scan of a whole table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from opsledger import catalog
from opsledger.catalog import Outcome
from opsledger.ledger import state
from opsledger.ledger.rows import NO_DUE, read_record, record_key
from opsledger.store import READ_ROWS
from opsledger.store.tables import BY_KIND, BY_RESOURCE, BY_STATUS, LEDGER, hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsledger.ledger.record import Record
    from opsledger.store import Key, Row, Store


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records to list; None means any. `kind` is the name of a kind or of an event type."""

    status: str | None = None
    resource: str | None = None
    kind: str | None = None
    region: str | None = None

    def admits(self, record: Record) -> bool:
        """Whether `record` matches."""
        summary = state.summarize(record)
        kinds = {record.kind.lower(), *(summary.type.lower().split(":", cut)[-1] for cut in range(3))}
        return (
            (self.status is None or summary.status.lower() == self.status.lower())
            and (self.resource is None or record.resource_id == self.resource)
            and (self.kind is None or self.kind.lower() in kinds)
            and (self.region is None or record.region == self.region)
        )


def records(store: Store, wanted: Filter) -> Iterator[Record]:
    """The records that match, through the narrowest index."""
    for record in fetch(store, _keys(store, wanted)):
        if wanted.admits(record):
            yield record


def due(store: Store, until_ms: int) -> list[Record]:
    """The open records that are due by `until_ms`, overdue ones included, the next first.

    One walk per open status: the index has the records of a status in the order of their deadlines.
    """
    keys: list[Key] = []
    for status in open_statuses():
        for row in store.walk(BY_STATUS, [status]):
            if int(row.columns["due_key"]) > until_ms:
                break
            keys.append(row.key)
    return sorted(fetch(store, keys), key=lambda record: state.summarize(record).due or 0)


def overdue(store: Store, now_ms: int) -> list[Record]:
    """The records that the sweeper marked as overdue; the longest overdue first."""
    keys = (key for status in open_statuses() for key in may_be_overdue(store, status, now_ms))
    marked = [
        (since, record) for record in fetch(store, keys) if (since := state.summarize(record).overdue_since) is not None
    ]
    return [record for _, record in sorted(marked, key=lambda pair: (pair[0], pair[1].key))]


def may_be_overdue(store: Store, status: str, now_ms: int) -> Iterator[Key]:
    """The records in `status` that may be overdue: past their deadline, or limited by a maximum dwell time.

    Records that are presumed to have ended have no deadline and sort behind those that have one, so they are not read.
    """
    kinds = [kind for kind in catalog.kinds().values() if status in kind.lifecycle.outcomes]
    going_on = any(kind.lifecycle.outcomes[status] is Outcome.ACTIVE for kind in kinds)
    timed = any(status in kind.max_dwell for kind in kinds)
    for row in store.walk(BY_STATUS, [status]):
        due_ms = int(row.columns["due_key"])
        if due_ms > now_ms and not timed:
            return
        if due_ms <= now_ms or going_on or due_ms == NO_DUE:
            yield row.key


def open_statuses() -> list[str]:
    """Every status that means that something is announced or in progress."""
    found = (s for kind in catalog.kinds().values() for s, o in kind.lifecycle.outcomes.items() if o in state.OPEN)
    return list(dict.fromkeys(found))


def find(store: Store, name: str) -> list[Record]:
    """The records with the key `name`, with or without the prefix of their kind, such as an event id."""
    names = [name, *(f"{kind.record_prefix}:{name}" for kind in catalog.kinds().values())]
    return list(fetch(store, (record_key(n) for n in names)))


def history(store: Store, record: Record) -> Iterator[Row]:
    """The ledger's rows of one record, oldest first."""
    for row in store.walk(LEDGER, [hashed(record.partition)]):
        if row.columns["record"] == record.key:
            yield row


def _keys(store: Store, wanted: Filter) -> Iterator[Key]:
    if wanted.resource is not None:
        found = store.walk(BY_RESOURCE, [wanted.resource])
        yield from (row.key for row in found)
        return
    kinds = kinds_of(wanted.kind)
    if wanted.status is not None and wanted.kind is None:
        statuses = {s: None for kind in kinds for s in kind.lifecycle.moves if s.lower() == wanted.status.lower()}
        for status in statuses:
            yield from (row.key for row in store.walk(BY_STATUS, [status]))
        return
    for kind in kinds:
        yield from (row.key for row in store.walk(BY_KIND, [kind.name], reverse=True))


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
    """The records at `keys`, in their order, each once."""
    wanted = iter(dict.fromkeys(keys))
    while batch := list(islice(wanted, READ_ROWS)):
        rows = store.read(batch)
        yield from (read_record(rows[key]) for key in batch if key in rows)
