"""A program with the vendor's SDK for ECS: it reads what a server has, drills, and prints what it got as JSON.

It runs in an environment that has the SDK and nothing of this project. `ECS_ENDPOINT` is the server's address,
`NOT_BEFORE` the time of the drill.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from typing import Any

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.utils_models import Config

REGION = "cn-hangzhou"
REBOOT = "SystemMaintenance.Reboot"
STATUSES = ["Inquiring", "Scheduled", "Executing", "Executed", "Avoided", "Canceled", "Failed"]
ACTION = re.compile(r"action = '(\w+)'")


def client(**settings: Any) -> Any:
    """A client for the server; settings replace the usual ones."""
    usual = {
        "access_key_id": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "access_key_secret": os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "endpoint": os.environ["ECS_ENDPOINT"],
        "protocol": "http",
        "region_id": REGION,
    }
    return Client(Config(**{**usual, **settings}))


def regions(ecs: Any) -> Any:
    """The account's regions."""
    body = ecs.describe_regions(models.DescribeRegionsRequest()).body
    return [each.region_id for each in body.regions.region]


def instances(ecs: Any) -> Any:
    """The names of all instances, page by page, and the tags and locks of those of a team."""
    names, token = [], None
    while True:
        body = ecs.describe_instances(
            models.DescribeInstancesRequest(region_id=REGION, max_results=10, next_token=token)
        ).body
        names.append([each.instance_name for each in body.instances.instance])
        token = body.next_token
        if not token:
            break
    tag = models.DescribeInstancesRequestTag(key="owner", value="shop")
    (mine,) = ecs.describe_instances(
        models.DescribeInstancesRequest(region_id=REGION, tag=[tag], status="Running")
    ).body.instances.instance
    return {
        "pages": [len(page) for page in names],
        "names": sorted(name for page in names for name in page),
        "mine": [mine.instance_id, mine.host_name, mine.zone_id, mine.spot_strategy],
        "tags": [[each.tag_key, each.tag_value] for each in mine.tags.tag],
        "locks": [each.lock_reason for each in mine.operation_locks.lock_reason],
    }


def history(ecs: Any, **asked: Any) -> Any:
    """The events that come back, as `id status notBefore`."""
    body = ecs.describe_instance_history_events(
        models.DescribeInstanceHistoryEventsRequest(region_id=REGION, **asked)
    ).body
    rows = body.instance_system_event_set.instance_system_event_type
    return [
        [row.event_id, row.instance_id, row.event_type.name, row.event_cycle_status.name, row.not_before]
        for row in rows
    ]


def listed(ecs: Any) -> Any:
    """What the reconciler asks for, as the SDK gives it: events in all statuses page by page, locked ones, disks."""
    rows: list[Any] = []
    token = None
    while True:
        request = models.DescribeInstanceHistoryEventsRequest(
            region_id=REGION, instance_event_cycle_status=STATUSES, max_results=10, next_token=token
        )
        body = ecs.describe_instance_history_events(request).body
        rows += body.instance_system_event_set.instance_system_event_type
        token = body.next_token
        if not token:
            break
    locked = ecs.describe_instances(models.DescribeInstancesRequest(region_id=REGION, lock_reason="Recycling")).body
    stalled = models.DescribeDisksFullStatusRequest(region_id=REGION, event_type="Stalled")
    hurt = ecs.describe_disks_full_status(stalled).body.disk_full_status_set.disk_full_status_type
    return {
        "history": [row.to_map() for row in rows],
        "recycling": [row.to_map() for row in locked.instances.instance],
        "disks": [
            {"DiskId": disk.disk_id, "InstanceId": disk.instance_id, "Device": disk.device, **event.to_map()}
            for disk in hurt
            for event in disk.disk_event_set.disk_event_type
        ],
    }


