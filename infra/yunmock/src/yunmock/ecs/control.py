"""The control interface: everything that a user, the cloud or the market can do to instances, disks and events.

Nothing runs in yunmock's ECS, so tests set the scene with these calls, in Python or over HTTP. Every argument can be
JSON and every result is JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.course import SERVICE, Course
from yunmock.ecs.event_control import EventControl
from yunmock.ecs.instance_control import InstanceControl

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject

CALLS = (
    "create_instance",
    "create_disk",
    "set_tags",
    "rename_instance",
    "start_instance",
    "stop_instance",
    "reboot_instance",
    "redeploy_instance",
    "release_instance",
    "interrupt_instance",
    "lock_instance",
    "schedule_event",
    "set_event_status",
    "move_event",
    "start_disk_event",
    "finish_disk_event",
    "instance",
    "list_instances",
    "event",
    "list_events",
    "set_bus_delay",
    "after",
)
"""The calls that can be made by name, over HTTP or later."""


class EcsControl(InstanceControl, EventControl):
    """Create, operate and release instances and disks, and let events happen to them."""

    service, calls, gone = SERVICE, CALLS, LookupError

    def __init__(self, cloud: Cloud, state: EcsState) -> None:
        super().__init__(cloud)
        self.state = state
        self.course = Course(cloud, state)
        cloud.workers[SERVICE] = self._work

    def set_bus_delay(self, seconds: float) -> None:
        """Choose how much later than the API the event bus shows an event (1.5 s unless chosen).

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a delay is >= 0 s, not {seconds}")
        self.state.bus_delay_ms = round(seconds * 1000)

    def _work(self, payload: JsonObject, due_ms: int) -> None:
        if "call" in payload:
            self.run_call(payload)
        else:
            self.course.work(payload, due_ms)
