"""Container groups and their events: what is kept of them, and the tables their rules are read from.

Statuses and times: DescribeContainerGroups
(https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any

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
"""Each of the ten statuses, and the one that follows when all goes well; None where nothing follows."""

ENDED: dict[str, str] = {"Succeeded": "SucceededTime", "Failed": "FailedTime", "Expired": "ExpiredTime"}
"""The terminal statuses, and the field that tells when a group got there."""

COMPUTE_CATEGORIES = ("economy", "general")
EVENT_TYPES = ("Normal", "Warning")
EVENT_SOURCES = ("EciService", "K8sAgent")
MAX_EVENTS = 50
"""Events kept of a group: "returns the latest 50" (DescribeContainerGroupEvents)."""


@dataclass(frozen=True, slots=True)
class Group:
    """A container group.

    Attributes:
        sequence: its place in the order of creation, counted over all regions.
        containers, init_containers: as the API answers them, by its field names; never changed in place.
        attributes: further fields of the answer by their API names; they win over those made up.
        running_ms, ended_ms: when it first ran and when it came to a terminal status.
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
    containers: tuple[dict[str, Any], ...] = ()
    init_containers: tuple[dict[str, Any], ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    running_ms: int | None = None
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
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
        """What two occurrences share when they are one event repeated."""
        return self.reason, self.type, self.message, self.component, self.kind, self.object_name


_GROUP_FIELDS = tuple(row.name for row in fields(Group))


def encode_group(group: Group) -> bytes:
    """A group as bytes."""
    return json.dumps({name: getattr(group, name) for name in _GROUP_FIELDS}).encode()


@lru_cache(maxsize=4096)
def decode_group(text: bytes) -> Group:
    """A group from its bytes; the same bytes are the same group, which nothing changes in place."""
    row = json.loads(text)
    return Group(**{**row, **{name: tuple(row[name]) for name in ("containers", "init_containers")}})


def encode_events(events: tuple[Event, ...]) -> bytes:
    """The events of a group as bytes."""
    return json.dumps([asdict(event) for event in events]).encode()


def decode_events(text: bytes) -> tuple[Event, ...]:
    """The events of a group from their bytes."""
    return tuple(Event(**row) for row in json.loads(text))
