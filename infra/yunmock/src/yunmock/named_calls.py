"""The control calls of a service by name: at once, as over HTTP, or later by the cloud's clock."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from yunmock.checks import json_copy, one_of
from yunmock.timestamps import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.cloud import Cloud
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.timestamps import Timestamp


class NamedCalls:
    """The control interface of a service, whose methods can be called by name.

    Attributes:
        service: the service's name, which its jobs have.
        calls: the methods that can be called by name.
        gone: the error of a call about something that no longer exists; a call made later then does nothing.
    """

    service: ClassVar[str]
    calls: ClassVar[tuple[str, ...]]
    gone: ClassVar[type[LookupError]]

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def control(self, call: str, arguments: Mapping[str, Any]) -> JsonValue:
        """Make a call by its name, as over HTTP.

        Raises:
            ValueError, TypeError, LookupError: as the call does; ValueError also for an unknown call.
        """
        result: JsonValue = getattr(self, one_of("call", call, self.calls))(**arguments)
        return result

    def after(self, seconds: float, call: str, **arguments: object) -> None:
        """Make one of the calls after so many seconds of the cloud's clock; nothing if what it is about is gone then.

        Raises:
            ValueError: there is no such call, or `seconds` is negative.
        """
        one_of("call", call, self.calls)
        if seconds < 0:
            raise ValueError(f"after() takes seconds >= 0, not {seconds}")
        due_ms = self._cloud.clock.now_ms() + round(seconds * 1000)
        self._cloud.scheduler.add(self.service, due_ms, {"call": call, "arguments": json_copy(arguments)})

    def run_call(self, payload: JsonObject) -> None:
        """Make a call that `after` has put off."""
        arguments = payload["arguments"]
        assert isinstance(arguments, dict)
        with contextlib.suppress(self.gone):
            self.control(str(payload["call"]), arguments)

    def _ms(self, at: Timestamp | None) -> int:
        """A time as the caller gives it, or the cloud's present."""
        return self._cloud.clock.now_ms() if at is None else milliseconds(at)
