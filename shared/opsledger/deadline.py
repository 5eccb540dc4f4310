"""Clocks and deadlines: the time, how much of it is left, and retries within it."""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from opsledger.errors import WorldFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Clock(Protocol):
    """A source of time; tests and simulations have their own."""

    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def jitter(self) -> float:
        """A number in [0, 1), so that not all who wait retry at once."""


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311 - spreads load, no secret


FIRST_WAIT_S = 0.1
"""Several round trips to Tablestore, so that most losers of a race find the winner done when they retry."""
LONGEST_WAIT_S = 2.0


class Deadline:
    """The time that one invocation may use, in seconds from now, and the waits between its attempts."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self._deadline = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative when the deadline has passed."""
        return self._deadline - self.clock.monotonic()

    def retry(self, call: Callable[[], T], *, attempts: float = math.inf, longest_wait_s: float = LONGEST_WAIT_S) -> T:
        """Call until it succeeds, waiting between attempts.

        Args:
            attempts: how many there are at most, however much time is left.
            longest_wait_s: the longest wait between two.

        Raises:
            WorldFailedError: the last failure, when it is not worth retrying, or no attempt or no time is left.
        """
        attempt = 0
        while True:
            try:
                return call()
            except WorldFailedError as error:  # noqa: PERF203 - a retry is a try in a loop
                if not error.retryable or attempt + 1 >= attempts:
                    raise
                self.wait(attempt, error, longest_wait_s)
                attempt += 1

    def wait(self, attempt: int, error: WorldFailedError, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        """Wait twice as long after each attempt; half of the wait is random.

        Raises:
            WorldFailedError: `error`, when there is no time to wait.
        """
        ceiling = min(longest_wait_s, FIRST_WAIT_S * 2.0**attempt)
        pause = ceiling * (0.5 + 0.5 * self.clock.jitter())
        if pause >= self.remaining():
            raise error
        self.clock.sleep(pause)
