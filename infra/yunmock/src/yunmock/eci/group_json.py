"""A container group and its events as the API writes them, and as an event sink pushes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci import containers
from yunmock.eci.model import ENDED
from yunmock.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.eci.model import ContainerGroup, GroupEvent
    from yunmock.json_types import JsonObject, JsonValue


def group_json(group: ContainerGroup, events: Iterable[GroupEvent] | None) -> JsonObject:
    """A group as DescribeContainerGroups answers it; with its events, unless `events` is None."""
    row: JsonObject = {
        **_invented(group),
        "ContainerGroupId": group.id,
        "ContainerGroupName": group.name,
        "RegionId": group.region,
        "ZoneId": group.zone_id,
        "VSwitchId": group.v_switch_id,
        "SecurityGroupId": group.security_group_id,
        "ResourceGroupId": group.resource_group_id,
        "ComputeCategory": group.compute_category,
        "Status": group.status,
        "CreationTime": rfc3339(group.created_ms),
        "Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()],
        "Containers": [*containers.describe(group)],
        "InitContainers": [*containers.describe_init(group)],
    }
    if group.status in ENDED and group.ended_ms is not None:
        row[ENDED[group.status]] = rfc3339(group.ended_ms)
    if events is not None:
        row["Events"] = [_event_of_group(event) for event in events]
    return {name: value for name, value in {**row, **group.attributes}.items() if value != ""}


def kubernetes_event(group: ContainerGroup, event: GroupEvent) -> JsonObject:
    """An event as a Kubernetes Event, in lower camelCase and without empty fields."""
    return {
        "count": event.count,
        "firstTimestamp": rfc3339(event.first_ms),
        "lastTimestamp": rfc3339(event.last_ms),
        "involvedObject": {
            "apiVersion": "v1",
            "kind": event.kind,
            "name": event.object_name,
            "namespace": group.namespace,
            "uid": group.id,
        },
        "message": event.message,
        "metadata": {"name": event.name, "namespace": group.namespace},
        "reason": event.reason,
        "source": _without_empty({"component": event.component, "host": event.host}),
        "type": event.type,
        **_without_empty(
            {"reportingComponent": event.reporting_component, "reportingInstance": event.reporting_instance}
        ),
    }


def _event_of_group(event: GroupEvent) -> JsonObject:
    """An event inside a group; `Name` is the object that the event belongs to."""
    return {
        "Type": event.type,
        "Reason": event.reason,
        "Message": event.message,
        "Name": event.object_name,
        "Count": event.count,
        "FirstTimestamp": rfc3339(event.first_ms),
        "LastTimestamp": rfc3339(event.last_ms),
    }


def _without_empty(fields: dict[str, JsonValue]) -> JsonObject:
    return {name: value for name, value in fields.items() if value}


def _invented(group: ContainerGroup) -> JsonObject:
    """Fields that every group has and that nothing here depends on; they differ by the group's number."""
    number = group.sequence
    return {
        "VpcId": "vpc-yunmock",
        "EniInstanceId": f"eni-{group.id.removeprefix('eci-')}",
        "IntranetIp": f"172.{16 + number // 65536 % 16}.{number // 256 % 256}.{number % 256}",
        "Cpu": 2.0,
        "Memory": 4.0,
        "Discount": 0,
        "EphemeralStorage": 0,
        "RestartPolicy": "Always",
        "SpotStrategy": "NoSpot",
        "Volumes": [],
        "HostAliases": [],
    }
