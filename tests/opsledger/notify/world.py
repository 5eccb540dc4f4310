"""A world for the notifier: a store, a clock that does not wait, the pipeline, and a channel that counts and fails."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.conftest import FakeClock, PipelineHarness, make_event
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.notify import config
from opsledger.notify.deliveries import read_delivery
from opsledger.notify.exchange import Response
from opsledger.notify.notifier import notify
from opsledger.store.tables import DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.deliveries import Dispatch
    from opsledger.notify.exchange import Request
    from opsledger.notify.notifier import Notified
    from opsledger.store import Store

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=x"
TOO_FAST = Response(200, {}, b'{"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}')
OK = Response(200, {}, b'{"errcode": 0, "errmsg": "ok"}')
BAD_SIGN = Response(200, {}, b'{"errcode": 310000, "errmsg": "sign not match"}')
NO_CODE = Response(200, {}, b"<html>")


class Robot:
    """A chat robot: it counts what it gets, and answers `OK` unless a hook for that request does something else.

    Attributes:
        hooks: by the number of the request, from 1: an answer, an error to raise, or a function to call.
        got: what people see, with when.
    """

    def __init__(self, clock: FakeClock, answer: Response = OK) -> None:
        self.hooks: dict[int, Response | Exception | Callable[[], object]] = {}
        self.answer = answer
        self.got: list[tuple[int, str]] = []
        self.requests = 0
        self._clock = clock

    def send(self, request: Request) -> Response:
        """Take a message; an error comes after it was taken."""
        self.requests += 1
        hook = self.hooks.get(self.requests)
        answer = hook if isinstance(hook, Response) else self.answer
        if answer not in (TOO_FAST, BAD_SIGN):
            self.got.append((self._clock.now_ms(), json.dumps(json.loads(request.body), ensure_ascii=False)))
        if isinstance(hook, Exception):
            raise hook
        if callable(hook):
            hook()
        return answer

    @property
    def texts(self) -> list[str]:
        """What people see."""
        return [text for _, text in self.got]


class World:
    """The pipeline and the notifier on one store."""

    _runs = count(1)

    def __init__(self, store: Store | None = None, **options: Any) -> None:
        self.clock = FakeClock()
        self.store: Store = store or MemoryStore()
        self.harness = PipelineHarness(self.store, self.clock)
        self.robot = Robot(self.clock)
        self.config: NotifyConfig = config.validate(
            {"channels": {"ops": {"url": DINGTALK, "language": "en"}}, **options}
        )

    def deliver(self, type_: str = REBOOT, status: str | None = "Scheduled", **fields: Any) -> None:
        """Let one sample event arrive now."""
        seed = fields.pop("seed", "one")
        at = fields.pop("at", self.clock.now_ms())
        self.harness.process(make_event(type_, status, seed=seed, now_ms=at, **fields))

    def run(self, *, config: NotifyConfig | None = None, seconds: float = 170.0, robot: Any = None) -> Notified:
        """One run of the notifier."""
        worker = f"worker-{next(self._runs)}"
        deadline = Deadline(self.clock, seconds)
        return notify(self.store, config or self.config, robot or self.robot, deadline, worker)

    def later(self, ms: int) -> None:
        """Let time pass."""
        self.clock.now += ms

    def run_until_quiet(self, most: int = 60, step_ms: int = 5 * MINUTE_MS) -> None:
        """Run again and again until nothing is to be sent within a day any more."""
        for _ in range(most):
            self.run()
            if not [d for d in self.deliveries().values() if d.due_at is not None]:
                return
            self.later(step_ms)

    def deliveries(self) -> Mapping[str, Dispatch]:
        """Every delivery, by its id."""
        found = [read_delivery(row) for row in self.store.walk(DELIVERIES, [])]
        return {delivery.id: delivery for delivery in found}

    def states(self) -> dict[str, str]:
        """The state of each delivery, by its stage without what is hashed."""
        return {d.stage.name.partition(":")[0]: d.state for d in self.deliveries().values()}
