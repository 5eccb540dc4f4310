"""Things of one kind, kept by region in the order of their creation, and found by id."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.item_codec import ItemCodec
    from yunmock.storage import Space, Storage


class Item(Protocol):
    """What a shelf can keep."""

    @property
    def id(self) -> str:
        """Its id, unique among its kind."""

    @property
    def region(self) -> str:
        """Where it is."""

    @property
    def sequence(self) -> int:
        """Its number in the order of creation."""


T = TypeVar("T", bound=Item)

_SEQUENCE = struct.Struct(">Q")


class Shelf(Generic[T]):
    """All of one kind; use it inside the storage's `atomic()` to read and then write."""

    def __init__(self, storage: Storage, name: str, codec: ItemCodec[T]) -> None:
        self._items: Space[T] = storage.space(f"ecs.{name}", codec.encode, codec.decode)
        self._keys: Space[bytes] = storage.space(f"ecs.{name}-key", bytes, bytes)

    def find(self, item_id: str) -> T | None:
        """The item with this id, None if there is none."""
        key = self._keys.get(item_id.encode())
        return None if key is None else self._items.get(key)

    def add(self, item: T) -> None:
        """Keep a new item.

        Raises:
            ValueError: its id is taken.
        """
        if self._keys.get(item.id.encode()) is not None:
            raise ValueError(f"there is a {item.id!r} already")
        self._keys.put(item.id.encode(), _key(item))
        self.replace(item)

    def replace(self, item: T) -> None:
        """Replace the item of this id."""
        self._items.put(_key(item), item)

    def delete(self, item: T) -> None:
        """Forget an item."""
        self._items.delete(_key(item))
        self._keys.delete(item.id.encode())

    def after(self, region: str, sequence: int = 0) -> Iterator[T]:
        """The items of a region with a higher sequence number, oldest first, read as they are needed."""
        start = region.encode() + b"\0"
        yield from (item for _, item in self._items.scan(start + _SEQUENCE.pack(sequence + 1), region.encode() + b"\1"))

    def all(self) -> Iterator[T]:
        """The items of all regions, read as they are needed."""
        return (item for _, item in self._items.scan())

    def regions(self) -> list[str]:
        """The regions that have any."""
        return sorted({key.partition(b"\0")[0].decode() for key, _ in self._items.scan()})


def _key(item: Item) -> bytes:
    return item.region.encode() + b"\0" + _SEQUENCE.pack(item.sequence)
