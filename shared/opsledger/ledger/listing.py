"""A listing of records: ranges of indexes, read as the records are asked for, with a place to go on from."""

from __future__ import annotations

import base64
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from opsledger import strict_json
from opsledger.errors import OpsLedgerError
from opsledger.ledger import resources
from opsledger.ledger.rows import read_record
from opsledger.store import READ_ROWS
from opsledger.store.buckets import Paging, position, walk_buckets
from opsledger.store.tables import TABLE_OF, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.ledger.record import Record
    from opsledger.ledger.resources import CloudResource
    from opsledger.store import Key, PageSize, Row, Store, Value
    from opsledger.store.tables import Index
    from opsledger.strict_json import JsonValue

    class Wanted(Protocol):
        """Which records to list."""

        @property
        def asks_resources(self) -> bool:
            """Whether `admits` needs what is known of the record's resource."""

        def admits(self, row: Row, resource: CloudResource | None) -> bool:
            """Whether the record in a row of the table is listed."""

        def key_prefixes(self) -> tuple[str, ...]:
            """How the keys of records that may be listed begin."""


MAX_ROWS_READ = 10_000
"""After so many rows a listing stops where its filter drops most of them."""


class Range(NamedTuple):
    """A range of an index of records.

    Attributes:
        among: the index.
        prefix: the columns that are fixed, behind the bucket if the index begins with one.
        start: where the range begins behind `prefix`, inclusive; end: where it ends, exclusive.
        served: whether every record in the range is listed; otherwise a filter drops some.
    """

    among: Index
    prefix: tuple[str | int, ...] = ()
    reverse: bool = False
    start: tuple[str | int, ...] = ()
    end: tuple[str | int, ...] = ()
    served: bool = False

    @property
    def fixed(self) -> int:
        """How many columns of the index are the same in the whole range, its bucket included."""
        return len(self.prefix) + self.in_buckets

    @property
    def in_buckets(self) -> bool:
        """Whether the index begins with a bucket."""
        return self.among.columns[0][0] == "bucket"

    def rows(self, store: Store, start: Sequence[str | int], page: PageSize) -> Iterator[Row]:
        """The rows of the range from `start`, inclusive, or from its beginning; see `walk_buckets`."""
        start = start or self.start
        if self.in_buckets:
            return walk_buckets(
                store, self.among, self.prefix, reverse=self.reverse, start=start, end=self.end, page=page
            )
        return store.walk(self.among, self.prefix, reverse=self.reverse, start=start, end=self.end, page=page)


class _Place(NamedTuple):
    """The last row that a listing has read: the number of its range, and its position behind what is fixed there."""

    number: int
    position: tuple[Value, ...]


