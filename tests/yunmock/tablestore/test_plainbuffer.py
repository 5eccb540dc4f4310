"""The row codec against the vendor's, and the order of keys against the order of values."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tablestore import INF_MAX, INF_MIN, PK_AUTO_INCR
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.plainbuffer.plain_buffer_crc8 import PlainBufferCrc8

from yunmock.tablestore import plainbuffer
from yunmock.tablestore.crc8 import crc8
from yunmock.tablestore.errors import TablestoreError
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.plainbuffer import HEADER, Cell, Op, decode_row, decode_value, encode_row
from yunmock.tablestore.values import Bound

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=30)
KEY_VALUES = st.one_of(INTEGERS, TEXT, st.binary(max_size=30))
VALUES = st.one_of(KEY_VALUES, st.booleans(), st.floats(allow_nan=False))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
TIMES = st.integers(0, 2**53)


def as_sdk(value: Any) -> Any:
    """A binary as the vendor's encoder wants it."""
    return bytearray(value) if isinstance(value, bytes) else value


@given(st.binary(max_size=300), st.integers(0, 255))
def test_the_checksum_is_the_vendors(data: bytes, crc: int) -> None:
    """The folded checksum equals the stepwise one, from any state on."""
    assert crc8(data, crc) == PlainBufferCrc8.crc_bytes(crc, data)


def test_the_checksum_of_much_data(table_of_sizes: list[int]) -> None:
    """Sizes around powers of two, where folding changes its step, are right too."""
    for size in table_of_sizes:
        data = bytes(place * 31 % 251 for place in range(size))
        assert crc8(data) == PlainBufferCrc8.crc_bytes(0, data), size


@pytest.fixture
def table_of_sizes() -> list[int]:
    """Sizes at and about powers of two up to 16 KB."""
    return [size + off for size in (1 << bits for bits in range(5, 15)) for off in (-1, 0, 1)]


@given(
    st.lists(st.tuples(NAMES, KEY_VALUES), min_size=1, max_size=4),
    st.lists(st.tuples(NAMES, VALUES, TIMES), max_size=8),
)
def test_rows_are_the_vendors(key: list[tuple[str, Any]], cells: list[tuple[str, Any, int]]) -> None:
    """A row encodes to the bytes the vendor's encoder makes of it, and decodes to itself."""
    sdk_key = [(name, as_sdk(value)) for name, value in key]
    sdk_cells = [(name, as_sdk(value), time) for name, value, time in cells]

    encoded = HEADER + encode_row(key, cells)

    assert encoded == bytes(PlainBufferBuilder.serialize_for_put_row(sdk_key, sdk_cells))
    decoded = decode_row(encoded)
    assert [(cell.name, cell.value) for cell in decoded.key] == key
    assert [(cell.name, cell.value, cell.timestamp) for cell in decoded.cells] == cells
    assert not decoded.delete


@given(VALUES)
def test_values_alone_are_the_vendors(value: Any) -> None:
    """The value of a filter decodes to what the vendor's encoder was given, type and all."""
    decoded = decode_value(bytes(PlainBufferBuilder.serialize_column_value(as_sdk(value))))

    assert (type(decoded), decoded) == (type(value), value)


def test_updates_and_deletions() -> None:
    """Operations, their timestamps and the deletion mark are read as the vendor's encoder writes them."""
    changes = {
        "PUT": [("a", 1), ("b", "x", 5)],
        "DELETE": [("c", None, 7)],
        "DELETE_ALL": ["d"],
        "INCREMENT": [("e", -2)],
    }
    row = decode_row(bytes(PlainBufferBuilder.serialize_for_update_row([("id", "k")], changes)))

    assert row.cells == (
        Cell("a", 1),
        Cell("b", "x", 5),
        Cell("c", None, 7, Op.DELETE_ONE.value),
        Cell("d", None, None, Op.DELETE_ALL.value),
        Cell("e", -2, None, Op.INCREMENT.value),
    )
    assert decode_row(bytes(PlainBufferBuilder.serialize_for_delete_row([("id", "k")]))).delete


def test_bounds() -> None:
    """The infinities and the wish for a number are read as what they are."""
    key = [("a", INF_MIN), ("b", INF_MAX), ("c", PK_AUTO_INCR)]
    row = decode_row(bytes(PlainBufferBuilder.serialize_primary_key(key)))

    assert [cell.value for cell in row.key] == [Bound.INF_MIN, Bound.INF_MAX, Bound.AUTO_INCREMENT]


