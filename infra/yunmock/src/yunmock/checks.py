"""Checks of what the control interface is given."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from yunmock.json_types import JsonObject

AnyJson: TypeAlias = dict[str, Any]
"""A JSON object for tests to look into, which `JsonObject` would make them check at each step."""

_REGION = re.compile(r"[a-z0-9][a-z0-9-]*")


def one_of(name: str, value: str, values: Collection[str]) -> str:
    """The value, if it is one of `values`.

    Raises:
        ValueError: it is not; the message names the argument and the values.
    """
    if value not in values:
        raise ValueError(f"{name} must be one of {', '.join(values)}; {value!r} is not")
    return value


def region_of(text: str) -> str:
    """The text, if it can be a region's id.

    Raises:
        ValueError: it cannot.
    """
    if not _REGION.fullmatch(text):
        raise ValueError(f"{text!r} is not a region")
    return text


def json_copy(content: Mapping[str, object]) -> JsonObject:
    """A deep copy, so that later changes by the caller have no effect here.

    Raises:
        TypeError: a value cannot be written as JSON.
    """
    copied: JsonObject = json.loads(json.dumps(dict(content)))
    return copied
