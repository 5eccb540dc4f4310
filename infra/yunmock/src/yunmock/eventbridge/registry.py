"""The buses and rules of a cloud, as stored."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import DEFAULT_BUS, Bus, Rule, Target, check_pattern, decode_bus, decode_rule, encode

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from yunmock.cloud import Cloud
    from yunmock.storage import Space

RESERVED = "eventbridge-reserved-"
"""What the names of users' buses and rules must not start with."""
MAX_BUSES = 50
MAX_RULES = 50

_BUS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,126}")
_RULE_NAME = re.compile(r"[A-Za-z0-9][\w.$-]{0,126}")


class RuleChanges(TypedDict, total=False):
    """The fields of a rule that can be changed."""

    pattern: str
    description: str
    enabled: bool
    targets: tuple[Target, ...]


class RuleRegistry:
    """The buses and rules of a cloud; the bus `default` always exists."""

    def __init__(self, cloud: Cloud) -> None:
        self._storage, self._clock = cloud.storage, cloud.clock
        self._buses: Space[Bus] = cloud.storage.space("eventbridge.bus", encode, decode_bus)
        self._rules: Space[Rule] = cloud.storage.space("eventbridge.rule", encode, decode_rule)

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
        """Create a custom bus.

        Raises:
            EventBridgeError: the name is taken, reserved or malformed, or there are too many buses.
        """
        if not _BUS_NAME.fullmatch(name) or name.startswith(RESERVED):
            raise EventBridgeError("EventBusNameInvalid", name)
        with self._storage.atomic():
            taken = [bus.name for bus in self.buses()]
            if name in taken:
                raise EventBridgeError("EventBusAlreadyExist", name)
            if len(taken) > MAX_BUSES:
                raise EventBridgeError("EventBusCountExceedLimit", len(taken) - 1, MAX_BUSES)
            bus = Bus(name, description, self._clock.now_ms())
            self._buses.put(name.encode(), bus)
        return bus

    def delete_bus(self, name: str) -> None:
        """Delete a custom bus that has no rules.

        Raises:
            EventBridgeError: the bus does not exist, is `default`, or has rules.
        """
        with self._storage.atomic():
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
            EventBridgeError: the bus does not exist, the name is taken or malformed, the pattern is invalid, or the
                bus has too many rules.
        """
        if not _RULE_NAME.fullmatch(rule.name) or rule.name.startswith(RESERVED):
            raise EventBridgeError("EventRuleNameInvalid", rule.name)
        check_pattern(rule.pattern)
        with self._storage.atomic():
            self.bus(rule.bus)
            if self._rules.get(_key(rule.bus, rule.name)) is not None:
                raise EventBridgeError("EventRuleAlreadyExist", rule.name, rule.bus)
            if (count := len(self.rules(rule.bus))) >= MAX_RULES:
                raise EventBridgeError("EventRuleCountExceedLimit", count, MAX_RULES)
            now = self._clock.now_ms()
            return self._put(replace(rule, created_ms=now, modified_ms=now))

    def put_rule(self, rule: Rule) -> Rule:
        """Add or replace a rule, as deploying a template does."""
        check_pattern(rule.pattern)
        now = self._clock.now_ms()
        return self._put(replace(rule, created_ms=rule.created_ms or now, modified_ms=now))

    def change_rule(self, bus: str, name: str, **changes: Unpack[RuleChanges]) -> Rule:
        """Replace fields of a rule.

        Raises:
            EventBridgeError: the rule does not exist.
        """
        with self._storage.atomic():
            return self._put(replace(self.rule(bus, name), modified_ms=self._clock.now_ms(), **changes))

    def delete_rule(self, bus: str, name: str) -> None:
        """Delete a rule with its targets.

        Raises:
            EventBridgeError: the rule does not exist.
        """
        self.rule(bus, name)
        self._rules.delete(_key(bus, name))

    def _put(self, rule: Rule) -> Rule:
        self._rules.put(_key(rule.bus, rule.name), rule)
        return rule


def _key(bus: str, name: str) -> bytes:
    return f"{bus}\0{name}".encode()
