"""ModifyInstanceMaintenanceAttributes and DescribeInstanceMaintenanceAttributes: what is to happen under maintenance.

The vendor's pages: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-modifyinstancemaintenanceattributes
and -describeinstancemaintenanceattributes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.calls.paging import by_number
from yunmock.ecs.errors import EcsError
from yunmock.ecs.instance_json import maintenance_row
from yunmock.rpc import arguments as parameters
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from yunmock.ecs.model import EcsInstance, Maintenance
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

HOURS = 24

_HOUR = re.compile(r"([01]\d|2[0-3]):00:00")
_WINDOW = "MaintenanceWindow"


def modify_instance_maintenance_attributes(state: EcsState, arguments: Arguments) -> JsonObject:
    """Set the given attributes of up to 100 instances, all or none; what is not given stays.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InstanceIdLimitExceeded, InvalidInstanceId.NotFound.
    """
    region, ids = parameters.region(arguments), ecs_parameters.values(arguments, "InstanceId")
    if not ids:
        raise RpcError("MissingParameter", "InstanceId")
    with state.atomic():
        instances = [_instance(state, region, each) for each in ids]
        for instance in instances:
            changed = replace(instance, maintenance=_changed(instance.maintenance, arguments))
            state.instances.replace(changed)
    return {}


def describe_instance_maintenance_attributes(state: EcsState, arguments: Arguments) -> JsonObject:
    """The attributes of the instances that are named, or of all of a region, oldest first.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InstanceIdLimitExceeded.
    """
    region, ids = parameters.region(arguments), ecs_parameters.values(arguments, "InstanceId")
    with state.atomic():
        found = [each for each in state.instances.after(region) if not ids or each.id in ids]
    page = by_number(arguments, found)
    rows = [maintenance_row(instance) for instance in page.items]
    return {"MaintenanceAttributes": {"MaintenanceAttribute": [*rows]}, **page.fields}


def _instance(state: EcsState, region: str, instance_id: str) -> EcsInstance:
    found = state.instances.find(instance_id)
    if found is None or found.region != region:
        raise EcsError("InvalidInstanceId.NotFound", instance_id)
    return found


def _changed(now: Maintenance, arguments: Arguments) -> Maintenance:
    action = parameters.choice(arguments, "ActionOnMaintenance", lives.MAINTENANCE_ACTIONS) or now.action
    notify = (
        parameters.boolean(arguments, "NotifyOnMaintenance") if arguments.get("NotifyOnMaintenance") else now.notify
    )
    start, end = _window(arguments) or (now.start, now.end)
    return now._replace(action=action, notify=notify, start=start, end=end)


def _window(arguments: Arguments) -> tuple[str, str] | None:
    """The one window, whole hours in UTC+8, 1 to 23 hours long; None if none is given."""
    if any(name.startswith(f"{_WINDOW}.") and not name.startswith(f"{_WINDOW}.1.") for name in arguments):
        raise RpcError("InvalidParameter", _WINDOW, "one window")
    start, end = (arguments.get(f"{_WINDOW}.1.{name}", "") for name in ("StartTime", "EndTime"))
    if not start and not end:
        return None
    if not (_HOUR.fullmatch(start) and _HOUR.fullmatch(end)) or start == end:
        raise RpcError("InvalidParameter", _WINDOW, f"whole hours as HH:00:00, 1 to {HOURS - 1} h apart")
    return start, end
