"""A stack as it is stored."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from yunmock.exact_json import load_object

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject

CREATE, UPDATE, DELETE, ROLLBACK = "CREATE", "UPDATE", "DELETE", "ROLLBACK"
COMPLETE, FAILED, IN_PROGRESS = "COMPLETE", "FAILED", "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource that a stack has made.

    Attributes:
        name: its logical name in the template.
        kind: its type, such as `ALIYUN::MNS::Queue`.
        physical_id: what identifies it in its service.
        properties: what it was made with, resolved.
        retained: whether it outlives the stack.
    """

    name: str
    kind: str
    physical_id: str
    properties: JsonObject
    retained: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack.

    Attributes:
        parameters: the texts that the caller gave, by name.
        outcome: the status once the operation is over: `CREATE_COMPLETE`.
        busy_until_ms: until when the operation goes on; its status is `…_IN_PROGRESS` before.
        updated_ms: when it was changed last, None if never.
    """

    id: str
    name: str
    region: str
    template: str
    parameters: dict[str, str]
    resources: tuple[StackResource, ...]
    outcome: str
    reason: str
    created_ms: int
    busy_until_ms: int
    disable_rollback: bool = False
    timeout_min: int = 60
    updated_ms: int | None = None

    def status(self, now_ms: int) -> str:
        """What GetStack says at a time."""
        if now_ms < self.busy_until_ms:
            return f"{self.outcome.rpartition('_')[0]}_{IN_PROGRESS}"
        return self.outcome

    def resource(self, name: str) -> StackResource | None:
        """The resource with this logical name, None if the stack has none."""
        return next((each for each in self.resources if each.name == name), None)

    def having(self, resource: StackResource) -> Stack:
        """The stack with one resource more, or replaced."""
        others = [each for each in self.resources if each.name != resource.name]
        return replace(self, resources=(*others, resource))

    def without(self, name: str) -> Stack:
        """The stack without a resource."""
        return replace(self, resources=tuple(each for each in self.resources if each.name != name))


def encode(stack: Stack) -> bytes:
    """A stack for the storage."""
    return json.dumps(asdict(stack), ensure_ascii=False).encode()


def decode(stored: bytes) -> Stack:
    """A stack from the storage."""
    content: dict[str, Any] = load_object(stored)
    return Stack(**{**content, "resources": tuple(StackResource(**each) for each in content["resources"])})
