"""DescribeInstanceHistoryEvents: the system events of a region's instances, by default the finished ones.

The vendor's page: https://help.aliyun.com/document_detail/63962.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.calls.paging import by_token
from yunmock.ecs.event_json import history_row
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.ecs.model import SystemEvent
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

ACTION = "DescribeInstanceHistoryEvents"
MAX_STATUSES, MAX_TYPES = 7, 30
RESOURCE_TYPES = ("instance", "ddh", "managedhost")


def describe_instance_history_events(state: EcsState, arguments: Arguments) -> JsonObject:
    """The events of the instances of a region that pass the filters, the one published first is the first.

    Without a status, only those come back that are finished. What was finished more than 30 days ago does not exist.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidParameter.TimeEndBeforeStart, EventIdLimitExceeded,
            InvalidTag.Mismatch, InvalidTagCount.
    """
    region = parameters.region(arguments)
    kind = parameters.choice(arguments, "ResourceType", RESOURCE_TYPES) or RESOURCE_TYPES[0]
    selected = _selection(state, arguments)

    def found(after: int) -> Iterator[SystemEvent]:
        return filter(selected, state.history(region, after) if kind == RESOURCE_TYPES[0] else iter(()))

    with state.atomic():
        page = by_token(arguments, f"{ACTION}/{region}", found)
    rows = [history_row(event) for event in page.items]
    return {"InstanceSystemEventSet": {"InstanceSystemEventType": [*rows]}, **page.fields}


def types(arguments: Arguments) -> tuple[str, ...]:
    """The types that a call asks for: InstanceEventType, or else EventType; none for all.

    Raises:
        RpcError: InvalidParameter.
    """
    one = arguments.get("EventType", "")
    return ecs_parameters.values(arguments, "InstanceEventType", MAX_TYPES) or ((one,) if one else ())


def _statuses(arguments: Arguments) -> tuple[str, ...]:
    several = ecs_parameters.known_values(arguments, "InstanceEventCycleStatus", MAX_STATUSES, lives.STATUSES)
    one = parameters.choice(arguments, "EventCycleStatus", lives.STATUSES)
    return several or ((one,) if one else lives.FINISHED)


def _resources(arguments: Arguments) -> tuple[str, ...]:
    one = arguments.get("InstanceId", "")
    return ecs_parameters.values(arguments, "ResourceId") or ((one,) if one else ())


def _selection(state: EcsState, arguments: Arguments) -> Callable[[SystemEvent], bool]:
    statuses, wanted_types = _statuses(arguments), types(arguments)
    ids, resources = ecs_parameters.values(arguments, "EventId"), _resources(arguments)
    not_before = ecs_parameters.period(arguments, "NotBefore")
    published = ecs_parameters.period(arguments, "EventPublishTime")
    belongs = _belonging(state, arguments)

    def selected(event: SystemEvent) -> bool:
        return (
            event.status in statuses
            and (not ids or event.id in ids)
            and (not resources or event.instance_id in resources)
            and (not wanted_types or event.type in wanted_types)
            and not_before.has(event.not_before_ms)
            and published.has(event.published_ms)
            and belongs(event)
        )

    return selected


def _belonging(state: EcsState, arguments: Arguments) -> Callable[[SystemEvent], bool]:
    """A test for the events of instances with the tags and the resource group that the call asks for."""
    tags, group = ecs_parameters.tags(arguments), arguments.get("ResourceGroupId", "")
    if not tags and not group:
        return lambda _: True

    def belongs(event: SystemEvent) -> bool:
        instance = state.instances.find(event.instance_id)
        fits = instance is not None and group in ("", instance.resource_group_id)
        return fits and instance is not None and parameters.tagged(instance.tags, tags)

    return belongs
