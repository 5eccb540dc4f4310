"""The control interface: container groups and their events made, moved and removed by whoever runs the cloud.

Every argument can be JSON and every answer is, so that the same calls can be made over HTTP (`dispatch`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yunmock.eci import containers as container_states
from yunmock.eci.calls.events import CASINGS, PASCAL, kubernetes_event
from yunmock.eci.calls.groups import view
from yunmock.eci.checks import one_of, own
from yunmock.eci.model import COMPUTE_CATEGORIES, ENDED, EVENT_TYPES, NEXT_STATUS, Event, Group
from yunmock.eci.state import Registry
from yunmock.eci.timestamps import Moment, milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yunmock.cloud import Cloud
    from yunmock.storage import Space

ID_PREFIXES = {"cn-hangzhou": "bp1", "cn-beijing": "2ze", "cn-shanghai": "uf6", "cn-shenzhen": "wz9"}
"""What resource ids of a region begin with; other regions share one."""

OTHER_PREFIX = "0jl"
MAX_COUNT = 2**31 - 1

_REGION = re.compile(r"[a-z0-9][a-z0-9-]*")
_CASING = b"casing"


class Control:
    """Groups and events by Python call; every time is of the cloud's clock unless `at` says otherwise."""

    def __init__(self, cloud: Cloud) -> None:
        self._clock = cloud.clock
        self._storage = cloud.storage
        self._settings: Space[str] = cloud.storage.space("eci.setting", str.encode, bytes.decode)
        self.registry = Registry(cloud)

    @property
    def casing(self) -> str:
        """How DescribeContainerGroupEvents spells the fields of an event: `pascal` or `camel`."""
        return self._settings.get(_CASING) or PASCAL

    def now_ms(self) -> int:
        """The cloud's time."""
        return self._clock.now_ms()

    def set_casing(self, casing: str) -> None:
        """Choose the spelling: `pascal` as the vendor's SDK declares it (default), `camel` as the console shows it.

        Raises:
            ValueError: it is neither.
        """
        self._settings.put(_CASING, one_of("casing", casing, CASINGS))

    def create_container_group(
        self,
        region: str,
        name: str,
        *,
        status: str = "Scheduling",
        container_group_id: str | None = None,
        at: Moment | None = None,
        namespace: str = "default",
        zone_id: str | None = None,
        v_switch_id: str = "vsw-yunmock",
        security_group_id: str = "sg-yunmock",
        resource_group_id: str = "",
        compute_category: str = "",
        tags: Mapping[str, str] | None = None,
        annotations: str = "",
        containers: Sequence[Mapping[str, Any]] = (),
        init_containers: Sequence[Mapping[str, Any]] = (),
        attributes: Mapping[str, Any] | None = None,
    ) -> str:
        """Make a container group; answers its id.

        Args:
            status: any of the ten.
            container_group_id: its id; made up when None.
            at: when it was created, and came to `status`.
            zone_id: `<region>-h` when None.
            containers, init_containers: as DescribeContainerGroups answers them (`{"Name", "Image", …}`); what is
                left out is made up from the status. One container of the group's name when there are none.
            attributes: further fields of DescribeContainerGroups by their API names (`{"InstanceType": …}`).

        Raises:
            ValueError: no such status or category, no region, or the id is taken.
        """
        if not _REGION.fullmatch(region):
            raise ValueError(f"{region!r} is no region")
        one_of("status", status, NEXT_STATUS)
        if compute_category:
            one_of("compute_category", compute_category, COMPUTE_CATEGORIES)
        sequence = self.registry.next_sequence()
        group = Group(
            id=container_group_id or f"eci-{ID_PREFIXES.get(region, OTHER_PREFIX)}{sequence:017d}",
            region=region,
            name=name,
            sequence=sequence,
            status=status,
            created_ms=self._moment(at),
            namespace=namespace,
            zone_id=f"{region}-h" if zone_id is None else zone_id,
            v_switch_id=v_switch_id,
            security_group_id=security_group_id,
            resource_group_id=resource_group_id,
            compute_category=compute_category,
            annotations=annotations,
            tags=own(tags or {}),
            containers=tuple(own(each) for each in containers),
            init_containers=tuple(own(each) for each in init_containers),
            attributes=own(attributes or {}),
        )
        self.registry.add(_moved(group, status, group.created_ms))
        return group.id

    def set_status(self, group_id: str, status: str, *, at: Moment | None = None) -> None:
        """Bring a group to a status, any from any; a terminal one (Succeeded, Failed, Expired) is dated `at`.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: there is no such status.
        """
        one_of("status", status, NEXT_STATUS)
        with self._storage.atomic():
            self.registry.replace(_moved(self.registry.get(group_id), status, self._moment(at)))

    def advance(self, group_id: str) -> str:
        """Bring a group to the status that follows when all goes well; answers it.

        Scheduling → Pending → Running → Succeeded; Restarting and Updating → Running.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: nothing follows.
        """
        with self._storage.atomic():
            group = self.registry.get(group_id)
            following = NEXT_STATUS[group.status]
            if following is None:
                raise ValueError(f"nothing follows the status {group.status}")
            self.set_status(group_id, following)
        return following

    def set_container_state(
        self, group_id: str, container: str, state: Mapping[str, Any], *, restart_count: int | None = None
    ) -> None:
        """Give one container a state of its own, which the group's status no longer changes.

        Args:
            state: its CurrentState as the API answers it (`{"State": "Terminated", "ExitCode": 137, …}`); the one
                it was in becomes its PreviousState.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: there is no such container.
        """
        with self._storage.atomic():
            group = self.registry.get(group_id)
            shown = container_states.describe(group)
            previous = next((each["CurrentState"] for each in shown if each["Name"] == container), None)
            given = group.containers or ({"Name": group.name},)
            changed = container_states.with_state(given, container, own(state), previous, restart_count)
            self.registry.replace(replace(group, containers=changed))

    def add_event(
        self,
        group_id: str,
        reason: str,
        type: str,  # noqa: A002 - the field's name
        message: str,
        *,
        at: Moment | None = None,
        first_at: Moment | None = None,
        count: int = 1,
        component: str = "EciService",
        name: str | None = None,
        kind: str = "Pod",
        object_name: str | None = None,
        host: str = "",
        reporting_component: str = "",
        reporting_instance: str = "",
    ) -> str:
        """Let an event happen to a group; answers its `metadata.name`.

        One that happened before is counted again and its last time moved. Which one that is: with `name`, the
        event of that name and reason; without, the one of the same reason, type, message, component and object,
        as in Kubernetes. The 50 that happened last are kept.

        Args:
            type: `Normal` or `Warning`.
            at: when it happened (last, when `count` is more than 1).
            first_at: when it happened first; `at` when None.
            count: how many times it happened.
            component: who reports it, which EventSource asks for: `EciService` or `K8sAgent`.
            name: its `metadata.name`; made up when None.
            kind, object_name: what it belongs to; the group's pod when None.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
            ValueError: no such type, a count below 1, or a first time after the last.
        """
        last_ms = self._moment(at)
        first_ms = last_ms if first_at is None else milliseconds(first_at)
        if not 1 <= count <= MAX_COUNT or first_ms > last_ms:
            raise ValueError(f"an event happens at least once ({count}), first before last ({first_ms}, {last_ms})")
        with self._storage.atomic():
            group = self.registry.get(group_id)
            event = Event(
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
            return self.registry.add_event(group_id, event, named=name is not None).name

    def delete_container_group(self, group_id: str) -> None:
        """Remove a group and its events at once; for the time before that there is the status `Terminating`.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        self.registry.delete(group_id)

    def container_group(self, group_id: str) -> dict[str, Any]:
        """A group as DescribeContainerGroups answers it with its events.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        return own(view(self.registry.get(group_id), self.registry))

    def list_container_groups(self, region: str | None = None) -> list[dict[str, Any]]:
        """The groups of a region, or of all, as `container_group` answers them; oldest first within a region."""
        regions = self.registry.regions() if region is None else [region]
        return [own(view(group, self.registry)) for each in regions for group in self.registry.groups(each)]

    def list_events(self, group_id: str) -> list[dict[str, Any]]:
        """The events of a group as Kubernetes Events in lower camelCase: what an event sink would have pushed.

        Raises:
            ContainerGroupNotFoundError: there is no such group.
        """
        group = self.registry.get(group_id)
        return [kubernetes_event(group, event) for event in self.registry.events(group_id)]

    def _moment(self, at: Moment | None) -> int:
        return self._clock.now_ms() if at is None else milliseconds(at)


def _moved(group: Group, status: str, at_ms: int) -> Group:
    ran = at_ms if status == "Running" and group.running_ms is None else group.running_ms
    return replace(group, status=status, running_ms=ran, ended_ms=at_ms if status in ENDED else None)
