"""Samples of ECS events: what the product says, and the envelopes it comes in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from opsctl.sample.names import DAY, HOUR, MINUTE, Names, china
from opsledger import catalog, strict_json, timestamps
from opsledger.catalog.ecs import content as ecs

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS = ("cloudevent", "cloudmonitor")
"""The two forms that ECS itself sends."""
VARIANTS = ("cloudevent-base64", "cloudmonitor-push", "cloudmonitor-attribute", "raw")
"""Further forms of the same event, as other routes deliver it."""


def event(spec: catalog.EventSpec, status: str, form: str, names: Names, now_ms: int) -> dict[str, Any]:
    """One event in `form`."""
    # Content fields have whole seconds (ECS event notifications).
    told = _CONTENTS[spec.content](spec, status, names, now_ms // 1000 * 1000)
    return _ENVELOPES[form](spec, status, names, told, now_ms)


# ------------------------------------------------------------------------------------------------ contents
def _system_event(spec: catalog.EventSpec, status: str, names: Names, now: int) -> dict[str, Any]:
    pending = status in ("Inquiring", "Scheduled")
    published = now if pending or not spec.name.startswith("Instance:SystemMaintenance") else now - 2 * HOUR
    told = {
        "eventId": names.event_id,
        "publishTime": timestamps.show(published),
        "instanceId": names.instance_id,
        "eventType": spec.name.removeprefix("Instance:"),
        "eventStatus": status,
    }
    if _maintained(spec):
        told["notBefore"] = timestamps.show(published + 2 * DAY)
    if not pending:
        told["executeStartTime"] = timestamps.show(now - (0 if status == "Executing" else 5 * MINUTE))
    if not pending and status != "Executing":
        told["executeFinishTime"] = timestamps.show(now)
    return told


def _maintained(spec: catalog.EventSpec) -> bool:
    # Only what is planned has a time before which it will not happen (ECS event notifications).
    return spec.name.startswith(("Instance:SystemMaintenance", "Instance:InstanceExpiration", "Instance:Account"))


def _disk_event(spec: catalog.EventSpec, status: str, names: Names, now: int) -> dict[str, Any]:
    told = {
        "eventId": names.event_id,
        "diskId": names.disk_id,
        "device": "/dev/xvdb",
        "eventType": spec.name.removeprefix("Disk:"),
        "executeStartTime": timestamps.show(now),
        "ecsInstanceId": names.instance_id,
        "ecsInstanceName": "sample",
    }
    if status == "Executed":
        told["executeStartTime"] = timestamps.show(now - 5 * MINUTE)
        told["executeFinishTime"] = timestamps.show(now)
    return told


def _state_change(_spec: catalog.EventSpec, status: str, names: Names, _now: int) -> dict[str, Any]:
    return {"resourceId": names.instance_id, "resourceType": "ALIYUN::ECS::Instance", "state": status}


def _interruption(_spec: catalog.EventSpec, status: str, names: Names, _now: int) -> dict[str, Any]:
    return {"instanceId": names.instance_id, "action": status}


def _migration(_spec: catalog.EventSpec, status: str, names: Names, now: int) -> dict[str, Any]:
    ended = status != "started"
    told = {
        "instanceId": names.instance_id,
        "sourceDedicatedHostId": names.source_host,
        "destinationDedicatedHostId": names.destination_host,
        "startTime": timestamps.show(now - (MINUTE if ended else 0)),
        "status": status,
    }
    return {**told, "endTime": timestamps.show(now)} if ended else told


def _performance_mode(_spec: catalog.EventSpec, status: str, names: Names, _now: int) -> dict[str, Any]:
    return {"instanceId": names.instance_id, "creditSpecification": status, "operator": "System"}


def _restriction(_spec: catalog.EventSpec, _status: str, names: Names, now: int) -> dict[str, Any]:
    end = now // HOUR * HOUR
    return {
        "instanceId": names.instance_id,
        "intervalStart": timestamps.show(end - HOUR).replace(":00Z", "Z"),
        "intervalEnd": timestamps.show(end).replace(":00Z", "Z"),
    }


_CONTENTS: dict[Any, Callable[[catalog.EventSpec, str, Names, int], dict[str, Any]]] = {
    ecs.SystemEvent: _system_event,
    ecs.DiskEvent: _disk_event,
    ecs.StateChange: _state_change,
    ecs.PreemptibleInstanceInterruption: _interruption,
    ecs.LiveMigrationAcrossDDH: _migration,
    ecs.PerformanceModeChange: _performance_mode,
    ecs.BurstablePerformanceRestricted: _restriction,
}


# ----------------------------------------------------------------------------------------------- envelopes
def _cloudevent(spec: catalog.EventSpec, _status: str, names: Names, told: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": names.envelope_id,
        "source": f"acs.{spec.kind.product}",
        "specversion": "1.0",
        "type": spec.type,
        "datacontenttype": "application/json;charset=utf-8",
        "subject": f"acs:{spec.kind.product}:{names.region}:{names.account}:{_resource(spec, names)}",
        "time": china(now, "%Y-%m-%dT%H:%M:%S", "+08:00"),
        "aliyunaccountid": names.account,
        "aliyunregionid": names.region,
        "data": told,
    }


def _cloudevent_base64(
    spec: catalog.EventSpec, status: str, names: Names, told: dict[str, Any], now: int
) -> dict[str, Any]:
    whole = _cloudevent(spec, status, names, told, now)
    del whole["data"]
    return {**whole, "data_base64": base64.b64encode(strict_json.write(told).encode()).decode()}


def _cloudmonitor(spec: catalog.EventSpec, status: str, names: Names, told: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "ver": "1.0",
        "id": names.envelope_id.upper(),
        "product": spec.kind.product.upper(),
        "resourceId": f"acs:{spec.kind.product}:{names.region}:{names.account}:{_resource(spec, names)}",
        "level": {"warning": "WARN"}.get(spec.level, spec.level.upper()),
        "name": _suffixed(spec, status),
        "userId": names.account,
        "eventTime": china(now, "%Y%m%dT%H%M%S", "+0800"),
        "regionId": names.region,
        "content": told,
    }


def _cloudmonitor_push(
    spec: catalog.EventSpec, status: str, names: Names, told: dict[str, Any], now: int
) -> dict[str, Any]:
    """CloudMonitor's own push to a function: neither version, id, account nor time."""
    whole = _cloudmonitor(spec, status, names, told, now)
    left_out = ("ver", "id", "userId", "eventTime")
    kept = {name: value for name, value in whole.items() if name not in left_out}
    return {**kept, "instanceName": "sample", "groupId": "0", "status": _status_word(spec, status)}


