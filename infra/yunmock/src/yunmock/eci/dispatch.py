"""The control interface by name: the same calls from JSON, now or when the clock has moved on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from yunmock.eci.checks import one_of, own
from yunmock.eci.control import Control
from yunmock.eci.errors import ContainerGroupNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.cloud import Cloud

SERVICE = "eci"
CALLS = (
    "create_container_group",
    "set_status",
    "advance",
    "set_container_state",
    "add_event",
    "delete_container_group",
    "container_group",
    "list_container_groups",
    "list_events",
    "set_casing",
    "after",
)
"""What `control` and `after` can be asked for."""


class Dispatch(Control):
    """The control interface and its calls by name; what was put off lies on the cloud's agenda."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._agenda = cloud.agenda
        cloud.workers[SERVICE] = self._work

    def control(self, call: str, arguments: Mapping[str, Any]) -> Any:
        """Make a call by its name, as one over HTTP is made; the answer is JSON.

        Raises:
            ValueError, TypeError, ContainerGroupNotFoundError: as the call does; ValueError also when there is none.
        """
        return getattr(self, one_of("call", call, CALLS))(**arguments)

    def after(self, seconds: float, call: str, **arguments: Any) -> None:
        """Make one of the calls once the cloud's clock has moved on; nothing comes of it if its group is gone by then.

        Raises:
            ValueError: there is no such call, or the time lies in the past.
        """
        one_of("call", call, CALLS)
        if seconds < 0:
            raise ValueError(f"after() takes seconds >= 0, not {seconds}")
        due_ms = self.now_ms() + round(seconds * 1000)
        self._agenda.add(SERVICE, due_ms, {"call": call, "arguments": own(arguments)})

    def _work(self, payload: dict[str, Any], due_ms: int) -> None:  # noqa: ARG002 - the clock stands at the due time
        with contextlib.suppress(ContainerGroupNotFoundError):
            self.control(payload["call"], payload["arguments"])
