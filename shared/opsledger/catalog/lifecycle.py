"""Lifecycles as tables: which statuses there are, and from which to which a record may move.

Events arrive late, twice and out of order, and the vendor skips statuses: a reboot may be reported as Executed when
nobody saw it Executing. So a lifecycle does not say what may arrive; it says how the transitions that did arrive are
put in order and which of the moves between them are expected. The state walk (`ledger/state.py`) sorts a record's
transitions by the lifecycle's order and walks them once:

- `Order.PROGRESS` sorts by how far along the status is, because the clocks of a system event's notifications disagree
  more often than its statuses. The terminal statuses share the last rank: of two, the later by its clock is last.
- `Order.TIME` sorts by when it happened, because the same status may return again and again: an instance stops and
  starts. Ties are broken by the position in the table.

A move that the table does not have is kept and flagged, never dropped: the vendor adds moves without notice, and
losing an event is worse than flagging one. A record leaves a terminal status only through a status in `reopens`,
which begins a new episode: the next maintenance of the same container group. A terminal status has an empty row,
present on purpose. `ends` lists further terminal statuses whose row is not empty, because a formality may still
follow them: a group that Succeeded is later Vanished.

What is announced may be suspended: a container group that waits for its planned maintenance may fail and be rebooted
before. `suspended_by` says what suspends which announcement. The end that follows ends the fault alone, and the record
returns to the announcement.

The table is the only place that knows the moves. The state walk, the diagrams in the docs and the parametrised tests
are all made from it.
"""

from __future__ import annotations

import re
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Order(str, Enum):
    """What decides which of two transitions comes later."""

    PROGRESS = "progress"
    """The status: a later stage comes later, whatever the clocks say."""
    TIME = "time"
    """The moment it happened: the same status may come again and again."""


class Outcome(str, Enum):
    """What a status means for the owner of the resource; the same words for every product."""

    PENDING = "pending"
    """It will happen unless somebody acts."""
    ACTIVE = "active"
    """It is happening."""
    HAPPENED = "happened"
    AVERTED = "averted"
    """It will not happen."""
    FAILED = "failed"
    """It was tried and did not work."""
    NOTED = "noted"
    """A fact, with nothing to come."""


class Lifecycle(NamedTuple):
    """One table of moves.

    Attributes:
        moves: status → the statuses it may move to. The rows are in order of progress.
        starts: the statuses in which a record may begin.
        order: what decides which of two transitions comes later.
        outcomes: what each status means for the owner; every status has one.
        reopens: the statuses that begin a new episode after a terminal one.
        ends: statuses that are terminal though their row is not empty.
        open_ended: whether a status that the table lacks is kept as well; see `accepts`.
        undocumented: statuses that no page of the vendor names; events may report them all the same.
        suspended_by: announced status → the statuses that suspend it until their own end.
        same_within: how long after a status in `reopens` the same status is still of the same episode, in ms: one
            announcement is repeated, and dated a little differently by each route.
    """

    name: str
    title: str
    moves: Mapping[str, frozenset[str]]
    starts: frozenset[str]
    order: Order
    outcomes: Mapping[str, Outcome]
    reopens: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    open_ended: bool = False
    undocumented: frozenset[str] = frozenset()
    suspended_by: Mapping[str, frozenset[str]] = MappingProxyType({})
    same_within: int = 1000

    def accepts(self, status: str) -> bool:
        """Whether a record may be in `status`: one of the table or, if the lifecycle is open-ended, any word.

        The vendor adds states of resources without notice. One that the table lacks is a fact with nothing to come.
        """
        return status in self.moves or (self.open_ended and _WORD.fullmatch(status) is not None)

    def spelling(self, status: str) -> str:
        """The status of the table that `status` is in other letters, such as `IN_USE` for `In_use`; else `status`."""
        plain = _plain(status)
        return next((known for known in self.moves if _plain(known) == plain), status)

    def outcome(self, status: str) -> Outcome:
        """What `status` means for the owner.

        Raises:
            KeyError: the table lacks the status, and the lifecycle is not open-ended.
        """
        return self.outcomes.get(status, Outcome.NOTED) if self.open_ended else self.outcomes[status]

    def rank(self, status: str) -> int:
        """How far along `status` is. In a progress lifecycle the terminal statuses share the last rank."""
        if self.open_ended and status not in self.moves:
            return len(self.moves)
        if self.order is Order.PROGRESS and not self.moves[status]:
            return len(self.moves)
        return list(self.moves).index(status)  # breaks ties in time

    def terminal(self, status: str) -> bool:
        """Whether nothing follows `status`."""
        if self.open_ended and status not in self.moves:
            return False
        return not self.moves[status] or status in self.ends

    def allows(self, before: str, after: str) -> bool:
        """Whether the move is expected: to stay, to move by the table, or to begin a new episode."""
        if after == before or self.reopened(before, after):
            return True
        if self.open_ended and not {before, after} <= self.moves.keys():
            return not self.terminal(before)
        return after in self.moves[before]

    def reopened(self, before: str, after: str) -> bool:
        """Whether the move begins a new episode."""
        return self.terminal(before) and after in self.reopens


_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


def _plain(status: str) -> str:
    return status.casefold().replace("_", "")
