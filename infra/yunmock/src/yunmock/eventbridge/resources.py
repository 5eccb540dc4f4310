"""The resource that a ROS stack makes here: a rule.

Properties: https://help.aliyun.com/zh/ros/developer-reference/aliyun-eventbridge-rule, with the names of CreateRule's
parameters, and the pattern is an object.
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

GONE = ("EventBusNotExist", "EventRuleNotExist")


class EventBridgeResources:
    """Makes rules."""

    def __init__(self, registry: RuleRegistry) -> None:
        self._registry = registry

    def make(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - there is one kind
        """Create a rule.

        Raises:
            EventBridgeError: as CreateRule.
        """
        self._registry.create_rule(_rule(properties))

    def change(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Replace a rule.

        Raises:
            EventBridgeError: the rule is invalid, or there is no such bus.
        """
        self._registry.put_rule(_rule(properties))

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Delete a rule.

        Raises:
            EventBridgeError: as DeleteRule; not if it is gone.
        """
        try:
            self._registry.delete_rule(str(properties["EventBusName"]), str(properties["RuleName"]))
        except EventBridgeError as error:
            if error.code not in GONE:
                raise


def _rule(properties: JsonObject) -> Rule:
    return read_rule({**properties, "FilterPattern": write_json(properties["FilterPattern"])})
