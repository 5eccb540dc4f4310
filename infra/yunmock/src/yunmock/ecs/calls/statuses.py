"""DescribeInstancesFullStatus and DescribeDisksFullStatus: instances and disks with their health and events.

The vendor's pages: https://help.aliyun.com/document_detail/63957.html and …/63961.html. A call with a filter on events
answers only the instances or disks that have such an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.calls.history import types
from yunmock.ecs.calls.paging import by_number
from yunmock.ecs.instance_json import disk_health, disk_status_row, full_status_row, health
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from yunmock.ecs.model import Disk, DiskEvent, EcsInstance, SystemEvent
    from yunmock.ecs.shelf import Shelf
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

ResourceT = TypeVar("ResourceT", "EcsInstance", "Disk")
EventT = TypeVar("EventT")


class EventFilter(NamedTuple, Generic[EventT]):
    """Which events a call asks for; `given` is whether it asks for certain ones."""

    given: bool
    fits: Callable[[EventT], bool]

    def of(self, events: Sequence[EventT]) -> list[EventT]:
        """Those of the events that are asked for."""
        return [event for event in events if self.fits(event)]

    def has(self, events: Sequence[EventT]) -> bool:
        """Whether a resource with these events is in the answer."""
        return not self.given or bool(self.of(events))


def describe_instances_full_status(state: EcsState, arguments: Arguments) -> JsonObject:
    """The instances of a region, each with its open events.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidParameter.TimeEndBeforeStart, InstanceIdLimitExceeded,
            EventIdLimitExceeded, InvalidTag.Mismatch, InvalidTagCount.
    """
    region = parameters.region(arguments)
    status = parameters.choice(arguments, "Status", tuple(lives.INSTANCE_STATUSES))
    wanted_health = parameters.choice(arguments, "HealthStatus", tuple(lives.HEALTH))
    wanted, belongs = _instance_events(arguments), _belonging(arguments)
    ids = ecs_parameters.values(arguments, "InstanceId")
    with state.atomic():
        every = ((each, state.open_events(each.id)) for each in _named(state.instances, region, ids))
        found = [
            (instance, events)
            for instance, events in every
            if status in ("", instance.status)
            and belongs(instance)
            and wanted.has(events)
            and wanted_health in ("", health(events))
        ]
    page = by_number(arguments, found)
    rows = [full_status_row(instance, events, wanted.of(events)) for instance, events in page.items]
    return {"InstanceFullStatusSet": {"InstanceFullStatusType": [*rows]}, **page.fields}


def describe_disks_full_status(state: EcsState, arguments: Arguments) -> JsonObject:
    """The disks of a region, each with its open events, or with those that began in a period of the last seven days.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidParameter.TimeEndBeforeStart, DiskIdLimitExceeded,
            EventIdLimitExceeded, InvalidTag.Mismatch, InvalidTagCount.
    """
    region = parameters.region(arguments)
    status = parameters.choice(arguments, "Status", tuple(lives.DISK_STATUSES))
    wanted_health = parameters.choice(arguments, "HealthStatus", tuple(lives.HEALTH))
    wanted, belongs = _disk_events(state, arguments), _belonging(arguments)
    ids = ecs_parameters.values(arguments, "DiskId")
    with state.atomic():
        every = ((each, state.events_of_disk(each.id)) for each in _named(state.disks, region, ids))
        found = [
            (disk, events)
            for disk, events in every
            if status in ("", disk.status)
            and belongs(disk)
            and wanted.has(events)
            and wanted_health in ("", disk_health(events))
        ]
    page = by_number(arguments, found)
    rows = [disk_status_row(disk, events, wanted.of(events)) for disk, events in page.items]
    return {"DiskFullStatusSet": {"DiskFullStatusType": [*rows]}, **page.fields}


def _named(shelf: Shelf[ResourceT], region: str, ids: Sequence[str]) -> Iterator[ResourceT]:
    """The resources that are named, or all of a region, oldest first."""
    if not ids:
        return shelf.after(region)
    named = [each for name in dict.fromkeys(ids) if (each := shelf.find(name)) is not None]
    return iter(sorted((each for each in named if each.region == region), key=lambda each: each.sequence))


def _belonging(arguments: Arguments) -> Callable[[EcsInstance | Disk], bool]:
    """A test for resources with the tags and the resource group that the call asks for."""
    group, tags = arguments.get("ResourceGroupId", ""), ecs_parameters.tags(arguments)
    return lambda each: group in ("", each.resource_group_id) and parameters.tagged(each.tags, tags)


def _instance_events(arguments: Arguments) -> EventFilter[SystemEvent]:
    ids, wanted = ecs_parameters.values(arguments, "EventId"), types(arguments)
    not_before = ecs_parameters.period(arguments, "NotBefore")
    published = ecs_parameters.period(arguments, "EventPublishTime")

    def fits(event: SystemEvent) -> bool:
        return (
            (not ids or event.id in ids)
            and (not wanted or event.type in wanted)
            and not_before.has(event.not_before_ms)
            and published.has(event.published_ms)
        )

    return EventFilter(bool(ids or wanted or not_before.given or published.given), fits)


def _disk_events(state: EcsState, arguments: Arguments) -> EventFilter[DiskEvent]:
    ids = ecs_parameters.values(arguments, "EventId")
    wanted = parameters.choice(arguments, "EventType", lives.DISK_EVENTS)
    time = ecs_parameters.period(arguments, "EventTime")
    horizon_ms = state.now_ms() - lives.DISK_HISTORY_MS

    def fits(event: DiskEvent) -> bool:
        recent = event.finished_ms is None or (time.given and event.finished_ms >= horizon_ms)
        return recent and (not ids or event.id in ids) and wanted in ("", event.type) and time.has(event.started_ms)

    return EventFilter(bool(ids or wanted or time.given), fits)
