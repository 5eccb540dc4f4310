"""CreateStack, UpdateStack, DeleteStack, GetStack, ListStacks, ListStackResources.

Parameters and answers: https://alibabacloud.com/help/en/ros/developer-reference/api-ros-2019-09-10-createstack and the
pages beside it. Times are UTC without a Z.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from yunmock.ros import changes
from yunmock.ros.errors import SAME_STACK, RosError
from yunmock.ros.model import COMPLETE, CREATE, DELETE, IN_PROGRESS, Stack
from yunmock.ros.parameters import shown
from yunmock.ros.structure import parse
from yunmock.ros.template import NO_VALUE
from yunmock.rpc.arguments import boolean, choice, number, region, required

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject
    from yunmock.ros.state import RosState
    from yunmock.ros.structure import Properties
    from yunmock.rpc.arguments import Arguments

MAX_TEMPLATE_BYTES = 524_288
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
DELETED = f"{DELETE}_{COMPLETE}"
OTHER_SOURCES = ("TemplateURL", "TemplateId", "TemplateScratchId")

_PARAMETER = re.compile(r"Parameters\.(\d{1,3})\.Parameter(Key|Value)")
_LISTED = re.compile(r"(StackName|Status)\.\d{1,2}")


def create_stack(state: RosState, arguments: Arguments) -> JsonObject:
    """CreateStack; a stack that was deleted does not take its name.

    Raises:
        RosError: the template or a parameter is wrong, or a stack of this name exists.
    """
    where, name = region(arguments), required(arguments, "StackName")
    if not NAME.fullmatch(name):
        raise RosError("InvalidParameter", "StackName", "digits, letters, hyphens and underscores, at most 255")
    given, body = parameters(arguments), template_body(arguments)
    with state.atomic():
        if any(each.name == name and each.outcome != DELETED for each in state.stacks(where)):
            raise RosError("StackExists", name)
        template = changes.read(state, where, name, body, given)
        now = state.now_ms()
        stack = Stack(
            id=state.new_id(),
            name=name,
            region=where,
            template=body,
            parameters=given,
            resources=(),
            outcome=f"{CREATE}_{COMPLETE}",
            reason="",
            created_ms=now,
            busy_until_ms=now,
            disable_rollback=boolean(arguments, "DisableRollback"),
            timeout_min=number(arguments, "TimeoutInMinutes", 60, 10, 1440),
        )
        state.put(changes.create(state, stack, template))
    return {"StackId": stack.id}


def update_stack(state: RosState, arguments: Arguments) -> JsonObject:
    """UpdateStack; with UsePreviousParameters a parameter that is not given keeps its value.

    Raises:
        RosError: NotSupported if nothing changes; StackNotFound; ActionInProgress; the template is wrong.
    """
    where, stack_id = region(arguments), required(arguments, "StackId")
    with state.atomic():
        before = _idle(state, where, stack_id)
        body = template_body(arguments) if "TemplateBody" in arguments else before.template
        declared = parse(body).get("Parameters") or {}
        previous = before.parameters if boolean(arguments, "UsePreviousParameters") else {}
        kept = {key: value for key, value in previous.items() if key in declared}
        asked = replace(
            before,
            template=body,
            parameters={**kept, **parameters(arguments)},
            disable_rollback=boolean(arguments, "DisableRollback"),
        )
        template = changes.read(state, where, before.name, body, asked.parameters)
        present = changes.read(state, where, before.name, before.template, before.parameters)
        if (template.content, template.values) == (present.content, present.values):
            raise RosError("NotSupported", SAME_STACK)
        replacing = choice(arguments, "ReplacementOption", ("Enabled", "Disabled")) == "Enabled"
        state.put(changes.update(state, before, asked, template, replacing=replacing))
    return {"StackId": stack_id}


def delete_stack(state: RosState, arguments: Arguments) -> JsonObject:
    """DeleteStack; what the template retains stays, and all of it with RetainAllResources.

    Raises:
        RosError: StackNotFound or ActionInProgress.
    """
    with state.atomic():
        stack = _idle(state, region(arguments), required(arguments, "StackId"))
        state.put(changes.delete(state, stack, retain_all=boolean(arguments, "RetainAllResources")))
    return {}


def get_stack(state: RosState, arguments: Arguments) -> JsonObject:
    """GetStack, with the outputs unless OutputOption is Disabled.

    Raises:
        RosError: StackNotFound.
    """
    stack = state.stack(region(arguments), required(arguments, "StackId"))
    template = changes.read(state, stack.region, stack.name, stack.template, stack.parameters)
    outputs: list[JsonObject] = []
    if arguments.get("OutputOption") != "Disabled" and stack.outcome.endswith(f"_{COMPLETE}") and stack.resources:
        declared = template.content.get("Outputs") or {}
        outputs = [
            {"OutputKey": name, "OutputValue": value, "Description": described(declared[name])}
            for name, value in template.outputs().items()
        ]
    return {
        **_summary(state, stack),
        "Description": described(template.content),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": shown(template.parameters.get(name) or {}, value)}
            for name, value in template.values.items()
            if name != NO_VALUE
        ],
        "Outputs": [*outputs],
    }


def list_stacks(state: RosState, arguments: Arguments) -> JsonObject:
    """ListStacks, the newest first; a deleted stack is listed only when its status is asked for."""
    size, page = number(arguments, "PageSize", 10, 1, 50), number(arguments, "PageNumber", 1, 1, 10**9)
    names, statuses = _listed(arguments, "StackName"), _listed(arguments, "Status")
    now, only = state.now_ms(), arguments.get("StackId")
    found = [
        stack
        for stack in reversed(list(state.stacks(region(arguments))))
        if (not names or any(fnmatchcase(stack.name, name) for name in names))
        and (stack.status(now) in statuses if statuses else stack.outcome != DELETED)
        and only in (None, stack.id)
    ]
    shown = found[(page - 1) * size : page * size]
    rows = [_summary(state, stack) for stack in shown]
    return {"TotalCount": len(found), "PageNumber": page, "PageSize": size, "Stacks": [*rows]}


def list_stack_resources(state: RosState, arguments: Arguments) -> JsonObject:
    """ListStackResources.

    Raises:
        RosError: StackNotFound.
    """
    stack = state.stack(region(arguments), required(arguments, "StackId"))
    rows: list[JsonObject] = [
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "LogicalResourceId": each.name,
            "PhysicalResourceId": each.physical_id,
            "ResourceType": each.kind,
            "Status": f"{CREATE}_{COMPLETE}",
        }
        for each in stack.resources
    ]
    return {"Resources": [*rows]}


def parameters(arguments: Arguments) -> dict[str, str]:
    """Parameters.N.ParameterKey and Parameters.N.ParameterValue.

    Raises:
        RosError: MissingParameter; a value without its key, or a key without its value.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in arguments.items():
        if match := _PARAMETER.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = value
    for place, pair in found.items():
        for part in ("Key", "Value"):
            if part not in pair:
                raise RosError("MissingParameter", f"Parameters.{place}.Parameter{part}")
    return {pair["Key"]: pair["Value"] for pair in found.values()}


