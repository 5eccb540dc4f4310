"""Event patterns: which events match a rule, and why an event does not match.

Semantics follow the pattern page (https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-patterns) and,
where that is silent, the open-source core of the service (github.com/apache/rocketmq-eventbridge): the keys of a
pattern are joined by AND, the conditions of one key by OR; a key that the event lacks satisfies only
`{"exists": false}`. An unknown operator is refused when the pattern is read.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeGuard

    from typing_extensions import Self

    from yunmock.json_types import JsonObject, JsonValue

ATTRIBUTES = frozenset(
    {"id", "source", "specversion", "type", "time", "subject", "datacontenttype", "dataschema", "data"}
)
MAX_CONDITIONS = 5
NUMERIC_LIMIT = 1.0e9
NUMERIC_TOLERANCE = 1e-7
NUMERIC_OPERANDS = (2, 4)


class InvalidPatternError(ValueError):
    """The pattern is invalid; the message names the key and the reason."""


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()

Value: TypeAlias = "JsonValue | _Missing"
"""What an event has at a path: a JSON value, or nothing."""


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


@dataclass(frozen=True, slots=True)
class Match:
    """Whether an event matches and, if not, one reason for each key that failed."""

    matched: bool
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.matched


MATCH = Match(matched=True)


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a value can satisfy a key."""

    text: str
    accepts: Callable[[Value], bool]
    accepts_missing: bool = False
    whole: bool = False  # tests a list as a whole, not its elements


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a pattern; one of its conditions must hold."""

    path: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def refusal(self, event: Mapping[str, JsonValue]) -> str | None:
        """Why the event fails this key, or None if it matches."""
        value = _lookup(event, self.path)
        for condition in self.conditions:
            if _holds(condition, value):
                return None
        wanted = " or ".join(condition.text for condition in self.conditions)
        return f"{'.'.join(self.path)}: {_show(value)} is not {wanted}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; `Pattern.parse` makes one."""

    fields: tuple[Field, ...]

    @classmethod
    def parse(cls, pattern: str | bytes | Mapping[str, JsonValue] | None) -> Pattern:
        """Parse a pattern from JSON text or its value; None and empty text match everything, as `{}` does.

        Raises:
            InvalidPatternError: it is not JSON, or not a valid pattern.
        """
        if isinstance(pattern, (str, bytes)) or pattern is None:
            return _parse_text(pattern or "{}")
        return _parse_text(json.dumps(pattern))

    def match(self, event: Mapping[str, JsonValue]) -> Match:
        """Match a CloudEvent, given as its JSON object with `data` inline."""
        reasons = [reason for field in self.fields if (reason := field.refusal(event)) is not None]
        return Match(matched=False, reasons=tuple(reasons)) if reasons else MATCH


@lru_cache(maxsize=1024)
def _parse_text(text: str | bytes) -> Pattern:
    try:
        root = read_json(text)
    except ValueError as error:
        raise InvalidPatternError(f"the event pattern is not JSON: {error}") from None
    if not isinstance(root, dict):
        raise InvalidPatternError("the event pattern must be a JSON object")
    return Pattern(tuple(_fields(root)))


def _fields(root: JsonObject) -> Iterator[Field]:
    for key, wanted in root.items():
        if key not in ATTRIBUTES and not key.startswith("aliyun"):
            raise InvalidPatternError(f"{key}: not an attribute of a CloudEvent")
        if key == "data" and isinstance(wanted, dict):
            yield from _data_fields(("data",), wanted)
        else:
            yield Field((key,), _conditions((key,), wanted))


def _data_fields(path: tuple[str, ...], node: JsonObject) -> Iterator[Field]:
    if not node:
        raise InvalidPatternError(f"{'.'.join(path)}: an empty object matches nothing; leave the key out")
    for key, wanted in node.items():
        here = (*path, key)
        if isinstance(wanted, dict):
            yield from _data_fields(here, wanted)
        else:
            yield Field(here, _conditions(here, wanted))


def _conditions(path: tuple[str, ...], wanted: JsonValue) -> tuple[Condition, ...]:
    name = ".".join(path)
    if not isinstance(wanted, list) or not wanted:
        raise InvalidPatternError(f"{name}: must be a list with at least one condition")
    if len(wanted) > MAX_CONDITIONS:
        raise InvalidPatternError(f"{name}: {len(wanted)} conditions, at most {MAX_CONDITIONS} are allowed")
    return tuple(_condition(name, item) for item in wanted)


def _condition(name: str, item: JsonValue) -> Condition:
    if isinstance(item, list):
        raise InvalidPatternError(f"{name}: a list inside the list of conditions")
    if not isinstance(item, dict):
        text = textual(item)
        return Condition(_show(item), lambda value: textual(value) == text)
    if len(item) != 1:
        raise InvalidPatternError(f"{name}: a condition has exactly one operator, not {sorted(item)}")
    ((operator, operand),) = item.items()
    if operator not in OPERATORS:
        raise InvalidPatternError(f"{name}: unknown operator {operator!r}; known are {sorted(OPERATORS)}")
    try:
        return OPERATORS[operator](operand)
    except ValueError as error:
        raise InvalidPatternError(f"{name}: {operator}: {error}") from None


