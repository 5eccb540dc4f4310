"""PlainBuffer, in which Tablestore's messages carry rows ("PlainBuffer", alibabacloud.com/help/en/tablestore).

    header │ 01 cell … │ 02 cell … │ 09 check of the cells' checks         primary key, then attributes
    cell:    03 │ 04 length name │ 05 length type value │ [07 timestamp] │ 0A check

All numbers are little endian. A cell's check is over name, type, value and timestamp; see `crc8`. When read, every tag,
length and check must be right: whatever is not, is no row.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from opsledger.store.calls import Bound, RowFound
from opsledger.store.wire import MalformedError
from opsledger.store.wire.crc8 import TABLE, crc8

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsledger.store.calls import Cell, KeyValue

HEADER = b"\x75\0\0\0"
PRIMARY_KEY, ATTRIBUTES, CELL, NAME, VALUE, TIMESTAMP, ROW_CHECK, CELL_CHECK = 1, 2, 3, 4, 5, 7, 9, 10
INTEGER, DOUBLE, BOOLEAN, STRING, BINARY, INF_MIN, INF_MAX = 0, 1, 2, 3, 7, 9, 10

_BEGIN = HEADER + bytes([PRIMARY_KEY])
_NUMBER = struct.Struct("<IBq")
_FLAG = struct.Struct("<IBB")
_TEXT = struct.Struct("<IBI")
_BOUND = struct.Struct("<IB")
_LENGTH = struct.Struct("<I")
_INT64 = struct.Struct("<q")
_FLOAT = struct.Struct("<d")


_BOUNDS = {Bound.MIN: INF_MIN, Bound.MAX: INF_MAX}


def encode_key(key: Iterable[tuple[str, KeyValue]]) -> bytes:
    """A primary key, or an end of a range."""
    return encode_row(key, {})


def encode_row(key: Iterable[tuple[str, KeyValue]], columns: Mapping[str, Cell]) -> bytes:
    """A row to put: all its columns, without timestamps.

    Raises:
        struct.error: a number does not fit into 64 bits.
        TypeError: a value of a type that has no place in a row.
    """
    parts, check = [_BEGIN], 0
    for name, value in key:
        cell, own = _cell(name, value)
        parts.append(cell)
        check = TABLE[check ^ own]
    if columns:
        parts.append(_ATTRIBUTES)
    for column, content in columns.items():
        cell, own = _cell(column, content)
        parts.append(cell)
        check = TABLE[check ^ own]
    parts.append(bytes((ROW_CHECK, TABLE[check])))  # the table's entry: behind the checks, 0 for "not deleted"
    return b"".join(parts)


_ATTRIBUTES = bytes([ATTRIBUTES])
_CELL_CHECK = bytes([CELL_CHECK])
_ONE_BYTE = tuple(bytes([n]) for n in range(256))


def encode_variant(value: int) -> bytes:
    """A number as a condition on a column holds it: type and value, without a length."""
    return _NUMBER.pack(0, INTEGER, value)[_LENGTH.size :]


def _cell(name: str, value: KeyValue | Cell) -> tuple[bytes, int]:
    """A cell, and its check."""
    if (value.__class__ is str or value.__class__ is bytes) and len(value) > _MOST_REMEMBERED:
        return _encoded_cell(name, value)
    return _remembered_cell(name, value)


_MOST_REMEMBERED = 64
"""Bytes or characters. Most columns of a batch have the same short values in every row."""


def _encoded_cell(name: str, value: KeyValue | Cell) -> tuple[bytes, int]:
    begin, state = _name(name)
    encoded = _encoded(value)
    check = crc8(encoded[_LENGTH.size :], state)
    return b"".join((begin, encoded, _CELL_CHECK, _ONE_BYTE[check])), check


_remembered_cell = lru_cache(maxsize=2048, typed=True)(_encoded_cell)  # typed: True is not 1


@lru_cache(maxsize=256)
def _name(name: str) -> tuple[bytes, int]:
    """A cell up to its value, and the check so far."""
    encoded = name.encode()
    return bytes((CELL, NAME)) + _LENGTH.pack(len(encoded)) + encoded + bytes((VALUE,)), crc8(encoded)


def _encoded(value: KeyValue | Cell) -> bytes:
    """The length, type and bytes of a value."""
    kind = value.__class__
    if kind is str:
        text = value.encode()  # type: ignore[union-attr]  # a str by its class
        return _TEXT.pack(len(text) + 5, STRING, len(text)) + text
    if kind is bool:
        return _FLAG.pack(2, BOOLEAN, value)
    if kind is int:
        return _NUMBER.pack(9, INTEGER, value)
    if kind is bytes:
        return _TEXT.pack(len(value) + 5, BINARY, len(value)) + value  # type: ignore[arg-type, operator]  # bytes
    if isinstance(value, Bound):
        return _BOUND.pack(1, _BOUNDS[value])
    raise TypeError(f"a row cannot hold a {kind.__name__}")


def decode_row(data: bytes) -> RowFound:
    """The one row in `data`: its primary key and its columns.

    Raises:
        MalformedError: it is no row, or more than one.
    """
    rows = decode_rows(data)
    if len(rows) != 1:
        raise MalformedError(f"{len(rows)} rows instead of one")
    return rows[0]


def decode_rows(data: bytes) -> list[RowFound]:
    """The rows in `data`: one header, then each row.

    Raises:
        MalformedError: they are not complete, or a check is wrong.
    """
    if data[: len(HEADER)] != HEADER:
        raise MalformedError("rows have no header")
    rows, at = [], len(HEADER)
    try:
        while at < len(data):
            row, at = _row(data, at)
            rows.append(row)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise MalformedError(f"a row is cut off or is none: {type(error).__name__}") from error
    return rows


def _row(data: bytes, at: int) -> tuple[RowFound, int]:
    _expect(data, at, PRIMARY_KEY)
    key, check, at = _cells(data, at + 1, 0)
    columns: list[tuple[str, Cell]] = []
    if data[at] == ATTRIBUTES:
        columns, check, at = _cells(data, at + 1, check)
    _expect(data, at, ROW_CHECK)
    if data[at + 1] != TABLE[check]:
        raise MalformedError("the check of a row is wrong")
    by_name = dict(columns)
    if not key or len(by_name) != len(columns):
        raise MalformedError("a row has no key, or a column twice")
    return RowFound(tuple(key), by_name), at + 2  # type: ignore[arg-type]  # the tables' keys hold no float


def _cells(data: bytes, at: int, check: int) -> tuple[list[tuple[str, Cell]], int, int]:
    cells = []
    while data[at] == CELL:
        _expect(data, at + 1, NAME)
        (size,) = _LENGTH.unpack_from(data, at + 2)
        name, state = _known_name(data[at + 6 : at + 6 + size])
        at += 6 + size
        _expect(data, at, VALUE)
        value, begin, at = _decoded(data, at + 1)
        checked = data[begin:at]
        if data[at] == TIMESTAMP:
            checked += data[at + 1 : at + 9]
            at += 9
        _expect(data, at, CELL_CHECK)
        own = data[at + 1]
        if crc8(checked, state) != own:
            raise MalformedError("the check of a cell is wrong")
        cells.append((name, value))
        check = TABLE[check ^ own]
        at += 2
    return cells, check, at


@lru_cache(maxsize=256)
def _known_name(encoded: bytes) -> tuple[str, int]:
    return encoded.decode(), crc8(encoded)


def _decoded(data: bytes, at: int) -> tuple[Cell, int, int]:
    """A value, where its type is, and where it ends."""
    size, kind = _BOUND.unpack_from(data, at)
    begin = at + _LENGTH.size
    end = begin + size
    if kind in (STRING, BINARY):
        content = data[begin + 5 : end]
        if size != _LENGTH.unpack_from(data, begin + 1)[0] + 5 or end > len(data):
            raise MalformedError("the lengths of a value differ")
        return content if kind == BINARY else content.decode(), begin, end
    if size != _SIZES.get(kind):
        raise MalformedError(f"a value of type {kind} has {size} bytes")
    if kind == BOOLEAN:
        if data[begin + 1] > 1:
            raise MalformedError("a truth value is neither 0 nor 1")
        return data[begin + 1] == 1, begin, end
    (number,) = (_INT64 if kind == INTEGER else _FLOAT).unpack_from(data, begin + 1)
    return number, begin, end


_SIZES = {INTEGER: 9, DOUBLE: 9, BOOLEAN: 2}


def _expect(data: bytes, at: int, tag: int) -> None:
    if data[at] != tag:
        raise MalformedError(f"tag {data[at]} instead of {tag}")
