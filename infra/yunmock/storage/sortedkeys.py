"""Keys in order, in memory: many short lists, so that adding one moves few of the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

LONGEST = 1_000
"""Keys in a list before it is cut in two."""


class SortedKeys:
    """Keys that can be walked in order from anywhere; the caller knows which are in it."""

    def __init__(self, ordered: list[bytes]) -> None:
        half = LONGEST // 2
        # A list holds what is at or above its bound and below the next one's; the first takes all that is lower.
        self._lists = [ordered[i : i + half] for i in range(0, len(ordered), half)] or [[]]
        self._bounds = [b"", *(keys[0] for keys in self._lists[1:])]

    def add(self, key: bytes) -> None:
        """Put in a key that is not there."""
        at = self._list_of(key)
        keys = self._lists[at]
        insort(keys, key)
        if len(keys) > LONGEST:
            half = len(keys) // 2
            self._lists[at : at + 1] = [keys[:half], keys[half:]]
            self._bounds.insert(at + 1, keys[half])

    def remove(self, key: bytes) -> None:
        """Take out a key that is there."""
        at = self._list_of(key)
        keys = self._lists[at]
        del keys[bisect_left(keys, key)]
        if not keys and at:
            del self._lists[at], self._bounds[at]

    def first(self, count: int, low: bytes, high: bytes | None) -> list[bytes]:
        """Up to `count` keys from `low` up, all below `high`."""
        at = self._list_of(low)
        start = bisect_left(self._lists[at], low)
        found = self._lists[at][start : start + count]
        while len(found) < count and (at := at + 1) < len(self._lists):
            found += self._lists[at][: count - len(found)]
        return found if high is None else found[: bisect_left(found, high)]

    def last(self, count: int, low: bytes, high: bytes | None) -> list[bytes]:
        """Up to `count` keys from `high` (exclusive) down, none below `low`."""
        at = len(self._lists) - 1 if high is None else self._list_of(high)
        keys = self._lists[at] if high is None else self._lists[at][: bisect_left(self._lists[at], high)]
        found = keys[::-1][:count]
        while len(found) < count and (at := at - 1) >= 0:
            found += self._lists[at][::-1][: count - len(found)]
        return [key for key in found if key >= low]

    def _list_of(self, key: bytes) -> int:
        return bisect_right(self._bounds, key) - 1
