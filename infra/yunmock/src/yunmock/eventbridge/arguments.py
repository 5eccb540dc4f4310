"""Read the parameters of a call, and cut answers into pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import check_pattern
from yunmock.json_types import JsonObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.json_types import JsonValue

T = TypeVar("T")

Arguments = JsonObject
Result = JsonObject
DEFAULT_PAGE = 100
MAX_PAGE = 100
MAX_NUMBER = 2**53


def text(arguments: Arguments, name: str, default: str | None = None) -> str:
    """A text parameter; required when it has no default.

    Raises:
        EventBridgeError: InvalidArgument.
    """
    value = arguments.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise EventBridgeError("InvalidArgument", f"{name} must be a text")
    return value


def pattern(arguments: Arguments, name: str) -> str:
    """A required event pattern, as JSON text.

    Raises:
        EventBridgeError: InvalidArgument, EventRuleFilterPatternEmpty or EventRuleFilterPatternInvalid.
    """
    value = text(arguments, name, "")
    check_pattern(value)
    return value


def number(arguments: Arguments, name: str, default: int | None = None) -> int:
    """A whole-number parameter from zero up, also when written as text.

    Raises:
        EventBridgeError: InvalidArgument.
    """
    value = arguments.get(name, default)
    try:
        whole = int(value) if isinstance(value, (str, int, float)) else -1
    except (ValueError, OverflowError):
        whole = -1
    if not 0 <= whole <= MAX_NUMBER:
        raise EventBridgeError("InvalidArgument", f"{name} must be a number from zero up")
    return whole


def items(arguments: Arguments, name: str) -> list[JsonValue]:
    """A list parameter, empty if absent.

    Raises:
        EventBridgeError: InvalidArgument.
    """
    value = arguments.get(name) or []
    if not isinstance(value, list):
        raise EventBridgeError("InvalidArgument", f"{name} must be a list")
    return value


def page(arguments: Arguments, rows: Sequence[T]) -> tuple[Sequence[T], Result]:
    """One page of the rows, by Limit and NextToken, with what the answer says about the rest.

    Raises:
        EventBridgeError: InvalidArgument.
    """
    start = number(arguments, "NextToken", 0) if arguments.get("NextToken") else 0
    limit = number(arguments, "Limit", DEFAULT_PAGE) if arguments.get("Limit") else DEFAULT_PAGE
    if start < 0 or not 0 < limit <= MAX_PAGE:
        raise EventBridgeError(
            "InvalidArgument", f"Limit must be 1 to {MAX_PAGE}, NextToken one from an earlier answer"
        )
    end = start + limit
    return rows[start:end], {"NextToken": str(end) if end < len(rows) else "", "Total": len(rows)}
