"""The conditions of a pattern: exact values, and the operators `prefix`, `suffix`, `contains` and so on."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.eventbridge.values import MISSING, Value, is_number, show, textual

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.json_types import JsonValue

NUMERIC_LIMIT = 1.0e9
NUMERIC_TOLERANCE = 1e-7
NUMERIC_OPERANDS = (2, 4)


class InvalidPatternError(ValueError):
    """The pattern is invalid; the message names the key and the reason."""


@dataclass(frozen=True, slots=True)
class PatternCondition:
    """One way in which a value can satisfy a key."""

    text: str
    accepts: Callable[[Value], bool]
    accepts_missing: bool = False
    whole: bool = False  # tests a list as a whole, not its elements

    def holds(self, value: Value) -> bool:
        """Whether an event's value satisfies it; of a list, whether an element does."""
        if isinstance(value, str):
            return self.accepts(value)
        if value is MISSING:
            return self.accepts_missing
        if isinstance(value, dict) and not self.whole:
            return False
        if not isinstance(value, list) or self.whole:
            return self.accepts(value)
        if any(isinstance(item, (dict, list)) for item in value):
            return False
        return any(self.accepts(item) for item in value)


def read_condition(name: str, item: JsonValue) -> PatternCondition:
    """The condition that an entry of a key's list states; `name` is the key.

    Raises:
        InvalidPatternError: it is not a condition.
    """
    if isinstance(item, list):
        raise InvalidPatternError(f"{name}: a list inside the list of conditions")
    if not isinstance(item, dict):
        text = textual(item)
        return PatternCondition(show(item), lambda value: textual(value) == text)
    if len(item) != 1:
        raise InvalidPatternError(f"{name}: a condition has exactly one operator, not {sorted(item)}")
    ((operator, operand),) = item.items()
    if operator not in OPERATORS:
        raise InvalidPatternError(f"{name}: unknown operator {operator!r}; known are {sorted(OPERATORS)}")
    try:
        return OPERATORS[operator](operand)
    except ValueError as error:
        raise InvalidPatternError(f"{name}: {operator}: {error}") from None


def _prefix(operand: JsonValue) -> PatternCondition:
    start = _text(operand)
    return PatternCondition(f'{show(start)[:-1]}…"', lambda value: isinstance(value, str) and value.startswith(start))


def _suffix(operand: JsonValue) -> PatternCondition:
    end = _text(operand)
    return PatternCondition(f'"…{show(end)[1:]}', lambda value: isinstance(value, str) and value.endswith(end))


def _contains(operand: JsonValue) -> PatternCondition:
    part = _text(operand)
    return PatternCondition(f'"…{show(part)[1:-1]}…"', lambda value: isinstance(value, str) and part in value)


def _anything_but(operand: JsonValue) -> PatternCondition:
    if isinstance(operand, dict):
        if len(operand) != 1 or not set(operand) <= {"prefix", "suffix"}:
            raise ValueError("takes a value, a list of values, or one of prefix and suffix")
        ((operator, inner),) = operand.items()
        banned = OPERATORS[operator](inner)
        return PatternCondition(
            f"anything but {banned.text}", lambda value: isinstance(value, str) and not banned.accepts(value)
        )
    items = operand if isinstance(operand, list) else [operand]
    if not items or any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("takes a value, a list of values, or one of prefix and suffix")
    texts = {textual(item) for item in items}
    shown = ", ".join(show(item) for item in items)
    return PatternCondition(f"anything but {shown}", lambda value: textual(value) not in texts)


NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: abs(value - limit) < NUMERIC_TOLERANCE,
    "!=": lambda value, limit: abs(value - limit) >= NUMERIC_TOLERANCE,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
}


def _numeric(operand: JsonValue) -> PatternCondition:
    if not isinstance(operand, list) or len(operand) not in NUMERIC_OPERANDS:
        raise ValueError("takes [operator, number] or [operator, number, operator, number]")
    tests = [_comparison(operand[i], operand[i + 1]) for i in range(0, len(operand), 2)]
    text = "a number " + " and ".join(f"{operand[i]} {show(operand[i + 1])}" for i in range(0, len(operand), 2))
    return PatternCondition(text, lambda value: is_number(value) and all(test(value) for test in tests))


def _comparison(operator: JsonValue, limit: JsonValue) -> Callable[[float], bool]:
    if operator not in NUMERIC:
        raise ValueError(f"unknown comparison {operator!r}; known are {sorted(NUMERIC)}")
    if not is_number(limit) or abs(limit) > NUMERIC_LIMIT:
        raise ValueError("compares with numbers from -1.0e9 to 1.0e9")
    return lambda value: NUMERIC[operator](value, limit)


def _cidr(operand: JsonValue) -> PatternCondition:
    network = ipaddress.IPv4Network(_text(operand), strict=False)
    return PatternCondition(f"in {operand}", lambda value: isinstance(value, str) and _inside(value, network))


def _inside(value: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(value) in network
    except ValueError:
        return False


def _exists(operand: JsonValue) -> PatternCondition:
    if not isinstance(operand, bool):
        raise ValueError("takes true or false")  # noqa: TRY004 - reported with the key like every other refusal
    # On a key that holds an object neither true nor false is satisfied, as in the open-source core.
    return PatternCondition(
        "present" if operand else "absent",
        lambda value: operand and not isinstance(value, dict),
        accepts_missing=not operand,
        whole=True,
    )


OPERATORS: dict[str, Callable[[JsonValue], PatternCondition]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "contains": _contains,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}


def _text(operand: JsonValue) -> str:
    if not isinstance(operand, str) or not operand:
        raise ValueError("takes a text that is not empty")
    return operand
