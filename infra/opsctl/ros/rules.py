"""The rules that hand events to the functions: the triggers of an `s.yaml`, or the rules of the template beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsctl.ros import template as ros
from yunmock import Account
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.triggers import is_event_driven
from yunmock.template import read_template

if TYPE_CHECKING:
    from opsctl.ros.template import Properties, RosTemplate
    from opsledger.strict_json import JsonObject
    from yunmock.template import Template

RULE = "ALIYUN::EventBridge::Rule"
TEMPLATE = Path("infra", "ros", "template.yaml")
"""Where the template is, seen from the folder of the `s.yaml`."""


class DeployedRule(NamedTuple):
    """A rule on the bus `default`.

    Attributes:
        function: the function that it hands events to.
        written: its pattern, as an object.
    """

    name: str
    function: str
    written: JsonObject

    @property
    def pattern(self) -> Pattern:
        """The pattern, to match events with."""
        return Pattern.parse(json.dumps(self.written))


def in_force(s_yaml: Path) -> list[DeployedRule]:
    """The rules that an `s.yaml` is deployed with: its triggers or, if it has none, those of the template beside it.

    Raises:
        InvalidTemplateError: the file cannot be read.
    """
    return of_triggers(read_template(s_yaml, Account())) or of_template(beside(s_yaml))


def to_deploy(s_yaml: Path) -> list[Properties]:
    """The rules to deploy beside an `s.yaml`, as CreateRule takes them: the template's, unless the file has triggers.

    Raises:
        InvalidTemplateError: the file cannot be read.
    """
    template = beside(s_yaml)
    if template is None or of_triggers(read_template(s_yaml, Account())):
        return []
    return list(template.of_type(RULE).values())


def beside(s_yaml: Path) -> RosTemplate | None:
    """The template of the folder that an `s.yaml` is in, with its default parameters; None if it has none."""
    path = s_yaml.resolve().parent / TEMPLATE
    return ros.read(path) if path.is_file() else None


def of_triggers(functions: Template) -> list[DeployedRule]:
    """The rules that the triggers of an `s.yaml` make on the bus `default`."""
    return [
        DeployedRule(
            f"{function.name}-{trigger.name}", function.name, json.loads(str(trigger.config["eventRuleFilterPattern"]))
        )
        for function in functions.functions
        for trigger in function.triggers
        if trigger.type == "eventbridge" and is_event_driven(trigger.config) and not trigger.source_arn
    ]


def of_template(template: RosTemplate | None) -> list[DeployedRule]:
    """The rules that a template makes with its parameters."""
    made = {} if template is None else template.of_type(RULE)
    return [
        DeployedRule(str(rule["RuleName"]), function_of(target), dict(rule["FilterPattern"]))
        for rule in made.values()
        for target in rule["Targets"]
    ]


def function_of(target: Properties) -> str:
    """The function that a target names in its endpoint and in its parameters."""
    ended = str(target["Endpoint"]).rpartition("/")[2]
    named = next((param["Value"] for param in target["ParamList"] if param["ResourceKey"] == "functionName"), ended)
    return ended if ended == named else f"{ended} (but functionName {named})"
