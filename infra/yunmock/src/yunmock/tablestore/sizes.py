"""The size of data, and its capacity units.

Source: help.aliyun.com/en/tablestore, billing of reads and writes: sizes of names and values, 8 bytes a number, 1 a
boolean; one unit each 4 KB begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.tablestore.values import KeyValue, Value

UNIT_BYTES = 4096
NUMBER_BYTES = 8


def value_size(value: KeyValue | None) -> int:
    """The bytes a value counts for."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, bool):
        return 1
    return 0 if value is None else NUMBER_BYTES


def pairs_size(pairs: Iterable[tuple[str, Value]]) -> int:
    """The bytes that (name, value) pairs count for."""
    return sum(len(name) + value_size(value) for name, value in pairs)


def units(size: int) -> int:
    """The capacity units of this many bytes, at least one."""
    return max(1, -(-size // UNIT_BYTES))
