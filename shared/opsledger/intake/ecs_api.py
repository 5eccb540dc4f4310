"""What the ECS API says of system events, as the content that a notification would have.

Sources: DescribeInstanceHistoryEvents (help.aliyun.com/document_detail/63962.html, alibabacloud_ecs20140526 7.11.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.errors import FieldError, MalformedContentError
from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import either, in_camel_case, kind_of, note
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
