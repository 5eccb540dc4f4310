"""PlainBuffer, the encoding of rows and keys inside Tablestore's protobuf messages: bytes in, values out.

    row   = KEYS(01) cell+ [CELLS(02) cell+] [DELETE(08)] ROW_CRC(09) byte
    cell  = CELL(03) NAME(04) i32 utf8 [VALUE(05) i32 value] [OP(06) byte] [TIMESTAMP(07) i64] CELL_CRC(0a) byte
    value = type byte, then 8 bytes | 1 byte | i32 and that many bytes | nothing (the infinities, auto-increment)

A cell's checksum runs over name, value, timestamp, op (in that order, though op comes before timestamp); a row's over
its cells' checksums and one byte that says whether it is a deletion. A message starts with the header 0x75 once,
however many rows follow. Source: help.aliyun.com, Tablestore API reference, Data types, PlainBuffer; INCREMENT=4 from
the vendor's SDKs.
"""

from __future__ import annotations

import struct
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from yunmock.tablestore import errors
from yunmock.tablestore.crc8 import TABLE, crc8
from yunmock.tablestore.sizes import value_size
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.tablestore.values import KeyValue, Value


class Op(Enum):
    """What an update does to a cell, other than setting it."""

    DELETE_ALL = 0x01
    DELETE_ONE = 0x03
    INCREMENT = 0x04


class Cell(NamedTuple):
    """One cell as sent; `op` is the raw byte, which `changes` checks."""

    name: str
    value: KeyValue | None
    timestamp: int | None = None
    op: int | None = None


class RowData(NamedTuple):
    """One row as sent; `size` is the number of bytes that its names and values count for."""

    key: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    delete: bool
    size: int


class _ReadCell(NamedTuple):
    """A decoded cell: the bytes that it counts for, its checksum, and its encoded length."""

    cell: Cell
    size: int
    crc: int
    length: int


HEADER = struct.pack("<I", 0x75)
KEYS, CELLS, CELL, NAME, VALUE, OP, TIMESTAMP, DELETE, ROW_CRC, CELL_CRC = range(1, 11)
INTEGER, DOUBLE, BOOLEAN, STRING, BLOB = 0x00, 0x01, 0x02, 0x03, 0x07
BOUNDS = {bound.value: bound for bound in Bound}

_I32 = struct.Struct("<i")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")
_TYPE_AND_LENGTH = struct.Struct("<Bi")

# Most columns hold one of a few values (a status, a region, a day), and equal bytes are equal cells, so short cells are
# cached. Longer ones seldom repeat.
REMEMBERED_BYTES = 128
REMEMBERED_CELLS = 4096


def decode_row(data: bytes) -> RowData:
    """The one row in `data`.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    try:
        return _read_row(data)
    except (IndexError, struct.error):
        raise errors.SHORT_DATA.error() from None
    except UnicodeDecodeError:
        raise errors.NOT_UTF8.error() from None


def decode_value(data: bytes) -> Value:
    """A value on its own, as filters carry it: type and data, no tag and no length.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    try:
        value = _value(data)
    except (IndexError, struct.error):
        raise errors.SHORT_DATA.error() from None
    except UnicodeDecodeError:
        raise errors.NOT_UTF8.error() from None
    if isinstance(value, Bound):
        raise errors.UNKNOWN_VARIANT.error()
    return value


def encode_row(key: Iterable[tuple[str, Value]], cells: Iterable[tuple[str, Value, int]]) -> bytes:
    """A row of (name, value) and (name, value, timestamp in ms), without the header."""
    parts: list[bytes] = [b"\x01"]
    row_crc = 0
    for name, value in key:
        row_crc = TABLE[row_crc ^ _append_cell(parts, name, value, b"")]
    opening = len(parts)
    for name, value, timestamp in cells:
        row_crc = TABLE[row_crc ^ _append_cell(parts, name, value, _I64.pack(timestamp))]
    if len(parts) > opening:
        parts.insert(opening, b"\x02")
    parts.append(bytes((ROW_CRC, TABLE[row_crc])))
    return b"".join(parts)


def _append_cell(parts: list[bytes], name: str, value: Value, timestamp: bytes) -> int:
    opening, crc = _opening(name)
    data = _value_bytes(value)
    crc = crc8(data + timestamp, crc)
    parts += (opening, _I32.pack(len(data)), data)
    if timestamp:
        parts += (b"\x07", timestamp)
    parts.append(bytes((CELL_CRC, crc)))
    return crc


@lru_cache(maxsize=4096)
def _opening(name: str) -> tuple[bytes, int]:
    """A cell's bytes up to its value's length, and the checksum so far: the same for every cell of a column."""
    raw = name.encode()
    return b"\x03\x04" + _I32.pack(len(raw)) + raw + b"\x05", crc8(raw)


def _value_bytes(value: Value) -> bytes:
    if isinstance(value, str):
        raw = value.encode()
        return _TYPE_AND_LENGTH.pack(STRING, len(raw)) + raw
    if isinstance(value, bool):
        return bytes((BOOLEAN, value))
    if isinstance(value, int):
        return b"\x00" + _I64.pack(value)
    if isinstance(value, float):
        return b"\x01" + _F64.pack(value)
    return _TYPE_AND_LENGTH.pack(BLOB, len(value)) + value


