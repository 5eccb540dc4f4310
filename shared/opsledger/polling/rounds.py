"""Rounds: what every poller of a region does alike, whatever it reads.

A round reads all that an API lists of one region, a page at a time. After every page, once what it says is recorded,
the cursor is stored. So a round that fails or runs out of time is resumed where it stopped, and skips nothing. Only a
finished round moves the high-water mark, to the moment the round began. Between two pages there is a look at the time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opsledger.errors import WorldFailedError
from opsledger.polling.cursor import Cursor, OvertakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.deadline import Deadline
    from opsledger.polling.cursor import Cursors
    from opsledger.rpc import TokenRefusedError

T = TypeVar("T")

RESERVE_S = 5.0
"""No page is begun with less time than this."""
MOST_ATTEMPTS = 10
LONGEST_WAIT_S = 20.0
"""A call of the API is tried so often with waits up to this, 45 s in all; then the invocation fails."""
MOST_RESTARTS = 5
"""A round is given up when its page tokens are refused more often than this."""
FIRST_RESTART = 3
"""The wait before a restart is that before the fourth retry or a later one: 1.6 s and more."""


class RoundGivenUpError(WorldFailedError):
    """A round cannot be read to its end; the next one begins with the first page."""

    retryable = False


class Progress(NamedTuple):
    """How far one invocation came.

    Attributes:
        finished: whether the round is read to its end.
        invocation: how many invocations the round has had, with this one.
        waits_until: before this moment (ms) nothing is read, because of earlier failures; None where it was read.
        reason: why the last invocation failed, or the last round was given up.
    """

    finished: bool
    invocation: int = 0
    waits_until: int | None = None
    reason: str | None = None


class Rounds(ABC):
    """The rounds of one region. A subclass says what a step reads."""

    def __init__(self, cursors: Cursors, deadline: Deadline) -> None:
        self._cursors, self._deadline = cursors, deadline
        self._cursor = Cursor()

    @abstractmethod
    def _step(self) -> bool:
        """Read and record the next page, and store or advance the cursor; return whether the round is finished."""

    @abstractmethod
    def _begin(self, before: Cursor) -> None:
        """Called when this invocation has taken the cursor, with what it was `before`."""

    def _run(self) -> Progress:
        """Resume the round, or begin one, and read until it is finished or time runs short.

        Raises:
            RoundGivenUpError: this round cannot be finished; the cursor has the reason.
            WorldFailedError: the API or the store failed for longer than there was patience; what was read is stored.
        """
        before = self._cursor = self._cursors.load()
        if before.not_before is not None and self._now() < before.not_before:
            return Progress(finished=False, waits_until=before.not_before, reason=before.reason)
        self._save(before.taken(self._now()))
        self._begin(before)
        invocation = self._cursor.invocations
        try:
            finished = self._read()
        except OvertakenError:
            raise
        except WorldFailedError as error:
            self._fail(error)
            raise
        return Progress(finished, invocation, reason=self._cursor.reason)

    def _read(self) -> bool:
        """Read pages until the round is finished, or time runs short."""
        while self._deadline.remaining() > RESERVE_S:
            if self._step():
                self._save(self._cursor.finished())
                return True
        self._save(self._cursor)
        return False

    def _fail(self, error: WorldFailedError) -> None:
        """Store why the invocation failed; where that fails too, the reason is in the log alone."""
        ends = self._cursor.abandoned if isinstance(error, RoundGivenUpError) else self._cursor.failed
        with suppress(WorldFailedError):
            self._save(ends(str(error), self._now()))

    def _restart(self, error: TokenRefusedError) -> None:
        """Begin the listing again, after a wait, because its page token is refused.

        Raises:
            RoundGivenUpError: that has happened too often in this round.
        """
        restarts = self._cursor.restarts + 1
        if restarts > MOST_RESTARTS:
            raise RoundGivenUpError(f"page tokens were refused {restarts} times in one round: {error}")
        self._save(self._cursor._replace(next_token=None, restarts=restarts))
        self._deadline.wait(FIRST_RESTART + restarts, error, LONGEST_WAIT_S)

    def _ask(self, call: Callable[[], T]) -> T:
        """Call the API until it answers, with growing waits."""
        return self._deadline.retry(call, attempts=MOST_ATTEMPTS, longest_wait_s=LONGEST_WAIT_S)

    def _save(self, cursor: Cursor) -> Cursor:
        self._cursor = self._cursors.save(cursor)
        return cursor

    def _now(self) -> int:
        return self._deadline.clock.now_ms()