def _cloudmonitor_attribute(
    spec: catalog.EventSpec, status: str, names: Names, told: dict[str, Any], now: int
) -> dict[str, Any]:
    """As DescribeSystemEventAttribute gives it: the content as text, the time in milliseconds."""
    pushed = _cloudmonitor_push(spec, status, names, told, now)
    return {**pushed, "content": strict_json.write(told), "time": str(now)}


def _raw(_spec: catalog.EventSpec, _status: str, _names: Names, told: dict[str, Any], _now: int) -> dict[str, Any]:
    return told


_ENVELOPES: dict[str, Callable[[catalog.EventSpec, str, Names, dict[str, Any], int], dict[str, Any]]] = {
    "cloudevent": _cloudevent,
    "cloudmonitor": _cloudmonitor,
    "cloudevent-base64": _cloudevent_base64,
    "cloudmonitor-push": _cloudmonitor_push,
    "cloudmonitor-attribute": _cloudmonitor_attribute,
    "raw": _raw,
}


def _suffixed(spec: catalog.EventSpec, status: str) -> str:
    # Only the names of system events carry their status (ECS event notifications, appendix).
    return f"{spec.name}:{status}" if spec.content in (ecs.SystemEvent, ecs.DiskEvent) else spec.name


def _status_word(spec: catalog.EventSpec, status: str) -> str:
    return status if ":" in _suffixed(spec, status).replace(spec.name, "") else "Normal"


def _resource(spec: catalog.EventSpec, names: Names) -> str:
    identifier = names.disk_id if spec.kind.resource_type == "disk" else names.instance_id
    return f"{spec.kind.resource_type}/{identifier}"
