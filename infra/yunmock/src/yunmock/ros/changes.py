"""Make, change and delete what a stack has.

Every resource is made in its service by the same code as a call of that service, so what the service refuses fails the
stack. What fails is rolled back unless the caller says otherwise: what was made is deleted, what was changed is changed
back, and what was deleted is made again, without its content.
Statuses: https://www.alibabacloud.com/help/en/ros/developer-reference/api-ros-2019-09-10-getstack.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.errors import RefusalError
from yunmock.ros.errors import RosError
from yunmock.ros.model import COMPLETE, CREATE, DELETE, FAILED, ROLLBACK, UPDATE, Stack, StackResource
from yunmock.ros.parameters import values_of
from yunmock.ros.resource_types import check_properties, fixed
from yunmock.ros.state import BUSY_MS
from yunmock.ros.structure import parse
from yunmock.ros.template import NO_VALUE, RETAIN, RosTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.ros.state import RosState

SHARED = ("ALIYUN::OTS::InstanceV2", "ALIYUN::MNS::Queue", "ALIYUN::RAM::Role", "ALIYUN::RAM::ManagedPolicy")
"""The types whose services take a second creation for the first; two stacks would delete each other's."""


def read(state: RosState, region: str, name: str, body: str, given: Mapping[str, str]) -> RosTemplate:
    """A template with its parameters, checked as ROS does before it makes anything.

    Raises:
        RosError: the template, a parameter or a property is wrong.
    """
    template = RosTemplate(parse(body))
    template.values = {**_pseudo(state, region, name), **values_of(template.parameters, given)}
    wanted(template)
    template.outputs()
    return template


def _pseudo(state: RosState, region: str, name: str) -> dict[str, object]:
    return {
        "ALIYUN::Region": region,
        "ALIYUN::TenantId": state.account.account_id,
        "ALIYUN::AccountId": state.account.account_id,
        "ALIYUN::StackName": name,
        NO_VALUE: NO_VALUE,
    }


def wanted(template: RosTemplate) -> dict[str, StackResource]:
    """What a template makes, in the order of making.

    Raises:
        RosError: the template is wrong.
    """
    found = {}
    for name in template.in_order():
        resource = template.resources[name]
        kind = str(resource["Type"])
        properties = check_properties(name, kind, template.properties(name))
        retained = resource.get("DeletionPolicy") == RETAIN
        found[name] = StackResource(name, kind, template.physical_id(name), properties, retained)
    return found


def create(state: RosState, stack: Stack, template: RosTemplate) -> Stack:
    """Make every resource of a new stack; the stack as it then is."""
    work = _Work(state, stack)
    try:
        for resource in wanted(template).values():
            work.make(resource)
    except RefusalError as error:
        reason = f"Resource CREATE failed: {error.code}: {error}"
        if stack.disable_rollback:
            return work.ended(f"{CREATE}_{FAILED}", reason)
        return _rolled_back(work, (), f"{CREATE}_{ROLLBACK}", reason)
    return work.ended(f"{CREATE}_{COMPLETE}", "Stack CREATE completed successfully")


def update(state: RosState, before: Stack, asked: Stack, template: RosTemplate, *, replacing: bool = False) -> Stack:
    """Bring a stack to what a template wants; the stack as it then is.

    Args:
        before: the stack as it was.
        asked: the same with the new template and parameters.
        replacing: whether a resource is deleted and made again if a property changes that an update cannot change.
    """
    target, work = wanted(template), _Work(state, asked)
    try:
        for resource in target.values():
            _apply(work, resource, replacing=replacing)
        for gone in [each for each in reversed(work.stack.resources) if each.name not in target]:
            work.delete(gone)
    except RefusalError as error:
        reason = f"Resource UPDATE failed: {error.code}: {error}"
        if asked.disable_rollback:
            return work.ended(f"{UPDATE}_{FAILED}", reason)
        ended = _rolled_back(work, before.resources, ROLLBACK, reason)
        return replace(ended, template=before.template, parameters=before.parameters)
    return replace(work.ended(f"{UPDATE}_{COMPLETE}", "Stack successfully updated"), updated_ms=state.now_ms())


def delete(state: RosState, stack: Stack, *, retain_all: bool = False) -> Stack:
    """Delete what a stack has and does not retain, the newest first."""
    work = _Work(state, stack)
    try:
        for resource in reversed(stack.resources):
            work.delete(replace(resource, retained=resource.retained or retain_all))
    except RefusalError as error:
        return work.ended(f"{DELETE}_{FAILED}", f"Resource DELETE failed: {error.code}: {error}")
    return work.ended(f"{DELETE}_{COMPLETE}", "Stack DELETE completed successfully")


class _Work:
    """Works on a stack's resources one by one; `stack` always has just those that exist."""

    def __init__(self, state: RosState, stack: Stack) -> None:
        self._state, self.stack = state, stack

    def make(self, resource: StackResource) -> None:
        """Make a resource in its service, which refuses one that exists, or would take it for this one."""
        owner = self._state.owner(self.stack, resource) if resource.kind in SHARED else None
        if owner is not None:
            taken = f"{resource.kind} {resource.physical_id} belongs to the stack {owner.name}"
            raise RosError("StackValidationFailed", taken)
        self._state.provider(resource.kind).make(resource.kind, resource.properties, self.stack.region)
        self.stack = self.stack.having(resource)

    def change(self, resource: StackResource) -> None:
        """Give a resource its new properties, and its place in the order."""
        known = self.stack.resource(resource.name)
        if known is None or known.properties != resource.properties:
            self._state.provider(resource.kind).change(resource.kind, resource.properties, self.stack.region)
        self.stack = self.stack.having(resource)

    def delete(self, resource: StackResource) -> None:
        """Delete a resource, or leave it alone if it is retained; the stack no longer has it."""
        if not resource.retained:
            self._state.provider(resource.kind).delete(resource.kind, resource.properties, self.stack.region)
        self.stack = self.stack.without(resource.name)

    def ended(self, outcome: str, reason: str) -> Stack:
        """The stack at the end of an operation."""
        return replace(self.stack, outcome=outcome, reason=reason, busy_until_ms=self._state.now_ms() + BUSY_MS)


def _apply(work: _Work, resource: StackResource, *, replacing: bool) -> None:
    known = work.stack.resource(resource.name)
    if known is None:
        work.make(resource)
        return
    unchangeable = _unchangeable(known, resource)
    if not unchangeable:
        work.change(resource)
        return
    if not replacing:
        raise RosError("StackValidationFailed", f"{resource.name}: an update cannot change {', '.join(unchangeable)}")
    work.delete(known)
    work.make(resource)


def _unchangeable(before: StackResource, after: StackResource) -> list[str]:
    return ["Type"] if before.kind != after.kind else fixed(before.kind, before.properties, after.properties)


def _rolled_back(work: _Work, before: tuple[StackResource, ...], operation: str, reason: str) -> Stack:
    """The stack with the resources that it had, or with what is left where a service refuses that."""
    kept = {each.name: each for each in before}
    try:
        for made in reversed(work.stack.resources):
            if made.name not in kept or _unchangeable(made, kept[made.name]):
                work.delete(replace(made, retained=False))
        for resource in before:
            (work.change if work.stack.resource(resource.name) else work.make)(resource)
    except RefusalError as error:
        return work.ended(f"{operation}_{FAILED}", f"{reason}; the rollback failed: {error.code}: {error}")
    return work.ended(f"{operation}_{COMPLETE}", reason)
