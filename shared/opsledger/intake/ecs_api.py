"""What the ECS API says of events, as the content that a notification would have.

Sources: DescribeInstanceHistoryEvents (help.aliyun.com/document_detail/63962.html), DescribeDisksFullStatus
(help.aliyun.com/document_detail/63963.html) and DescribeInstances (help.aliyun.com/document_detail/25506.html);
alibabacloud_ecs20140526 7.11.8 for the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.errors import FieldError, MalformedContentError
from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import either, in_camel_case, inner_object, kind_of, note
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

_CONTENT_NAMES = {
    "eventPublishTime": "publishTime",
    "eventFinishTime": "executeFinishTime",
    "eventCycleStatus": "eventStatus",
}
"""Field of the API → field of the notification, where the two differ."""
_WORDS = ("eventType", "eventStatus")
"""The fields that the API gives as an object with `Code` and `Name`."""
_RESOURCES = {"instance": "Instance"}
"""Resource type → the first part of the event's name. `ddh` and `managedhost` are in no catalogue yet."""


def _matches(value: JsonObject) -> bool:
    return ("EventCycleStatus" in value and "EventType" in value) or (
        "eventCycleStatus" in value and "eventType" in value
    )


def _open(value: JsonObject) -> Delivery:
    content = {_CONTENT_NAMES.get(name, name): item for name, item in in_camel_case(value).items()}
    errors = []
    for name in _WORDS:
        word = _name_in(content.get(name))
        if word is None:
            errors.append(FieldError(name, f"has no Name but is {kind_of(content.get(name))}"))
        content[name] = word
    if errors:
        raise MalformedContentError("an event of the ECS API without a name or status", errors)
    resource = note(content.get("resourceType")) or "instance"
    type_ = f"ecs:{_RESOURCES.get(resource.lower(), resource)}:{content['eventType']}"
    return Delivery(
        "ecs-history",
        "".join(type_.split()),
        content,
        region=note(content.get("regionId")),
        envelope=Envelope(instance_name=note(content.get("instanceName"))),
    )


def _name_in(value: JsonValue) -> str | None:
    return note(either(value, "name")) if isinstance(value, dict) else note(value)


HISTORY = Form(
    "ecs-history",
    "a row of DescribeInstanceHistoryEvents",
    "`EventType` and `EventCycleStatus`, in either casing",
    _matches,
    _open,
)


# --------------------------------------------------------------------------------------------------------- disks
_DISK_NAMES = {"eventTime": "executeStartTime", "eventEndTime": "executeFinishTime", "instanceId": "ecsInstanceId"}


def _matches_disk(value: JsonObject) -> bool:
    fields = in_camel_case(value)
    return {"diskId", "eventId", "eventType", "eventTime"} <= fields.keys()


def _open_disk(value: JsonObject) -> Delivery:
    content = {_DISK_NAMES.get(name, name): item for name, item in in_camel_case(value).items()}
    word = _name_in(content.get("eventType"))
    if word is None:
        error = FieldError("eventType", f"has no Name but is {kind_of(content.get('eventType'))}")
        raise MalformedContentError("an event of a disk without a type", [error])
    content["eventType"] = word  # which says the type of the event, as that of a content that arrives alone
    return Delivery("ecs-disk-event", None, content, region=note(content.get("regionId")))


DISK_EVENT = Form(
    "ecs-disk-event",
    "an event of DescribeDisksFullStatus, with `DiskId` of the disk around it",
    "`DiskId`, `EventId`, `EventType` and `EventTime`, in either casing",
    _matches_disk,
    _open_disk,
)

# --------------------------------------------------------------------------------------------------- spot instances
RECYCLING = "Recycling"
"""The lock of a spot instance that is about to be released or stopped."""
_ACTIONS = {"Stop": "stop"}
"""`SpotInterruptionBehavior` as the notification writes it; whatever else it says, the instance is released."""


def _matches_recycling(value: JsonObject) -> bool:
    locks = inner_object(either(value, "operationLocks"))
    reasons = either(locks, "lockReason")
    rows = reasons if isinstance(reasons, list) else []
    return any(either(row, "lockReason") == RECYCLING for row in rows if isinstance(row, dict))


def _open_recycling(value: JsonObject) -> Delivery:
    fields = in_camel_case(value)
    action = _ACTIONS.get(str(fields.get("spotInterruptionBehavior")), "delete")
    return Delivery(
        "ecs-recycling",
        "ecs:Instance:PreemptibleInstanceInterruption",
        {"instanceId": fields.get("instanceId"), "action": action},
        region=note(fields.get("regionId")),
        envelope=Envelope(instance_name=note(fields.get("instanceName"))),
    )


RECYCLING_INSTANCE = Form(
    "ecs-recycling",
    "a row of DescribeInstances, of a spot instance that is about to be released",
    "`OperationLocks` with the reason `Recycling`, in either casing",
    _matches_recycling,
    _open_recycling,
)

FORMS = (HISTORY, DISK_EVENT, RECYCLING_INSTANCE)
