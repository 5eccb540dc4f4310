"""Values of events and patterns, and how they are compared.

A number keeps the text it was written with, from PutEvents to the function (`yunmock.exact_json`). So does the
open-source core (github.com/apache/rocketmq-eventbridge): it reads events with Gson, whose numbers are kept as text
until somebody asks for their value (tools/pattern/PatternCondition.java, tools/transform/JsonPathUtil.java).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from yunmock.exact_json import write_json

if TYPE_CHECKING:
    from typing import TypeGuard


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Missing()
"""The value at a path that an event does not have."""

Value: TypeAlias = object
"""The value at a path of an event: a JSON value or MISSING. An event is read only, so its JSON may have any type."""


def textual(value: Value) -> str | None:
    """The text by which values are compared: as written, without quotes; None for null, which equals no text."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list, Missing)):
        return None if value is None else f"\0{value!r}"
    return write_json(value)


def is_number(value: Value) -> TypeGuard[float]:
    """Whether a value is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def show(value: Value) -> str:
    """A value as messages show it."""
    return "missing" if isinstance(value, Missing) else write_json(value)
