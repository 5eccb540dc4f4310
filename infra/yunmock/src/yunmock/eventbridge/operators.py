"""The conditions of a pattern: exact values, and the operators `prefix`, `suffix`, `contains` and so on.

The rules are those of the open-source core (github.com/apache/rocketmq-eventbridge); each names its file in
common/src/main/java/org/apache/rocketmq/eventbridge/tools/pattern.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.eventbridge.values import MISSING, Value, is_number, show, textual

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.json_types import JsonValue

NUMERIC_LIMIT = 1.0e9
NUMERIC_TOLERANCE = 1e-7
NUMERIC_OPERANDS = (2, 4)

_CIDR = re.compile(r"[\d.]+(/\d{1,2})?", re.ASCII)


class InvalidPatternError(ValueError):
    """The pattern is invalid; the message names the key and the reason."""


@dataclass(frozen=True, slots=True)
class PatternCondition:
    """One way in which a value can satisfy a key."""

    text: str
    accepts: Callable[[Value], bool]
    accepts_missing: bool = False

    def holds(self, value: Value) -> bool:
        """Whether an event's value satisfies it; of a list, whether an element does.

        No condition holds for an object, for a list that has an object or a list in it, or for an empty list, not even
        `exists`: PatternCondition.java, AbstractPatternCondition.
        """
        if isinstance(value, str):
            return self.accepts(value)
        if isinstance(value, list):
            return not any(isinstance(item, (dict, list)) for item in value) and any(map(self.accepts, value))
        if value is MISSING:
            return self.accepts_missing
        return not isinstance(value, dict) and self.accepts(value)


def read_condition(name: str, item: JsonValue) -> PatternCondition:
    """The condition that an entry of a key's list states; `name` is the key.

    Raises:
        InvalidPatternError: it is not a condition.
    """
    if isinstance(item, list):
        raise InvalidPatternError(f"{name}: a list inside the list of conditions")
    if not isinstance(item, dict):
        # As text, so "300" equals 300, and 300.0 does not: PatternCondition.java, EqualCondition.
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
        # A number, a boolean and null have no prefix, so they match: PatternCondition.java, AnythingButCondition.
        return PatternCondition(f"anything but {banned.text}", lambda value: not banned.accepts(value))
    items = operand if isinstance(operand, list) else [operand]
    if not items or any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("takes a value, a list of values, or one of prefix and suffix")
    texts = {textual(item) for item in items}
    shown = ", ".join(show(item) for item in items)
    return PatternCondition(f"anything but {shown}", lambda value: textual(value) not in texts)


COMPARISONS: dict[str, Callable[[int], bool]] = {
    "=": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
}
"""Whether a comparison holds, by the sign of value minus limit."""


def _numeric(operand: JsonValue) -> PatternCondition:
    if not isinstance(operand, list) or len(operand) not in NUMERIC_OPERANDS:
        raise ValueError("takes [operator, number] or [operator, number, operator, number]")
    tests = [_comparison(operand[i], operand[i + 1]) for i in range(0, len(operand), 2)]
    text = "a number " + " and ".join(f"{operand[i]} {show(operand[i + 1])}" for i in range(0, len(operand), 2))
    return PatternCondition(text, lambda value: is_number(value) and all(test(value) for test in tests))


def _comparison(operator: JsonValue, limit: JsonValue) -> Callable[[float], bool]:
    if not isinstance(operator, str) or operator not in COMPARISONS:
        raise ValueError(f"unknown comparison {operator!r}; known are {sorted(COMPARISONS)}")
    if not is_number(limit) or abs(limit) > NUMERIC_LIMIT:
        raise ValueError("compares with numbers from -1.0e9 to 1.0e9")
    holds = COMPARISONS[operator]
    return lambda value: holds(_sign(float(value) - limit))


def _sign(difference: float) -> int:
    """-1, 0 or 1; numbers closer than the tolerance count as equal in every comparison: NumericOperators.java."""
    return 0 if abs(difference) <= NUMERIC_TOLERANCE else 1 if difference > 0 else -1


def _cidr(operand: JsonValue) -> PatternCondition:
    """An IPv4 network, or one address.

    The first and the last address of a network are not in it, so a /31 and a /32 have none: CIDRCondition of
    PatternCondition.java counts as SubnetUtils of Apache Commons Net does by default.
    """
    text = _text(operand)
    if not _CIDR.fullmatch(text):
        raise ValueError("takes an IPv4 address such as 10.0.0.7, or a network such as 10.0.0.0/24")
    network = ipaddress.IPv4Network(text, strict=False)
    hosts = range(int(network[0]) + 1, int(network[-1]))
    wanted = hosts if "/" in text else range(int(network[0]), int(network[0]) + 1)
    return PatternCondition(f"in {text}", lambda value: isinstance(value, str) and _address(value) in wanted)


def _address(text: str) -> int:
    """An IPv4 address as a number, -1 if it is not one."""
    try:
        return int(ipaddress.IPv4Address(text))
    except ValueError:
        return -1


def _exists(operand: JsonValue) -> PatternCondition:
    if not isinstance(operand, bool):
        raise ValueError("takes true or false")  # noqa: TRY004 - reported with the key like every other refusal
    return PatternCondition("present" if operand else "absent", lambda _: operand, accepts_missing=not operand)


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
