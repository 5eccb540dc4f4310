"""Read a template and check its structure: its sections, and the fields of its resources, parameters and outputs.

Sources: https://www.alibabacloud.com/help/en/ros/user-guide/template-structure and
https://www.alibabacloud.com/help/doc-detail/28930.htm ("Reasons for template verification failure").
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from yunmock import strict_yaml
from yunmock.ros.errors import RosError

if TYPE_CHECKING:
    from collections.abc import Iterator

Properties: TypeAlias = dict[str, Any]
"""Part of a parsed template: YAML or JSON."""

VERSION = "2015-09-01"
MAX_RESOURCES = 200
"""https://help.aliyun.com/en/ros/api-createstack."""

TEXTS = (str, dict)
"""A description is a text, or a map of texts by language."""

SECTIONS: dict[str, tuple[type, ...]] = {
    "ROSTemplateFormatVersion": (str,),
    "Description": TEXTS,
    "Metadata": (dict,),
    "Mappings": (dict,),
    "Conditions": (dict,),
    "Parameters": (dict,),
    "Resources": (dict,),
    "Outputs": (dict,),
}
NOT_EVALUATED = ("Rules", "Locals", "Transform", "Workspace")
"""Sections that change what a template means, and that yunmock does not evaluate."""

RESOURCE: dict[str, tuple[type, ...]] = {
    "Type": (str,),
    "Properties": (dict,),
    "DependsOn": (str, list),
    "DeletionPolicy": (str,),
    "Condition": (str,),
    "Metadata": (dict,),
    "Description": TEXTS,
}
PARAMETER_TYPES = ("String", "Number", "CommaDelimitedList", "Json", "Boolean")
DELETION_POLICIES = ("Delete", "Retain")


@lru_cache(maxsize=8)
def parse(text: str) -> Properties:
    """Read a template, YAML or JSON; the same text is read once, because each GetStack needs it.

    Raises:
        RosError: InvalidSchema, InvalidTemplateVersion, InvalidTemplateSection, InvalidTemplatePropertyType or
            StackValidationFailed.
    """
    try:
        content: Any = strict_yaml.loads(text)
        json.dumps(content, allow_nan=False)  # refuses numbers that no answer in JSON could have
    except ValueError as error:
        raise RosError("InvalidSchema", error) from None
    if not isinstance(content, dict):
        raise RosError("InvalidSchema", "a template must be a map")
    if content.get("ROSTemplateFormatVersion") != VERSION:
        raise RosError("InvalidTemplateVersion", f"ROSTemplateFormatVersion must be {VERSION}")
    _check(content)
    return content


def _check(content: Properties) -> None:
    for name, section in content.items():
        if name in NOT_EVALUATED:
            raise RosError("InvalidTemplateSection", f"{name} (yunmock does not evaluate it)")
        if name not in SECTIONS or not (section is None or isinstance(section, SECTIONS[name])):
            raise RosError("InvalidTemplateSection", name)
    resources = content.get("Resources") or {}
    if len(resources) > MAX_RESOURCES:
        raise RosError("StackValidationFailed", f"a stack has at most {MAX_RESOURCES} resources, not {len(resources)}")
    for name, resource in resources.items():
        _check_resource(name, resource)
    for name, parameter in _maps(content, "Parameters"):
        _check_parameter(name, parameter)
    for name, output in _maps(content, "Outputs"):
        _check_output(name, output)


def _check_parameter(name: str, parameter: Properties) -> None:
    kind = str(parameter.get("Type"))
    if kind not in PARAMETER_TYPES and not kind.startswith("ALIYUN::"):
        raise RosError("InvalidTemplatePropertyType", f"Parameters.{name}", "Type")


def _check_output(name: str, output: Properties) -> None:
    if "Value" not in output:
        raise RosError("InvalidTemplateSection", f"Outputs.{name} has no Value")
    if not isinstance(output.get("Description") or "", TEXTS):
        raise RosError("InvalidTemplatePropertyType", f"Outputs.{name}", "Description")


def _check_resource(name: str, resource: Any) -> None:
    if "/" in name or not isinstance(resource, dict):
        raise RosError("InvalidTemplateSection", f"Resources.{name}")
    if unknown := sorted(resource.keys() - RESOURCE.keys()):
        raise RosError("InvalidTemplateSection", f"Resources.{name}.{unknown[0]}")
    for field, kinds in RESOURCE.items():
        given = resource.get(field)
        if (given is None and field == "Type") or not (given is None or isinstance(given, kinds)):
            raise RosError("InvalidTemplatePropertyType", name, field)
    needed = resource.get("DependsOn") or []
    if not all(isinstance(each, str) for each in needed):
        raise RosError("InvalidTemplatePropertyType", name, "DependsOn")
    if (resource.get("DeletionPolicy") or "Delete") not in DELETION_POLICIES:
        raise RosError("StackValidationFailed", f"{name}: DeletionPolicy must be one of {', '.join(DELETION_POLICIES)}")


def _maps(content: Properties, section: str) -> Iterator[tuple[str, Properties]]:
    for name, part in (content.get(section) or {}).items():
        if not isinstance(part, dict):
            raise RosError("InvalidTemplateSection", f"{section}.{name}")
        yield name, part
