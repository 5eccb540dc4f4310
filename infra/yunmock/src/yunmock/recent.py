"""The newest of something, within a number and a size: what a server keeps in memory for weeks."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Recent(Generic[T]):
    """The newest items; thread-safe.

    Args:
        max_items: when there are more, the oldest is dropped.
        max_bytes: when the sizes add up to more, the oldest is dropped; the newest item always stays.
        dropped: called with each item that is dropped.
    """

    def __init__(self, max_items: int, max_bytes: int, dropped: Callable[[T], None] = lambda _: None) -> None:
        self._max_items, self._max_bytes, self._dropped = max_items, max_bytes, dropped
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, item: T, size: int) -> None:
        """Keep an item of about `size` bytes."""
        with self._lock:
            self._items.append((item, size))
            self._bytes += size
            while len(self._items) > 1 and (len(self._items) > self._max_items or self._bytes > self._max_bytes):
                oldest, freed = self._items.popleft()
                self._bytes -= freed
                self._dropped(oldest)

    def items(self) -> list[T]:
        """What is kept, the oldest first."""
        with self._lock:
            return [item for item, _ in self._items]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._items.clear()
            self._bytes = 0
