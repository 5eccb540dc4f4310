"""JSON whose numbers keep their text: 12.50 stays 12.50, and no digit of a long number is lost.

`read_json` is for what somebody else wrote, `load_json` for what yunmock wrote itself.
"""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

    from typing_extensions import Self

    from yunmock.json_types import JsonObject, JsonValue

MAX_DEPTH = 255
"""How deep JSON may be nested: the default of Gson, the core's parser. The cloud's limit is not documented."""
MAX_INT_DIGITS = 300
"""Longer whole numbers are kept as text only: they are beyond a double, and Python limits their conversion."""

SHOWN_DIGITS = 20
"""How much of a number that is too large an error shows."""

_SCALAR = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class NumberText(float):
    """A JSON number that keeps its text, because a float or an int would change it: 12.50, 3.0e2, -0."""

    text: str

    def __new__(cls, text: str) -> Self:
        """A number read from its JSON text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def read_json(text: str | bytes, *, finite: bool = False) -> JsonValue:
    """JSON from outside.

    Args:
        text: the JSON.
        finite: refuse a number beyond a double, for readers that calculate with it; else it keeps its text.

    Raises:
        ValueError: the text is not JSON, is nested too deep, or holds half of a surrogate pair, which is not a
            character.
    """
    try:
        value = _parse(text, _finite if finite else NumberText)
    except RecursionError:
        raise _too_deep() from None
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        check_depth(value)
    if b"\xed" in raw or b"\\ud" in raw.lower():
        write_json(value).encode()  # UnicodeEncodeError is a ValueError
    return value


def load_json(text: str | bytes) -> JsonValue:
    """JSON that yunmock itself wrote, such as a stored event.

    Raises:
        ValueError: the text is not JSON. NaN and Infinity are not.
    """
    return _parse(text, NumberText)


def load_object(text: str | bytes) -> JsonObject:
    """A JSON object that yunmock itself wrote.

    Raises:
        TypeError: it is not an object.
        ValueError: the text is not JSON.
    """
    value = load_json(text)
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


def write_json(value: object) -> str:
    """A JSON value as compact JSON; numbers that were read are written as they were.

    Raises:
        TypeError: it is not a JSON value.
        ValueError: a number is NaN or infinite.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return _write_object(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join([write_json(item) for item in value])}]"
    return value.text if isinstance(value, NumberText) else _SCALAR.encode(value)


def store_json(value: JsonValue) -> bytes:
    """JSON for `load_json`; unlike an event, it may hold half of a surrogate pair, such as in a function's log."""
    return write_json(value).encode("utf-8", "surrogatepass")


def json_size(value: JsonValue) -> int:
    """About how many bytes a value has as JSON, without writing it."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, dict):
        return sum([len(key) + json_size(item) for key, item in value.items()])
    if isinstance(value, list):
        return sum([json_size(item) for item in value])
    return len(value.text) if isinstance(value, NumberText) else 8


def _write_object(value: Mapping[str, object]) -> str:
    return f"{{{','.join([f'{write_json(key)}:{write_json(item)}' for key, item in value.items()])}}}"


def _parse(text: str | bytes, number: Callable[[str], NumberText]) -> JsonValue:
    """JSON; `number` makes the numbers that an int does not hold."""

    def whole(digits: str) -> int | NumberText:
        return number(digits) if len(digits) > MAX_INT_DIGITS or digits == "-0" else int(digits)

    value: JsonValue = json.loads(text, parse_float=number, parse_int=whole, parse_constant=_refuse)
    return value


def _finite(text: str) -> NumberText:
    number = NumberText(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:SHOWN_DIGITS]}{'…' if len(text) > SHOWN_DIGITS else ''} is too large")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def check_depth(value: JsonValue) -> None:
    """Check how deep parsed JSON is nested.

    Raises:
        ValueError: deeper than `MAX_DEPTH`.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node) if isinstance(child, (dict, list))]
        if not level:
            return
    raise _too_deep()


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> ValueError:
    return ValueError(f"the JSON is nested deeper than {MAX_DEPTH} levels")
