"""Storage of the cloud's state: ordered spaces of keys and values, in memory or in an SQLite file.

A space maps `bytes` keys, in byte order, to values. Memory keeps the value objects themselves, so values must be
immutable; SQLite keeps them encoded by the space's codec. Use `atomic()` to read and then write: it
excludes every other thread and, on SQLite, every other process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

V = TypeVar("V")


class Codec(Protocol, Generic[V]):
    """Encodes a space's values as bytes and back."""

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

    def count(self, most: int) -> int:
        """How many items there are, at most `most`."""

    def clear(self) -> None:
        """Remove everything."""


class Storage(Protocol):
    """A set of named spaces."""

    def space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:
        """The space called `name`, created on first use."""

    def atomic(self) -> AbstractContextManager[None]:
        """Exclude all other users inside the block; SQLite undoes it if it raises."""

    def snapshot(self) -> object:
        """A copy of everything, for `restore` of the same storage."""

    def restore(self, snapshot: object) -> None:
        """Bring everything back to the snapshot."""

    def reset(self) -> None:
        """Empty every space."""

    def close(self) -> None:
        """Close the storage."""
