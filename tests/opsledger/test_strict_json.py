"""JSON from outside: read once, checked, written the same way every time."""

from __future__ import annotations

import json
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
def test_what_cannot_be_kept_is_refused_in_words(payload: bytes | str) -> None:
    """Everything that is not storable JSON raises one error with a short message."""
    with pytest.raises(NotJsonError) as refused:
        strict_json.read(payload)

    assert 0 < len(str(refused.value)) < 200


def test_the_deepest_nesting_allowed_is_read() -> None:
    """`MAX_DEPTH` levels pass, so that the limit is what it says."""
    depth = strict_json.MAX_DEPTH - 1

    assert strict_json.read(b"[" * depth + b"]" * depth) is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    """A byte order mark or a wider encoding changes nothing."""
    assert strict_json.read('{"a": "重启"}'.encode(encoding)) == {"a": "重启"}


def texts_in(value: Any) -> list[str]:
    """Every text in `value`, keys too, and those in a text that is JSON itself."""
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
def test_what_is_plain_holds_ascii_alone(value: Any, encoding: str, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever is escaped, doubly escaped or encoded otherwise: only where no text can be odd is none looked at."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    payload = text.encode(encoding, "surrogatepass")

    for given_as in (text, payload):
        assert not strict_json.is_plain(given_as) or all(found.isascii() for found in texts_in(value))
    assert strict_json.is_plain(b'{"a": ["b", 1]}')


@given(VALUES)
def test_writing_in_order_writes_the_same_but_for_the_order(value: Any) -> None:
    """Both are read back as the same value; where the keys are sorted and no number has a point, as the same text."""
    written = strict_json.write_in_order(value)

    assert strict_json.read(written) == value
    assert strict_json.write(json.loads(written)) == strict_json.write(value)


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.text(max_size=9) | st.integers())
)
def test_text_and_numbers_are_written_the_same_in_either_way(value: dict[str, str | int]) -> None:
    """Keys of rows are hashed from what `write_in_order` makes of them, and were from what `write` did."""
    in_order = dict(sorted(value.items()))

    assert strict_json.write_in_order(in_order) == strict_json.write(value)


@given(VALUES)
def test_writing_and_reading_gives_the_same_value(value: Any) -> None:
    """What is written is read back."""
    assert strict_json.read(strict_json.write(value)) == value


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6))
def test_the_same_value_is_written_as_the_same_text(value: dict[str, int]) -> None:
    """The order of a dict's keys leaves no trace."""
    backwards = dict(reversed(list(value.items())))

    assert strict_json.write(backwards) == strict_json.write(value)


@given(st.lists(VALUES, min_size=2, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_an_array_is_split_into_the_texts_of_its_elements(values: list[Any], indent: Any, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """However an array is laid out, each part parses to the element it stands for."""
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)

    parts = strict_json.split_array(f" {text}\n")

    assert [json.loads(part) for part in parts] == values


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", "[1,2", "1,2]", "[1]],[2]", "[1,2}]", '["a,b"]', "[[1,2]]"])
def test_what_shows_no_array_of_two_is_not_split(text: str) -> None:
    """Too few elements or unbalanced brackets give no parts."""
    assert strict_json.split_array(text) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_array_is_split_in_every_encoding(encoding: str) -> None:
    """What `parse` reads as an array, `split_array` splits."""
    assert strict_json.split_array('["重启", {"a": 2}]'.encode(encoding)) == ['"重启"', '{"a": 2}']


def test_bytes_that_are_not_text_come_back_out_of_a_part() -> None:
    """A byte that is no UTF-8 survives the splitting."""
    first, second = strict_json.split_array(b'["\xff", 2]')

    assert (first.encode(errors="surrogateescape"), second) == (b'"\xff"', "2")