GOOD = HEADER + encode_row([("id", "k")], [("x", 1, 5)])
ID_CELL = b"\x03\x04\x02\x00\x00\x00id"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Cell data broken, mismatch header, actual:  , expect: 75000000."),
        (b"\x76" + GOOD[1:], "Cell data broken, mismatch header, actual: 76000000 , expect: 75000000."),
        (HEADER + b"\x02", "Cell data broken, mismatch tag, actual tag(2), expect(1)."),
        (HEADER + b"\x01\x09\x00", "Cell data broken, no PK follow PKTag."),
        (GOOD[:-1], "Input encoded PK broken, length is shorter than expect."),
        (GOOD + b"\x01", "Cell data broken, has more data in cell, but they can't be parsed."),
        (GOOD[:-1] + bytes((GOOD[-1] ^ 1,)), None),
        (HEADER + b"\x01" + ID_CELL + b"\x0b", "Cell data broken, mismatch tag, actual tag(11), expect(10)."),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05\x01\x00\x00\x00\x06",
            "data format is invalid, unknown variant type occured.",
        ),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05" + struct.pack("<i", -1),
            "Cell data broken, wrong string format, size: -1.",
        ),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05" + struct.pack("<i", 2**31 - 1),
            "Cell data broken, wrong string format, size: 2147483647.",
        ),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05\x06\x00\x00\x00\x03\x02\x00\x00\x00a",
            "Cell data broken, wrong string format, size: 2.",
        ),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05\x02\x00\x00\x00\x00\x01",
            "Cell data broken, wrong string format, size: 2.",
        ),
        (
            HEADER + b"\x01" + ID_CELL + b"\x05\x06\x00\x00\x00\x03\x01\x00\x00\x00\xff",
            "Value of column must be UTF8 encoding.",
        ),
        (HEADER + b"\x01\x03\x04\x01\x00\x00\x00\xff", "Value of column must be UTF8 encoding."),
    ],
)
def test_broken_rows_say_what_is_broken(data: bytes, message: str | None) -> None:
    """Each way a row can be broken has its own words."""
    with pytest.raises(TablestoreError) as caught:
        decode_row(data)

    assert caught.value.code == "OTSParameterInvalid"
    assert str(caught.value) == (message or str(caught.value))


def test_a_cell_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short cell that was read before is not read again, at any place in any row."""
    cell = ("once", "read", None)
    decode_row(bytes(PlainBufferBuilder.serialize_for_put_row([("id", "a")], [cell])))
    summed: list[bytes] = []

    def checksum(data: bytes, crc: int = 0) -> int:
        summed.append(data)
        return crc8(data, crc)

    monkeypatch.setattr(plainbuffer, "crc8", checksum)

    row = decode_row(bytes(PlainBufferBuilder.serialize_for_put_row([("id", "new here")], [("new", 1), cell])))

    assert row.cells == (Cell("new", 1), Cell("once", "read"))
    assert not [data for data in summed if b"read" in data]
    assert [data for data in summed if b"new here" in data]


def test_a_cell_read_before_excuses_no_other() -> None:
    """The same name and value under a wrong checksum are refused, before and after they were read under the right."""
    good = bytes(PlainBufferBuilder.serialize_for_put_row([("id", "a")], [("x", "checked")]))
    end = good.index(b"checked") + len(b"checked")
    bad = good[: end + 1] + bytes((good[end + 1] ^ 1,)) + good[end + 2 :]

    with pytest.raises(TablestoreError, match="checksum"):
        decode_row(bad)
    assert decode_row(good).cells == (Cell("x", "checked"),)
    with pytest.raises(TablestoreError, match="checksum"):
        decode_row(bad)


def test_zeros_behind_a_row_are_passed_over() -> None:
    """The vendor's Node SDK pads a row that has a bound for a key."""
    assert decode_row(GOOD + b"\x00") == decode_row(GOOD)


@given(st.binary(max_size=60))
def test_noise_is_no_row(noise: bytes) -> None:
    """Whatever follows the header, reading it ends in a refusal and nothing else."""
    with pytest.raises(TablestoreError):
        decode_row(HEADER + noise)
    with pytest.raises(TablestoreError):
        decode_value(b"\x06" + noise)


@given(st.lists(st.tuples(TEXT, INTEGERS, st.binary(max_size=8)), min_size=2, max_size=2))
@example([("", 0, b""), ("\x00", 0, b"")])
@example([("a\x00", 0, b""), ("a", 0, b"")])
@example([("", 0, b"\x00\xff"), ("", 0, b"\x00")])
def test_keys_sort_as_their_values(pair: list[tuple[str, int, bytes]]) -> None:
    """Encoded keys are in the order of their values: strings by UTF-8 bytes, numbers by size, binaries by bytes."""
    comparable = [(text.encode(), number, data) for text, number, data in pair]

    assert (encode_key(pair[0]) < encode_key(pair[1])) == (comparable[0] < comparable[1])


@given(TEXT, INTEGERS)
def test_bounds_enclose_every_value(text: str, number: int) -> None:
    """INF_MIN sorts before and INF_MAX after any value in the same column, under the same values before it."""
    key = encode_key([text, number])

    assert encode_key([text, Bound.INF_MIN]) < key < encode_key([text, Bound.INF_MAX])
    assert encode_key([Bound.INF_MIN]) < key < encode_key([Bound.INF_MAX])
