"""The cloud's clock: real time by default, the caller's when frozen.

Everything that waits (delivery retries, timers, time-to-live) reads this clock, so a test can move a day at once.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Milliseconds since the epoch, UTC; free-running until `freeze`, then moved by `advance`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frozen_ms: int | None = None
        self._offset_ms = 0
        self.moved: list[Callable[[], None]] = []
        """Called after each `advance`, in the thread that called it."""

    def now_ms(self) -> int:
        """The current time in milliseconds since the epoch."""
        with self._lock:
            return self._read()

    def now(self) -> datetime:
        """The current time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now_ms() / 1000, tz=timezone.utc)

    @property
    def frozen(self) -> bool:
        """Whether the time stands still until `advance`."""
        return self._frozen_ms is not None

    def freeze(self, at_ms: int | None = None) -> None:
        """Stop the clock, at `at_ms` or at the current time."""
        with self._lock:
            self._frozen_ms = self._read() if at_ms is None else at_ms

    def unfreeze(self) -> None:
        """Let the clock run on from its current time."""
        with self._lock:
            if self._frozen_ms is not None:
                self._offset_ms = self._frozen_ms - time.time_ns() // 1_000_000
                self._frozen_ms = None

    def advance(self, seconds: float) -> None:
        """Move the clock forward, frozen or not."""
        if seconds < 0:
            raise ValueError("a clock does not go back: advance() takes seconds >= 0")
        with self._lock:
            if self._frozen_ms is None:
                self._offset_ms += round(seconds * 1000)
            else:
                self._frozen_ms += round(seconds * 1000)
        for listener in self.moved:
            listener()

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._frozen_ms, self._offset_ms = None, 0

    def _read(self) -> int:
        if self._frozen_ms is not None:
            return self._frozen_ms
        return time.time_ns() // 1_000_000 + self._offset_ms
