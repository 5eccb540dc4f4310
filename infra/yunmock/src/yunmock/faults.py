"""Faults on request: failures of a real cloud, at the calls that you name.

A `Fault` says which calls it strikes and what it does to them. With `when="before"` the service never sees the request;
with `when="after"` it does its work and only the answer is wrong, which is where retries go wrong.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.http import Request

Action = Literal["error", "drop", "delay", "duplicate", "reorder"]
When = Literal["before", "after"]

MAX_DELAY_S = 3600
"""The longest delay: a server's thread waits that long."""


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(low: int, high: float = float("inf")) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and low <= value <= high


CHECKS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "service": ("a text", _text),
    "operation": ("a text", _text),
    "action": (f"one of {', '.join(get_args(Action))}", lambda value: value in get_args(Action)),
    "when": (f"one of {', '.join(get_args(When))}", lambda value: value in get_args(When)),
    "code": ("a text", _text),
    "status": ("a status from 200 to 599", _whole(200, 599)),
    "message": ("a text", _text),
    "seconds": (
        f"a number from 0 to {MAX_DELAY_S}",
        lambda value: isinstance(value, (int, float)) and 0 <= value <= MAX_DELAY_S,
    ),
    "times": ("a whole number, -1 for all calls", _whole(-1)),
    "skip": ("a whole number, 0 or more", _whole(0)),
    "rows": (
        "a set of positions, 0 or more",
        lambda value: value is None or (isinstance(value, (set, frozenset)) and all(map(_whole(0), value))),
    ),
}
"""What each field of a fault must be."""


@dataclass(slots=True)
class Fault:
    """Strikes calls of `service`/`operation` (`*` for any), `times` of them after letting `skip` through.

    Attributes:
        action: `error` answers `code` with `status`; `drop` cuts the connection; `delay` waits `seconds`
            and then answers as usual. `duplicate` and `reorder` are for what EventBridge
            delivers (operation `deliver`): twice, or after the delivery that follows.
        when: whether the service does its work (`after`) or not (`before`).
        rows: for batch operations, the positions of the rows that fail alone instead of the whole call.
        matches: a further test on the request, for faults that strike only certain calls.

    Raises:
        ValueError: a field is not what it must be; the message names it.
    """

    service: str = "*"
    operation: str = "*"
    action: Action = "error"
    when: When = "before"
    code: str = ""
    status: int = 503
    message: str = ""
    seconds: float = 0.0
    times: int = 1
    skip: int = 0
    rows: frozenset[int] | None = None
    matches: Callable[[Request], bool] | None = None

    def __post_init__(self) -> None:
        for name, (what, fits) in CHECKS.items():
            value = getattr(self, name)
            if not fits(value):
                raise ValueError(f"{name} must be {what}, not {value!r:.50}")

    def strikes(self, service: str, operation: str, request: Request) -> bool:
        """Whether this fault concerns the call; counts the calls it lets through."""
        if self.times == 0 or self.service not in ("*", service) or self.operation not in ("*", operation):
            return False
        if self.matches is not None and not self.matches(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FaultPlan:
    """The faults in force, tried in the order they were added; thread-safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Put `fault` in force; it is used up after `times` strikes (-1: never)."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults out of force."""
        with self._lock:
            self._faults.clear()

    def __bool__(self) -> bool:
        """Whether any fault is in force."""
        return bool(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        """The faults that were added, as they are now; one that is used up has `times` 0."""
        with self._lock:
            return iter([replace(fault) for fault in self._faults])

    def pick(
        self, service: str, operation: str, request: Request, actions: tuple[Action, ...] | None = None
    ) -> Fault | None:
        """The fault that strikes this call, if any; one of these actions if they are given."""
        with self._lock:
            allowed = (fault for fault in self._faults if actions is None or fault.action in actions)
            return next((fault for fault in allowed if fault.strikes(service, operation, request)), None)
