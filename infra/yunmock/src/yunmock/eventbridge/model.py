"""Buses, rules and targets.

Limits: https://help.aliyun.com/document_detail/163289.html.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.pattern import InvalidPatternError, Pattern

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEFAULT_BUS = "default"
MAX_TARGETS = 5
STATUSES = ("ENABLE", "DISABLE")


@dataclass(frozen=True, slots=True)
class Bus:
    """An event bus; `created_ms` since the epoch."""

    name: str
    description: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Param:
    """One entry of a target's ParamList: what the target receives under `key`."""

    key: str
    form: str
    value: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends matching events, and what happens if that fails."""

    id: str
    type: str
    endpoint: str
    params: tuple[Param, ...] = ()
    retry: str = "BACKOFF_RETRY"
    tolerance: str = "ALL"
    dead_letter: str = ""
    concurrency: int | None = None

    def param(self, key: str) -> Param | None:
        """The ParamList entry for `key`."""
        return next((param for param in self.params if param.key == key), None)

    def value(self, key: str) -> str:
        """The Value of the ParamList entry for `key`, empty if there is none."""
        param = self.param(key)
        return (param.value or "") if param else ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a bus; `pattern` is JSON text as given."""

    bus: str
    name: str
    pattern: str
    targets: tuple[Target, ...] = ()
    enabled: bool = True
    description: str = ""
    created_ms: int = 0
    modified_ms: int = 0


def check_pattern(text: str) -> None:
    """Check a rule's pattern.

    Raises:
        EventBridgeError: EventRuleFilterPatternEmpty, or EventRuleFilterPatternInvalid with the key and the reason.
    """
    if not text:
        raise EventBridgeError("EventRuleFilterPatternEmpty")
    try:
        Pattern.parse(text)
    except InvalidPatternError as error:
        raise EventBridgeError("EventRuleFilterPatternInvalid", error) from None


def encode(row: Bus | Rule) -> bytes:
    """A bus or rule as stored."""
    return json.dumps(asdict(row)).encode()


def decode_bus(text: bytes) -> Bus:
    """A stored bus."""
    return Bus(**json.loads(text))


def decode_rule(text: bytes) -> Rule:
    """A stored rule."""
    fields = json.loads(text)
    fields["targets"] = tuple(_target(target) for target in fields["targets"])
    return Rule(**fields)


def _target(fields: Mapping[str, Any]) -> Target:
    return Target(**{**fields, "params": tuple(Param(**param) for param in fields["params"])})
