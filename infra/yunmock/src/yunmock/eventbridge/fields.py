"""Read the fields of nested settings; the caller turns TypeError and ValueError into its own refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.json_types import JsonObject, JsonValue


def section(node: JsonObject, name: str) -> JsonObject:
    """The object under `name`, empty if absent.

    Raises:
        TypeError: it is not an object.
    """
    value = node.get(name) or {}
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be an object, not {value!r}")
    return value


def entries(node: JsonObject, name: str) -> list[JsonValue]:
    """The list under `name`, empty if absent.

    Raises:
        TypeError: it is not a list.
    """
    value = node.get(name) or []
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a list, not {value!r}")
    return value


def optional_text(node: JsonObject, name: str) -> str | None:
    """The text under `name`, None if absent.

    Raises:
        TypeError: it is not a text.
    """
    value = node.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {value!r}")
    return value


def number(node: JsonObject, name: str, default: float) -> float:
    """The number under `name`, also if written as text; `default` if absent or empty.

    Raises:
        ValueError: it is not a number.
    """
    return float(str(node.get(name) or default))


def one_of(node: JsonObject, name: str, default: str, allowed: Sequence[str]) -> str:
    """The text under `name`, `default` if absent or empty.

    Raises:
        ValueError: it is none of the allowed ones.
    """
    value = node.get(name) or default
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"unknown {name} {value!r}; use one of {list(allowed)}")
    return value
