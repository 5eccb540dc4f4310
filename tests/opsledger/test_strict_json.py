"""Strict JSON: read once, checked, and written the same way every time."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger import strict_json
from opsledger.errors import NotJsonError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)

REFUSED: dict[str, bytes | str] = {
    "empty": b"",
    "not json": b"{",
    "trailing": b"{} {}",
    "not utf-8": b'{"a": "\xff"}',
    "nan": b'{"a": NaN}',
    "infinity": b"[-Infinity]",
    "overflow": b'{"a": 1e999}',
    "huge integer": b'{"a": ' + b"9" * 5000 + b"}",
    "half a pair": b'{"a": "\\ud800"}',
    "half a pair in a key": b'{"\\udfff": 1}',
    "half a pair as text": '["\ud800"]',
    "control character": b'{"a": "\n"}',
    "65 levels": b"[" * 65 + b"]" * 65,
    "a million levels": b"[" * 1_000_000,
    "a million levels of objects": b'{"a":' * 1_000_000,
}


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED.keys())
def test_json_that_cannot_be_stored_is_refused(payload: bytes | str) -> None:
    """By one error, with a short message."""
    with pytest.raises(NotJsonError) as refused:
        strict_json.read(payload)

    assert 0 < len(str(refused.value)) < 200


def test_the_deepest_allowed_nesting_is_read() -> None:
    """The limit is inclusive."""
    depth = strict_json.MAX_DEPTH - 1

    assert strict_json.read(b"[" * depth + b"]" * depth) is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    """A byte order mark or a wider encoding changes nothing."""
    assert strict_json.read('{"a": "重启"}'.encode(encoding)) == {"a": "重启"}


def texts_in(value: Any) -> list[str]:
    """Every text in `value`, keys included, and those in a text that is JSON."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = None
        return [value, *(texts_in(inner) if isinstance(inner, dict | list | str) else [])]
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts_in(one)]
    return [text for one in value for text in texts_in(one)] if isinstance(value, list) else []


ANY_TEXT = st.text(st.characters(max_codepoint=0xFFFF), max_size=3)
HIDDEN = st.recursive(
    ANY_TEXT | ANY_TEXT.map(json.dumps) | ANY_TEXT.map(json.dumps).map(json.dumps),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=2),
)


@given(HIDDEN, st.sampled_from(["utf-8", "utf-16-le", "utf-32"]), st.booleans())
def test_plain_json_has_only_ascii_texts(value: Any, encoding: str, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """Also within texts that are JSON, with any escapes and in any encoding."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    payload = text.encode(encoding, "surrogatepass")

    for given_as in (text, payload):
        assert not strict_json.is_plain(given_as) or all(found.isascii() for found in texts_in(value))
    assert strict_json.is_plain(b'{"a": ["b", 1]}')


@given(VALUES)
def test_write_in_order_writes_the_same_value(value: Any) -> None:
    """It is read back as the value that `write` writes."""
    written = strict_json.write_in_order(value)

    assert strict_json.read(written) == value
    assert strict_json.write(json.loads(written)) == strict_json.write(value)


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.text(max_size=9) | st.integers())
)
def test_write_in_order_writes_the_same_text_for_sorted_keys(value: dict[str, str | int]) -> None:
    """Keys of rows are hashes of what `write_in_order` writes; earlier versions used `write`."""
    in_order = dict(sorted(value.items()))

    assert strict_json.write_in_order(in_order) == strict_json.write(value)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    """As the same value."""
    assert strict_json.read(strict_json.write(value)) == value


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6))
def test_the_order_of_keys_does_not_change_the_text(value: dict[str, int]) -> None:
    """`write` sorts them."""
    backwards = dict(reversed(list(value.items())))

    assert strict_json.write(backwards) == strict_json.write(value)


@given(st.lists(VALUES, min_size=2, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_an_array_is_split_into_the_texts_of_its_elements(values: list[Any], indent: Any, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """In any layout, each text parses to its element."""
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)

    parts = strict_json.split_array(f" {text}\n")

    assert [json.loads(part) for part in parts] == values


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", "[1,2", "1,2]", "[1]],[2]", "[1,2}]", '["a,b"]', "[[1,2]]"])
def test_text_that_is_not_an_array_of_two_is_not_split(text: str) -> None:
    """Too few elements or unbalanced brackets give no parts."""
    assert strict_json.split_array(text) == []


@given(st.text('"\\[],a', max_size=12))
def test_structure_is_found_in_broken_texts_too(text: str) -> None:
    """A quote that begins no string counts as nothing; the fast search finds what a search from every quote finds."""
    every = re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]+|[\]}]+|,', text, re.DOTALL)

    assert [found.span() for found in strict_json._structure(text)] == [found.span() for found in every]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_array_is_split_in_every_encoding(encoding: str) -> None:
    """What `parse` reads as an array, `split_array` splits."""
    assert strict_json.split_array('["重启", {"a": 2}]'.encode(encoding)) == ['"重启"', '{"a": 2}']


def test_bytes_that_are_not_utf_8_survive_a_split() -> None:
    """They can be written back."""
    first, second = strict_json.split_array(b'["\xff", 2]')

    assert (first.encode(errors="surrogateescape"), second) == (b'"\xff"', "2")
