"""Events as the API writes them: whole seconds, codes beside names, and no times of execution but the last.

The fields are those of the vendor's SDK (alibabacloud_ecs20140526 7.11.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.lives import OTHER_CODE, STATUS_CODES, TYPE_CODES
from yunmock.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.ecs.model import DiskEvent, SystemEvent
    from yunmock.json_types import JsonObject, JsonValue


def named(name: str, codes: dict[str, int]) -> JsonObject:
    """A value as the API writes it, with its code."""
    return {"Code": codes.get(name, OTHER_CODE), "Name": name}


def history_row(event: SystemEvent) -> JsonObject:
    """An event of an instance as DescribeInstanceHistoryEvents answers it."""
    finished: JsonObject = {}
    if event.finished_ms is not None:
        finished["EventFinishTime"] = rfc3339(event.finished_ms)
    return {"InstanceId": event.instance_id, "ResourceType": "instance", **scheduled_row(event), **finished}


def scheduled_row(event: SystemEvent) -> JsonObject:
    """An event of an instance as DescribeInstancesFullStatus answers it."""
    row: dict[str, JsonValue] = {
        "EventId": event.id,
        "EventType": named(event.type, TYPE_CODES),
        "EventCycleStatus": named(event.status, STATUS_CODES),
        "EventPublishTime": rfc3339(event.published_ms),
        "NotBefore": None if event.not_before_ms is None else rfc3339(event.not_before_ms),
        "Reason": event.reason or None,
        "ReasonCode": event.reason_code or None,
        "ImpactLevel": event.impact_level or None,
        "ExtendedAttribute": _extended(event),
    }
    return {name: value for name, value in row.items() if value is not None}


def disk_event_row(event: DiskEvent) -> JsonObject:
    """An event of a disk as DescribeDisksFullStatus answers it."""
    row: JsonObject = {
        "EventId": event.id,
        "EventType": named(event.type, TYPE_CODES),
        "EventTime": rfc3339(event.started_ms),
        "ImpactLevel": event.impact_level,
    }
    if event.finished_ms is not None:
        row["EventEndTime"] = rfc3339(event.finished_ms)
    return row


def _extended(event: SystemEvent) -> JsonObject:
    if event.initial_not_before_ms is None:
        return event.attributes
    return {**event.attributes, "InitialNotBefore": rfc3339(event.initial_not_before_ms)}
