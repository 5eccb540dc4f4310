"""Every action of ECS: the call that answers it, or that it is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.calls import history, inquiry, instances, maintenance, regions, simulated, statuses
from yunmock.ecs.coverage import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.ecs.course import Course
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

    Call = Callable[[Course, Arguments], JsonObject]


def _reading(call: Callable[[EcsState, Arguments], JsonObject]) -> Call:
    """A call that needs the state alone."""
    return lambda course, arguments: call(course.state, arguments)


CALLS: dict[str, Call] = {
    "AcceptInquiredSystemEvent": inquiry.accept_inquired_system_event,
    "CancelSimulatedSystemEvents": simulated.cancel_simulated_system_events,
    "CreateSimulatedSystemEvents": simulated.create_simulated_system_events,
    "DescribeDisksFullStatus": _reading(statuses.describe_disks_full_status),
    "DescribeInstanceHistoryEvents": _reading(history.describe_instance_history_events),
    "DescribeInstanceMaintenanceAttributes": _reading(maintenance.describe_instance_maintenance_attributes),
    "DescribeInstances": _reading(instances.describe_instances),
    "DescribeInstancesFullStatus": _reading(statuses.describe_instances_full_status),
    "DescribeRegions": _reading(regions.describe_regions),
    "ModifyInstanceMaintenanceAttributes": _reading(maintenance.modify_instance_maintenance_attributes),
}

REFUSED = COVERAGE.refused
"""The other calls of the vendor's SDK, each with the reason."""
