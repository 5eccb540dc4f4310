"""Checks of what the control interface is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def one_of(name: str, value: str, values: Collection[str]) -> str:
    """The value, which must be one of a set.

    Raises:
        ValueError: it is not; the message names the argument and the set.
    """
    if value not in values:
        raise ValueError(f"{name} is one of {', '.join(values)}, not {value!r}")
    return value


def own(content: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that shares nothing with the caller's, and is JSON.

    Raises:
        TypeError: something in it has no form in JSON.
    """
    copied: dict[str, Any] = json.loads(json.dumps(dict(content)))
    return copied
