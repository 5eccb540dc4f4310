"""What ECI keeps: container groups with their events, by region, and how events are spelt."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.eci.errors import ContainerGroupNotFoundError
from yunmock.eci.model import (
    ENDED,
    GROUPS,
    MAX_EVENTS,
    PASCAL,
    ContainerGroup,
    GroupEvent,
    decode_events,
    encode_events,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.storage import Space

KEPT_IN_FULL_MS = 3_600_000
KEPT_AFTERWARDS = 100
"""All terminal groups are kept for an hour, then only the newest 100 of a region (DescribeContainerGroups)."""

_SEQUENCE = struct.Struct(">Q")
_COUNTER = b"group"
_CASING = b"casing"


class EciState:
    """Groups in the order of their creation, the events of each, and the casing of events."""

    def __init__(self, cloud: Cloud) -> None:
        self._clock = cloud.clock
        self._storage = cloud.storage
        self._groups: Space[ContainerGroup] = cloud.storage.space("eci.group", GROUPS.encode, GROUPS.decode)
        self._keys: Space[bytes] = cloud.storage.space("eci.key", bytes, bytes)
        self._events: Space[tuple[GroupEvent, ...]] = cloud.storage.space("eci.events", encode_events, decode_events)
        self._settings: Space[str] = cloud.storage.space("eci.setting", str.encode, bytes.decode)
        self._counter: Space[bytes] = cloud.storage.space("eci.counter", bytes, bytes)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._storage.atomic()

    def now_ms(self) -> int:
        """The cloud's time in milliseconds."""
        return self._clock.now_ms()

    @property
    def casing(self) -> str:
        """How DescribeContainerGroupEvents spells the fields of an event: `pascal` or `camel`."""
        return self._settings.get(_CASING) or PASCAL

    def set_casing(self, casing: str) -> None:
        """Choose the casing; it must be one of `CASINGS`."""
        self._settings.put(_CASING, casing)

    def next_sequence(self) -> int:
        """A number that no group has had."""
        with self._storage.atomic():
            last = self._counter.get(_COUNTER)
            number = 1 if last is None else _SEQUENCE.unpack(last)[0] + 1
            self._counter.put(_COUNTER, _SEQUENCE.pack(number))
        return number

    def add(self, group: ContainerGroup) -> None:
        """Keep a new group.

        Raises:
            ValueError: there is a group of this id.
        """
        with self._storage.atomic():
            if self._keys.get(group.id.encode()) is not None:
                raise ValueError(f"there is a container group {group.id!r} already")
            self._keys.put(group.id.encode(), _key(group))
            self._groups.put(_key(group), group)

    def get(self, group_id: str) -> ContainerGroup:
        """The group with this id.

        Raises:
            ContainerGroupNotFoundError: there is none, or it is no longer kept.
        """
        with self._storage.atomic():
            key = self._keys.get(group_id.encode())
            found = None if key is None else self._groups.get(key)
            if found is not None and found.status in ENDED:
                self._forget_old(found.region)
                found = self._groups.get(_key(found))
        if found is None:
            raise ContainerGroupNotFoundError(group_id)
        return found

    def replace(self, group: ContainerGroup) -> None:
        """Replace the group of this id."""
        self._groups.put(_key(group), group)

    def delete(self, group_id: str) -> None:
        """Forget a group and its events.

        Raises:
            ContainerGroupNotFoundError: there is none.
        """
        with self._storage.atomic():
            self._forget(self.get(group_id))

    def groups(self, region: str) -> list[ContainerGroup]:
        """The groups of a region, oldest first."""
        with self._storage.atomic():
            return self._forget_old(region)

    def peek(self, most: int) -> list[ContainerGroup]:
        """The first groups of all regions, also those that are kept no longer at the next call of the API."""
        return [group for _, group in islice(self._groups.scan(), most)]

    def regions(self) -> list[str]:
        """The regions that have groups."""
        return sorted({key.partition(b"\0")[0].decode() for key, _ in self._groups.scan()})

    def events(self, group_id: str) -> tuple[GroupEvent, ...]:
        """The events kept of a group, the latest last."""
        return self._events.get(group_id.encode()) or ()

    def add_event(self, group_id: str, event: GroupEvent, *, named: bool) -> GroupEvent:
        """Add an occurrence of an event; returns the event with its count and name.

        An occurrence repeats an event of the same reason and name if it is `named`, else one of the same content. The
        counts add up; the first time stays the earliest, the last time the latest.
        """
        with self._storage.atomic():
            known = self.events(group_id)
            same = next((old for old in known if _same(old, event, named=named)), None)
            merged = _repeated(same, event) if same else _with_free_name(event, known, named=named)
            events = sorted((*(old for old in known if old is not same), merged), key=lambda row: row.last_ms)
            self._events.put(group_id.encode(), tuple(events[-MAX_EVENTS:]))
        return merged

    def _forget_old(self, region: str) -> list[ContainerGroup]:
        """Apply the retention to a region; returns the groups that remain."""
        start = region.encode() + b"\0"
        found = [group for _, group in self._groups.scan(start, region.encode() + b"\1")]
        cutoff = self._clock.now_ms() - KEPT_IN_FULL_MS
        old = [group for group in found if group.ended_ms is not None and group.ended_ms < cutoff]
        old.sort(key=lambda group: (group.ended_ms, group.sequence), reverse=True)
        gone = {group.id: group for group in old[KEPT_AFTERWARDS:]}
        for group in gone.values():
            self._forget(group)
        return [group for group in found if group.id not in gone]

    def _forget(self, group: ContainerGroup) -> None:
        self._groups.delete(_key(group))
        self._keys.delete(group.id.encode())
        self._events.delete(group.id.encode())


def _key(group: ContainerGroup) -> bytes:
    return group.region.encode() + b"\0" + _SEQUENCE.pack(group.sequence)


def _same(old: GroupEvent, new: GroupEvent, *, named: bool) -> bool:
    return (old.reason, old.name) == (new.reason, new.name) if named else old.content == new.content


def _repeated(old: GroupEvent, new: GroupEvent) -> GroupEvent:
    latest = new if new.last_ms >= old.last_ms else old
    return replace(
        latest,
        name=old.name,
        count=old.count + new.count,
        first_ms=min(old.first_ms, new.first_ms),
        last_ms=latest.last_ms,
    )


def _with_free_name(event: GroupEvent, known: tuple[GroupEvent, ...], *, named: bool) -> GroupEvent:
    """The event under Kubernetes' name for it: the object's name, a dot, the nanosecond it was first seen at in hex."""
    if named:
        return event
    taken = {old.name for old in known}
    nanosecond = event.first_ms * 1_000_000
    while (name := f"{event.object_name}.{nanosecond:x}") in taken:
        nanosecond += 1
    return replace(event, name=name)
