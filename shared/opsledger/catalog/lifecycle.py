"""Lifecycles as tables: from which status a thing may move to which.

A terminal status is an empty row, present on purpose. The table is all there is to know: the fold, the state
diagrams in the docs and the parametrised tests are made from it.
"""

from __future__ import annotations

from enum import Enum
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
    """What a status means for the thing's owner, the same for every product."""

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
        moves: status → the statuses it may move to, in order of progress.
        starts: the statuses in which a thing may be met for the first time.
        order: what decides which of two transitions comes later.
        outcomes: what each status means.
        reopens: the statuses that begin a new episode after a terminal one.
        ends: statuses that are terminal though a formality may still follow them.
    """

    name: str
    title: str
    moves: Mapping[str, frozenset[str]]
    starts: frozenset[str]
    order: Order
    outcomes: Mapping[str, Outcome]
    reopens: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()

    def rank(self, status: str) -> int:
        """How far along `status` is; terminal statuses of a progress lifecycle share the last rank."""
        if self.order is Order.PROGRESS and not self.moves[status]:
            return len(self.moves)
        return list(self.moves).index(status)  # ties in time are broken by the order of the table, terminal or not

    def terminal(self, status: str) -> bool:
        """Whether nothing follows `status`."""
        return not self.moves[status] or status in self.ends

    def allows(self, before: str, after: str) -> bool:
        """Whether the table has the move; staying is not a move, and a new episode may begin at an end."""
        return after == before or after in self.moves[before] or self.reopened(before, after)

    def reopened(self, before: str, after: str) -> bool:
        """Whether the move begins a new episode."""
        return self.terminal(before) and after in self.reopens
