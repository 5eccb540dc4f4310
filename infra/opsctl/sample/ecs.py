"""The envelopes of ECS events."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from opsctl.sample import contents
from opsctl.sample.names import Names, china
from opsledger import strict_json
from opsledger.catalog.ecs.content import SystemEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.catalog import EventType

FORMS = ("cloudevent", "cloudmonitor")
"""The two forms that ECS itself sends."""
FURTHER_FORMS = (
    "cloudevent-base64",
    "cloudmonitor-push",
    "cloudmonitor-attribute",
    "cloudmonitor-attribute-pascal",
    "cloudmonitor-policy",
    "cloudmonitor-policy-text",
    "raw",
)
"""Further forms of the same event, as other routes deliver it."""
HISTORY_FORM = "ecs-history"
"""An element of DescribeInstanceHistoryEvents, which lists the system events of instances alone."""


def has_history(row: EventType) -> bool:
    """Whether DescribeInstanceHistoryEvents lists events of this type."""
    return row.content is SystemEvent


def event(row: EventType, status: str, form: str, names: Names, now_ms: int) -> dict[str, Any]:
    """One event in `form`."""
    return _ENVELOPES[form](row, status, names, contents.make(row, status, names, now_ms), now_ms)


def _cloudevent(row: EventType, _status: str, names: Names, content: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": names.envelope_id,
        "source": f"acs.{row.kind.product}",
        "specversion": "1.0",
        "type": row.type,
        "datacontenttype": "application/json;charset=utf-8",
        "subject": f"acs:{row.kind.product}:{names.region}:{names.account}:{_resource(row, names)}",
        "time": china(now, "%Y-%m-%dT%H:%M:%S", "+08:00"),
        "aliyunaccountid": names.account,
        "aliyunregionid": names.region,
        "data": content,
    }


def _cloudevent_base64(row: EventType, status: str, names: Names, content: dict[str, Any], now: int) -> dict[str, Any]:
    whole = _cloudevent(row, status, names, content, now)
    del whole["data"]
    return {**whole, "data_base64": base64.b64encode(strict_json.write(content).encode()).decode()}


def _cloudmonitor(row: EventType, status: str, names: Names, content: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "ver": "1.0",
        "id": names.envelope_id.upper(),
        "product": row.kind.product.upper(),
        "resourceId": f"acs:{row.kind.product}:{names.region}:{names.account}:{_resource(row, names)}",
        "level": {"warning": "WARN"}.get(row.level, row.level.upper()),
        "name": _suffixed(row, status),
        "userId": names.account,
        "eventTime": china(now, "%Y%m%dT%H%M%S", "+0800"),
        "regionId": names.region,
        "content": content,
    }


def _cloudmonitor_push(row: EventType, status: str, names: Names, content: dict[str, Any], now: int) -> dict[str, Any]:
    """CloudMonitor's own push to a function: neither version, id, account nor time."""
    whole = _cloudmonitor(row, status, names, content, now)
    left_out = ("ver", "id", "userId", "eventTime")
    kept = {name: value for name, value in whole.items() if name not in left_out}
    return {**kept, "instanceName": "sample", "groupId": "0", "status": _status_word(row, status)}


def _cloudmonitor_attribute(
    row: EventType, status: str, names: Names, content: dict[str, Any], now: int
) -> dict[str, Any]:
    """As DescribeSystemEventAttribute gives it: the content as text, the time in milliseconds."""
    pushed = _cloudmonitor_push(row, status, names, content, now)
    return {**pushed, "content": strict_json.write(content), "time": str(now)}


def _cloudmonitor_attribute_pascal(
    row: EventType, status: str, names: Names, content: dict[str, Any], now: int
) -> dict[str, Any]:
    """The same as the SDK names the fields; the time is a number."""
    whole = _cloudmonitor_attribute(row, status, names, content, now)
    return {**{name[:1].upper() + name[1:]: value for name, value in whole.items()}, "Time": now}


def _cloudmonitor_policy(
    row: EventType, status: str, names: Names, content: dict[str, Any], now: int
) -> dict[str, Any]:
    """What a notification policy posts to a webhook."""
    whole = _cloudmonitor(row, status, names, content, now)
    meta = {name: value for name, value in whole.items() if name not in ("ver", "content", "userId")}
    alert = {
        "alertStatus": "TRIGGERED",
        "severity": whole["level"],
        "product": whole["product"],
        "source": "SYS_EVENT",
        "eventName": whole["name"],
        "arn": whole["resourceId"],
        "timestamp": now // 1000 * 1000,
        "dedupId": whole["id"],
        "eventRawContent": strict_json.write(content),
        "eventContentMap": content,
        "meta": {"sysEventMeta": {**meta, "instanceName": "sample", "status": _status_word(row, status)}},
    }
    return {
        "severity": whole["level"],
        "strategyName": "operations",
        "userInfo": {"userId": names.account},
        "userId": names.account,
        "alert": alert,
        "time": str(now // 1000 * 1000),
    }


def _cloudmonitor_policy_text(
    row: EventType, status: str, names: Names, content: dict[str, Any], now: int
) -> dict[str, Any]:
    """The same with the alert as text and the content in `eventRawContent` alone."""
    whole = _cloudmonitor_policy(row, status, names, content, now)
    alert = {name: value for name, value in whole["alert"].items() if name != "eventContentMap"}
    return {**whole, "alert": strict_json.write(alert)}


def _history(_row: EventType, status: str, _names: Names, content: dict[str, Any], _now: int) -> dict[str, Any]:
    """An element of DescribeInstanceHistoryEvents: it says when an event ended, and not when it began."""
    element = {
        "InstanceId": content["instanceId"],
        "EventId": content["eventId"],
        "EventType": {"Code": 1, "Name": content["eventType"]},
        "EventCycleStatus": {"Code": 0, "Name": status},
        "EventPublishTime": content["publishTime"],
        "NotBefore": content.get("notBefore"),
        "EventFinishTime": content.get("executeFinishTime"),
        "ImpactLevel": "100",
        "Reason": "a sample",
    }
    return {name: value for name, value in element.items() if value is not None}


def _raw(_row: EventType, _status: str, _names: Names, content: dict[str, Any], _now: int) -> dict[str, Any]:
    return content


_ENVELOPES: dict[str, Callable[[EventType, str, Names, dict[str, Any], int], dict[str, Any]]] = {
    "cloudevent": _cloudevent,
    "cloudmonitor": _cloudmonitor,
    "cloudevent-base64": _cloudevent_base64,
    "cloudmonitor-push": _cloudmonitor_push,
    "cloudmonitor-attribute": _cloudmonitor_attribute,
    "cloudmonitor-attribute-pascal": _cloudmonitor_attribute_pascal,
    "cloudmonitor-policy": _cloudmonitor_policy,
    "cloudmonitor-policy-text": _cloudmonitor_policy_text,
    HISTORY_FORM: _history,
    "raw": _raw,
}


_ARN_TYPES = {"network-interface": "eni"}
"""Resource type → its name in ARNs, where the two differ."""


def _suffixed(row: EventType, status: str) -> str:
    return f"{row.name}:{status}" if row.content.suffixed else row.name


def _status_word(row: EventType, status: str) -> str:
    return status if row.content.suffixed else "Normal"


def _resource(row: EventType, names: Names) -> str:
    type_ = _ARN_TYPES.get(row.kind.resource_type, row.kind.resource_type)
    return f"{type_}/{contents.resource_id(row, names)}"
