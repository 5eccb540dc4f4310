"""AcceptInquiredSystemEvent: let an event that waits for its user's word be executed.

The vendor's page: https://help.aliyun.com/document_detail/107738.html. It lists the codes; which condition has which is
read from their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.errors import EcsError
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from yunmock.ecs.course import Course
    from yunmock.ecs.model import SystemEvent
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

SETTLED = ("Running", "Stopped")
"""The statuses of an instance in which an event can be accepted."""


def accept_inquired_system_event(course: Course, arguments: Arguments) -> JsonObject:
    """Accept the default operation of an event that is inquiring: it is executed at once.

    Raises:
        EcsError: MissingParameter, InvalidEventId.NoInquiringEventFound, OperationConflict,
            OperationDenied.AcceptNotSupported, OperationFail.InstanceStatusNotSupported,
            OperationFail.DiskStatusNotSupported, IncorrectInstanceStatus, ParameterNotSupported.
    """
    state, region = course.state, parameters.region(arguments)
    event_id = parameters.required(arguments, "EventId")
    ecs_parameters.refuse_unsupported(arguments, ("Choice",))
    with state.atomic():
        event = state.events.find(event_id)
        if event is None or event.region != region or event.status not in ("Inquiring", "Executing"):
            raise EcsError("InvalidEventId.NoInquiringEventFound", event_id)
        if event.status == "Executing":
            raise EcsError("OperationConflict", event_id)
        if event.attributes.get("CanAccept") == "false":
            raise EcsError("OperationDenied.AcceptNotSupported", event_id)
        _check_instance(state, event)
        _check_disk(state, event)
        course.move(event, "Executing", state.now_ms())
    return {}


def _check_instance(state: EcsState, event: SystemEvent) -> None:
    instance = state.instances.find(event.instance_id)
    if instance is None:
        raise EcsError("IncorrectInstanceStatus")
    if instance.status not in SETTLED:
        raise EcsError("OperationFail.InstanceStatusNotSupported", instance.id, instance.status)


def _check_disk(state: EcsState, event: SystemEvent) -> None:
    """A disk that the event is about must be attached; one that yunmock does not know is not checked."""
    disk = state.disks.find(str(event.attributes.get("DiskId", "")))
    if disk is not None and disk.status != "In_use":
        raise EcsError("OperationFail.DiskStatusNotSupported", disk.id, disk.status)
