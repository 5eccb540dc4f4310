"""What is known of a record besides its events: the resource's name, owner and tags, and whether a drill made it.

It is read beside the records, a hundred in one call, and may be missing: a record is never held back for it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from opsledger.errors import MisconfiguredError
from opsledger.ledger import state
from opsledger.ledger.drills import Drill, drill_key, read_drill
from opsledger.ledger.resources import CloudResource, read_resource, resource_in, resource_key
from opsledger.store import READ_ROWS, batched
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Key, Row, Store

T = TypeVar("T")

BATCH = READ_ROWS // 2
"""Records of one call: each may have two rows."""


class Enrichment(NamedTuple):
    """What is known of one record; nothing, unless it is given."""

    resource: CloudResource | None = None
    drill: Drill | None = None

    @property
    def name(self) -> str:
        """The resource's name; an empty text where it has none, or none is known."""
        return "" if self.resource is None else self.resource.name

    @property
    def owner(self) -> str:
        """The resource's owner, likewise."""
        return "" if self.resource is None else self.resource.owner


UNKNOWN = Enrichment()


def keys_of(record: Record) -> tuple[Key, Key]:
    """The rows that say what is known of a record."""
    return resource_key(record.partition), drill_key(record.key)


def keys_in(row: Row) -> tuple[Key, Key]:
    """The same of the record in a row, which may be one that this version cannot read."""
    return resource_key(resource_in(row)), drill_key(unhashed(str(row.key.values[0])))


def from_rows(keys: tuple[Key, Key], rows: Mapping[Key, Row]) -> Enrichment:
    """What rows, those of other records among them, say of the record whose keys these are."""
    resource, drill = (rows.get(key) for key in keys)
    if resource is None and drill is None:
        return UNKNOWN
    return Enrichment(
        None if resource is None else read_resource(resource), None if drill is None else read_drill(drill)
    )


def read(store: Store, keys: Iterable[Key]) -> Mapping[Key, Row]:
    """The rows that exist, of at most `BATCH` records, in one call.

    Where a table is missing or may not be read there are none: nothing waits for what only makes it easier to read.

    Raises:
        WorldFailedError: the store failed; asking again may help.
    """
    try:
        return store.read(list(dict.fromkeys(keys)))
    except MisconfiguredError:
        return {}


def read_all(store: Store, keys: Iterable[Key], deadline: Deadline) -> dict[Key, Row]:
    """As `read`, of any number of records, in as many calls as they need.

    Raises:
        WorldFailedError: the store failed until time was up.
    """
    found: dict[Key, Row] = {}
    for batch in batched(dict.fromkeys(keys), READ_ROWS, lambda _: 1, READ_ROWS):
        found.update(deadline.retry(lambda: read(store, batch)))  # noqa: B023 - called at once
    return found


def enriched(store: Store, records: Iterable[Record]) -> Iterator[tuple[Record, Enrichment]]:
    """Each record with what is known of it, in order; no more than a batch is in memory.

    Raises:
        WorldFailedError: the store failed.
    """
    return _enriched(store, records, keys_of)


def enriched_rows(store: Store, rows: Iterable[Row]) -> Iterator[tuple[Row, Enrichment]]:
    """As `enriched`, of records as rows of the table.

    Raises:
        WorldFailedError: the store failed.
    """
    return _enriched(store, rows, keys_in)


def _enriched(store: Store, given: Iterable[T], keys: Callable[[T], tuple[Key, Key]]) -> Iterator[tuple[T, Enrichment]]:
    wanted = iter(given)
    while batch := list(islice(wanted, BATCH)):
        rows = read(store, [key for one in batch for key in keys(one)])
        yield from ((one, from_rows(keys(one), rows)) for one in batch)


def to_json(record: Record, known: Enrichment) -> dict[str, Any]:
    """The record as `state.to_json` gives it, with what is known of it; null where nothing is."""
    return {
        **state.to_json(record),
        "resource": None if known.resource is None else known.resource.to_json(),
        "drill": None if known.drill is None else known.drill.to_json(),
    }
