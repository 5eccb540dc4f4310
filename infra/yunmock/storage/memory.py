"""State in memory: gone with the process, and fast."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.storage import Space

V = TypeVar("V")


class MemorySpace(Generic[V]):
    """A dict beside its sorted keys; every operation holds the storage's one lock."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._values: dict[bytes, V] = {}
        self._keys: list[bytes] = []

    def get(self, key: bytes) -> V | None:
        """The value at `key`, or None."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: bytes, value: V) -> None:
        """Set the value at `key`."""
        with self._lock:
            if key not in self._values:
                insort(self._keys, key)
            self._values[key] = value

    def delete(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        with self._lock:
            if self._values.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]

    def scan(
        self, start: bytes | None = None, end: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, V]]:
        """The items with start <= key < end; a key removed while scanning is passed over."""
        with self._lock:
            low = 0 if start is None else bisect_left(self._keys, start)
            high = len(self._keys) if end is None else bisect_left(self._keys, end)
            keys = self._keys[low:high]
        for key in reversed(keys) if reverse else keys:
            with self._lock:
                if key not in self._values:
                    continue
                value = self._values[key]
            yield key, value

    def clear(self) -> None:
        """Remove everything."""
        with self._lock:
            self._values.clear()
            self._keys.clear()

    def fill(self, items: list[tuple[bytes, V]]) -> None:
        """Hold just these items, given in key order."""
        with self._lock:
            self._values, self._keys = dict(items), [key for key, _ in items]


class MemoryStorage:
    """Spaces that live as long as this object."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._spaces: dict[str, MemorySpace[Any]] = {}

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:  # noqa: ARG002 - the protocol's signature
        """The space called `name`; the codec is not needed, values are kept as they are."""
        with self._lock:
            return self._spaces.setdefault(name, MemorySpace(self._lock))

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Exclude every other thread."""
        with self._lock:
            yield

    def snapshot(self) -> object:
        """Copies of the spaces; the values are shared, being immutable."""
        with self._lock:
            return {name: list(space.scan()) for name, space in self._spaces.items()}

    def restore(self, snapshot: object) -> None:
        """Everything as it was at the snapshot."""
        kept = cast("dict[str, list[tuple[bytes, Any]]]", snapshot)
        with self._lock:
            for name, space in self._spaces.items():
                space.fill(kept.get(name, []))

    def reset(self) -> None:
        """Empty every space."""
        with self._lock:
            for space in self._spaces.values():
                space.clear()

    def close(self) -> None:
        """Nothing to let go of."""
