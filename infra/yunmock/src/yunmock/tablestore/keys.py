"""Primary keys as bytes that sort the way Tablestore sorts keys.

Order: INTEGER by number, STRING by its UTF-8 bytes, BINARY by its bytes; INF_MIN before and INF_MAX after everything.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.tablestore.values import KeyValue

BELOW, AT, ABOVE = b"\x00", b"\x01", b"\xff"
SIGN = 1 << 63
_U64 = struct.Struct(">Q")


def encode_key(values: Iterable[KeyValue]) -> bytes:
    """The key of these column values; it ends at a bound, because later columns cannot change the order."""
    key = b""
    for value in values:
        if isinstance(value, Bound):
            return key + (BELOW if value is Bound.INF_MIN else ABOVE)
        key += AT + encode_column(value)
    return key


def encode_column(value: KeyValue) -> bytes:
    """One column: eight bytes with the sign flipped, or bytes with 00 escaped and a 00 00 end."""
    if isinstance(value, int):
        return _U64.pack(value + SIGN)
    raw = value.encode() if isinstance(value, str) else value
    assert isinstance(raw, bytes)
    return raw.replace(b"\x00", b"\x00\xff") + b"\x00\x00"