def template_body(arguments: Arguments) -> str:
    """TemplateBody, the one source of a template that is supported.

    Raises:
        RosError: it is missing or too long, or another source is named.
    """
    for name in OTHER_SOURCES:
        if arguments.get(name):
            raise RosError("NotSupported", f"yunmock's ROS reads templates from TemplateBody, not from {name}.")
    body = required(arguments, "TemplateBody")
    if len(body.encode()) > MAX_TEMPLATE_BYTES:
        raise RosError("InvalidParameter", "TemplateBody", f"at most {MAX_TEMPLATE_BYTES} bytes")
    return body


def _idle(state: RosState, where: str, stack_id: str) -> Stack:
    stack = state.stack(where, stack_id)
    status = stack.status(state.now_ms())
    if status.endswith(IN_PROGRESS):
        raise RosError("ActionInProgress", stack.name, status.partition("_")[0])
    if stack.outcome == DELETED:
        raise RosError("StackNotFound", stack_id)
    return stack


def described(part: Properties) -> str:
    """The description of a template or output; one in several languages as JSON."""
    text = part.get("Description") or ""
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)


def _listed(arguments: Arguments, name: str) -> list[str]:
    return [value for key, value in arguments.items() if (match := _LISTED.fullmatch(key)) and match[1] == name]


def _summary(state: RosState, stack: Stack) -> JsonObject:
    changed = {} if stack.updated_ms is None else {"UpdateTime": _time(stack.updated_ms)}
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "RegionId": stack.region,
        "Status": stack.status(state.now_ms()),
        "StatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "TimeoutInMinutes": stack.timeout_min,
        "CreateTime": _time(stack.created_ms),
        **changed,
    }


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def content_of(stack: Stack) -> JsonObject:
    """The template of a stack as GetTemplate answers it."""
    return {"TemplateBody": json.dumps(parse(stack.template), ensure_ascii=False)}
