"""DescribeInstancesFullStatus and DescribeDisksFullStatus: instances and disks with their health and events.

The vendor's pages: https://help.aliyun.com/document_detail/63957.html and …/63961.html. A call with a filter on events
answers only the instances or disks that have such an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.calls.history import types
from yunmock.ecs.calls.paging import by_number
from yunmock.ecs.instance_json import disk_health, disk_status_row, full_status_row, health
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from yunmock.ecs.model import Disk, DiskEvent, EcsInstance, SystemEvent
    from yunmock.ecs.shelf import Shelf
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.rpc.arguments import Arguments

ResourceT = TypeVar("ResourceT", "EcsInstance", "Disk")
EventT = TypeVar("EventT")


@dataclass(frozen=True, slots=True)
class EventFilter(Generic[EventT]):
    """Which events a call asks for; `given` is whether it asks for certain ones."""

    given: bool
    fits: Callable[[EventT], bool]

    def of(self, events: Sequence[EventT]) -> list[EventT]:
        """Those of the events that are asked for."""
        return [event for event in events if self.fits(event)]

    def has(self, events: Sequence[EventT]) -> bool:
        """Whether a resource with these events is in the answer."""
        return not self.given or bool(self.of(events))


@dataclass(frozen=True, slots=True)
class FullStatus(Generic[ResourceT, EventT]):
    """How one kind of resource is answered with its events.

    Attributes:
        id_name: the parameter that names some of them.
        statuses: those that a call may ask for.
        resources, events_of: where they and their events are kept.
        filter_of: which events a call asks for.
        health: what follows from a resource's events.
        row: a resource as the answer has it.
        path: where the answer has its rows.
    """

    id_name: str
    statuses: Mapping[str, int]
    resources: Callable[[EcsState], Shelf[ResourceT]]
    events_of: Callable[[EcsState, str], Sequence[EventT]]
    filter_of: Callable[[EcsState, Arguments], EventFilter[EventT]]
    health: Callable[[Sequence[EventT]], str]
    row: Callable[[ResourceT, Sequence[EventT], Sequence[EventT]], JsonObject]
    path: tuple[str, str]

    def answer(self, state: EcsState, arguments: Arguments) -> JsonObject:
        """The resources of a region that pass the filters, each with its events."""
        region = parameters.region(arguments)
        status = parameters.choice(arguments, "Status", tuple(self.statuses))
        wanted_health = parameters.choice(arguments, "HealthStatus", tuple(lives.HEALTH))
        wanted, belongs = self.filter_of(state, arguments), _belonging(arguments)
        ids = ecs_parameters.values(arguments, self.id_name)
        with state.atomic():
            every = ((each, self.events_of(state, each.id)) for each in _named(self.resources(state), region, ids))
            found = [
                (resource, events)
                for resource, events in every
                if status in ("", resource.status)
                and belongs(resource)
                and wanted.has(events)
                and wanted_health in ("", self.health(events))
            ]
        page = by_number(arguments, found)
        rows: list[JsonValue] = [self.row(resource, events, wanted.of(events)) for resource, events in page.items]
        outer, inner = self.path
        return {outer: {inner: rows}, **page.fields}


def describe_instances_full_status(state: EcsState, arguments: Arguments) -> JsonObject:
    """The instances of a region, each with its open events.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidParameter.TimeEndBeforeStart, InstanceIdLimitExceeded,
            EventIdLimitExceeded, InvalidTag.Mismatch, InvalidTagCount.
    """
    return _INSTANCES.answer(state, arguments)


def describe_disks_full_status(state: EcsState, arguments: Arguments) -> JsonObject:
    """The disks of a region, each with its open events, or with those that began in a period of the last seven days.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidParameter.TimeEndBeforeStart, DiskIdLimitExceeded,
            EventIdLimitExceeded, InvalidTag.Mismatch, InvalidTagCount.
    """
    return _DISKS.answer(state, arguments)


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


def _instance_events(_state: EcsState, arguments: Arguments) -> EventFilter[SystemEvent]:
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


_INSTANCES: FullStatus[EcsInstance, SystemEvent] = FullStatus(
    "InstanceId",
    lives.INSTANCE_STATUSES,
    lambda state: state.instances,
    lambda state, instance_id: state.open_events(instance_id),
    _instance_events,
    health,
    full_status_row,
    ("InstanceFullStatusSet", "InstanceFullStatusType"),
)
_DISKS: FullStatus[Disk, DiskEvent] = FullStatus(
    "DiskId",
    lives.DISK_STATUSES,
    lambda state: state.disks,
    lambda state, disk_id: state.events_of_disk(disk_id),
    _disk_events,
    disk_health,
    disk_status_row,
    ("DiskFullStatusSet", "DiskFullStatusType"),
)
