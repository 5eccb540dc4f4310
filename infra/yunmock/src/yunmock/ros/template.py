"""A ROS template: its parameters, conditions, resources and outputs, and the functions in them.

The language: https://www.alibabacloud.com/help/en/ros/user-guide/functions. Supported are Ref, Fn::Sub, Fn::GetAtt,
Fn::Join and Fn::If, and in conditions Fn::Equals, Fn::Not, Fn::And and Fn::Or. Anything else is refused by its name.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from yunmock.ros.errors import UnknownReferenceError
from yunmock.ros.resource_types import NAME_LIMIT, NAMED_BY
from yunmock.ros.structure import Properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["NO_VALUE", "RETAIN", "Properties", "RosTemplate", "UnknownReferenceError"]

RETAIN = "Retain"
NO_VALUE = "ALIYUN::NoValue"
MAX_TEXT = 524_288
"""The longest text that functions may make: as long as a template. Texts that contain each other twice grow fast."""

# The value of Fn::GetAtt, by resource type and attribute.
ATTRIBUTES = {
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{ALIYUN::Region}:{ALIYUN::TenantId}:/queues/{QueueName}",
    ("ALIYUN::MNS::Queue", "QueueName"): "{QueueName}",
    ("ALIYUN::OTS::InstanceV2", "InstanceName"): "{InstanceName}",
    ("ALIYUN::OTS::Table", "TableName"): "{TableName}",
    ("ALIYUN::RAM::Role", "Arn"): "acs:ram::{ALIYUN::TenantId}:role/{RoleName}",
    ("ALIYUN::RAM::Role", "RoleName"): "{RoleName}",
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_FIELD = re.compile(r"\{([^}]+)\}")


@dataclass(slots=True)
class RosTemplate:
    """A template and the values of its parameters.

    Attributes:
        content: the parsed file.
        values: the values for `Ref` and `Fn::Sub`, pseudo parameters included; do not change them after the first use.
    """

    content: Properties
    values: Properties = field(default_factory=dict)
    _where: str = "the template"
    _ids: dict[str, str] = field(default_factory=dict)
    _conditions: dict[str, bool | None] = field(default_factory=dict)

    @property
    def resources(self) -> dict[str, Properties]:
        """Every resource by its logical name, unresolved."""
        found: dict[str, Properties] = self.content.get("Resources") or {}
        return found

    @property
    def parameters(self) -> dict[str, Properties]:
        """Every declared parameter by its name."""
        found: dict[str, Properties] = self.content.get("Parameters") or {}
        return found

    def of_type(self, kind: str) -> dict[str, Properties]:
        """The resolved properties of every resource of a type whose condition is true."""
        return {
            name: self.properties(name)
            for name, resource in self.resources.items()
            if resource.get("Type") == kind and self.is_made(resource)
        }

    def properties(self, name: str) -> Properties:
        """The resolved properties of a resource.

        Raises:
            UnknownReferenceError: as `resolve`.
        """
        with self._within(f"Resources.{name}.Properties"):
            found: Properties = self.resolve(self.resources[name].get("Properties") or {})
        if not isinstance(found, dict):
            raise UnknownReferenceError(f"the properties of {name} are not a map", "InvalidTemplatePropertyType")
        return found

    def outputs(self) -> dict[str, Any]:
        """The value of each output whose condition is true.

        Raises:
            UnknownReferenceError: as `resolve`.
        """
        found = {}
        for name, output in (self.content.get("Outputs") or {}).items():
            if self.is_made(output):
                with self._within(f"Outputs.{name}.Value"):
                    found[name] = self.resolve(output["Value"])
        return found

    def in_order(self) -> list[str]:
        """The names of the resources that are made, each after those that it depends on.

        Raises:
            UnknownReferenceError: CircularDependency; InvalidTemplateReference if it depends on one that is not made.
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
            circle = " -> ".join((*above, name))
            raise UnknownReferenceError(f"Circular Dependency Found: {circle}.", "CircularDependency")
        if name in ordered:
            return
        for needed in self._needs(made[name]):
            if needed not in made:
                _refuse_reference(needed, name)
            self._visit(needed, made, ordered, (*above, name))
        ordered[name] = None

    def _needs(self, resource: Properties) -> list[str]:
        given = resource.get("DependsOn") or []
        named = [given] if isinstance(given, str) else list(given)
        return list(dict.fromkeys([*named, *self._mentions(resource.get("Properties"))]))

    def _mentions(self, node: Any) -> Iterator[str]:
        """The resources that a value refers to; of Fn::If the part that is chosen."""
        if isinstance(node, list):
            for item in node:
                yield from self._mentions(item)
        elif isinstance(node, dict):
            yield from self._named_in(node)
            for name, value in node.items():
                yield from self._mentions(self._chosen(value) if name == "Fn::If" else value)

    def _named_in(self, node: Properties) -> Iterator[str]:
        attribute, reference, text = node.get("Fn::GetAtt"), node.get("Ref"), node.get("Fn::Sub")
        if isinstance(attribute, list) and attribute:
            yield str(attribute[0])
        if isinstance(reference, str) and reference in self.resources:
            yield reference
        if isinstance(text, str):
            yield from (name for name in _VARIABLE.findall(text) if name in self.resources)

    def is_made(self, part: Properties) -> bool:
        """Whether the condition of a resource or output is true, or it has none."""
        condition = part.get("Condition")
        return condition is None or self._holds(condition)

    def _holds(self, rule: Any) -> bool:
        if isinstance(rule, str):
            return self._named_condition(rule)
        if not isinstance(rule, dict) or len(rule) != 1:
            _refuse_use("condition", rule)
        ((name, argument),) = rule.items()
        if name == "Fn::Equals":
            first, second = _parts(name, argument, 2)
            return bool(self.resolve(first) == self.resolve(second))
        if name == "Fn::Not":
            return not self._holds(argument)
        if name in ("Fn::And", "Fn::Or"):
            return (all if name == "Fn::And" else any)([self._holds(each) for each in _parts(name, argument)])
        return _refuse_use("condition", name)

    def _named_condition(self, name: str) -> bool:
        """A condition is evaluated once, however many others refer to it."""
        conditions = self.content.get("Conditions") or {}
        if name not in conditions:
            _refuse_reference(name, "Conditions")
        if name not in self._conditions:
            self._conditions[name] = None
            self._conditions[name] = self._holds(conditions[name])
        known = self._conditions[name]
        if known is None:
            raise UnknownReferenceError(f"Circular Dependency Found: the condition {name}.", "CircularDependency")
        return known

    def resolve(self, node: Any) -> Any:
        """`node` with every function in it replaced by its value.

        Raises:
            UnknownReferenceError: InvalidTemplateReference, InvalidTemplateAttribute or StackValidationFailed.
        """
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._call(name, argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return self._value(argument)
        if name == "Fn::Sub":
            return self._substituted(argument)
        if name == "Fn::GetAtt":
            return self._attribute(*_parts(name, argument, 2))
        if name == "Fn::Join":
            between, parts = _parts(name, argument, 2)
            texts = [str(part) for part in _parts(name, self.resolve(parts))]
            return _limited(text for part in texts for text in (str(between), part))[len(str(between)) :]
        if name == "Fn::If":
            return self.resolve(self._chosen(argument))
        return _refuse_use("function", name)

    def _chosen(self, argument: Any) -> Any:
        condition, chosen, other = _parts("Fn::If", argument, 3)
        return chosen if self._holds(condition) else other

    def _substituted(self, text: Any) -> str:
        if not isinstance(text, str):
            _refuse_use("function", f"Fn::Sub of {text!r:.100}")
        pieces = _VARIABLE.split(text)  # text, name, text, name … text
        return _limited(str(self._value(piece)) if place % 2 else piece for place, piece in enumerate(pieces))

    def _value(self, name: Any) -> Any:
        if name == NO_VALUE:
            return NO_VALUE
        if isinstance(name, str) and name in self.values:
            return self.values[name]
        if isinstance(name, str) and name in self.resources:
            return self.physical_id(name)
        return _refuse_reference(name, self._where)

    def physical_id(self, name: str) -> str:
        """What identifies a resource in its service: the name that its properties give it, else its logical name."""
        if name not in self._ids:
            kind = str(self.resources[name].get("Type", ""))
            given = (self.resources[name].get("Properties") or {}).get(NAMED_BY.get(kind, ""))
            with self._within(f"Resources.{name}.Properties"):
                found = self.resolve(given)
            self._ids[name] = name if found is None or found is NO_VALUE else str(found)[: NAME_LIMIT + 1]
        if len(self._ids[name]) > NAME_LIMIT:
            raise UnknownReferenceError(f"the name of {name} is longer than {NAME_LIMIT} characters")
        return self._ids[name]

    def _attribute(self, resource: Any, name: Any) -> str:
        if not isinstance(resource, str) or resource not in self.resources:
            _refuse_reference(resource, self._where)
        kind = self.resources[resource].get("Type", "")
        form = ATTRIBUTES.get((kind, str(name)))
        if form is None:
            raise UnknownReferenceError(
                f"The Referenced Attribute ({resource} {name!s:.100}) is incorrect.", "InvalidTemplateAttribute"
            )
        values = {**self.values, NAMED_BY[kind]: self.physical_id(resource)}
        return _FIELD.sub(lambda part: str(values[part[1]]), form)

    @contextmanager
    def _within(self, where: str) -> Iterator[None]:
        """What is resolved inside is at `where`, which refusals name."""
        outside, self._where = self._where, where
        try:
            yield
        finally:
            self._where = outside


def _parts(name: str, argument: Any, count: int | None = None) -> list[Any]:
    if not isinstance(argument, list) or count not in (None, len(argument)):
        _refuse_use("function", f"{name} of {argument!r:.100}")
    return argument


def _limited(pieces: Iterable[str]) -> str:
    """The pieces as one text.

    Raises:
        UnknownReferenceError: it is longer than a template may be.
    """
    kept, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > MAX_TEXT:
            raise UnknownReferenceError(f"a function makes a text of more than {MAX_TEXT} characters")
        kept.append(piece)
    return "".join(kept)


def _refuse_reference(name: object, where: str) -> NoReturn:
    raise UnknownReferenceError(
        f'The specified reference "{name!s:.100}" (in {where}) is incorrect.', "InvalidTemplateReference"
    )


def _refuse_use(what: str, which: object) -> NoReturn:
    raise UnknownReferenceError(f"{what} {which!s:.200} is not supported here")
