"""Read a ROS template, and resolve its functions for given parameters.

Only what this template uses of the language is known (help.aliyun.com/zh/ros/user-guide/functions): anything else is
said to be unknown, not passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "ros" / "template.yaml"
PSEUDO = {"ALIYUN::Region": "cn-hangzhou", "ALIYUN::TenantId": "1000000000000001", "ALIYUN::StackName": "opsledger"}
"""The pseudo parameters used, with the values that yunmock has."""
# What Fn::GetAtt gives of a queue, by its name.
_ATTRIBUTES = {
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{ALIYUN::Region}:{ALIYUN::TenantId}:/queues/{QueueName}",
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class UnknownReferenceError(Exception):
    """A reference that leads nowhere, or a function that is not known here."""


@dataclass(slots=True)
class Template:
    """A template and the values of its parameters.

    Attributes:
        content: as written.
        values: what `Ref` and `Fn::Sub` see, pseudo parameters included.
    """

    content: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Every resource by its logical name, as written."""
        return dict(self.content.get("Resources") or {})

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resolved properties of every resource of a type that its condition lets be."""
        return {
            name: self.resolve(resource.get("Properties") or {})
            for name, resource in self.resources.items()
            if resource.get("Type") == kind and self.is_made(resource)
        }

    def is_made(self, resource: dict[str, Any]) -> bool:
        """Whether a resource's condition holds."""
        condition = resource.get("Condition")
        if condition is None:
            return True
        rule = (self.content.get("Conditions") or {}).get(condition)
        if not isinstance(rule, dict) or list(rule) != ["Fn::Equals"]:
            raise UnknownReferenceError(f"condition {condition!r}")
        first, second = self.resolve(rule["Fn::Equals"])
        return bool(first == second)

    def resolve(self, node: Any) -> Any:
        """`node` with every function in it replaced by its value.

        Raises:
            UnknownReferenceError: one of them cannot be.
        """
        if isinstance(node, list):
            return [self.resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref":
                return self._value(argument)
            if name == "Fn::Sub":
                return _VARIABLE.sub(lambda found: str(self._value(found[1])), argument)
            if name == "Fn::GetAtt":
                return self._attribute(*argument)
            if name.startswith("Fn::"):
                raise UnknownReferenceError(f"function {name!r}")
        return {key: self.resolve(value) for key, value in node.items()}

    def _value(self, name: str) -> Any:
        if name not in self.values:
            raise UnknownReferenceError(f"{name!r} is no parameter")
        return self.values[name]

    def _attribute(self, resource: str, name: str) -> str:
        found = self.resources.get(resource, {})
        form = _ATTRIBUTES.get((found.get("Type", ""), name))
        if form is None:
            raise UnknownReferenceError(f"attribute {name!r} of {resource!r}")
        told = {**self.values, **self.resolve(found.get("Properties") or {})}
        return re.sub(r"\{([^}]+)\}", lambda part: str(told[part[1]]), form)


def read(path: Path = TEMPLATE, **parameters: Any) -> Template:
    """The template in `path`, its parameters as given or else as their defaults."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = {name: told.get("Default") for name, told in (content.get("Parameters") or {}).items()}
    if unknown := sorted(parameters.keys() - defaults.keys()):
        raise UnknownReferenceError(f"{unknown[0]!r} is no parameter of {path.name}")
    return Template(content, {**PSEUDO, **defaults, **parameters})
