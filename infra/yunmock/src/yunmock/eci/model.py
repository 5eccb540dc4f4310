"""Container groups and their events as they are kept, and the tables of their rules.

Statuses and times: DescribeContainerGroups
(https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from yunmock.item_codec import ItemCodec

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject

NEXT_STATUS: dict[str, str | None] = {
    "Scheduling": "Pending",
    "Pending": "Running",
    "Running": "Succeeded",
    "Restarting": "Running",
    "Updating": "Running",
    "Succeeded": None,
    "Failed": None,
    "Expired": None,
    "ScheduleFailed": None,
    "Terminating": None,
}
"""Each of the ten statuses, and the next one when all goes well; None when there is no next one."""

ENDED: dict[str, str] = {"Succeeded": "SucceededTime", "Failed": "FailedTime", "Expired": "ExpiredTime"}
"""The terminal statuses, and the field with the time at which a group reached each."""

COMPUTE_CATEGORIES = ("economy", "general")
EVENT_TYPES = ("Normal", "Warning")
EVENT_SOURCES = ("EciService", "K8sAgent")
PASCAL, CAMEL = "pascal", "camel"
CASINGS = (PASCAL, CAMEL)
"""How DescribeContainerGroupEvents can spell the fields of an event."""

MAX_EVENTS = 50
"""How many events a group keeps: "returns the latest 50" (DescribeContainerGroupEvents)."""


@dataclass(frozen=True, slots=True)
class ContainerGroup:
    """A container group.

    Attributes:
        sequence: its number in the order of creation, over all regions.
        containers, init_containers: as the API writes them, by its field names; never changed in place.
        attributes: further fields of the answer by their API names; they replace invented ones.
        running_ms, ended_ms: when it first ran, and when it reached a terminal status.
    """

    id: str
    region: str
    name: str
    sequence: int
    status: str
    created_ms: int
    namespace: str = "default"
    zone_id: str = ""
    v_switch_id: str = ""
    security_group_id: str = ""
    resource_group_id: str = ""
    compute_category: str = ""
    annotations: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    containers: tuple[JsonObject, ...] = ()
    init_containers: tuple[JsonObject, ...] = ()
    attributes: JsonObject = field(default_factory=dict)
    running_ms: int | None = None
    ended_ms: int | None = None


def moved(group: ContainerGroup, status: str, at_ms: int) -> ContainerGroup:
    """The group in a status that it reached at `at_ms`."""
    ran = at_ms if status == "Running" and group.running_ms is None else group.running_ms
    return replace(group, status=status, running_ms=ran, ended_ms=at_ms if status in ENDED else None)


@dataclass(frozen=True, slots=True)
class GroupEvent:
    """An event of a group, in the terms of a Kubernetes Event; `name` is `metadata.name`, times in milliseconds."""

    name: str
    reason: str
    type: str
    message: str
    component: str
    count: int
    first_ms: int
    last_ms: int
    kind: str = "Pod"
    object_name: str = ""
    host: str = ""
    reporting_component: str = ""
    reporting_instance: str = ""

    @property
    def content(self) -> tuple[str, ...]:
        """What two occurrences of one event have in common."""
        return self.reason, self.type, self.message, self.component, self.kind, self.object_name


GROUPS = ItemCodec(ContainerGroup, {"containers": tuple, "init_containers": tuple})
"""How groups are kept as bytes."""


def encode_events(events: tuple[GroupEvent, ...]) -> bytes:
    """The events of a group as bytes."""
    return json.dumps([asdict(event) for event in events]).encode()


def decode_events(text: bytes) -> tuple[GroupEvent, ...]:
    """The events of a group from their bytes."""
    return tuple(GroupEvent(**row) for row in json.loads(text))
