"""State in memory: fast, and gone with the process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sortedcontainers import SortedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.storage import Space

V = TypeVar("V")

FIRST_PAGE, LONGEST_PAGE = 8, 512
"""How many keys a scan reads at a time; few at first, since many scans need only the first."""


class MemorySpace(Generic[V]):
    """An ordered dict; every operation holds the storage's one lock."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._values: SortedDict = SortedDict()
        self._shared = False

    def get(self, key: bytes) -> V | None:
        """The value at `key`, or None."""
        with self._lock:
            return cast("V | None", self._values.get(key))

    def put(self, key: bytes, value: V) -> None:
        """Set the value at `key`."""
        with self._lock:
            self._own()[key] = value

    def delete(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        with self._lock:
            if key in self._values:
                del self._own()[key]

    def scan(
        self, start: bytes | None = None, end: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, V]]:
        """The items with start <= key < end, a page of keys at a time; a key that was removed in between is skipped."""
        low, high, count = start or b"", end, FIRST_PAGE
        while True:
            with self._lock:
                keys = list(islice(self._values.irange(low, high, (True, False), reverse=reverse), count))
            yield from self._present(keys)
            if len(keys) < count:
                return
            low, high = (low, keys[-1]) if reverse else (keys[-1] + b"\0", high)
            count = min(count * 4, LONGEST_PAGE)

    def count(self, most: int) -> int:
        """How many items there are, at most `most`."""
        with self._lock:
            return min(len(self._values), most)

    def clear(self) -> None:
        """Remove everything."""
        self.fill(SortedDict(), shared=False)

    def share(self) -> SortedDict:
        """What is held, for a snapshot; the next change is made to a copy."""
        with self._lock:
            self._shared = True
            return self._values

    def fill(self, values: SortedDict, *, shared: bool = True) -> None:
        """Hold just these; if they are shared, the next change is made to a copy."""
        with self._lock:
            self._values, self._shared = values, shared

    def _own(self) -> SortedDict:
        """What is held, to change it."""
        if self._shared:
            self._values, self._shared = self._values.copy(), False
        return self._values

    def _present(self, keys: list[bytes]) -> Iterator[tuple[bytes, V]]:
        for key in keys:
            with self._lock:
                if key not in self._values:
                    continue
                value = self._values[key]
            yield key, value


class MemoryStorage:
    """Spaces that live as long as this object."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._spaces: dict[str, MemorySpace[Any]] = {}

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:  # noqa: ARG002 - the protocol's signature
        """The space called `name`; it keeps the values themselves and needs no codec."""
        with self._lock:
            return self._spaces.setdefault(name, MemorySpace(self._lock))

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Exclude every other thread."""
        with self._lock:
            yield

    def snapshot(self) -> object:
        """The spaces as they are: a space is copied only when it changes afterwards."""
        with self._lock:
            return {name: space.share() for name, space in self._spaces.items()}

    def restore(self, snapshot: object) -> None:
        """Bring everything back to the snapshot."""
        kept = cast("dict[str, SortedDict]", snapshot)
        with self._lock:
            for name, space in self._spaces.items():
                space.fill(kept.get(name, SortedDict()))

    def reset(self) -> None:
        """Empty every space."""
        with self._lock:
            for space in self._spaces.values():
                space.clear()

    def close(self) -> None:
        """Nothing to close."""
