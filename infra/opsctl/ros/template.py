"""Read a ROS template, and resolve its functions for given parameters.

Only the part of the language that this template uses is supported (help.aliyun.com/zh/ros/user-guide/functions).
Anything else raises UnknownReferenceError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Properties: TypeAlias = dict[str, Any]
"""Part of the parsed file: YAML, whose shape `schema` checks."""

TEMPLATE = Path(__file__).parents[2] / "ros" / "template.yaml"
PSEUDO = {"ALIYUN::Region": "cn-hangzhou", "ALIYUN::TenantId": "1000000000000001", "ALIYUN::StackName": "opsledger"}
"""The pseudo parameters that the template uses, with yunmock's values."""
# The value of Fn::GetAtt, by resource type and attribute.
_ATTRIBUTES = {
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{ALIYUN::Region}:{ALIYUN::TenantId}:/queues/{QueueName}",
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class UnknownReferenceError(Exception):
    """A reference to something that does not exist, or a function that is not supported."""


@dataclass(slots=True)
class RosTemplate:
    """A template and the values of its parameters.

    Attributes:
        content: the parsed file.
        values: the values for `Ref` and `Fn::Sub`, pseudo parameters included.
    """

    content: Properties
    values: Properties = field(default_factory=dict)

    @property
    def resources(self) -> dict[str, Properties]:
        """Every resource by its logical name, unresolved."""
        return dict(self.content.get("Resources") or {})

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Return the resolved properties of every resource of a type whose condition is true."""
        return {
            name: self.resolve(resource.get("Properties") or {})
            for name, resource in self.resources.items()
            if resource.get("Type") == kind and self.is_made(resource)
        }

    def is_made(self, resource: Properties) -> bool:
        """Whether a resource's condition is true, or it has none."""
        condition = resource.get("Condition")
        return condition is None or self._holds((self.content.get("Conditions") or {}).get(condition), condition)

    def _holds(self, rule: Any, condition: str) -> bool:
        if isinstance(rule, dict) and list(rule) == ["Fn::Not"]:
            return not self._holds(rule["Fn::Not"], condition)
        if not isinstance(rule, dict) or list(rule) != ["Fn::Equals"]:
            raise UnknownReferenceError(f"condition {condition!r}")
        first, second = self.resolve(rule["Fn::Equals"])
        return bool(first == second)

    def resolve(self, node: Any) -> Any:
        """Return `node` with every function in it replaced by its value.

        Raises:
            UnknownReferenceError: a function cannot be resolved.
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
            raise UnknownReferenceError(f"unknown parameter {name!r}")
        return self.values[name]

    def _attribute(self, resource: str, name: str) -> str:
        found = self.resources.get(resource, {})
        form = _ATTRIBUTES.get((found.get("Type", ""), name))
        if form is None:
            raise UnknownReferenceError(f"attribute {name!r} of {resource!r}")
        values = {**self.values, **self.resolve(found.get("Properties") or {})}
        return re.sub(r"\{([^}]+)\}", lambda part: str(values[part[1]]), form)


def read(path: Path = TEMPLATE, *, region: str = PSEUDO["ALIYUN::Region"], **parameters: str) -> RosTemplate:
    """Read the template in `path`; parameters that are not given have their defaults.

    Args:
        path: the file.
        region: the region that it is deployed to.
        parameters: values by parameter.

    Raises:
        UnknownReferenceError: the template has no such parameter.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = {name: parameter.get("Default") for name, parameter in (content.get("Parameters") or {}).items()}
    if unknown := sorted(parameters.keys() - defaults.keys()):
        raise UnknownReferenceError(f"unknown parameter {unknown[0]!r} of {path.name}")
    return RosTemplate(content, {**PSEUDO, "ALIYUN::Region": region, **defaults, **parameters})


def is_template(path: Path) -> bool:
    """Whether a file is a ROS template.

    Raises:
        OSError: it cannot be read.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return False
    return isinstance(content, dict) and "ROSTemplateFormatVersion" in content