class RecordListing:
    """The records that a query finds; iterate over it once.

    Attributes:
        rows_read: how many rows of indexes and of the table it has used so far.
        after: where to go on, once it has stopped before its end; an empty text when it has come to its end.
        rows: the same as rows of the table, to iterate over instead: they have columns that a record lacks.
    """

    def __init__(
        self, store: Store, ranges: Sequence[Range], wanted: Wanted, limit: int | None = None, after: str = ""
    ) -> None:
        self.rows_read = 0
        self.after = ""
        self._store, self._ranges, self._wanted, self._limit = store, ranges, wanted, limit
        self._from = _read_token(after, ranges) if after else None
        self._paging = Paging(limit)
        self._prefixes = wanted.key_prefixes()
        self.rows = self._list()

    def __iter__(self) -> Iterator[Record]:
        return map(read_record, self.rows)

    def _list(self) -> Iterator[Row]:
        begun = self._from
        for number, range_ in enumerate(self._ranges):
            if begun is None or number >= begun.number:
                start = begun.position if begun is not None and number == begun.number else ()
                yield from self._in_range(number, range_, start)
            if self.after:
                return

    def _in_range(self, number: int, range_: Range, start: tuple[Value, ...]) -> Iterator[Row]:
        rows = self._undecided(range_.rows(self._store, start, self._paging))  # type: ignore[arg-type]  # a key column is text or int
        while batch := list(islice(rows, self._batch(range_))):
            places = [_Place(number, position(range_.among, row)[range_.fixed :]) for row in batch]
            new = [(row.key, place) for row, place in zip(batch, places, strict=True) if place.position != start]
            found = self._read([key for key, _ in new])
            known = self._resources(found)
            self.rows_read += len(batch) + len(found) + len(known)
            self._paging.undecided = 0
            self._paging.dropped += len(new) - len(found)
            for key, place in new:
                if key in found and self._wanted.admits(found[key], known.get(key)):
                    self._paging.used += 1
                    if self._paging.used == self._limit:
                        self.after = _token(place)
                    yield found[key]
                    if self.after:
                        return
                elif key in found:
                    self._paging.dropped += 1
            if not range_.served and self.rows_read >= MAX_ROWS_READ:
                self.after = _token(places[-1])
                return

    def _undecided(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows; those of a batch count before it is known which are listed, so that the next pages are small."""
        for row in rows:
            self._paging.undecided += 1
            yield row

    def _batch(self, range_: Range) -> int:
        """How many rows of the index to take at once: no more than may be shown, if all of them are."""
        if self._limit is None or not range_.served:
            return READ_ROWS
        return min(READ_ROWS, self._limit - self._paging.used)

    def _read(self, keys: Sequence[Key]) -> dict[Key, Row]:
        wanted = [key for key in dict.fromkeys(keys) if unhashed(str(key.values[0])).startswith(self._prefixes)]
        return dict(self._store.read(wanted))

    def _resources(self, rows: Mapping[Key, Row]) -> dict[Key, CloudResource]:
        """What is known of the resources of records, by the records' keys, if it is asked for."""
        if not self._wanted.asks_resources:
            return {}
        found = resources.find(self._store, map(resources.resource_in, rows.values()))
        own = {key: resources.resource_in(row) for key, row in rows.items()}
        return {key: found[id_] for key, id_ in own.items() if id_ in found}


class IndexPage(NamedTuple):
    """A page of the rows of an index, in their order.

    Attributes:
        after: where to go on; an empty text at the end.
    """

    rows: list[Row]
    after: str


def index_page(store: Store, ranges: Sequence[Range], limit: int, after: str = "") -> IndexPage:
    """The next rows of these ranges, `limit` of them at most.

    Raises:
        ValueError: `after` is not a place in them.
    """
    begun = _read_token(after, ranges) if after else _Place(0, ())
    paging = Paging(limit + 1)
    rows: list[Row] = []
    for number, range_ in enumerate(ranges[begun.number :], begun.number):
        start = begun.position if number == begun.number else ()
        for row in range_.rows(store, start, paging):  # type: ignore[arg-type]  # a key column is text or int
            place = _Place(number, position(range_.among, row)[range_.fixed :])
            if place.position == start:
                continue
            rows.append(row)
            paging.used += 1
            if len(rows) == limit:
                return IndexPage(rows, _token(place))
    return IndexPage(rows, "")


def _token(place: _Place) -> str:
    text = strict_json.write_in_order([place.number, *place.position])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str, ranges: Sequence[Range]) -> _Place:
    """The place that a token names.

    Raises:
        ValueError: it is not one of a listing of these ranges.
    """
    try:
        read = strict_json.read(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, OpsLedgerError):
        read = None
    place = _place(read, ranges)
    if place is None:
        raise ValueError(f"{token!r} is not where a listing of these records stopped: use what it printed")
    return place


def _place(read: JsonValue, ranges: Sequence[Range]) -> _Place | None:
    """The place in a token; it comes from a person, so everything about it is checked."""
    if not isinstance(read, list) or not read or not _is_int(read[0]) or not 0 <= read[0] < len(ranges):
        return None
    number, *values = read
    range_ = ranges[number]
    columns = (*range_.among.columns, *TABLE_OF[range_.among.name].key)[range_.fixed :]
    if len(values) != len(columns):
        return None
    fits = (
        _is_int(v) if type_ == "INTEGER" else isinstance(v, str) for v, (_, type_) in zip(values, columns, strict=True)
    )
    return _Place(number, tuple(values)) if all(fits) else None


def _is_int(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_INT


MAX_INT = 2**63
"""Tablestore's integers have 64 bits."""
