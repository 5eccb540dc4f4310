"""What ECS keeps: instances, disks, their events, and how late the bus hears of them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from yunmock.ecs.errors import EventNotFoundError, ResourceNotFoundError
from yunmock.ecs.lives import HISTORY_MS
from yunmock.ecs.model import DISK_EVENTS, DISKS, INSTANCES, SYSTEM_EVENTS
from yunmock.ecs.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.ecs.model import Disk, DiskEvent, EcsInstance, SystemEvent
    from yunmock.storage import Space

BUS_DELAY_MS = 1_500
"""How much later than the API the event bus shows an event, unless a test chooses; the real delay is not documented."""

_NUMBER = struct.Struct(">Q")
_COUNTER, _DELAY = b"sequence", b"bus-delay"


class EcsState:
    """Instances, disks and events on their shelves.

    Attributes:
        home: the account's region.
        instances, disks, events, disk_events: the shelves.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._clock, self._storage = cloud.clock, cloud.storage
        self.home = cloud.account.region
        self.instances: Shelf[EcsInstance] = Shelf(cloud.storage, "instance", INSTANCES)
        self.disks: Shelf[Disk] = Shelf(cloud.storage, "disk", DISKS)
        self.events = Shelf(cloud.storage, "event", SYSTEM_EVENTS)
        self.disk_events = Shelf(cloud.storage, "disk-event", DISK_EVENTS)
        self._by_resource: Space[bytes] = cloud.storage.space("ecs.by-resource", bytes, bytes)
        self._numbers: Space[bytes] = cloud.storage.space("ecs.number", bytes, bytes)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._storage.atomic()

    def now_ms(self) -> int:
        """The cloud's time in milliseconds."""
        return self._clock.now_ms()

    def next_sequence(self) -> int:
        """A number that no instance, disk or event has had."""
        with self._storage.atomic():
            number = self._number(_COUNTER, 0) + 1
            self._numbers.put(_COUNTER, _NUMBER.pack(number))
        return number

    @property
    def bus_delay_ms(self) -> int:
        """How much later than the API the event bus shows an event."""
        return self._number(_DELAY, BUS_DELAY_MS)

    @bus_delay_ms.setter
    def bus_delay_ms(self, delay_ms: int) -> None:
        self._numbers.put(_DELAY, _NUMBER.pack(delay_ms))

    def instance(self, instance_id: str) -> EcsInstance:
        """The instance with this id.

        Raises:
            ResourceNotFoundError: there is none.
        """
        found = self.instances.find(instance_id)
        if found is None:
            raise ResourceNotFoundError(instance_id)
        return found

    def disk(self, disk_id: str) -> Disk:
        """The disk with this id.

        Raises:
            ResourceNotFoundError: there is none.
        """
        found = self.disks.find(disk_id)
        if found is None:
            raise ResourceNotFoundError(disk_id)
        return found

    def event(self, event_id: str) -> SystemEvent:
        """The event of an instance with this id.

        Raises:
            EventNotFoundError: there is none.
        """
        found = self.events.find(event_id)
        if found is None:
            raise EventNotFoundError(event_id)
        return found

    def put_event(self, event: SystemEvent) -> None:
        """Keep an event of an instance, new or changed; an open one is found by its instance."""
        if self.events.find(event.id) is None:
            self.events.add(event)
        self.events.replace(event)
        self._index(event.instance_id, event.id, there=event.open)

    def put_disk_event(self, event: DiskEvent) -> None:
        """Keep an event of a disk, new or changed; it is found by its disk."""
        if self.disk_events.find(event.id) is None:
            self.disk_events.add(event)
        self.disk_events.replace(event)
        self._index(event.disk_id, event.id, there=True)

    def open_events(self, instance_id: str) -> list[SystemEvent]:
        """The open events of an instance, by their ids."""
        return [event for each in self._ids(instance_id) if (event := self.events.find(each)) is not None]

    def events_of_disk(self, disk_id: str) -> list[DiskEvent]:
        """The events of a disk, by their ids; finished ones too."""
        return [event for each in self._ids(disk_id) if (event := self.disk_events.find(each)) is not None]

    def disks_of(self, instance: EcsInstance) -> list[Disk]:
        """The disks that are attached to an instance."""
        return [disk for disk in self.disks.after(instance.region) if disk.instance_id == instance.id]

    def history(self, region: str, after: int = 0) -> Iterator[SystemEvent]:
        """The events of a region that can be asked for: open ones, and those finished within 30 days."""
        horizon_ms = self.now_ms() - HISTORY_MS
        for event in self.events.after(region, after):
            if event.finished_ms is None or event.finished_ms >= horizon_ms:
                yield event

    def _ids(self, resource_id: str) -> list[str]:
        start = resource_id.encode() + b"\0"
        found = self._by_resource.scan(start, resource_id.encode() + b"\1")
        return [key.rpartition(b"\0")[2].decode() for key, _ in found]

    def _index(self, resource_id: str, event_id: str, *, there: bool) -> None:
        key = resource_id.encode() + b"\0" + event_id.encode()
        if there:
            self._by_resource.put(key, b"")
        else:
            self._by_resource.delete(key)

    def _number(self, name: bytes, default: int) -> int:
        stored = self._numbers.get(name)
        return default if stored is None else int(_NUMBER.unpack(stored)[0])
