"""Event patterns: which events match a rule, and why an event does not match.

Semantics follow the pattern page (https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-patterns) and,
where that is silent, the open-source core of the service (github.com/apache/rocketmq-eventbridge): the keys of a
pattern are joined by AND, the conditions of one key by OR; a key that the event lacks satisfies only
`{"exists": false}`. An unknown operator is refused when the pattern is read.

Rules of the core that are not in the page, with their file in
common/src/main/java/org/apache/rocketmq/eventbridge/tools/pattern:

- An empty text is refused; `{}` matches every event: PatternEvaluatorBuilder.java, FilterPatternTool.java.
- Keys are the attributes of CloudEvents 1.0, the registered extensions, and `data`, which must be an object:
  PatternEvaluatorBuilder.java.
- A key of a data pattern is part of a JSON path, so `a.b` is the field b of the object a, and a field whose name has a
  dot is out of reach: PatternEvaluatorBuilder.java. yunmock refuses keys with other signs of JSON paths.
- An event without data fails every pattern of data, `{"exists": false}` too: PatternEvaluator.java, testEventPattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from yunmock.eventbridge.operators import InvalidPatternError, PatternCondition, read_condition
from yunmock.eventbridge.values import MISSING, Value, show
from yunmock.exact_json import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.json_types import JsonObject, JsonValue

__all__ = ["ATTRIBUTES", "InvalidPatternError", "Match", "Pattern"]

ATTRIBUTES = frozenset({"id", "source", "specversion", "type", "time", "subject", "datacontenttype", "dataschema"})
EXTENSIONS = frozenset(
    {
        "aliyunaccountid",
        "aliyuneventbusname",
        "aliyunoriginalaccountid",
        "aliyunpublishaddr",
        "aliyunpublishtime",
        "aliyunregionid",
    }
)
"""The extensions that EventBridge adds to events. Which it has registered for patterns is not documented."""
MAX_CONDITIONS = 5
JSONPATH_SIGNS = " [(*"


@dataclass(frozen=True, slots=True)
class Match:
    """Whether an event matches and, if not, one reason for each key that failed."""

    matched: bool
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.matched


MATCH = Match(matched=True)


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a pattern; one of its conditions must hold."""

    path: tuple[str, ...]
    conditions: tuple[PatternCondition, ...]
    name: str
    wanted: str

    @classmethod
    def of(cls, path: tuple[str, ...], conditions: tuple[PatternCondition, ...]) -> Field:
        """A key with the texts that its refusals are made of."""
        return cls(path, conditions, ".".join(path), " or ".join(condition.text for condition in conditions))

    def refusal(self, event: Mapping[str, object]) -> str | None:
        """Why the event fails this key, or None if it matches."""
        if len(self.path) > 1 and self.path[0] not in event:
            return f"{self.name}: the event has no {self.path[0]}"
        value = _lookup(event, self.path)
        for condition in self.conditions:
            if condition.holds(value):
                return None
        return f"{self.name}: {show(value)} is not {self.wanted}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; `Pattern.parse` makes one."""

    fields: tuple[Field, ...]

    @classmethod
    def parse(cls, pattern: str | bytes | JsonObject) -> Pattern:
        """Parse a pattern from JSON text or its value.

        Raises:
            InvalidPatternError: it is not JSON, or not a valid pattern.
        """
        return _parse_text(pattern if isinstance(pattern, (str, bytes)) else write_json(pattern))

    def match(self, event: Mapping[str, object]) -> Match:
        """Match a CloudEvent, given as its JSON object with `data` inline."""
        reasons = [reason for field in self.fields if (reason := field.refusal(event)) is not None]
        return Match(matched=False, reasons=tuple(reasons)) if reasons else MATCH


@lru_cache(maxsize=1024)
def _parse_text(text: str | bytes) -> Pattern:
    if not text.strip():
        raise InvalidPatternError("the event pattern is empty; {} matches every event")
    try:
        root = read_json(text)
    except ValueError as error:
        raise InvalidPatternError(f"the event pattern is not JSON: {error}") from None
    if not isinstance(root, dict):
        raise InvalidPatternError("the event pattern must be a JSON object")
    return Pattern(tuple(_fields(root)))


def _fields(root: JsonObject) -> Iterator[Field]:
    for key, wanted in root.items():
        if key == "data":
            if not isinstance(wanted, dict):
                raise InvalidPatternError("data: must be an object with the fields of the event's data")
            yield from _data_fields(("data",), wanted)
        elif key not in ATTRIBUTES | EXTENSIONS:
            raise InvalidPatternError(f"{key}: not an attribute of a CloudEvent, or not one that EventBridge adds")
        else:
            yield Field.of((key,), _conditions((key,), wanted))


def _data_fields(path: tuple[str, ...], node: JsonObject) -> Iterator[Field]:
    if not node:
        raise InvalidPatternError(f"{'.'.join(path)}: an empty object matches nothing; leave the key out")
    for key, wanted in node.items():
        here = (*path, *_steps(path, key))
        if isinstance(wanted, dict):
            yield from _data_fields(here, wanted)
        else:
            yield Field.of(here, _conditions(here, wanted))


def _steps(path: tuple[str, ...], key: str) -> list[str]:
    """The names that a key of a data pattern stands for: `a.b` is the field b of the object a."""
    steps = key.split(".")
    if not all(steps) or any(sign in key for sign in JSONPATH_SIGNS):
        raise InvalidPatternError(f"{'.'.join(path)}: the key {key!r} is not a path of names")
    return steps


def _conditions(path: tuple[str, ...], wanted: JsonValue) -> tuple[PatternCondition, ...]:
    name = ".".join(path)
    if not isinstance(wanted, list) or not wanted:
        raise InvalidPatternError(f"{name}: must be a list with at least one condition")
    if len(wanted) > MAX_CONDITIONS:
        raise InvalidPatternError(f"{name}: {len(wanted)} conditions, at most {MAX_CONDITIONS} are allowed")
    return tuple(read_condition(name, item) for item in wanted)


def _lookup(event: Mapping[str, object], path: tuple[str, ...]) -> Value:
    value: object = event
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return MISSING
        value = value[key]
    return value
