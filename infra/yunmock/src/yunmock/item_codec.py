"""Items of one class as bytes, for services that keep many: JSON by the names of the fields."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ItemT = TypeVar("ItemT")


class ItemCodec(Generic[ItemT]):
    """Items of one frozen dataclass as bytes. Decoding is cached, since nothing changes an item in place.

    Args:
        revive: by the names of fields, what makes their values of what JSON has.
    """

    def __init__(self, kind: type[ItemT], revive: Mapping[str, Callable[[Any], object]] | None = None) -> None:
        self._names = tuple(each.name for each in fields(kind))  # type: ignore[arg-type]  # a dataclass
        self._kind, self._revive = kind, dict(revive or {})
        self.decode: Callable[[bytes], ItemT] = lru_cache(maxsize=4096)(self._decode)

    def encode(self, item: ItemT) -> bytes:
        """An item as bytes."""
        return json.dumps({name: getattr(item, name) for name in self._names}).encode()

    def _decode(self, text: bytes) -> ItemT:
        row = json.loads(text)
        return self._kind(**{**row, **{name: revive(row[name]) for name, revive in self._revive.items()}})
