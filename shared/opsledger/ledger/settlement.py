"""Settle records: find those that another record's step has ended, such as the maintenance of a deleted instance.

The mark says which record did it and when. It follows from the transitions of both records alone, and is no part of the
join: so after all deliveries and one sweep it is the same for every order of arrival, and a sweep removes or changes it
where the transitions say otherwise. The tables of what settles what are in the catalogue (`Kind.settlers`).

No index says which records might be settled: the step that settles a record is in another record's row, and no event
writes a third row. So a sweep looks at the open records, up to `MAX_ROWS` of them, reads those of a kind that can be
settled, and the next sweep goes on from there. A record may be presumed to have ended, or be settled, before the step
that settles it first arrives. So a sweep looks again at those of the last two days, open or not, of the kinds for which
that matters. Platforms deliver for a day at most: EventBridge retries for a day, and Function Compute keeps an
asynchronous invocation for a day.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog, timestamps
from opsledger.catalog.transition import whole_second
from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import queries, state
from opsledger.ledger.changes import RecordChange
from opsledger.ledger.commit import commit
from opsledger.ledger.open_records import OpenWalk
from opsledger.ledger.rows import MARKED, read_record, record_key
from opsledger.ledger.walk import believed
from opsledger.store import READ_ROWS
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.catalog import Settler
    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Key, Row, Store

MAX_ROWS = 5000
"""Rows of an index that one sweep looks at to settle records."""
AGAIN_MS = 2 * 86_400_000
_FIRST, _LAST = (MARKED,), (timestamps.LATEST_MS + 1,)


class Settlement(NamedTuple):
    """What settles a record: when, in ms, and the key of the record whose step did it.

    The moment is to the second, as in keys of transitions: a second route may date the same step more precisely, after
    the mark was set.
    """

    at: int
    by: str


def settlement(record: Record, others: Mapping[str, Record]) -> Settlement | None:
    """What settles `record`, the earliest if there is more; None if nothing does.

    Args:
        others: the records called `settlers_of(record)`, as far as there are any.

    Raises:
        LookupError: the catalogue lacks a kind or status; see `Record.unknown`.
    """
    kind = record.catalog_kind()
    if kind.lifecycle.outcome(state.current(record).status) not in state.OPEN:
        return None
    announced = whole_second(state.announced_at(record) or 0)
    found = [
        Settlement(whole_second(moment), other.key)
        for key, settler in zip(settlers_of(record), kind.settlers, strict=False)
        if (other := others.get(key)) is not None
        for moment in _ends(other, settler, announced)
    ]
    return min(found, default=None)


def settlers_of(record: Record) -> list[str]:
    """The keys of the records that may settle `record`; none where it is about several resources."""
    if record.also:
        return []
    kind = record.catalog_kind()
    entity, resource = record.key.removeprefix(f"{kind.record_prefix}:"), record.resource_id
    if not entity.endswith(f"/{resource}"):  # an id that is not global is qualified in the same way in both keys
        entity = resource
    return [f"{catalog.kind(settler.kind).record_prefix}:{entity}" for settler in kind.settlers]


def _ends(other: Record, settler: Settler, announced: int) -> Iterator[int]:
    present = state.current(other).status
    for transition in believed(list(other.transitions.values())):
        moment, status = transition.moment, transition.status
        if moment is None:
            continue
        later = status in settler.later or (status in settler.present and status == present)
        if status in settler.final or (later and whole_second(moment) >= announced):
            yield moment


# ----------------------------------------------------------------------------------------------------- a sweep's part
class Settled(NamedTuple):
    """What a sweep settled: the records that it marked or unmarked, and where it stopped; empty at the end."""

    keys: frozenset[str]
    position: tuple[str | int, ...] = ()


def settle(
    store: Store, deadline: Deadline, writer: str, position: tuple[str | int, ...] = (), *, reserve_s: float
) -> Settled:
    """Set the marks that the records now deserve, as far as time allows.

    Args:
        position: where the last sweep stopped.
        reserve_s: nothing is begun with less time than this, in s.

    Raises:
        WorldFailedError: the store failed until time was up; the next sweep repeats it.
    """
    settling = _Settling(store, deadline, writer)
    walk = OpenWalk(store, deadline, settling.look_at_open, reserve_s=reserve_s, rows=MAX_ROWS)
    at_end = walk.until(position or _FIRST, _LAST) and (not position or walk.until(_FIRST, position))
    stopped = () if at_end else walk.position
    # Also where more is open than one sweep looks at: else it would never come to this.
    if deadline.remaining() < reserve_s or not _look_again(settling, deadline, reserve_s):
        stopped = stopped or _FIRST
    return Settled(frozenset(settling.settled), stopped)


def _look_again(settling: _Settling, deadline: Deadline, reserve_s: float) -> bool:
    """Look at what was announced lately, open or not; whether time sufficed."""
    keys = deadline.retry(lambda: _announced_since(settling.store, deadline.clock.now_ms() - AGAIN_MS))
    for first in range(0, len(keys), READ_ROWS):
        if deadline.remaining() < reserve_s:
            return False
        settling.look_at(keys[first : first + READ_ROWS])
    return True


def _announced_since(store: Store, since_ms: int) -> list[Key]:
    return [key for kind in _again() for key in islice(queries.newest(store, kind, since_ms), MAX_ROWS)]


def _kinds() -> list[str]:
    return [kind.name for kind in catalog.kinds().values() if kind.settlers]


def _again() -> list[str]:
    """The kinds that more than one step may settle, or that are presumed to have ended."""
    return [kind.name for kind in catalog.kinds().values() if any(settler.later for settler in kind.settlers)]


class _Settling:
    """One sweep's settling.

    Attributes:
        settled: the records that it marked or unmarked.
    """

    def __init__(self, store: Store, deadline: Deadline, writer: str) -> None:
        self.store, self._deadline, self._writer = store, deadline, writer
        self._prefixes = tuple(f"{catalog.kind(name).record_prefix}:" for name in _kinds())
        self.settled: set[str] = set()

    def look_at_open(self, rows: Sequence[Row]) -> None:
        """Settle what can be settled of these rows of the index `open`."""
        self.look_at([row.key for row in rows if unhashed(str(row.key.values[0])).startswith(self._prefixes)])

    def look_at(self, keys: Sequence[Key]) -> None:
        """Set the marks of the records at `keys`, READ_ROWS at most."""
        records = self._read(list(dict.fromkeys(keys)))
        wanted = {key: settlers_of(record) for key, record in records.items()}
        others = self._read([record_key(name) for name in dict.fromkeys(n for names in wanted.values() for n in names)])
        by_name = {other.key: other for other in others.values()}
        changes = [Settle(key, by_name) for key, record in records.items() if marked(record, by_name) != record]
        if changes:
            commit(self.store, changes, self._deadline, self._writer)
            self.settled |= {unhashed(str(change.key.values[0])) for change in changes if change.changed}

    def _read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """The records at `keys` that this version can read; the sweep counts the others."""
        found: dict[Key, Record] = {}
        for first in range(0, len(keys), READ_ROWS):
            part = keys[first : first + READ_ROWS]
            rows = self._deadline.retry(partial(self.store.read, part))
            found.update((key, record) for key, row in rows.items() if (record := _readable(row)) is not None)
        return found


def _readable(row: Row) -> Record | None:
    try:
        record = read_record(row)
        return None if record.unknown() else record
    except (LookupError, BadEventError, DamagedRowError):
        return None


def marked(record: Record, others: Mapping[str, Record]) -> Record:
    """`record` with the mark that it deserves, or without; what is settled is neither overdue nor presumed to be over.

    Raises:
        LookupError: as `settlement`.
    """
    found = settlement(record, others)
    if found is None:
        return record._replace(settled_by=None, settled_at=None)
    return record._replace(settled_by=found.by, settled_at=found.at, overdue_at=None)


class Settle(RecordChange):
    """One record gets the mark that it deserves.

    Attributes:
        changed: whether it had another one.
    """

    def __init__(self, key: Key, others: Mapping[str, Record]) -> None:
        self.key = key
        self.changed = False
        self._others = others

    def decide(self, stored: Record | None) -> Record | None:
        """The record with the mark; left as it is where this version cannot read it."""
        self.changed = False
        if stored is None or stored.unknown():
            return stored
        settled = marked(stored, self._others)
        self.changed = settled != stored
        return settled
