"""Instances and disks as the API writes them.

The fields are those of the vendor's SDK (alibabacloud_ecs20140526 7.11.8); times of an instance have whole minutes, as
in the samples of https://help.aliyun.com/document_detail/25506.html.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from yunmock.ecs.event_json import disk_event_row, named, scheduled_row
from yunmock.ecs.lives import DISK_STATUSES, HEALTH, INSTANCE_STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.ecs.model import Disk, DiskEvent, EcsInstance, SystemEvent
    from yunmock.json_types import JsonObject

NEVER = "2099-12-31T15:59Z"
"""When a pay-as-you-go instance expires."""


def instance_row(instance: EcsInstance) -> JsonObject:
    """An instance as DescribeInstances answers it."""
    spot = instance.spot_strategy != "NoSpot"
    row: JsonObject = {
        **_invented(instance),
        "InstanceId": instance.id,
        "InstanceName": instance.name,
        "HostName": instance.host_name,
        "Description": instance.description,
        "RegionId": instance.region,
        "ZoneId": instance.zone_id,
        "InstanceType": instance.instance_type,
        "InstanceTypeFamily": instance.instance_type.rpartition(".")[0],
        "Status": instance.status,
        "ResourceGroupId": instance.resource_group_id,
        "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in instance.tags.items()]},
        "InstanceChargeType": "PostPaid" if instance.expires_ms is None else "PrePaid",
        "CreationTime": _minute(instance.created_ms),
        "StartTime": "" if instance.started_ms is None else _minute(instance.started_ms),
        "ExpiredTime": NEVER if instance.expires_ms is None else _minute(instance.expires_ms),
        "SpotStrategy": instance.spot_strategy,
        "OperationLocks": {"LockReason": [{"LockReason": reason} for reason in instance.locks]},
    }
    if spot:
        row["SpotInterruptionBehavior"] = instance.spot_behavior
    return {**row, **instance.attributes}


def full_status_row(instance: EcsInstance, events: Sequence[SystemEvent], shown: Sequence[SystemEvent]) -> JsonObject:
    """An instance as DescribeInstancesFullStatus answers it; `events` are its open ones, `shown` are in the answer."""
    return {
        "InstanceId": instance.id,
        "Status": named(instance.status, INSTANCE_STATUSES),
        "HealthStatus": named(health(events), HEALTH),
        "ScheduledSystemEventSet": {"ScheduledSystemEventType": [scheduled_row(event) for event in shown]},
    }


def disk_status_row(disk: Disk, events: Sequence[DiskEvent], shown: Sequence[DiskEvent]) -> JsonObject:
    """A disk as DescribeDisksFullStatus answers it; its health follows from `events`, and `shown` are in the answer."""
    return {
        "DiskId": disk.id,
        "InstanceId": disk.instance_id,
        "Device": disk.device,
        "Status": named(disk.status, DISK_STATUSES),
        "HealthStatus": named(disk_health(events), HEALTH),
        "DiskEventSet": {"DiskEventType": [disk_event_row(event) for event in shown]},
    }


def maintenance_row(instance: EcsInstance) -> JsonObject:
    """What DescribeInstanceMaintenanceAttributes answers of an instance."""
    wish = instance.maintenance
    windows: list[JsonObject] = [{"StartTime": wish.start, "EndTime": wish.end}] if wish.start else []
    actions: JsonObject = {
        "Value": wish.action,
        "DefaultValue": "AutoRecover",
        "SupportedValues": {"SupportedValue": ["Stop", "AutoRecover", "AutoRedeploy"]},
    }
    return {
        "InstanceId": instance.id,
        "ActionOnMaintenance": actions,
        "MaintenanceWindows": {"MaintenanceWindow": [*windows]},
        "NotifyOnMaintenance": wish.notify,
    }


def health(events: Sequence[SystemEvent]) -> str:
    """The health of an instance with these open events."""
    executed = [event for event in events if event.status == "Executing"]
    if any("Failure" in event.type for event in executed):
        return "Impaired"
    if executed:
        return "Maintaining"
    return "Warning" if events else "Ok"


def disk_health(events: Sequence[DiskEvent]) -> str:
    """The health of a disk with these events."""
    types = {event.type for event in events if event.open}
    if types & {"Stalled", "ErrorDetected"}:
        return "Impaired"
    return "Warning" if types else "Ok"


def _minute(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def _invented(instance: EcsInstance) -> JsonObject:
    """Fields that every instance has and that nothing here depends on; they differ by the instance's number."""
    number = instance.sequence
    address = f"172.{16 + number // 65536 % 16}.{number // 256 % 256}.{number % 256}"
    return {
        "Cpu": 2,
        "Memory": 8192,
        "OSType": "linux",
        "ImageId": "m-yunmock",
        "InstanceNetworkType": "vpc",
        "SecurityGroupIds": {"SecurityGroupId": ["sg-yunmock"]},
        "VpcAttributes": {
            "VpcId": "vpc-yunmock",
            "VSwitchId": "vsw-yunmock",
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": [address]},
        },
        "PublicIpAddress": {"IpAddress": []},
        "DeletionProtection": False,
        "Recyclable": False,
    }
