"""Positions in a document or in a call's arguments, for error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject, JsonValue


class Position(Protocol):
    """Where a value is; it knows how errors are reported there."""

    def at(self, *keys: str | int) -> Position:
        """A position below this one."""

    def error(self, reason: str) -> Exception:
        """An error at this position."""


def as_object(value: JsonValue, where: Position) -> JsonObject:
    """The value as an object; an absent one is empty.

    Raises:
        Exception: it is something else; the error is the position's.
    """
    if value is not None and not isinstance(value, dict):
        raise where.error(f"must be an object, not {value!r:.200}")
    return value or {}


def as_list(value: JsonValue, where: Position) -> list[JsonValue]:
    """The value as a list; an absent one is empty.

    Raises:
        Exception: it is something else; the error is the position's.
    """
    if value is not None and not isinstance(value, list):
        raise where.error(f"must be a list, not {value!r:.200}")
    return value or []
