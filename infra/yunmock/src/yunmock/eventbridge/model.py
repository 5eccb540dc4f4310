"""Buses, rules and targets: what is kept of them, and the rules about them.

Limits: https://help.aliyun.com/document_detail/163289.html.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.pattern import InvalidPatternError, Pattern

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.storage import Space

DEFAULT_BUS = "default"
RESERVED_BUS = "eventbridge-reserved-"
MAX_BUSES = 50
MAX_RULES = 50
MAX_TARGETS = 5
STATUSES = ("ENABLE", "DISABLE")

_BUS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,126}")
_RULE_NAME = re.compile(r"[A-Za-z0-9][\w.$-]{0,126}")


@dataclass(frozen=True, slots=True)
class Bus:
    """An event bus; `created_ms` since the epoch."""

    name: str
    description: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Param:
    """One entry of a target's ParamList: what the target gets under `key`."""

    key: str
    form: str
    value: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends what it lets through, and what happens when that fails."""

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


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a bus; `pattern` is the JSON text it was given."""

    bus: str
    name: str
    pattern: str
    targets: tuple[Target, ...] = ()
    enabled: bool = True
    description: str = ""
    created_ms: int = 0
    modified_ms: int = 0


def _encode(row: Bus | Rule) -> bytes:
    return json.dumps(asdict(row)).encode()


def _bus(text: bytes) -> Bus:
    return Bus(**json.loads(text))


def _rule(text: bytes) -> Rule:
    fields = json.loads(text)
    fields["targets"] = tuple(_target(target) for target in fields["targets"])
    return Rule(**fields)


def _target(fields: dict[str, Any]) -> Target:
    return Target(**{**fields, "params": tuple(Param(**param) for param in fields["params"])})


class Registry:
    """The buses and rules of a cloud; bus `default` is always there."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._buses: Space[Bus] = cloud.storage.space("eventbridge.bus", _encode, _bus)
        self._rules: Space[Rule] = cloud.storage.space("eventbridge.rule", _encode, _rule)

    def bus(self, name: str) -> Bus:
        """The bus called `name`.

        Raises:
            EventBridgeError: EventBusNotExist.
        """
        found = self._buses.get(name.encode())
        if found is None and name == DEFAULT_BUS:
            return Bus(DEFAULT_BUS, "Events of Alibaba Cloud services", 0)
        if found is None:
            raise EventBridgeError("EventBusNotExist", name)
        return found

    def buses(self) -> list[Bus]:
        """All buses by name; `default` first."""
        return [self.bus(DEFAULT_BUS), *(bus for _, bus in self._buses.scan())]

    def create_bus(self, name: str, description: str) -> Bus:
        """Make a custom bus.

        Raises:
            EventBridgeError: the name is taken, reserved or malformed, or there are too many.
        """
        if not _BUS_NAME.fullmatch(name) or name.startswith(RESERVED_BUS):
            raise EventBridgeError("EventBusNameInvalid", name)
        with self._cloud.storage.atomic():
            taken = [bus.name for bus in self.buses()]
            if name in taken:
                raise EventBridgeError("EventBusAlreadyExist", name)
            if len(taken) > MAX_BUSES:
                raise EventBridgeError("EventBusCountExceedLimit", len(taken) - 1, MAX_BUSES)
            bus = Bus(name, description, self._cloud.clock.now_ms())
            self._buses.put(name.encode(), bus)
        return bus

    def delete_bus(self, name: str) -> None:
        """Remove a custom bus that has no rules.

        Raises:
            EventBridgeError: there is no such bus, it is `default`, or it has rules.
        """
        with self._cloud.storage.atomic():
            self.bus(name)
            if name == DEFAULT_BUS:
                raise EventBridgeError("EventBusNameInvalid", name)
            if self.rules(name):
                raise EventBridgeError("EventBusRuleNotEmptyForDelete", name)
            self._buses.delete(name.encode())

    def rule(self, bus: str, name: str) -> Rule:
        """The rule `name` of `bus`.

        Raises:
            EventBridgeError: EventBusNotExist or EventRuleNotExist.
        """
        self.bus(bus)
        found = self._rules.get(_key(bus, name))
        if found is None:
            raise EventBridgeError("EventRuleNotExist", name, bus)
        return found

    def rules(self, bus: str) -> list[Rule]:
        """The rules of a bus by name."""
        start = _key(bus, "")
        return [rule for _, rule in self._rules.scan(start, start[:-1] + b"\1")]

    def create_rule(self, rule: Rule) -> Rule:
        """Add a rule to its bus.

        Raises:
            EventBridgeError: the bus is missing, the name taken or malformed, the pattern invalid, or a limit met.
        """
        if not _RULE_NAME.fullmatch(rule.name):
            raise EventBridgeError("EventRuleNameInvalid", rule.name)
        check_pattern(rule.pattern)
        with self._cloud.storage.atomic():
            self.bus(rule.bus)
            if self._rules.get(_key(rule.bus, rule.name)) is not None:
                raise EventBridgeError("EventRuleAlreadyExist", rule.name, rule.bus)
            if (count := len(self.rules(rule.bus))) >= MAX_RULES:
                raise EventBridgeError("EventRuleCountExceedLimit", count, MAX_RULES)
            now = self._cloud.clock.now_ms()
            return self._put(replace(rule, created_ms=now, modified_ms=now))

    def put_rule(self, rule: Rule) -> Rule:
        """Add or replace a rule: how a template is deployed."""
        check_pattern(rule.pattern)
        now = self._cloud.clock.now_ms()
        return self._put(replace(rule, created_ms=rule.created_ms or now, modified_ms=now))

    def change_rule(self, bus: str, name: str, **changes: Any) -> Rule:
        """Replace fields of a rule.

        Raises:
            EventBridgeError: there is no such rule.
        """
        with self._cloud.storage.atomic():
            rule = self.rule(bus, name)
            return self._put(replace(rule, modified_ms=self._cloud.clock.now_ms(), **changes))

    def delete_rule(self, bus: str, name: str) -> None:
        """Remove a rule with its targets.

        Raises:
            EventBridgeError: there is no such rule.
        """
        self.rule(bus, name)
        self._rules.delete(_key(bus, name))

    def _put(self, rule: Rule) -> Rule:
        self._rules.put(_key(rule.bus, rule.name), rule)
        return rule


def check_pattern(text: str) -> None:
    """Refuse a pattern that is not one.

    Raises:
        EventBridgeError: EventRuleFilterPatternInvalid, naming the key and the trouble.
    """
    try:
        Pattern.parse(text)
    except InvalidPatternError as error:
        raise EventBridgeError("EventRuleFilterPatternInvalid", error) from None


def _key(bus: str, name: str) -> bytes:
    return f"{bus}\0{name}".encode()
