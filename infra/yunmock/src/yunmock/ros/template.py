"""A ROS template: its parameters, conditions, resources and outputs, and the functions in them.

The language: https://www.alibabacloud.com/help/en/ros/user-guide/functions. Supported are Ref, Fn::Sub, Fn::GetAtt,
Fn::Join and Fn::If, and in conditions Fn::Equals, Fn::Not, Fn::And and Fn::Or. Anything else raises
UnknownReferenceError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from yunmock import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Properties: TypeAlias = dict[str, Any]
"""Part of a parsed template: YAML or JSON."""

VERSIONS = ("2015-09-01",)
RETAIN = "Retain"
NO_VALUE = "ALIYUN::NoValue"

# The value of Fn::GetAtt, by resource type and attribute.
ATTRIBUTES = {
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{ALIYUN::Region}:{ALIYUN::TenantId}:/queues/{QueueName}",
    ("ALIYUN::MNS::Queue", "QueueName"): "{QueueName}",
    ("ALIYUN::OTS::InstanceV2", "InstanceName"): "{InstanceName}",
    ("ALIYUN::OTS::Table", "TableName"): "{TableName}",
    ("ALIYUN::RAM::Role", "Arn"): "acs:ram::{ALIYUN::TenantId}:role/{RoleName}",
    ("ALIYUN::RAM::Role", "RoleName"): "{RoleName}",
    ("ALIYUN::EventBridge::EventBus", "EventBusName"): "{EventBusName}",
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_FIELD = re.compile(r"\{([^}]+)\}")


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

    @property
    def parameters(self) -> dict[str, Properties]:
        """Every declared parameter by its name."""
        return dict(self.content.get("Parameters") or {})

    def of_type(self, kind: str) -> dict[str, Properties]:
        """The resolved properties of every resource of a type whose condition is true."""
        return {
            name: self.resolve(resource.get("Properties") or {})
            for name, resource in self.resources.items()
            if resource.get("Type") == kind and self.is_made(resource)
        }

    def outputs(self) -> dict[str, Any]:
        """The value of each output whose condition is true.

        Raises:
            UnknownReferenceError: a function cannot be resolved.
        """
        declared = self.content.get("Outputs") or {}
        return {name: self.resolve(output["Value"]) for name, output in declared.items() if self.is_made(output)}

    def in_order(self) -> list[str]:
        """The names of the resources that are made, each after those that it depends on.

        Raises:
            UnknownReferenceError: a resource depends on itself, or on one that the template does not make.
        """
        made = {name: resource for name, resource in self.resources.items() if self.is_made(resource)}
        ordered: dict[str, None] = {}
        for name in made:
            self._visit(name, made, ordered, ())
        return list(ordered)

    def _visit(
        self, name: str, made: Mapping[str, Properties], ordered: dict[str, None], above: tuple[str, ...]
    ) -> None:
        if name in above:
            raise UnknownReferenceError(f"circular dependency: {' -> '.join((*above, name))}")
        if name in ordered:
            return
        for needed in self._needs(made[name]):
            if needed not in made:
                raise UnknownReferenceError(f"resource {name!r} depends on {needed!r}, which is not made")
            self._visit(needed, made, ordered, (*above, name))
        ordered[name] = None

    def _needs(self, resource: Properties) -> list[str]:
        given = resource.get("DependsOn") or []
        named = [given] if isinstance(given, str) else list(given)
        return list(dict.fromkeys([*named, *self._mentions(resource.get("Properties"))]))

    def _mentions(self, node: Any) -> Iterator[str]:
        """The resources that a value refers to."""
        if isinstance(node, list):
            for item in node:
                yield from self._mentions(item)
        elif isinstance(node, dict):
            if "Fn::GetAtt" in node:
                yield str(node["Fn::GetAtt"][0])
            elif node.get("Ref") in self.resources:
                yield str(node["Ref"])
            for value in node.values():
                yield from self._mentions(value)

    def is_made(self, part: Properties) -> bool:
        """Whether the condition of a resource or output is true, or it has none."""
        condition = part.get("Condition")
        return condition is None or self._holds(condition)

    def _holds(self, rule: Any) -> bool:
        if isinstance(rule, str):
            return self._holds(self._condition(rule))
        if not isinstance(rule, dict) or len(rule) != 1:
            raise UnknownReferenceError(f"condition {rule!r}")
        ((name, argument),) = rule.items()
        if name == "Fn::Equals":
            first, second = self.resolve(argument)
            return bool(first == second)
        if name == "Fn::Not":
            return not self._holds(argument)
        if name in ("Fn::And", "Fn::Or"):
            return (all if name == "Fn::And" else any)([self._holds(each) for each in argument])
        raise UnknownReferenceError(f"condition {name!r}")

    def _condition(self, name: str) -> Any:
        conditions = self.content.get("Conditions") or {}
        if name not in conditions:
            raise UnknownReferenceError(f"condition {name!r}")
        return conditions[name]

    def resolve(self, node: Any) -> Any:
        """`node` with every function in it replaced by its value.

        Raises:
            UnknownReferenceError: a function cannot be resolved.
        """
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._called(name, argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not NO_VALUE}

    def _called(self, name: str, argument: Any) -> Any:
        try:
            return self._call(name, argument)
        except (TypeError, ValueError):
            raise UnknownReferenceError(f"function {name!r} with {argument!r}") from None

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return self._value(argument)
        if name == "Fn::Sub":
            return _VARIABLE.sub(lambda found: str(self._value(found[1])), argument)
        if name == "Fn::GetAtt":
            return self._attribute(*argument)
        if name == "Fn::Join":
            between, parts = argument
            return str(between).join(map(str, self.resolve(parts)))
        if name == "Fn::If":
            condition, chosen, other = argument
            return self.resolve(chosen if self._holds(condition) else other)
        raise UnknownReferenceError(f"function {name!r}")

    def _value(self, name: str) -> Any:
        if name == NO_VALUE:
            return NO_VALUE
        if name in self.values:
            return self.values[name]
        if name in self.resources:
            return self.physical_id(name)
        raise UnknownReferenceError(f"unknown parameter {name!r}")

    def physical_id(self, name: str) -> str:
        """What identifies a resource in its service: the name that its properties give it, else its logical name."""
        properties = self.resolve(self.resources[name].get("Properties") or {})
        kind = str(self.resources[name].get("Type", ""))
        return str(properties.get(NAMED_BY.get(kind, ""), name))

    def _attribute(self, resource: str, name: str) -> str:
        found = self.resources.get(resource, {})
        form = ATTRIBUTES.get((found.get("Type", ""), name))
        if form is None:
            raise UnknownReferenceError(f"attribute {name!r} of {resource!r}")
        values = {**self.values, **self.resolve(found.get("Properties") or {})}
        return _FIELD.sub(lambda part: str(values[part[1]]), form)


NAMED_BY = {
    "ALIYUN::OTS::InstanceV2": "InstanceName",
    "ALIYUN::OTS::Table": "TableName",
    "ALIYUN::MNS::Queue": "QueueName",
    "ALIYUN::RAM::Role": "RoleName",
    "ALIYUN::RAM::ManagedPolicy": "PolicyName",
    "ALIYUN::EventBridge::EventBus": "EventBusName",
    "ALIYUN::EventBridge::Rule": "RuleName",
    "ALIYUN::CMS::ResourceMetricRule": "RuleId",
}
"""The property that names a resource, by its type."""


@lru_cache(maxsize=8)
def parse(text: str) -> Properties:
    """Read a template, YAML or JSON; the same text is read once, because each GetStack needs it.

    Raises:
        ValueError: it is neither, or not a ROS template.
    """
    content = strict_yaml.loads(text)
    if not isinstance(content, dict) or str(content.get("ROSTemplateFormatVersion")) not in VERSIONS:
        raise ValueError(f"ROSTemplateFormatVersion must be one of {list(VERSIONS)}")
    resources = content.get("Resources") or {}
    typed = isinstance(resources, dict) and all(
        isinstance(resource, dict) and isinstance(resource.get("Type"), str) for resource in resources.values()
    )
    if not typed:
        raise ValueError("Resources must map names to resources, each with its Type")
    return content


def check_value(name: str, declared: Properties, given: str) -> Any:
    """The value of a parameter, read from the text that a caller gives.

    Raises:
        ValueError: it is not of the parameter's type, or not allowed.
    """
    value = _typed(name, str(declared.get("Type", "String")), given)
    allowed = declared.get("AllowedValues")
    if allowed is not None and value not in allowed:
        raise ValueError(f"the parameter {name} must be one of {allowed}, not {given!r}")
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not re.search(str(pattern), given):
        raise ValueError(f"the parameter {name} does not match {pattern}: {given!r}")
    return value


def _typed(name: str, kind: str, given: str) -> Any:
    if kind == "String":
        return given
    if kind == "Boolean" and given.lower() in ("true", "false"):
        return given.lower() == "true"
    try:
        if kind == "Number":
            return float(given) if "." in given else int(given)
        if kind == "Json":
            return strict_yaml.loads(given)
        if kind == "CommaDelimitedList":
            return given.split(",")
    except ValueError as error:
        raise ValueError(f"the parameter {name}: {error}") from None
    raise ValueError(f"the parameter {name} must be a {kind}, not {given!r}")
