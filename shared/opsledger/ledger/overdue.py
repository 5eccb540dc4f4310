"""Mark records as overdue: those that should have moved by now and have not.

The mark is the moment by which the record should have moved. It follows from the transitions alone, so it does not
depend on their order of arrival or on when the sweep ran. It is not part of the join: any event that moves the record
removes it, also one that comes out of order. A record whose status announces what no event ever confirms (the
release of a spot instance) is presumed to have ended, and leaves the range that a sweep reads.

Candidates come from the index `open`, by the moment by which they should move. A record that is marked leaves their
range, so the cost of a sweep grows with what is newly due, not with what is open or was ever stored. A sweep that runs
out of time notes where it stopped, and the next one goes on from there. So records that can be neither read nor marked
do not keep it from those behind them.

A sweep also looks for records that another record has settled; see `settlement`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from opsledger import strict_json
from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import codec, settlement, state
from opsledger.ledger.changes import RecordChange
from opsledger.ledger.commit import Change, commit
from opsledger.ledger.open_records import OpenWalk
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Row, Store, Value

RESERVE_S = 5.0
"""No batch is begun with less time than this."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of one sweep.

    Attributes:
        looked: how many records were read.
        marked: the records that this sweep found overdue or presumed to have ended.
        unreadable: how many have a kind or status that the catalogue lacks.
        finished: whether it looked at every candidate in time.
        settled: how many records it found that another record has settled, or no longer has.
    """

    looked: int
    marked: tuple[Record, ...]
    unreadable: int
    finished: bool
    settled: int = 0

    def to_json(self) -> dict[str, int | bool]:
        """As the answer and the log give it: `settled` only where there is any."""
        presumed = sum(state.summarize(record).presumed for record in self.marked)
        return {
            "looked": self.looked,
            "overdue": len(self.marked) - presumed,
            "presumed": presumed,
            **({"settled": self.settled} if self.settled else {}),
            "unreadable": self.unreadable,
            "finished": self.finished,
        }


class Stopped(NamedTuple):
    """Where a sweep stopped: the last row of the index `open` that it looked at; empty where it came to the end.

    Attributes:
        swept_at: when it ran, in ms.
        settling: where it stopped looking for records that others have settled.
    """

    swept_at: int
    position: tuple[str | int, ...] = ()
    settling: tuple[str | int, ...] = ()


def sweep(store: Store, deadline: Deadline, writer: str) -> Swept:
    """Mark every record that should have moved by now, as far as time allows.

    It begins behind the row where the last sweep stopped, and comes to what is before that row at the end.

    Raises:
        WorldFailedError: the store failed until time was up; the next sweep repeats it.
    """
    now = deadline.clock.now_ms()
    begun = deadline.retry(lambda: stopped(store)) or Stopped(now)
    sweeping = _Sweep(store, deadline, writer)
    walk = OpenWalk(store, deadline, sweeping.look_at, reserve_s=RESERVE_S)
    to_end = walk.until(begun.position or FIRST, (now + 1,))
    finished = to_end and (not begun.position or walk.until(FIRST, begun.position))
    settled = settlement.settle(store, deadline, writer, begun.settling, reserve_s=RESERVE_S)
    note = Stopped(now, () if finished else walk.position, settled.position)
    commit(store, [_NoteStopped(note)], deadline, writer)
    marked = tuple(record for record in sweeping.marked if record.key not in settled.keys)
    finished = finished and not settled.position
    return Swept(sweeping.looked, marked, sweeping.unreadable, finished=finished, settled=len(settled.keys))


FIRST = (0,)
"""The beginning of the records that are not marked, in the index `open`."""


class _Sweep:
    """One sweep: what it has found so far."""

    def __init__(self, store: Store, deadline: Deadline, writer: str) -> None:
        self._store, self._deadline, self._writer = store, deadline, writer
        self.looked = self.unreadable = 0
        self.marked: list[Record] = []

    def look_at(self, rows: Sequence[Row]) -> None:
        """Mark the records of these rows of the index that should have moved."""
        changes = [MarkOverdue(key, self._deadline.clock.now_ms()) for key in dict.fromkeys(row.key for row in rows)]
        commit(self._store, changes, self._deadline, self._writer)
        self.looked += len(changes)
        self.unreadable += sum(change.unreadable for change in changes)
        self.marked += [change.marked for change in changes if change.marked is not None]


class MarkOverdue(RecordChange):
    """One record is marked, if it should have moved by now and is not marked yet.

    Attributes:
        marked: the record with its mark; None where it was left as it is.
        unreadable: whether the catalogue lacks its kind or status.
    """

    def __init__(self, key: Key, now_ms: int) -> None:
        self.key = key
        self.marked: Record | None = None
        self.unreadable = False
        self._now_ms = now_ms

    def decide_row(self, row: Row | None) -> Mapping[str, Value] | None:
        """The record's columns with the mark; None to leave it as it is.

        A record that this version cannot read, because another one wrote it, is counted and left alone: it must not end
        the sweep.
        """
        self.marked, self.unreadable = None, False
        try:
            return super().decide_row(row)
        except (LookupError, BadEventError, DamagedRowError):
            self.marked, self.unreadable = None, True
            return None

    def decide(self, stored: Record | None) -> Record | None:
        """The record with its mark."""
        if stored is None:
            return None
        overdue_at = state.overdue_at(stored)
        if overdue_at is None or overdue_at > self._now_ms or overdue_at == stored.overdue_at:
            return stored
        self.marked = stored._replace(overdue_at=overdue_at)
        return self.marked


_SWEEP_KEY = Key(CURSORS, (hashed("sweep"),))


def stopped(store: Store) -> Stopped | None:
    """When the last sweep ran, and where it stopped; None where there was none."""
    row = store.read([_SWEEP_KEY]).get(_SWEEP_KEY)
    return None if row is None else _decode(row)


class _NoteStopped(Change[Stopped]):
    """The sweep's row among the cursors is replaced; of two sweeps at once, the last one's stays."""

    key = _SWEEP_KEY

    def __init__(self, note: Stopped) -> None:
        self._note = note

    def decode(self, row: Row) -> Stopped:
        """Where the sweep before stopped."""
        return _decode(row)

    def encode(self, stored: Stopped) -> Mapping[str, Value]:
        """The columns of the sweep's row."""
        positions = {"position": stored.position, "settling": stored.settling}
        written = {name: strict_json.write(position) for name, position in positions.items() if position}
        return {"schema": codec.SCHEMA, "swept_at": stored.swept_at, **written}

    def decide(self, stored: Stopped | None) -> Stopped:  # noqa: ARG002 - whatever is stored
        """Where this sweep stopped."""
        return self._note


def _decode(row: Row) -> Stopped:
    return Stopped(int(row.columns["swept_at"]), _decoded(row, "position"), _decoded(row, "settling"))


def _decoded(row: Row, column: str) -> tuple[str | int, ...]:
    position = strict_json.read(str(row.columns.get(column, "[]")))
    parts = position if isinstance(position, list) else []
    return tuple(part for part in parts if isinstance(part, str | int))
