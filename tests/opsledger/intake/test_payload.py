"""Payloads: cut into elements, and the exact text of each, in every shape and encoding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger.errors import NotJsonError
from opsledger.intake.payload import Payload
from opsledger.intake.understand import Refused, understand

if TYPE_CHECKING:
    from opsledger.strict_json import JsonValue

ODDLY_WRITTEN = '{"b": 1.50,\t"a" : 1, "a": 2}'
NOW_MS = 1_767_225_600_000
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def texts(payload: bytes | str) -> list[bytes | str]:
    """The text of every element."""
    parsed = Payload(payload)
    return [parsed.text_of(index) for index in range(len(parsed.elements))]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (f" {ODDLY_WRITTEN}\n".encode(), [f" {ODDLY_WRITTEN}\n".encode()]),
        (f" {ODDLY_WRITTEN}\n", [f" {ODDLY_WRITTEN}\n"]),
        (f"[{ODDLY_WRITTEN}]".encode(), [ODDLY_WRITTEN]),
        (f"[ {ODDLY_WRITTEN} ,\n 7, [1,  2]]", [ODDLY_WRITTEN, "7", "[1,  2]"]),
        (b"[]", []),
    ],
    ids=["one, bytes", "one, text", "array of one", "array", "empty array"],
)
def test_the_text_of_an_element_is_as_received(payload: bytes | str, expected: list[bytes | str]) -> None:
    """Layout, doubled keys and the spelling of numbers are kept."""
    assert texts(payload) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (json.dumps(ODDLY_WRITTEN), [ODDLY_WRITTEN]),
        (json.dumps(f"[{ODDLY_WRITTEN}, 7]"), [ODDLY_WRITTEN, "7"]),
        (json.dumps(f"[{ODDLY_WRITTEN}, NaN]"), [ODDLY_WRITTEN, "NaN"]),
        (json.dumps([ODDLY_WRITTEN, "7"]), [ODDLY_WRITTEN, "7"]),
        (json.dumps([json.dumps(ODDLY_WRITTEN)]), [ODDLY_WRITTEN]),
        (json.dumps(json.dumps([ODDLY_WRITTEN])), [ODDLY_WRITTEN]),
    ],
    ids=["object", "array", "array to cut", "element", "element in two strings", "element and array"],
)
def test_json_in_a_json_string_is_the_text_in_the_string(payload: str, expected: list[str]) -> None:
    """A replay needs what is in the string, without its escapes."""
    assert texts(payload) == texts(payload.encode()) == expected


def test_a_cut_array_keeps_the_quotes_of_text_that_is_not_json() -> None:
    """`"hello"` is no JSON in a JSON string, so the element is the string, quotes included."""
    quoted = json.dumps(ODDLY_WRITTEN)

    assert texts(f'[NaN, {quoted}, "hello", "a,b]", {ODDLY_WRITTEN}]') == [
        "NaN",
        ODDLY_WRITTEN,
        '"hello"',
        '"a,b]"',
        ODDLY_WRITTEN,
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", *WIDE])
@pytest.mark.parametrize("last", ['{"c": "é重"}', '{"c": NaN}'], ids=["parsed", "cut"])
def test_every_encoding_of_json_is_cut_into_the_same_texts(encoding: str, last: str) -> None:
    """A byte order mark is no part of the first element."""
    assert texts(f"[{ODDLY_WRITTEN}, {last}]".encode(encoding)) == [ODDLY_WRITTEN, last]


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("code", [0xD800, 0xDC80], ids=["high", "low"])
def test_a_lone_surrogate_in_a_wide_encoding_is_refused_alone(encoding: str, code: int) -> None:
    """JSON's parser lets it through, so cutting the array has to let it through too."""
    half = chr(code)
    batch = f'[{{"b": 1}}, {{"c": "{half}"}}]'.encode(encoding, "surrogatepass")

    first, second = understand(batch, NOW_MS)

    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert (first.received, second.received) == ('{"b": 1}', f'{{"c": "{half}"}}')
    assert (first.error.reason, second.error.reason) == ("unknown_type", "not_json")


def test_bytes_that_are_not_utf_8_come_back_as_they_were() -> None:
    """Alone the payload is refused whole; in an array the element keeps its bytes and the others theirs."""
    alone = b'{"a": "\xff"}'
    with pytest.raises(NotJsonError):
        Payload(alone)

    first, second = texts(b"[" + alone + b", 2]")

    assert isinstance(first, str)
    assert (first.encode(errors="surrogateescape"), second) == (alone, "2")


@pytest.mark.parametrize("payload", [b"", b"{", b"[NaN]", b"[1, 2", "\ufeff[1, NaN]", '"hello"', b"\xff\xfe[\x00\x00"])
def test_what_cannot_be_parsed_or_cut_is_refused_whole(payload: bytes | str) -> None:
    """The refusal has the payload itself."""
    (refused,) = understand(payload, NOW_MS)

    assert isinstance(refused, Refused)
    assert refused.received == payload


@pytest.mark.parametrize(
    ("payload", "plain"),
    [
        ('[{"a": "b"}, {"c": 1}]', [True, True]),
        ('[{"a": "é"}, {"c": 1}]', [False, False]),
        ('[{"a": "é"}, {"c": NaN}]', [False, True]),
        (r'[{"a": "\u00e9"}, {"c": NaN}]', [False, True]),
    ],
)
def test_each_text_of_a_cut_array_is_looked_at_by_itself(payload: str, plain: list[bool]) -> None:
    """Of an array that is parsed whole, the whole text counts."""
    parsed = Payload(payload)

    assert [parsed.plain(index) for index in range(2)] == plain


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=4), st.sampled_from([None, 1]), st.booleans(), st.booleans())
def test_the_text_of_an_element_reads_as_the_element(
    values: list[JsonValue],
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
    cut: bool,  # noqa: FBT001 - drawn
) -> None:
    """Also of an array that is cut because of one element, which alone is no JSON."""
    parts = [json.dumps(value, indent=indent, ensure_ascii=ascii_only) for value in values]
    found = texts("[" + " , ".join([*parts, "NaN", "NaN"] if cut else parts) + "]")

    for value, text in zip(values, found, strict=not cut):
        if not isinstance(value, str):
            assert json.loads(text) == value
