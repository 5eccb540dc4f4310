"""The control of events: schedule those of instances, move them, set their status; begin and end those of disks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.checks import json_copy, one_of
from yunmock.ecs import event_json, lives
from yunmock.ecs.course_control import CourseControl
from yunmock.ecs.errors import EventNotFoundError
from yunmock.ecs.model import DiskEvent, SystemEvent
from yunmock.identifiers import resource_id
from yunmock.timestamps import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.checks import AnyJson
    from yunmock.timestamps import Timestamp

EXECUTION_S = 120
"""How long the cloud executes an event; "at most 10 minutes" ("Overview of system events")."""
DELETE_EXECUTION_S = 300
"""The same for SystemFailure.Delete: "about 5 minutes"."""


class EventControl(CourseControl):
    """Let events happen to instances and disks; a time left out is the cloud's present."""

    def schedule_event(
        self,
        instance_id: str,
        event_type: str,
        *,
        status: str | None = None,
        not_before: Timestamp | None = None,
        event_id: str | None = None,
        at: Timestamp | None = None,
        finished_at: Timestamp | None = None,
        execution_s: float | None = None,
        reason: str = "System maintenance is scheduled.",
        reason_code: str = "",
        impact_level: str = "100",
        can_accept: bool = True,
        on_bus: bool = True,
        attributes: Mapping[str, object] | None = None,
    ) -> str:
        """Publish a system event of an instance, of any type, and return its id.

        It then follows the life of its type (`yunmock.ecs.lives.LIVES`): a scheduled one is executed at `not_before`,
        for `execution_s`, and acts on its instance; an inquiring one waits to be accepted.

        Args:
            event_type: such as `SystemMaintenance.Reboot`.
            status: its first status; that of its type when None.
            not_before: when it will be executed; None for none.
            event_id: its id; generated when None.
            at: when it is published.
            finished_at: when a finished one was finished; `at` when None.
            execution_s: how long it is executed; two minutes when None, five for SystemFailure.Delete.
            can_accept: whether AcceptInquiredSystemEvent may accept it.
            on_bus: whether the event bus hears of it.
            attributes: fields of ExtendedAttribute by their API names (`{"DiskId": …}`).

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: unknown status, or an id that exists.
        """
        first = one_of("status", status or lives.life_of(event_type).first, lives.STATUSES)
        usual_s = DELETE_EXECUTION_S if event_type == "SystemFailure.Delete" else EXECUTION_S
        published_ms = self._ms(at)
        finished_ms = published_ms if finished_at is None else milliseconds(finished_at)
        finished = first in lives.FINISHED
        extended = json_copy(attributes or {})
        if first == "Inquiring":
            extended.setdefault("CanAccept", str(can_accept).lower())
        with self.state.atomic():
            instance, sequence = self.state.instance(instance_id), self.state.next_sequence()
            event = SystemEvent(
                id=event_id or resource_id("e", instance.region, sequence),
                region=instance.region,
                sequence=sequence,
                instance_id=instance_id,
                type=event_type,
                status=first,
                published_ms=published_ms,
                not_before_ms=None if not_before is None else milliseconds(not_before),
                started_ms=published_ms if first == "Executing" else finished_ms if finished else None,
                finished_ms=finished_ms if finished else None,
                execution_ms=round((usual_s if execution_s is None else execution_s) * 1000),
                reason=reason,
                reason_code=reason_code,
                impact_level=impact_level,
                on_bus=on_bus,
                attributes=extended,
            )
            if self.state.events.find(event.id) is not None:
                raise ValueError(f"there is an event {event.id!r} already")
            self.course.begin(event)
        return event.id

    def set_event_status(self, event_id: str, status: str, *, at: Timestamp | None = None) -> None:
        """Move an event to a status that can follow its own, reached at `at`.

        Raises:
            EventNotFoundError: there is no such event.
            ValueError: the status is unknown or cannot follow.
        """
        one_of("status", status, lives.STATUSES)
        with self.state.atomic():
            self.course.settle()
            event = self.state.event(event_id)
            if status not in lives.MOVES[event.status]:
                raise ValueError(f"{status} cannot follow {event.status}")
            self.course.move(event, status, self._ms(at))

    def move_event(self, event_id: str, not_before: Timestamp, *, notify: bool = False) -> None:
        """Give an event that waits another time; the first one stays in ExtendedAttribute.InitialNotBefore.

        Args:
            notify: whether the event bus hears of it; whether ECS notifies is not known.

        Raises:
            EventNotFoundError: there is no such event.
            ValueError: it is executed or finished.
        """
        with self.state.atomic():
            self.course.settle()
            event = self.state.event(event_id)
            if event.status not in ("Inquiring", "Scheduled"):
                raise ValueError(f"the event is {event.status}: only one that waits can be moved")
            self.course.reschedule(event, milliseconds(not_before), notify=notify)

    def start_disk_event(
        self,
        disk_id: str,
        event_type: str,
        *,
        event_id: str | None = None,
        at: Timestamp | None = None,
        impact_level: str = "100",
        on_bus: bool = True,
    ) -> str:
        """Let an event of a disk begin, and return its id; it goes on until `finish_disk_event`.

        Args:
            event_type: `Degraded`, `SeverelyDegraded`, `Stalled` or `ErrorDetected`.

        Raises:
            ResourceNotFoundError: there is no such disk.
            ValueError: unknown type, or an id that exists.
        """
        started_ms = self._ms(at)
        with self.state.atomic():
            disk, sequence = self.state.disk(disk_id), self.state.next_sequence()
            event = DiskEvent(
                id=event_id or resource_id("e", disk.region, sequence),
                region=disk.region,
                sequence=sequence,
                disk_id=disk_id,
                type=one_of("event_type", event_type, lives.DISK_EVENTS),
                started_ms=started_ms,
                impact_level=impact_level,
                on_bus=on_bus,
            )
            if self.state.disk_events.find(event.id) is not None:
                raise ValueError(f"there is an event {event.id!r} already")
            self.course.disk_event(event, started_ms)
        return event.id

    def finish_disk_event(self, event_id: str, *, at: Timestamp | None = None) -> None:
        """Let an event of a disk end.

        Raises:
            EventNotFoundError: there is no such event.
            ValueError: it has ended.
        """
        finished_ms = self._ms(at)
        with self.state.atomic():
            event = self.state.disk_events.find(event_id)
            if event is None:
                raise EventNotFoundError(event_id)
            if not event.open:
                raise ValueError("the event has ended")
            self.course.disk_event(replace(event, finished_ms=finished_ms), finished_ms)

    def event(self, event_id: str) -> AnyJson:
        """An event of an instance as DescribeInstanceHistoryEvents writes it, however old.

        Raises:
            EventNotFoundError: there is no such event.
        """
        self.course.settle()
        return json_copy(event_json.history_row(self.state.event(event_id)))

    def list_events(self, region: str | None = None) -> list[AnyJson]:
        """The events of the instances of a region, or of all, as `event` writes them; oldest first within a region."""
        self.course.settle()
        regions = self.state.events.regions() if region is None else [region]
        return [json_copy(event_json.history_row(each)) for name in regions for each in self.state.events.after(name)]
