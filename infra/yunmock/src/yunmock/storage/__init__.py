"""Where the cloud keeps its state: ordered spaces of keys and values, in memory or in an SQLite file.

A space maps `bytes` keys, in byte order, to values. Memory keeps the value objects themselves, so values must be
immutable; SQLite keeps what the space's codec makes of them. `atomic()` is the one way to check and write: it
excludes every other thread and, on SQLite, every other process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

V = TypeVar("V")


class Codec(Protocol, Generic[V]):
    """How a space's values become bytes and back."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


class Space(Protocol, Generic[V]):
    """An ordered map from bytes to values."""

    def get(self, key: bytes) -> V | None:
        """The value at `key`, or None."""

    def put(self, key: bytes, value: V) -> None:
        """Set the value at `key`."""

    def delete(self, key: bytes) -> None:
        """Remove `key` if it is there."""

    def scan(
        self, start: bytes | None = None, end: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, V]]:
        """The items with start <= key < end in key order, or from the top down when `reverse`."""

    def clear(self) -> None:
        """Remove everything."""


class Storage(Protocol):
    """A set of named spaces."""

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:
        """The space called `name`, made when first asked for."""

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once, or not at all where the medium can undo (SQLite)."""

    def snapshot(self) -> object:
        """Everything as it is now, for `restore` of this very storage."""

    def restore(self, snapshot: object) -> None:
        """Everything as it was at the snapshot."""

    def reset(self) -> None:
        """Empty every space."""

    def close(self) -> None:
        """Let go of the medium."""