def drill(ecs: Any) -> Any:
    """Make a simulated event, find it by both calls, cancel it, and find it again."""
    event_set = ecs.create_simulated_system_events(
        models.CreateSimulatedSystemEventsRequest(
            region_id=REGION,
            event_type=REBOOT,
            instance_id=["i-1"],
            not_before=os.environ["NOT_BEFORE"],
            trigger_real_ops=False,
        )
    ).body.event_id_set
    (event,) = event_set.event_id
    made = history(ecs, event_id=[event], instance_event_cycle_status=STATUSES)
    full = ecs.describe_instances_full_status(
        models.DescribeInstancesFullStatusRequest(region_id=REGION, event_id=[event])
    ).body.instance_full_status_set.instance_full_status_type
    ecs.cancel_simulated_system_events(models.CancelSimulatedSystemEventsRequest(region_id=REGION, event_id=[event]))
    canceled = history(ecs, event_id=[event])
    return {
        "made": [row[1:] for row in made],
        "full": [
            [
                row.instance_id,
                row.status.name,
                row.health_status.name,
                len(row.scheduled_system_event_set.scheduled_system_event_type),
            ]
            for row in full
        ],
        "canceled": [row[3] for row in canceled],
    }


def disks(ecs: Any) -> Any:
    """The disks with their health and events."""
    body = ecs.describe_disks_full_status(models.DescribeDisksFullStatusRequest(region_id=REGION)).body
    return [
        [
            row.disk_id,
            row.instance_id,
            row.health_status.name,
            [each.event_type.name for each in row.disk_event_set.disk_event_type],
        ]
        for row in body.disk_full_status_set.disk_full_status_type
    ]


def inquiry(ecs: Any) -> Any:
    """Accept an event, and be refused the second time."""
    request = models.AcceptInquiredSystemEventRequest(region_id=REGION, event_id="e-asked")
    ecs.accept_inquired_system_event(request)
    return [
        history(ecs, event_id=["e-asked"], event_cycle_status="Executing")[0][3],
        refusal(ecs.accept_inquired_system_event, request),
    ]


def maintenance(ecs: Any) -> Any:
    """Ask to be notified, and read it back."""
    window = models.ModifyInstanceMaintenanceAttributesRequestMaintenanceWindow(
        start_time="02:00:00", end_time="04:00:00"
    )
    ecs.modify_instance_maintenance_attributes(
        models.ModifyInstanceMaintenanceAttributesRequest(
            region_id=REGION,
            instance_id=["i-1"],
            notify_on_maintenance=True,
            action_on_maintenance="Stop",
            maintenance_window=[window],
        )
    )
    (row,) = ecs.describe_instance_maintenance_attributes(
        models.DescribeInstanceMaintenanceAttributesRequest(region_id=REGION, instance_id=["i-1"])
    ).body.maintenance_attributes.maintenance_attribute
    (shown,) = row.maintenance_windows.maintenance_window
    return [row.action_on_maintenance.value, row.notify_on_maintenance, shown.start_time, shown.end_time]


def refusal(call: Any, request: Any) -> Any:
    """The code that a call is refused with."""
    try:
        call(request)
    except Exception as error:  # noqa: BLE001 - the SDK's errors share no other base
        return getattr(error, "code", repr(error))
    return None


def main() -> None:
    """Print what the server answered, and which calls the SDK has."""
    ecs = client()
    missing = models.DescribeInstancesRequest(region_id=REGION, status="Asleep")
    result = {
        "calls": sorted(set(ACTION.findall(inspect.getsource(Client)))),
        "regions": regions(ecs),
        "listed": listed(ecs),
        "instances": instances(ecs),
        "finished": history(ecs),
        "all": history(ecs, instance_event_cycle_status=STATUSES),
        "drill": drill(ecs),
        "disks": disks(ecs),
        "inquiry": inquiry(ecs),
        "maintenance": maintenance(ecs),
        "wrong": refusal(ecs.describe_instances, missing),
        "stranger": refusal(client(access_key_secret="wrong").describe_instances, missing),
        "other": refusal(ecs.reboot_instance, models.RebootInstanceRequest(instance_id="i-1")),
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
