"""Protocol Buffers, as far as Tablestore's messages use them (protobuf.dev/programming-guides/encoding).

A message is a sequence of fields: a tag, which is the field's number and wire type, and a value. Fields are written in
the order of their numbers, as the vendor's SDK does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.store.wire import MalformedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
_UINT64 = 1 << 64
_LAST_FIELD = (1 << 29) - 1
_ONE_BYTE = tuple(bytes([n]) for n in range(0x80))
_LOW, _MORE = 0x7F, 0x80
"""A byte of a number: seven of its bits, and whether more follow."""

Value = int | bytes


def varint(number: int) -> bytes:
    """A number of at least 0: seven bits a byte, the lowest first."""
    if number < len(_ONE_BYTE):
        return _ONE_BYTE[number]
    encoded = bytearray()
    while number > _LOW:
        encoded.append(number & _LOW | _MORE)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def number(field: int, value: int) -> bytes:
    """A field with a number, a truth value or a member of an enumeration."""
    return varint(field << 3 | VARINT) + varint(value)


def content(field: int, value: bytes) -> bytes:
    """A field with bytes, a text in UTF-8 or a message."""
    return varint(field << 3 | LENGTH) + varint(len(value)) + value


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Every field of a message: its number and value; of a wire type that has no number, the bytes.

    Raises:
        MalformedError: it ends within a field, or has a wire type that is not in use.
    """
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        kind = tag & 7
        value: Value
        if kind == VARINT:
            value, at = _varint(message, at)
        else:
            size, at = _varint(message, at) if kind == LENGTH else (_FIXED.get(kind, end), at)
            value = message[at : at + size]
            at += size
        if at > end or not 0 < tag >> 3 <= _LAST_FIELD:
            raise MalformedError("a message of Protocol Buffers is cut off or has an unknown wire type")
        yield tag >> 3, value


def singular(
    message: bytes, known: Collection[int], repeated: Collection[int] = ()
) -> tuple[dict[int, Value], dict[int, list[Value]]]:
    """The fields in `known`, each of which occurs at most once, and those in `repeated`, each with its values in order.

    Others are skipped, however often they occur: a newer service may add them.

    Raises:
        MalformedError: see `fields`; or a known field is there twice.
    """
    once: dict[int, Value] = {}
    many: dict[int, list[Value]] = {field: [] for field in repeated}
    for field, value in fields(message):
        if field in many:
            many[field].append(value)
        elif field in once:
            raise MalformedError(f"field {field} is there twice")
        elif field in known:
            once[field] = value
    return once, many


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in message[at : at + _LONGEST_VARINT]:
        at += 1
        value |= (byte & _LOW) << shift
        if byte <= _LOW:
            if value >= _UINT64:
                break
            return value, at
        shift += 7
    raise MalformedError("a number of Protocol Buffers is cut off or too long")
