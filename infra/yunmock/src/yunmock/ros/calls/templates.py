"""ValidateTemplate, GetTemplate and PreviewStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ros import changes
from yunmock.ros.calls.stacks import content_of, described, parameters, template_body
from yunmock.ros.structure import parse
from yunmock.rpc.arguments import region, required

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject
    from yunmock.ros.state import RosState
    from yunmock.rpc.arguments import Arguments


def validate_template(_state: RosState, arguments: Arguments) -> JsonObject:
    """ValidateTemplate: whether it can be read, and the parameters that it has.

    Raises:
        RosError: it cannot be read, or its structure is wrong.
    """
    content = parse(template_body(arguments))
    declared = content.get("Parameters") or {}
    rows: list[JsonObject] = [{"ParameterKey": name, **parameter} for name, parameter in declared.items()]
    return {"Description": described(content), "Parameters": [*rows]}


def get_template(state: RosState, arguments: Arguments) -> JsonObject:
    """GetTemplate: the template of a stack, as JSON.

    Raises:
        RosError: StackNotFound.
    """
    return content_of(state.stack(region(arguments), required(arguments, "StackId")))


def preview_stack(state: RosState, arguments: Arguments) -> JsonObject:
    """PreviewStack: the resources that a new stack would make, resolved; nothing is made.

    Raises:
        RosError: the template or a parameter is wrong.
    """
    where, name = region(arguments), required(arguments, "StackName")
    template = changes.read(state, where, name, template_body(arguments), parameters(arguments))
    rows: list[JsonObject] = [
        {"LogicalResourceId": each.name, "ResourceType": each.kind, "Properties": each.properties, "Action": "Add"}
        for each in changes.wanted(template).values()
    ]
    return {"Stack": {"Region": where, "StackName": name, "Resources": [*rows]}}
