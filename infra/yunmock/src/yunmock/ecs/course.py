"""The course of things: what instances and events go through on the cloud's clock, and what the event bus hears of it.

A job is a state that is due later. What is due is also done before each call of the API (`settle`), so that no answer
is behind the clock. A job that no longer fits (its event was moved, its instance has seen another operation) does
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from yunmock.ecs import notices
from yunmock.ecs.lives import NOTHING, RECYCLING, RELEASE, SPOT_NOTICE_S, STEPS, STEPS_FROM

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud
    from yunmock.ecs.model import DiskEvent, EcsInstance, SystemEvent
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject

SERVICE = "ecs"
BUS = "default"


class Course:
    """Moves the instances and events of one cloud.

    Attributes:
        state: what it moves.
    """

    def __init__(self, cloud: Cloud, state: EcsState) -> None:
        self._cloud, self.state = cloud, state
        self._jobs: dict[str, Callable[[JsonObject, int], None]] = {
            "event": self._event_is_due,
            "instance": self._step_is_due,
            "reclaim": self._reclaim_is_due,
            "publish": self._publish,
        }

    def work(self, payload: JsonObject, due_ms: int) -> None:
        """Do one job; its payload's first name says which."""
        self._jobs[next(iter(payload))](payload, due_ms)

    def settle(self) -> None:
        """Do every job that changes a state and is due."""
        while due := self._due():
            for payload, due_ms in due:
                self.work(payload, due_ms)

    def begin(self, event: SystemEvent) -> None:
        """Keep a new event of an instance, and make it known."""
        with self.state.atomic():
            self.state.put_event(event)
            self._schedule(event)
            self._tell_event(event, event.published_ms if event.finished_ms is None else event.finished_ms)
            if event.open:
                self._act(event, event.published_ms)

    def move(self, event: SystemEvent, status: str, at_ms: int) -> SystemEvent:
        """Move an event to a status that it reaches at `at_ms`; the caller has checked that it can."""
        started_ms = event.started_ms if event.started_ms is not None else at_ms
        moved = replace(event, status=status, started_ms=None if status in ("Inquiring", "Scheduled") else started_ms)
        if not moved.open:
            moved = replace(moved, finished_ms=at_ms)
        with self.state.atomic():
            self.state.put_event(moved)
            self._schedule(moved)
            self._tell_event(moved, at_ms)
            self._act(moved, at_ms)
        return moved

    def reschedule(self, event: SystemEvent, not_before_ms: int, *, notify: bool) -> None:
        """Give a planned event another time; `notify` says whether the event bus hears of it."""
        initial_ms = event.not_before_ms if event.initial_not_before_ms is None else event.initial_not_before_ms
        moved = replace(event, not_before_ms=not_before_ms, initial_not_before_ms=initial_ms)
        with self.state.atomic():
            self.state.put_event(moved)
            self._schedule(moved)
            if notify:
                self._tell_event(moved, self.state.now_ms())

    def disk_event(self, event: DiskEvent, at_ms: int) -> None:
        """Keep an event of a disk, new or ended, and make it known."""
        with self.state.atomic():
            self.state.put_disk_event(event)
            disk = self.state.disk(event.disk_id)
            instance = self.state.instances.find(disk.instance_id)
            if event.on_bus:
                name = instance.name if instance else ""
                account = self._cloud.account.account_id
                self.tell(event.region, at_ms, notices.of_disk_event(account, event, disk, name, at_ms))

    def operate(self, instance: EcsInstance, operation: str, at_ms: int) -> None:
        """Begin an operation of `STEPS`; nothing happens if the instance's status does not allow it."""
        if instance.status not in STEPS_FROM[operation]:
            return
        begun = replace(instance, run=instance.run + 1)
        (first, _), *later = STEPS[operation]
        with self.state.atomic():
            self._step(begun, first, at_ms)
            for status, seconds in later:
                job: JsonObject = {"instance": begun.id, "run": begun.run, "status": status}
                self._cloud.scheduler.add(SERVICE, at_ms + seconds * 1000, job)

    def avoid(self, instance_id: str, operation: str, at_ms: int) -> None:
        """Avoid the events that an operation of the user's makes needless: those that wait, or that cannot wait."""
        for event in self.state.open_events(instance_id):
            in_time = event.status != "Executing" or event.life.first == "Executing"
            if in_time and operation in event.life.avoided_by:
                self.move(event, "Avoided", at_ms)

    def release(self, instance: EcsInstance, at_ms: int) -> None:
        """Release an instance: open events are avoided, the system disk goes too, other disks become available."""
        with self.state.atomic():
            self.avoid(instance.id, RELEASE, at_ms)
            for disk in self.state.disks_of(instance):
                if disk.kind == "system":
                    self.state.disks.delete(disk)
                else:
                    self.state.disks.replace(replace(disk, instance_id="", device="", status="Available"))
            self.state.instances.delete(instance)
            self.tell_state(instance, "Deleted", at_ms)

    def interrupt(self, instance: EcsInstance, at_ms: int) -> None:
        """Announce that a spot instance will be reclaimed, lock it, and reclaim it when the notice is over."""
        with self.state.atomic():
            self.state.instances.replace(replace(instance, locks=(*instance.locks, RECYCLING)))
            account = self._cloud.account.account_id
            self.tell(instance.region, at_ms, notices.of_interruption(account, instance, at_ms))
            self._cloud.scheduler.add(SERVICE, at_ms + SPOT_NOTICE_S * 1000, {"reclaim": instance.id})

    def tell_state(self, instance: EcsInstance, state: str, at_ms: int) -> None:
        """Let the event bus hear of a state of an instance."""
        account = self._cloud.account.account_id
        self.tell(instance.region, at_ms, notices.of_state_change(account, instance, state, at_ms))

    def tell(self, region: str, at_ms: int, event: JsonObject) -> None:
        """Publish a CloudEvent on the bus, a little later; the bus is that of the account's region alone."""
        if region == self._cloud.account.region:
            self._cloud.scheduler.add(SERVICE, at_ms + self.state.bus_delay_ms, {"publish": event})

    def _due(self) -> list[tuple[JsonObject, int]]:
        """The jobs that change a state and are due, out of the schedule."""
        now_ms = self.state.now_ms()
        due = takewhile(lambda job: job.due_ms <= now_ms, self._cloud.scheduler)
        mine = [job for job in due if job.service == SERVICE and not job.payload.keys() & {"publish", "call"}]
        return [(job.payload, job.due_ms) for job in mine if self._cloud.scheduler.remove(job)]

    def _act(self, event: SystemEvent, at_ms: int) -> None:
        """Do to the instance what the event in this status does."""
        effect, acts = event.life.effect, event.real_operations or not event.simulated
        instance = self.state.instances.find(event.instance_id)
        # A release is the end of what is executed, anything else its beginning.
        effective = "Executed" if effect == RELEASE or event.simulated else "Executing"
        if instance is None or not acts or effect == NOTHING or event.status != effective:
            return
        if effect == RELEASE:
            self.release(instance, at_ms)
        else:
            self.operate(instance, effect, at_ms)

    def _schedule(self, event: SystemEvent) -> None:
        if event.due_ms is not None:
            self._cloud.scheduler.add(SERVICE, event.due_ms, {"event": event.id})

    def _tell_event(self, event: SystemEvent, at_ms: int) -> None:
        if event.on_bus:
            self.tell(event.region, at_ms, notices.of_system_event(self._cloud.account.account_id, event, at_ms))

    def _step(self, instance: EcsInstance, status: str, at_ms: int) -> None:
        started_ms = at_ms if status == "Running" else instance.started_ms
        self.state.instances.replace(replace(instance, status=status, started_ms=started_ms))
        self.tell_state(instance, status, at_ms)

    def _event_is_due(self, payload: JsonObject, due_ms: int) -> None:
        with self.state.atomic():
            event = self.state.events.find(str(payload["event"]))
            if event is not None and event.due_ms == due_ms:
                self.move(event, event.next_status, due_ms)

    def _step_is_due(self, payload: JsonObject, due_ms: int) -> None:
        with self.state.atomic():
            instance = self.state.instances.find(str(payload["instance"]))
            if instance is not None and instance.run == payload["run"] and instance.status != payload["status"]:
                self._step(instance, str(payload["status"]), due_ms)

    def _reclaim_is_due(self, payload: JsonObject, due_ms: int) -> None:
        with self.state.atomic():
            instance = self.state.instances.find(str(payload["reclaim"]))
            if instance is None or RECYCLING not in instance.locks:
                return
            unlocked = replace(instance, locks=tuple(lock for lock in instance.locks if lock != RECYCLING))
            if instance.spot_behavior == "Stop":
                self.state.instances.replace(unlocked)
                self.operate(unlocked, "stop", due_ms)
            else:
                self.release(unlocked, due_ms)

    def _publish(self, payload: JsonObject, _due_ms: int) -> None:
        event = payload["publish"]
        assert isinstance(event, dict)
        self._cloud.publisher.publish(BUS, event)
