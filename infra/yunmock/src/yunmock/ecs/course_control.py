"""What the control of instances and that of events share: the state that they set, and its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.named_calls import NamedCalls

if TYPE_CHECKING:
    from yunmock.ecs.course import Course
    from yunmock.ecs.state import EcsState


class CourseControl(NamedCalls):
    """Calls that set the scene; a time left out is the cloud's present.

    Attributes:
        state: the instances, disks and events.
        course: what the clock brings them.
    """

    state: EcsState
    course: Course