def _value(data: bytes) -> KeyValue:
    kind = data[0]
    if kind in (STRING, BLOB):
        size = _I32.unpack_from(data, 1)[0]
        raw = data[5:]
        if len(raw) != size:
            raise errors.WRONG_LENGTH.error(size=size)
        return raw.decode() if kind == STRING else raw
    if kind in BOUNDS:
        _expect_length(data, 1)
        return BOUNDS[kind]
    if kind == BOOLEAN:
        _expect_length(data, 2)
        return data[1] != 0
    if kind not in (INTEGER, DOUBLE):
        raise errors.UNKNOWN_VARIANT.error()
    _expect_length(data, 9)
    number: int | float = (_I64 if kind == INTEGER else _F64).unpack_from(data, 1)[0]
    return number


def _expect_length(data: bytes, size: int) -> None:
    if len(data) != size:
        raise errors.WRONG_LENGTH.error(size=len(data))


def _read_row(data: bytes) -> RowData:
    if data[:4] != HEADER:
        raise errors.HEADER_MISMATCH.error(actual=data[:4].hex(), expected=HEADER.hex())
    pos = _expect_tag(data, 4, KEYS)
    read: list[_ReadCell] = []
    crc, pos = _read_cells(data, pos, 0, read)
    if not read:
        raise errors.NO_KEY_CELLS.error()
    width = len(read)
    if data[pos] == CELLS:
        crc, pos = _read_cells(data, pos + 1, crc, read)
    delete = data[pos] == DELETE
    pos = _expect_tag(data, pos + delete, ROW_CRC)
    crc = TABLE[crc ^ delete]
    if data[pos] != crc:
        raise errors.CHECKSUM_MISMATCH.error(sent=data[pos], computed=crc)
    # The vendor's Node SDK leaves unused zero bytes after a row with INF_MIN or INF_MAX.
    if data[pos + 1 :].strip(b"\0"):
        raise errors.MORE_DATA.error()
    cells = tuple([each.cell for each in read])
    return RowData(cells[:width], cells[width:], delete, sum([each.size for each in read]))


def _expect_tag(data: bytes, pos: int, tag: int) -> int:
    if data[pos] != tag:
        raise errors.TAG_MISMATCH.error(actual=data[pos], expected=tag)
    return pos + 1


def _read_cells(data: bytes, pos: int, row_crc: int, read: list[_ReadCell]) -> tuple[int, int]:
    """Append the cells at `pos` to `read`; returns the row's checksum so far, and where the cells end."""
    while data[pos] == CELL:
        pos += 1
        end = _end_of_plain(data, pos)
        if not end:
            found = _read_cell(data, pos)
        elif end - pos <= REMEMBERED_BYTES:
            found = _remembered_cell(data[pos:end])
        else:
            found = _plain_cell(data[pos:end])
        read.append(found)
        row_crc = TABLE[row_crc ^ found.crc]
        pos += found.length
    return row_crc, pos


def _end_of_plain(data: bytes, pos: int) -> int:
    """Where the cell ends if it has only a name and a value; 0 if it has more or is invalid."""
    try:
        tag, length = _TYPE_AND_LENGTH.unpack_from(data, pos)
        after_name = pos + 5 + length
        if tag != NAME or length < 0 or data[after_name] != VALUE:
            return 0
        length = _I32.unpack_from(data, after_name + 1)[0]
        after_value = after_name + 5 + length
        return after_value + 2 if length > 0 and data[after_value] == CELL_CRC and after_value + 1 < len(data) else 0
    except (IndexError, struct.error):
        return 0


def _plain_cell(data: bytes) -> _ReadCell:
    """The cell in `data`, which has only a name and a value."""
    after_name = 5 + _I32.unpack_from(data, 1)[0]
    name, crc = _name(data[5:after_name])
    raw_value = data[after_name + 5 : -2]
    value = _value(raw_value)
    return _read(Cell(name, value), crc8(raw_value, crc), data[-1], len(data))


_remembered_cell = lru_cache(maxsize=REMEMBERED_CELLS)(_plain_cell)


def _read_cell(data: bytes, start: int) -> _ReadCell:
    """The cell at `start`, with all its optional parts."""
    raw_name, pos = _take(data, _expect_tag(data, start, NAME))
    name, crc = _name(raw_name)
    value: KeyValue | None = None
    op: int | None = None
    raw_value = raw_op = raw_time = b""
    while (tag := data[pos]) != CELL_CRC:
        pos += 1
        if tag == VALUE:
            raw_value, pos = _take(data, pos)
            value = _value(raw_value)
        elif tag == OP:
            op, raw_op, pos = data[pos], data[pos : pos + 1], pos + 1
        elif tag == TIMESTAMP:
            raw_time, pos = data[pos : pos + 8], pos + 8
        else:
            raise errors.TAG_MISMATCH.error(actual=tag, expected=CELL_CRC)
    timestamp = _I64.unpack(raw_time)[0] if raw_time else None
    crc = crc8(raw_value + raw_time + raw_op, crc)
    return _read(Cell(name, value, timestamp, op), crc, data[pos + 1], pos + 2 - start)


def _read(cell: Cell, crc: int, sent_crc: int, length: int) -> _ReadCell:
    if sent_crc != crc:
        raise errors.CHECKSUM_MISMATCH.error(sent=sent_crc, computed=crc)
    return _ReadCell(cell, len(cell.name) + value_size(cell.value), crc, length)


def _take(data: bytes, pos: int) -> tuple[bytes, int]:
    """The bytes after their length at `pos`, and where they end."""
    size = _I32.unpack_from(data, pos)[0]
    raw = data[pos + 4 : pos + 4 + size]
    if size < 0 or len(raw) != size:
        raise errors.WRONG_LENGTH.error(size=size)
    return raw, pos + 4 + size


@lru_cache(maxsize=4096)
def _name(raw: bytes) -> tuple[str, int]:
    return raw.decode(), crc8(raw)
