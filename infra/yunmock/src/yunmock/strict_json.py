"""Read JSON that somebody else wrote, within limits that keep every later step safe."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from yunmock.json_types import JsonValue

MAX_DEPTH = 100
MAX_DIGITS = 100


def loads(text: str | bytes) -> JsonValue:
    """Read JSON.

    Raises:
        ValueError: the text is not JSON, is nested more than 100 levels deep, or has a number of more than 100 digits,
            one that a float cannot hold, NaN or Infinity.
    """
    try:
        value: JsonValue = json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value, MAX_DEPTH)
    return value


def _check_depth(value: JsonValue, levels: int) -> None:
    if not isinstance(value, (dict, list)):
        return
    if not levels:
        raise _too_deep()
    for item in value.values() if isinstance(value, dict) else value:
        _check_depth(item, levels - 1)


def _too_deep() -> ValueError:
    return ValueError(f"the JSON is nested more than {MAX_DEPTH} levels deep")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits: {text[:20]}…")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
