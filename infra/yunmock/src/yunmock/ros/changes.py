"""Make, change and delete what a stack has.

Every resource is made in its service by the same code as a call of that service, so what the service refuses fails the
stack. A creation that fails is rolled back unless the caller says otherwise; a failed update is rolled back too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.errors import RefusalError
from yunmock.ros.errors import RosError
from yunmock.ros.model import COMPLETE, CREATE, DELETE, FAILED, ROLLBACK, UPDATE, Stack, StackResource
from yunmock.ros.providers import KINDS
from yunmock.ros.state import BUSY_MS
from yunmock.ros.template import NO_VALUE, RETAIN, RosTemplate, UnknownReferenceError, check_value, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.ros.state import RosState


def read(state: RosState, region: str, name: str, body: str, given: Mapping[str, str]) -> RosTemplate:
    """A template with its parameters, checked as ROS does before it makes anything.

    Raises:
        RosError: InvalidTemplate or StackValidationFailed.
    """
    try:
        template = RosTemplate(parse(body))
    except ValueError as error:
        raise RosError("InvalidTemplate", error) from None
    try:
        template.values = {**_pseudo(state, region, name), **_values(template, given)}
        for each in template.in_order():
            _check_kind(each, str(template.resources[each]["Type"]))
            template.resolve(template.resources[each].get("Properties") or {})
    except (ValueError, UnknownReferenceError) as error:
        raise RosError("StackValidationFailed", error) from None
    return template


def _pseudo(state: RosState, region: str, name: str) -> dict[str, object]:
    return {
        "ALIYUN::Region": region,
        "ALIYUN::TenantId": state.account.account_id,
        "ALIYUN::AccountId": state.account.account_id,
        "ALIYUN::StackName": name,
        NO_VALUE: NO_VALUE,
    }


def _values(template: RosTemplate, given: Mapping[str, str]) -> dict[str, object]:
    declared = template.parameters
    if unknown := sorted(given.keys() - declared.keys()):
        raise ValueError(f"The Parameter ({unknown[0]}) was not defined in template.")
    values: dict[str, object] = {}
    for name, parameter in declared.items():
        if name in given:
            values[name] = check_value(name, parameter, given[name])
        elif "Default" in parameter:
            values[name] = parameter["Default"]
        else:
            raise ValueError(f"The Parameter ({name}) was not provided.")
    return values


def _check_kind(name: str, kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"yunmock makes no {kind} ({name}); it makes {', '.join(sorted(KINDS))}")


def wanted(template: RosTemplate) -> dict[str, StackResource]:
    """What a template makes, in the order of making."""
    found = {}
    for name in template.in_order():
        resource = template.resources[name]
        found[name] = StackResource(
            name,
            str(resource["Type"]),
            template.physical_id(name),
            template.resolve(resource.get("Properties") or {}),
            resource.get("DeletionPolicy") == RETAIN,
        )
    return found


def create(state: RosState, stack: Stack, template: RosTemplate) -> Stack:
    """Make every resource of a new stack; the stack as it then is."""
    made = stack
    try:
        for resource in wanted(template).values():
            state.provider(resource.kind).make(resource.kind, resource.properties, stack.region)
            made = made.having(resource)
    except RefusalError as error:
        reason = f"Resource CREATE failed: {error.code}: {error}"
        if made.disable_rollback:
            return _ended(state, made, f"{CREATE}_{FAILED}", reason)
        return _ended(state, _undone(state, made), f"{ROLLBACK}_{COMPLETE}", reason)
    return _ended(state, made, f"{CREATE}_{COMPLETE}", "Stack CREATE completed successfully")


def update(state: RosState, before: Stack, asked: Stack, template: RosTemplate) -> Stack:
    """Bring a stack to what a template wants; the stack as it then is.

    Args:
        before: the stack as it was.
        asked: the same with the new template and parameters.
    """
    target, made = wanted(template), asked
    try:
        for resource in target.values():
            _apply(state, made, resource)
            made = made.having(resource)
        for gone in [each for each in made.resources if each.name not in target]:
            _delete(state, made.region, gone)
            made = made.without(gone.name)
    except RefusalError as error:
        reason = f"Resource UPDATE failed: {error.code}: {error}"
        return _ended(state, _restored(state, before, made), f"{ROLLBACK}_{COMPLETE}", reason)
    ended = _ended(state, made, f"{UPDATE}_{COMPLETE}", "Stack successfully updated")
    return replace(ended, updated_ms=state.now_ms())


def delete(state: RosState, stack: Stack, *, retain_all: bool = False) -> Stack:
    """Delete what a stack has and does not retain, the newest first."""
    left = stack
    try:
        for resource in reversed(stack.resources):
            if not retain_all:
                _delete(state, stack.region, resource)
            left = left.without(resource.name)
    except RefusalError as error:
        return _ended(state, left, f"{DELETE}_{FAILED}", f"Resource DELETE failed: {error.code}: {error}")
    return _ended(state, left, f"{DELETE}_{COMPLETE}", "Stack DELETE completed successfully")


def _apply(state: RosState, stack: Stack, resource: StackResource) -> None:
    known, provider = stack.resource(resource.name), state.provider(resource.kind)
    if known is not None and known.physical_id == resource.physical_id and known.kind == resource.kind:
        if known.properties != resource.properties:
            provider.change(resource.kind, resource.properties, stack.region)
        return
    provider.make(resource.kind, resource.properties, stack.region)
    if known is not None:
        _delete(state, stack.region, known)


def _delete(state: RosState, region: str, resource: StackResource) -> None:
    if not resource.retained:
        state.provider(resource.kind).delete(resource.kind, resource.properties, region)


def _undone(state: RosState, stack: Stack) -> Stack:
    """A new stack without what it has made, and without what it retains when it is deleted, too."""
    for resource in reversed(stack.resources):
        state.provider(resource.kind).delete(resource.kind, resource.properties, stack.region)
    return replace(stack, resources=())


def _restored(state: RosState, before: Stack, made: Stack) -> Stack:
    """A stack as it was before an update that failed."""
    for resource in reversed(made.resources):
        if before.resource(resource.name) is None:
            state.provider(resource.kind).delete(resource.kind, resource.properties, made.region)
    for resource in before.resources:
        present = made.resource(resource.name)
        if present is not None and present.properties != resource.properties:
            state.provider(resource.kind).change(resource.kind, resource.properties, made.region)
    return before


def _ended(state: RosState, stack: Stack, outcome: str, reason: str) -> Stack:
    return replace(stack, outcome=outcome, reason=reason, busy_until_ms=state.now_ms() + BUSY_MS)
