"""CreateSimulatedSystemEvents and CancelSimulatedSystemEvents: drills, shown like real events.

The vendor's pages: https://help.aliyun.com/document_detail/88814.html and …/88808.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.errors import EcsError
from yunmock.ecs.model import SystemEvent
from yunmock.identifiers import resource_id
from yunmock.rpc import arguments as parameters
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.ecs.course import Course
    from yunmock.ecs.model import EcsInstance
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

REASON = "A simulated event."
"""The reason in the vendor's sample."""


def create_simulated_system_events(course: Course, arguments: Arguments) -> JsonObject:
    """Make an event of one type for each of up to 100 instances, all or none; answers their ids.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidNotBefore.Passed, InvalidInstanceId.NotFound,
            InstanceIdLimitExceeded.
    """
    state, region = course.state, parameters.region(arguments)
    parameters.required(arguments, "EventType")
    event_type = parameters.choice(arguments, "EventType", lives.SIMULATED_TYPES)
    not_before_ms = _not_before_ms(state, arguments)
    real = parameters.boolean(arguments, "TriggerRealOps")
    with state.atomic():
        instances = _instances(state, region, _required_values(arguments, "InstanceId"))
        events = [_made(state, each, event_type, not_before_ms, real=real) for each in instances]
        for event in events:
            course.begin(event)
    return {"EventIdSet": {"EventId": [event.id for event in events]}}


def cancel_simulated_system_events(course: Course, arguments: Arguments) -> JsonObject:
    """Cancel up to 100 simulated events that are scheduled or executed, all or none.

    Raises:
        EcsError: MissingParameter, EventIdLimitExceeded, InvalidEventId.NotFound, CannotCancelSystemEvent.NotSimulated.
    """
    state, region = course.state, parameters.region(arguments)
    with state.atomic():
        events = [_cancelable(state, region, each) for each in _required_values(arguments, "EventId")]
        for event in events:
            course.move(event, "Canceled", state.now_ms())
    return {}


def _required_values(arguments: Arguments, name: str) -> tuple[str, ...]:
    found = ecs_parameters.values(arguments, name)
    if not found:
        raise RpcError("MissingParameter", name)
    return tuple(dict.fromkeys(found))


def _not_before_ms(state: EcsState, arguments: Arguments) -> int:
    text = parameters.required(arguments, "NotBefore")
    found = ecs_parameters.moment(arguments, "NotBefore")
    if found is None or found < state.now_ms() // 1000 * 1000:
        raise EcsError("InvalidNotBefore.Passed", text)
    return found


def _instances(state: EcsState, region: str, ids: Sequence[str]) -> list[EcsInstance]:
    found = {each: state.instances.find(each) for each in ids}
    for name, instance in found.items():
        if instance is None or instance.region != region:
            raise EcsError("InvalidInstanceId.NotFound", name)
    return [instance for instance in found.values() if instance is not None]


def _made(state: EcsState, instance: EcsInstance, event_type: str, not_before_ms: int, *, real: bool) -> SystemEvent:
    sequence, now_ms = state.next_sequence(), state.now_ms()
    first = lives.life_of(event_type, simulated=True).first
    return SystemEvent(
        id=resource_id("e", instance.region, sequence),
        region=instance.region,
        sequence=sequence,
        instance_id=instance.id,
        type=event_type,
        status=first,
        published_ms=now_ms,
        not_before_ms=not_before_ms,
        started_ms=now_ms if first == "Executing" else None,
        reason=REASON,
        simulated=True,
        real_operations=real,
    )


def _cancelable(state: EcsState, region: str, event_id: str) -> SystemEvent:
    event = state.events.find(event_id)
    if event is None or event.region != region:
        raise EcsError("InvalidEventId.NotFound", event_id)
    if not event.simulated:
        raise EcsError("CannotCancelSystemEvent.NotSimulated", event_id)
    if not event.open:
        raise EcsError("InvalidEventId.NotFound", event_id)
    return event
