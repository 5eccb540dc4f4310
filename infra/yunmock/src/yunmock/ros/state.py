"""The stacks of a cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.identifiers import new_uuid
from yunmock.ros.errors import RosError
from yunmock.ros.model import Stack, decode, encode
from yunmock.ros.providers import KINDS, RAM, KeptOnly, Roles
from yunmock.services import Provisioned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from yunmock.cloud import Account, Cloud
    from yunmock.ros.model import StackResource
    from yunmock.services import ResourceProvider
    from yunmock.storage import Space

BUSY_MS = 1_000
"""How long every operation on a stack is in progress; the real one depends on the resources."""


class RosState:
    """The stacks, and the services that their resources are made in.

    Attributes:
        account: the account that the stacks belong to.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.account: Account = cloud.account
        self._stacks: Space[Stack] = cloud.storage.space("ros.stack", encode, decode)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._cloud.storage.atomic()

    def now_ms(self) -> int:
        """The cloud's time in milliseconds."""
        return self._cloud.clock.now_ms()

    def provider(self, kind: str) -> ResourceProvider:
        """Who makes resources of a type that `KINDS` has."""
        service = KINDS[kind]
        if not service:
            return KeptOnly()
        if service == RAM:
            return Roles(self._cloud.access)
        found = self._cloud.services[service]
        if not isinstance(found, Provisioned):
            raise TypeError(f"the service {service!r} makes no resources")
        return found.resources

    def stacks(self, region: str) -> Iterator[Stack]:
        """The stacks of a region, the oldest first."""
        found = [stack for _, stack in self._stacks.scan() if stack.region == region]
        return iter(sorted(found, key=lambda stack: (stack.created_ms, stack.id)))

    def all_stacks(self) -> list[Stack]:
        """The stacks of all regions."""
        return [stack for _, stack in self._stacks.scan()]

    def stack(self, region: str, stack_id: str) -> Stack:
        """The stack with this id.

        Raises:
            RosError: StackNotFound.
        """
        found = self._stacks.get(stack_id.encode())
        if found is None or found.region != region:
            raise RosError("StackNotFound", stack_id)
        return found

    def owner(self, stack: Stack, resource: StackResource) -> Stack | None:
        """Another stack of the region that has a resource of this type and name; None if there is none."""
        named = resource.kind, resource.physical_id
        others = [other for other in self.stacks(stack.region) if other.id != stack.id]
        return next(
            (other for other in others if any((has.kind, has.physical_id) == named for has in other.resources)), None
        )

    def put(self, stack: Stack) -> None:
        """Keep a stack, new or changed."""
        self._stacks.put(stack.id.encode(), stack)

    def new_id(self) -> str:
        """An id that no stack has."""
        return str(new_uuid())
