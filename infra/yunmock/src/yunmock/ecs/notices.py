"""What ECS publishes on the event bus: the CloudEvents of system events, disks, state changes and interruptions.

The types are those of EventBridge's list of ECS events (https://help.aliyun.com/en/eventbridge/user-guide/ecs-events).
`data` is the `content` of the notification (https://help.aliyun.com/en/ecs/user-guide/overview-35). They differ from
the API's rows as the real ones do: other field names, the moment in milliseconds, the times of execution, no codes,
and no notBefore of a failure.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from yunmock.ecs.lives import DISK_EVENT_TYPES, PLANNED, SPOT_BEHAVIORS
from yunmock.identifiers import new_uuid
from yunmock.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.ecs.model import Disk, DiskEvent, EcsInstance, SystemEvent
    from yunmock.json_types import JsonObject

BEIJING = timezone(timedelta(hours=8))
EXECUTION = ("Executing", "Executed", "Canceled", "Avoided", "Failed")
"""The statuses whose notifications have the times of execution."""


def of_system_event(account: str, event: SystemEvent, at_ms: int) -> JsonObject:
    """The CloudEvent that an event has reached its status at `at_ms`."""
    data: JsonObject = {"eventId": event.id, "publishTime": rfc3339(event.published_ms)}
    planned = event.type.startswith(PLANNED) or event.life.first == "Scheduled"
    if planned and event.not_before_ms is not None:
        data["notBefore"] = rfc3339(event.not_before_ms)
    data |= {"instanceId": event.instance_id, "eventType": event.type, "eventStatus": event.status}
    if event.status in EXECUTION and event.started_ms is not None:
        data["executeStartTime"] = rfc3339(event.started_ms)
    if event.finished_ms is not None:
        data["executeFinishTime"] = rfc3339(event.finished_ms)
    subject = _subject(account, event.region, "instance", event.instance_id)
    return _cloud_event(f"Instance:{event.type}", subject, at_ms, data)


def of_disk_event(account: str, event: DiskEvent, disk: Disk, instance_name: str, at_ms: int) -> JsonObject:
    """The CloudEvent that an event of a disk has begun, or has ended."""
    data: JsonObject = {
        "eventId": event.id,
        "diskId": disk.id,
        "device": disk.device,
        "eventType": event.type,
        "executeStartTime": rfc3339(event.started_ms),
        "ecsInstanceId": disk.instance_id,
        "ecsInstanceName": instance_name,
    }
    if event.finished_ms is not None:
        data["executeFinishTime"] = rfc3339(event.finished_ms)
    name = DISK_EVENT_TYPES.get(event.type, event.type)
    return _cloud_event(f"Disk:{name}", _subject(account, event.region, "disk", disk.id), at_ms, data)


def of_state_change(account: str, instance: EcsInstance, state: str, at_ms: int) -> JsonObject:
    """The CloudEvent that an instance has reached a state: one of its statuses, `Created` or `Deleted`."""
    data: JsonObject = {"resourceId": instance.id, "resourceType": "ALIYUN::ECS::Instance", "state": state}
    return _cloud_event("Instance:StateChange", _subject_of(account, instance), at_ms, data)


def of_interruption(account: str, instance: EcsInstance, at_ms: int) -> JsonObject:
    """The CloudEvent that a spot instance is about to be released, or stopped."""
    data: JsonObject = {"instanceId": instance.id, "action": SPOT_BEHAVIORS[instance.spot_behavior]}
    return _cloud_event("Instance:PreemptibleInstanceInterruption", _subject_of(account, instance), at_ms, data)


def _subject_of(account: str, instance: EcsInstance) -> str:
    return _subject(account, instance.region, "instance", instance.id)


def _subject(account: str, region: str, kind: str, resource_id: str) -> str:
    return f"acs:ecs:{region}:{account}:{kind}/{resource_id}"


def _cloud_event(name: str, subject: str, at_ms: int, data: JsonObject) -> JsonObject:
    moment = datetime.fromtimestamp(at_ms / 1000, tz=BEIJING).isoformat(timespec="milliseconds")
    return {
        "id": str(new_uuid()),
        "source": "acs.ecs",
        "specversion": "1.0",
        "type": f"ecs:{name}",
        "subject": subject,
        "time": moment,
        "datacontenttype": "application/json;charset=utf-8",
        "data": data,
    }
