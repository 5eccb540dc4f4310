"""The resources that a ROS stack makes here: event buses and rules.

Properties: https://help.aliyun.com/zh/ros/developer-reference/aliyun-eventbridge-rule and …-eventbus, with the names of
CreateRule's parameters, and the pattern is an object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.calls.rules import read_rule
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.exact_json import write_json

if TYPE_CHECKING:
    from yunmock.eventbridge.model import Rule
    from yunmock.eventbridge.registry import RuleRegistry
    from yunmock.json_types import JsonObject

BUS, RULE = "ALIYUN::EventBridge::EventBus", "ALIYUN::EventBridge::Rule"
GONE = ("EventBusNotExist", "EventRuleNotExist")


class EventBridgeResources:
    """Makes buses and rules."""

    def __init__(self, registry: RuleRegistry) -> None:
        self._registry = registry

    def make(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - the account has one
        """Create a bus or a rule.

        Raises:
            EventBridgeError: as CreateEventBus and CreateRule.
        """
        if kind == BUS:
            self._registry.create_bus(str(properties["EventBusName"]), str(properties.get("Description") or ""))
        else:
            self._registry.create_rule(_rule(properties))

    def change(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Replace a rule; of a bus only the description could change, and nothing depends on it.

        Raises:
            EventBridgeError: the rule is invalid.
        """
        if kind == RULE:
            self._registry.put_rule(_rule(properties))

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Delete a bus or a rule.

        Raises:
            EventBridgeError: the bus has rules.
        """
        bus = str(properties["EventBusName"])
        try:
            if kind == BUS:
                self._registry.delete_bus(bus)
            else:
                self._registry.delete_rule(bus, str(properties["RuleName"]))
        except EventBridgeError as error:
            if error.code not in GONE:
                raise


def _rule(properties: JsonObject) -> Rule:
    pattern = properties.get("FilterPattern")
    return read_rule({**properties, "FilterPattern": write_json(pattern) if isinstance(pattern, dict) else pattern})
