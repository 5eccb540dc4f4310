"""DescribeInstancesFullStatus and DescribeDisksFullStatus: health and events beside each instance and disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import REBOOT
from tests.yunmock.noon import NOON_MS, REGION

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api

    from yunmock import Cloud
    from yunmock.ecs import EcsService

ONE = "2025-01-01T13:00:00Z"
DAY_S = 86_400


def of_instances(api: Api, **asked: object) -> list[dict[str, Any]]:
    """The rows of DescribeInstancesFullStatus."""
    body = api("DescribeInstancesFullStatus", **asked)
    rows: list[dict[str, Any]] = body["InstanceFullStatusSet"]["InstanceFullStatusType"]
    return rows


def of_disks(api: Api, **asked: object) -> list[dict[str, Any]]:
    """The rows of DescribeDisksFullStatus."""
    rows: list[dict[str, Any]] = api("DescribeDisksFullStatus", **asked)["DiskFullStatusSet"]["DiskFullStatusType"]
    return rows


def test_an_instance_with_its_open_events(ecs: EcsService, api: Api, instance: str) -> None:
    """Open events are beside the status; finished ones are not there."""
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)
    ecs.schedule_event(instance, REBOOT, status="Canceled")

    assert of_instances(api) == [
        {
            "InstanceId": instance,
            "Status": {"Code": 1, "Name": "Running"},
            "HealthStatus": {"Code": 64, "Name": "Warning"},
            "ScheduledSystemEventSet": {
                "ScheduledSystemEventType": [
                    {
                        "EventId": event,
                        "EventType": {"Code": 1, "Name": REBOOT},
                        "EventCycleStatus": {"Code": 24, "Name": "Scheduled"},
                        "EventPublishTime": "2025-01-01T12:00:00Z",
                        "NotBefore": ONE,
                        "Reason": "System maintenance is scheduled.",
                        "ImpactLevel": "100",
                        "ExtendedAttribute": {},
                    }
                ]
            },
        }
    ]


HEALTH: list[tuple[dict[str, Any], str]] = [
    ({}, "Ok"),
    ({"event_type": REBOOT}, "Warning"),
    ({"event_type": REBOOT, "status": "Executing"}, "Maintaining"),
    ({"event_type": "SystemFailure.Stop"}, "Impaired"),
    ({"event_type": REBOOT, "status": "Failed"}, "Ok"),
]


@pytest.mark.parametrize(("event", "health"), HEALTH)
def test_health(ecs: EcsService, api: Api, instance: str, event: dict[str, Any], health: str) -> None:
    """The health follows from the open events, and can be asked for."""
    if event:
        ecs.schedule_event(instance, **event)

    assert [row["HealthStatus"]["Name"] for row in of_instances(api, HealthStatus=health)] == [health]
    assert of_instances(api, HealthStatus="NotApplicable") == []


FILTERS: list[tuple[dict[str, object], list[tuple[str, list[str]]]]] = [
    ({}, [("i-1", ["e-1", "e-2"]), ("i-2", []), ("i-3", [])]),
    ({"InstanceId": ["i-3", "i-1"]}, [("i-1", ["e-1", "e-2"]), ("i-3", [])]),
    ({"EventId": ["e-2"]}, [("i-1", ["e-2"])]),
    ({"InstanceEventType": ["SystemMaintenance.Stop"]}, [("i-1", ["e-2"])]),
    ({"EventType": "SystemMaintenance.Stop"}, [("i-1", ["e-2"])]),
    ({"Status": "Stopped"}, [("i-3", [])]),
    ({"NotBefore.Start": ONE}, [("i-1", ["e-1"])]),
    ({"EventPublishTime.End": "2025-01-01T11:59:59Z"}, []),
    ({"Tag.1.Key": "owner"}, [("i-2", [])]),
    ({"ResourceGroupId": "rg-2"}, [("i-2", [])]),
    ({"PageSize": 1, "PageNumber": 2}, [("i-2", [])]),
    ({"RegionId": "cn-beijing"}, []),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_filters(ecs: EcsService, api: Api, asked: dict[str, object], found: list[tuple[str, list[str]]]) -> None:
    """Filters on instances choose instances; filters on events choose events, and the instances that have one."""
    ecs.create_instance(REGION, "a", instance_id="i-1")
    ecs.create_instance(REGION, "b", instance_id="i-2", tags={"owner": "x"}, resource_group_id="rg-2")
    ecs.create_instance(REGION, "c", instance_id="i-3", status="Stopped")
    ecs.schedule_event("i-1", REBOOT, not_before=ONE, event_id="e-1")
    ecs.schedule_event("i-1", "SystemMaintenance.Stop", event_id="e-2")

    rows = of_instances(api, **asked)

    shown = [(row["InstanceId"], row["ScheduledSystemEventSet"]["ScheduledSystemEventType"]) for row in rows]
    assert [(each, [event["EventId"] for event in events]) for each, events in shown] == found


def test_a_disk_with_its_events(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """An event that goes on is shown, one that has ended only for its period, and for seven days."""
    disk = ecs.create_disk(REGION, "data", instance_id=instance)
    first = ecs.start_disk_event(disk, "Degraded", at=NOON_MS - 3_600_000)
    ecs.finish_disk_event(first, at=NOON_MS - 3_500_000)
    second = ecs.start_disk_event(disk, "Stalled")
    row = {
        "DiskId": disk,
        "InstanceId": instance,
        "Device": "/dev/xvdb",
        "Status": {"Code": 128, "Name": "In_use"},
        "HealthStatus": {"Code": 128, "Name": "Impaired"},
    }
    going_on = {
        "EventId": second,
        "EventType": {"Code": 7, "Name": "Stalled"},
        "EventTime": "2025-01-01T12:00:00Z",
        "ImpactLevel": "100",
    }
    ended = {
        "EventId": first,
        "EventType": {"Code": 1, "Name": "Degraded"},
        "EventTime": "2025-01-01T11:00:00Z",
        "EventEndTime": "2025-01-01T11:01:40Z",
        "ImpactLevel": "100",
    }
    period = {"EventTime.Start": "2025-01-01T11:00:00Z", "EventTime.End": "2025-01-01T12:00:00Z"}

    assert of_disks(api) == [{**row, "DiskEventSet": {"DiskEventType": [going_on]}}]
    assert of_disks(api, **period) == [{**row, "DiskEventSet": {"DiskEventType": [ended, going_on]}}]
    cloud.clock.advance(7 * DAY_S)
    assert of_disks(api, **period) == [{**row, "DiskEventSet": {"DiskEventType": [going_on]}}]


DISK_FILTERS: list[tuple[dict[str, object], list[str]]] = [
    ({}, ["d-1", "d-2", "d-3"]),
    ({"DiskId": ["d-3", "d-1"]}, ["d-1", "d-3"]),
    ({"EventType": "Degraded"}, ["d-1"]),
    ({"EventId": ["e-2"]}, ["d-2"]),
    ({"Status": "Available"}, ["d-3"]),
    ({"HealthStatus": "Warning"}, ["d-1"]),
    ({"HealthStatus": "Ok"}, ["d-3"]),
    ({"Tag.1.Key": "owner"}, ["d-3"]),
    ({"PageSize": 2, "PageNumber": 2}, ["d-3"]),
]


@pytest.mark.parametrize(("asked", "found"), DISK_FILTERS)
def test_disk_filters(ecs: EcsService, api: Api, instance: str, asked: dict[str, object], found: list[str]) -> None:
    """Each filter lets through the disks that it names."""
    ecs.create_disk(REGION, "a", instance_id=instance, disk_id="d-1", kind="system")
    ecs.create_disk(REGION, "b", instance_id=instance, disk_id="d-2")
    ecs.create_disk(REGION, "c", disk_id="d-3", tags={"owner": "x"})
    ecs.start_disk_event("d-1", "Degraded", event_id="e-1")
    ecs.start_disk_event("d-2", "ErrorDetected", event_id="e-2")

    assert [row["DiskId"] for row in of_disks(api, **asked)] == found


def test_the_disks_of_a_released_instance(ecs: EcsService, api: Api, instance: str) -> None:
    """The system disk goes with the instance, a data disk becomes available."""
    ecs.create_disk(REGION, "system", instance_id=instance, kind="system")
    data = ecs.create_disk(REGION, "data", instance_id=instance)

    ecs.release_instance(instance)

    (row,) = of_disks(api)
    assert (row["DiskId"], row["InstanceId"], row["Status"]["Name"]) == (data, "", "Available")
