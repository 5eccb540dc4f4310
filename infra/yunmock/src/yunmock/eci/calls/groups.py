"""DescribeContainerGroups: the groups of a region.

The vendor's page: https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eci import containers
from yunmock.eci.calls import arguments as parameters
from yunmock.eci.calls.paging import page
from yunmock.eci.model import ENDED
from yunmock.eci.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.eci.calls.arguments import Arguments
    from yunmock.eci.model import Event, Group
    from yunmock.eci.service import EciService
    from yunmock.eci.state import Registry

MAX_PAGE = 20
"""Both the default and the highest Limit."""

ACTION = "DescribeContainerGroups"


def describe_container_groups(service: EciService, arguments: Arguments) -> dict[str, Any]:
    """The groups of a region that pass the filters, oldest first, 20 to a page.

    Raises:
        EciError: MissingParameter, InvalidParameter.
    """
    region = parameters.region(arguments)
    limit = parameters.number(arguments, "Limit", MAX_PAGE, 1, MAX_PAGE)
    with_event = parameters.boolean(arguments, "WithEvent")
    selected = parameters.selection(arguments, tuple(parameters.FILTERS))
    with service.atomic():
        found = [group for group in service.registry.groups(region) if selected(group)]
        shown = page(found, f"{ACTION}/{region}", limit, arguments.get("NextToken", ""))
        rows = [view(group, service.registry if with_event else None) for group in shown.groups]
    return {"TotalCount": shown.total, "NextToken": shown.next_token, "ContainerGroups": rows}


def view(group: Group, registry: Registry | None) -> dict[str, Any]:
    """A group as the API answers it, with its events when there is a registry to take them from."""
    row: dict[str, Any] = {
        **_made_up(group),
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
        "Containers": containers.describe(group),
        "InitContainers": containers.describe_init(group),
    }
    if group.status in ENDED and group.ended_ms is not None:
        row[ENDED[group.status]] = rfc3339(group.ended_ms)
    if registry is not None:
        row["Events"] = [event_view(event) for event in registry.events(group.id)]
    return {name: value for name, value in {**row, **group.attributes}.items() if value != ""}


def event_view(event: Event) -> dict[str, Any]:
    """An event as a group carries it; `Name` is the object that the event belongs to."""
    return {
        "Type": event.type,
        "Reason": event.reason,
        "Message": event.message,
        "Name": event.object_name,
        "Count": event.count,
        "FirstTimestamp": rfc3339(event.first_ms),
        "LastTimestamp": rfc3339(event.last_ms),
    }


def _made_up(group: Group) -> dict[str, Any]:
    """What every group has and nothing here depends on; told apart by the group's number."""
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
