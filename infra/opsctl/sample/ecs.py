"""The envelopes of ECS events."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from opsctl.sample import contents
from opsctl.sample.names import Names, china
from opsledger import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.catalog import EventType

FORMS = ("cloudevent", "cloudmonitor")
"""The two forms that ECS itself sends."""
FURTHER_FORMS = ("cloudevent-base64", "cloudmonitor-push", "cloudmonitor-attribute", "raw")
"""Further forms of the same event, as other routes deliver it."""


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


def _raw(_row: EventType, _status: str, _names: Names, content: dict[str, Any], _now: int) -> dict[str, Any]:
    return content


_ENVELOPES: dict[str, Callable[[EventType, str, Names, dict[str, Any], int], dict[str, Any]]] = {
    "cloudevent": _cloudevent,
    "cloudmonitor": _cloudmonitor,
    "cloudevent-base64": _cloudevent_base64,
    "cloudmonitor-push": _cloudmonitor_push,
    "cloudmonitor-attribute": _cloudmonitor_attribute,
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
