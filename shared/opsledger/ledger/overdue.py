"""Mark records as overdue: those that should have moved by now and have not.

The mark is the moment by which the record should have moved. It follows from the transitions alone, so it does not
depend on their order of arrival or on when the sweep ran. It is not part of the join: any event that moves the record
removes it, also one that comes out of order. A record whose status announces what no event ever confirms (the
release of a spot instance) is presumed to have ended, and leaves the range that a sweep reads.

Candidates come from the index by status: announcements whose deadline has passed, and everything in progress. So the
cost of a sweep grows with the open records, not with all that were ever stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from opsledger.ledger import queries, state
from opsledger.ledger.changes import RecordChange
from opsledger.ledger.commit import commit
from opsledger.store import READ_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsledger.deadline import Deadline
    from opsledger.ledger.record import Record
    from opsledger.store import Key, Store

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
    """

    looked: int
    marked: tuple[Record, ...]
    unreadable: int
    finished: bool

    def to_json(self) -> dict[str, int | bool]:
        """As the answer and the log give it."""
        presumed = sum(state.summarize(record).presumed for record in self.marked)
        return {
            "looked": self.looked,
            "overdue": len(self.marked) - presumed,
            "presumed": presumed,
            "unreadable": self.unreadable,
            "finished": self.finished,
        }


def sweep(store: Store, deadline: Deadline, writer: str) -> Swept:
    """Mark every record that should have moved by now, as far as time allows.

    Raises:
        WorldFailedError: the store failed until time was up; the next sweep repeats it.
    """
    now = deadline.clock.now_ms()
    keys = _distinct(key for status in queries.open_statuses() for key in _candidates(store, status, now, deadline))
    looked, unreadable = 0, 0
    marked: list[Record] = []
    while batch := [MarkOverdue(key, now) for key in islice(keys, READ_ROWS)]:
        if deadline.remaining() < RESERVE_S:
            return Swept(looked, tuple(marked), unreadable, finished=False)
        commit(store, batch, deadline, writer)
        looked += len(batch)
        unreadable += sum(change.unreadable for change in batch)
        marked += [change.marked for change in batch if change.marked is not None]
    return Swept(looked, tuple(marked), unreadable, finished=True)


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

    def decide(self, stored: Record | None) -> Record | None:
        """The record with its mark."""
        self.marked, self.unreadable = None, False
        if stored is None:
            return None
        try:
            overdue_at = state.overdue_at(stored)
        except LookupError:  # one such record must not stop the sweep
            self.unreadable = True
            return stored
        if overdue_at is None or overdue_at > self._now_ms or overdue_at == stored.overdue_at:
            return stored
        self.marked = stored._replace(overdue_at=overdue_at)
        return self.marked


def _distinct(keys: Iterable[Key]) -> Iterator[Key]:
    """Each key once: a record that moves while the index is walked may be found under both of its statuses."""
    seen: set[Key] = set()
    for key in keys:
        if key not in seen:
            seen.add(key)
            yield key


def _candidates(store: Store, status: str, now_ms: int, deadline: Deadline) -> list[Key]:
    return deadline.retry(lambda: list(queries.may_be_overdue(store, status, now_ms)))
