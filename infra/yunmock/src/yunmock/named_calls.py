"""The control calls of a service by name: at once, as over HTTP, or later by the cloud's clock."""

from __future__ import annotations

import contextlib
import inspect
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from yunmock.checks import json_copy, one_of
from yunmock.timestamps import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.cloud import Cloud
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.timestamps import Timestamp

MAX_NUMBER = 10**14
"""As milliseconds since the epoch, a time in the year 5138."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


TYPES: dict[str, Callable[[Any], bool]] = {
    "None": lambda value: value is None,
    "object": lambda _value: True,
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": _is_whole,
    "float": _is_number,
    "Timestamp": lambda value: isinstance(value, (str, datetime)) or _is_whole(value),
    "Sequence[str]": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "Mapping[str, str]": lambda value: _is_mapping(value) and all(isinstance(item, str) for item in value.values()),
    "Mapping[str, object]": _is_mapping,
    "Sequence[Mapping[str, object]]": lambda value: isinstance(value, list) and all(map(_is_mapping, value)),
}
"""Whether a value is of a type, by the annotation of the parameter that it is for."""


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
            ValueError, TypeError, LookupError: as the call does; ValueError also for an unknown call, TypeError for
                arguments that are not the call's.
        """
        self._check(call, arguments)
        result: JsonValue = getattr(self, call)(**arguments)
        return result

    def after(self, seconds: float, call: str, **arguments: object) -> None:
        """Make one of the calls after so many seconds of the cloud's clock; nothing if what it is about is gone then.

        Raises:
            ValueError: there is no such call, or `seconds` is negative.
            TypeError: the arguments are not the call's.
        """
        if seconds < 0:
            raise ValueError(f"after() takes seconds >= 0, not {seconds}")
        self._check(call, arguments)
        due_ms = self._cloud.clock.now_ms() + round(seconds * 1000)
        self._cloud.scheduler.add(self.service, due_ms, {"call": call, "arguments": json_copy(arguments)})

    def run_call(self, payload: JsonObject) -> None:
        """Make a call that `after` has put off."""
        arguments = payload["arguments"]
        assert isinstance(arguments, dict)
        with contextlib.suppress(self.gone):
            self.control(str(payload["call"]), arguments)

    def _check(self, call: str, arguments: Mapping[str, Any]) -> None:
        """Check what is given by name; texts from elsewhere would be kept, and fail much later."""
        signature = inspect.signature(getattr(self, one_of("call", call, self.calls)))
        for name, value in signature.bind(**arguments).arguments.items():
            kinds = str(signature.parameters[name].annotation).split(" | ")
            if not any(TYPES[kind](value) for kind in kinds):
                raise TypeError(f"{name} must be of type {' or '.join(kinds)}, not {value!r:.50}")

    def _ms(self, at: Timestamp | None) -> int:
        """A time as the caller gives it, or the cloud's present."""
        return self._cloud.clock.now_ms() if at is None else milliseconds(at)
