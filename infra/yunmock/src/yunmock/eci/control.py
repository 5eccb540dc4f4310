"""The control interface: create, change and delete container groups, and let events happen to them.

Nothing runs in yunmock's ECI, so tests set the scene with these calls, in Python or over HTTP. Every argument can be
JSON and every result is JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.checks import json_copy, one_of, region_of
from yunmock.eci import containers as containers_of
from yunmock.eci.errors import ContainerGroupNotFoundError
from yunmock.eci.group_json import group_json, kubernetes_event
from yunmock.eci.model import (
    CASINGS,
    COMPUTE_CATEGORIES,
    EVENT_TYPES,
    NEXT_STATUS,
    ContainerGroup,
    GroupEvent,
    moved,
)
from yunmock.identifiers import resource_id
from yunmock.named_calls import NamedCalls
from yunmock.timestamps import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yunmock.checks import AnyJson
    from yunmock.cloud import Cloud
    from yunmock.eci.state import EciState
    from yunmock.json_types import JsonObject
    from yunmock.timestamps import Timestamp

SERVICE = "eci"
CALLS = (
    "create_container_group",
    "set_status",
    "advance",
    "set_container_state",
    "add_event",
    "delete_container_group",
    "container_group",
    "list_container_groups",
    "list_events",
    "set_casing",
    "after",
)
"""The calls that can be made by name, over HTTP or later."""

MAX_COUNT = 2**31 - 1


class EciControl(NamedCalls):
    """Create, change and delete container groups and events; a time left out is the cloud's present.

    Attributes:
        state: the container groups and their events.
    """

    service, calls, gone = SERVICE, CALLS, ContainerGroupNotFoundError

    def __init__(self, cloud: Cloud, state: EciState) -> None:
        super().__init__(cloud)
        self.state = state
        cloud.workers[SERVICE] = lambda payload, _due_ms: self.run_call(payload)

    @property
    def casing(self) -> str:
        """How DescribeContainerGroupEvents spells the fields of an event: `pascal` or `camel`."""
        return self.state.casing

    def set_casing(self, casing: str) -> None:
        """Choose the spelling: `pascal` as the vendor's SDK declares it (default), `camel` as the console shows it.

        Raises:
            ValueError: it is neither.
        """
        self.state.set_casing(one_of("casing", casing, CASINGS))

    def create_container_group(
        self,
        region: str,
        name: str,
        *,
        status: str = "Scheduling",
        container_group_id: str | None = None,
        at: Timestamp | None = None,
        namespace: str = "default",
        zone_id: str | None = None,
        v_switch_id: str = "vsw-yunmock",
        security_group_id: str = "sg-yunmock",
        resource_group_id: str = "",
        compute_category: str = "",
        tags: Mapping[str, str] | None = None,
        annotations: str = "",
        containers: Sequence[Mapping[str, object]] = (),
        init_containers: Sequence[Mapping[str, object]] = (),
        attributes: Mapping[str, object] | None = None,
    ) -> str:
        """Create a container group and return its id.

        Args:
            status: any of the ten.
            container_group_id: its id; generated when None.
            at: when it was created and reached `status`.
            zone_id: `<region>-h` when None.
            containers, init_containers: as DescribeContainerGroups writes them (`{"Name", "Image", …}`); fields left
                out follow from the status. Without containers, there is one with the group's name.
            attributes: further fields of DescribeContainerGroups by their API names (`{"InstanceType": …}`).

        Raises:
            ValueError: unknown status or category, invalid region, or an id that exists.
        """
        region_of(region)
        one_of("status", status, NEXT_STATUS)
        if compute_category:
            one_of("compute_category", compute_category, COMPUTE_CATEGORIES)
        sequence = self.state.next_sequence()
        group = ContainerGroup(
            id=container_group_id or resource_id("eci", region, sequence),
            region=region,
            name=name,
            sequence=sequence,
            status=status,
            created_ms=self._ms(at),
            namespace=namespace,
            zone_id=f"{region}-h" if zone_id is None else zone_id,
            v_switch_id=v_switch_id,
            security_group_id=security_group_id,
            resource_group_id=resource_group_id,
            compute_category=compute_category,
            annotations=annotations,
            tags=dict(tags or {}),
            containers=tuple(json_copy(each) for each in containers),
            init_containers=tuple(json_copy(each) for each in init_containers),
            attributes=json_copy(attributes or {}),
        )
        self.state.add(moved(group, status, group.created_ms))
        return group.id

    def set_status(self, group_id: str, status: str, *, at: Timestamp | None = None) -> None:
        """Set the status of a group, from any to any; `at` is the end of a terminal one (Succeeded, Failed, Expired).

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: there is no such status.
        """
        one_of("status", status, NEXT_STATUS)
        with self.state.atomic():
            self.state.replace(moved(self.state.get(group_id), status, self._ms(at)))

    def advance(self, group_id: str) -> str:
        """Move a group to its next status when all goes well, and return that.

        Scheduling → Pending → Running → Succeeded; Restarting and Updating → Running.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: there is no next status.
        """
        with self.state.atomic():
            group = self.state.get(group_id)
            following = NEXT_STATUS[group.status]
            if following is None:
                raise ValueError(f"nothing follows the status {group.status}")
            self.set_status(group_id, following)
        return following

    def set_container_state(
        self, group_id: str, container: str, state: Mapping[str, object], *, restart_count: int | None = None
    ) -> None:
        """Set the state of one container; the group's status no longer changes it.

        Args:
            state: its CurrentState as the API writes it (`{"State": "Terminated", "ExitCode": 137, …}`); the former
                one becomes its PreviousState.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: there is no such container.
        """
        with self.state.atomic():
            group = self.state.get(group_id)
            changed = containers_of.with_state(group, container, json_copy(state), restart_count)
            self.state.replace(replace(group, containers=changed))

    def add_event(
        self,
        group_id: str,
        reason: str,
        type: str,  # noqa: A002 - the field's name
        message: str,
        *,
        at: Timestamp | None = None,
        first_at: Timestamp | None = None,
        count: int = 1,
        component: str = "EciService",
        name: str | None = None,
        kind: str = "Pod",
        object_name: str | None = None,
        host: str = "",
        reporting_component: str = "",
        reporting_instance: str = "",
    ) -> str:
        """Let an event happen to a group, and return its `metadata.name`.

        A repeated event is counted and its last time moved. With `name`, it repeats the event of that name and reason;
        without, the one of the same reason, type, message, component and object, as in Kubernetes. The latest 50 are
        kept.

        Args:
            type: `Normal` or `Warning`.
            at: when it happened (for the last time, when `count` is more than 1).
            first_at: when it first happened; `at` when None.
            count: how many times it happened.
            component: who reports it, the EventSource: `EciService` or `K8sAgent`.
            name: its `metadata.name`; generated when None.
            kind, object_name: what it belongs to; the group's pod when None.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: unknown type, a count below 1, or a first time after the last.
        """
        last_ms = self._ms(at)
        first_ms = last_ms if first_at is None else milliseconds(first_at)
        if not 1 <= count <= MAX_COUNT or first_ms > last_ms:
            raise ValueError(f"an event happens at least once ({count}), first before last ({first_ms}, {last_ms})")
        with self.state.atomic():
            group = self.state.get(group_id)
            event = GroupEvent(
                name=name or "",
                reason=reason,
                type=one_of("type", type, EVENT_TYPES),
                message=message,
                component=component,
                count=count,
                first_ms=first_ms,
                last_ms=last_ms,
                kind=kind,
                object_name=group.name if object_name is None else object_name,
                host=host,
                reporting_component=reporting_component,
                reporting_instance=reporting_instance,
            )
            return self.state.add_event(group_id, event, named=name is not None).name

    def delete_container_group(self, group_id: str) -> None:
        """Delete a group and its events at once. Set the status `Terminating` first to show a group that is ending.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        self.state.delete(group_id)

    def container_group(self, group_id: str) -> AnyJson:
        """A group as DescribeContainerGroups writes it, with its events.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        return self._group_json(self.state.get(group_id))

    def list_container_groups(self, region: str | None = None) -> list[AnyJson]:
        """The groups of a region, or of all, as `container_group` writes them; oldest first within a region."""
        regions = self.state.regions() if region is None else [region]
        return [self._group_json(group) for each in regions for group in self.state.groups(each)]

    def list_events(self, group_id: str) -> list[AnyJson]:
        """The events of a group as Kubernetes Events in lower camelCase, as an event sink pushes them.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        group = self.state.get(group_id)
        return [kubernetes_event(group, event) for event in self.state.events(group_id)]

    def _group_json(self, group: ContainerGroup) -> JsonObject:
        return json_copy(group_json(group, self.state.events(group.id)))
