"""Instances, disks and their events as they are kept. Nothing changes one in place. Times are milliseconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from yunmock.ecs.lives import OPEN, life_of
from yunmock.item_codec import ItemCodec

if TYPE_CHECKING:
    from yunmock.ecs.lives import Life
    from yunmock.json_types import JsonObject


class Maintenance(NamedTuple):
    """What is to happen to an instance under maintenance.

    Attributes:
        action: `Stop`, `AutoRecover` or `AutoRedeploy`.
        start, end: the hours of the maintenance window in UTC+8, as `HH:00:00`; empty if there is none.
        notify: whether an event is sent before the maintenance.
    """

    action: str = "AutoRecover"
    start: str = ""
    end: str = ""
    notify: bool = False


@dataclass(frozen=True, slots=True)
class EcsInstance:
    """An instance.

    Attributes:
        sequence: its number in the order of creation, over all regions and kinds of resources.
        run: how many operations (start, stop …) it has seen; a step of an earlier one is void.
        locks: the reasons of its operation locks.
        attributes: further fields of DescribeInstances by their API names; they replace invented ones.
    """

    id: str
    region: str
    sequence: int
    name: str
    status: str
    created_ms: int
    zone_id: str = ""
    instance_type: str = "ecs.g7.large"
    host_name: str = ""
    description: str = ""
    resource_group_id: str = ""
    spot_strategy: str = "NoSpot"
    spot_behavior: str = "Terminate"
    expires_ms: int | None = None
    started_ms: int | None = None
    run: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    locks: tuple[str, ...] = ()
    maintenance: Maintenance = field(default_factory=Maintenance)
    attributes: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk; `kind` is `system` or `data`, `instance_id` empty unless it is attached."""

    id: str
    region: str
    sequence: int
    name: str
    status: str
    created_ms: int
    kind: str = "data"
    category: str = "cloud_essd"
    size_gib: int = 40
    device: str = ""
    instance_id: str = ""
    resource_group_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """A system event of an instance.

    Attributes:
        execution_ms: how long it is in Executing, for one that the cloud makes.
        simulated: made by CreateSimulatedSystemEvents; it is executed at `not_before_ms`.
        real_operations: whether a simulated one really acts on the instance.
        on_bus: whether the event bus hears of it.
        attributes: fields of ExtendedAttribute by their API names.
    """

    id: str
    region: str
    sequence: int
    instance_id: str
    type: str
    status: str
    published_ms: int
    not_before_ms: int | None = None
    initial_not_before_ms: int | None = None
    started_ms: int | None = None
    finished_ms: int | None = None
    execution_ms: int = 0
    reason: str = ""
    reason_code: str = ""
    impact_level: str = ""
    simulated: bool = False
    real_operations: bool = False
    on_bus: bool = True
    attributes: JsonObject = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it is not finished."""
        return self.status in OPEN

    @property
    def life(self) -> Life:
        """The life of its type."""
        return life_of(self.type, simulated=self.simulated)

    @property
    def next_status(self) -> str:
        """The status that the clock brings, if `due_ms` says when."""
        return "Executing" if self.status == "Scheduled" and not self.simulated else "Executed"

    @property
    def due_ms(self) -> int | None:
        """When the clock moves it to the next status; None if it does not."""
        if self.status == "Scheduled" or (self.status == "Executing" and self.simulated):
            return self.not_before_ms
        if self.status == "Executing" and self.started_ms is not None:
            return self.started_ms + self.execution_ms
        return None


@dataclass(frozen=True, slots=True)
class DiskEvent:
    """An event of a disk, which goes on until `finished_ms`."""

    id: str
    region: str
    sequence: int
    disk_id: str
    type: str
    started_ms: int
    finished_ms: int | None = None
    impact_level: str = ""
    on_bus: bool = True

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.finished_ms is None


INSTANCES = ItemCodec(EcsInstance, {"maintenance": lambda row: Maintenance(*row), "locks": tuple})
DISKS, SYSTEM_EVENTS, DISK_EVENTS = ItemCodec(Disk), ItemCodec(SystemEvent), ItemCodec(DiskEvent)
"""How each class is kept as bytes."""
