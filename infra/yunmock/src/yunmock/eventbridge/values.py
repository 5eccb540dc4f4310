"""Values of events and patterns, and how they are compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from typing import TypeGuard

    from typing_extensions import Self

    from yunmock.json_types import JsonValue


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Missing()
"""The value at a path that an event does not have."""

Value: TypeAlias = object
"""The value at a path of an event: a JSON value or MISSING. An event is read only, so its JSON may have any type."""


class NumberText(float):
    """A JSON number with a fraction or exponent that remembers how it was written: 300.0 is not 300."""

    text: str

    def __new__(cls, text: str) -> Self:
        """A number read from its JSON text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def read_json(text: str | bytes) -> JsonValue:
    """JSON as patterns compare it.

    Raises:
        ValueError: the text is not JSON, or holds half of a surrogate pair, which is not a character.
    """
    value: JsonValue = json.loads(text, parse_float=NumberText)
    escaped = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if b"\\ud" in escaped.lower():
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def textual(value: Value) -> str | None:
    """The text by which values are compared: as written, without quotes; None for null, which equals no text."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list, Missing)):
        return None if value is None else f"\0{value!r}"
    return value.text if isinstance(value, NumberText) else json.dumps(value)


def is_number(value: Value) -> TypeGuard[float]:
    """Whether a value is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def show(value: Value) -> str:
    """A value as messages show it."""
    return "missing" if value is MISSING else json.dumps(value, ensure_ascii=False)