def _prefix(operand: JsonValue) -> Condition:
    start = _text(operand)
    return Condition(f"prefix {start!r}", lambda value: isinstance(value, str) and value.startswith(start))


def _suffix(operand: JsonValue) -> Condition:
    end = _text(operand)
    return Condition(f"suffix {end!r}", lambda value: isinstance(value, str) and value.endswith(end))


def _contains(operand: JsonValue) -> Condition:
    part = _text(operand)
    return Condition(f"containing {part!r}", lambda value: isinstance(value, str) and part in value)


def _anything_but(operand: JsonValue) -> Condition:
    if isinstance(operand, dict):
        if len(operand) != 1 or not set(operand) <= {"prefix", "suffix"}:
            raise ValueError("takes a value, a list of values, or one of prefix and suffix")
        ((operator, inner),) = operand.items()
        banned = OPERATORS[operator](inner)
        return Condition(
            f"anything but {banned.text}", lambda value: isinstance(value, str) and not banned.accepts(value)
        )
    items = operand if isinstance(operand, list) else [operand]
    if not items or any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("takes a value, a list of values, or one of prefix and suffix")
    texts = {textual(item) for item in items}
    shown = ", ".join(_show(item) for item in items)
    return Condition(f"anything but {shown}", lambda value: textual(value) not in texts)


NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: abs(value - limit) < NUMERIC_TOLERANCE,
    "!=": lambda value, limit: abs(value - limit) >= NUMERIC_TOLERANCE,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
}


def _numeric(operand: JsonValue) -> Condition:
    if not isinstance(operand, list) or len(operand) not in NUMERIC_OPERANDS:
        raise ValueError("takes [operator, number] or [operator, number, operator, number]")
    tests = [_comparison(operand[i], operand[i + 1]) for i in range(0, len(operand), 2)]
    text = "a number " + " and ".join(f"{operand[i]} {_show(operand[i + 1])}" for i in range(0, len(operand), 2))
    return Condition(text, lambda value: _is_number(value) and all(test(value) for test in tests))


def _comparison(operator: JsonValue, limit: JsonValue) -> Callable[[float], bool]:
    if operator not in NUMERIC:
        raise ValueError(f"unknown comparison {operator!r}; known are {sorted(NUMERIC)}")
    if not _is_number(limit) or abs(limit) > NUMERIC_LIMIT:
        raise ValueError("compares with numbers from -1.0e9 to 1.0e9")
    return lambda value: NUMERIC[operator](value, limit)


def _cidr(operand: JsonValue) -> Condition:
    network = ipaddress.IPv4Network(_text(operand), strict=False)
    return Condition(f"in {operand}", lambda value: isinstance(value, str) and _inside(value, network))


def _inside(value: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(value) in network
    except ValueError:
        return False


def _exists(operand: JsonValue) -> Condition:
    if not isinstance(operand, bool):
        raise ValueError("takes true or false")  # noqa: TRY004 - reported with the key like every other refusal
    # On a key that holds an object neither true nor false is satisfied, as in the open-source core.
    return Condition(
        "present" if operand else "absent",
        lambda value: operand and not isinstance(value, dict),
        accepts_missing=not operand,
        whole=True,
    )


OPERATORS: dict[str, Callable[[JsonValue], Condition]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "contains": _contains,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}


def textual(value: Value) -> str | None:
    """The text by which values are compared: as written, without quotes; None for null, which equals no text."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list, _Missing)):
        return None if value is None else f"\0{value!r}"
    return value.text if isinstance(value, NumberText) else json.dumps(value)


def _holds(condition: Condition, value: Value) -> bool:
    if isinstance(value, str):
        return condition.accepts(value)
    if value is MISSING:
        return condition.accepts_missing
    if isinstance(value, dict) and not condition.whole:
        return False
    if not isinstance(value, list) or condition.whole:
        return condition.accepts(value)
    if any(isinstance(item, (dict, list)) for item in value):
        return False
    return any(condition.accepts(item) for item in value)


def _lookup(event: Mapping[str, JsonValue], path: tuple[str, ...]) -> Value:
    value: JsonValue = event  # type: ignore[assignment]  # an event is always a dict
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return MISSING
        value = value[key]
    return value


def _text(operand: JsonValue) -> str:
    if not isinstance(operand, str) or not operand:
        raise ValueError("takes a text that is not empty")
    return operand


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _show(value: Value) -> str:
    return "missing" if value is MISSING else json.dumps(value, ensure_ascii=False)
