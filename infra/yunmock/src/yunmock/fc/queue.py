"""Asynchronous invocations and timers: jobs on the cloud's agenda.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation: accepted at once, run when
due, retried three times unless configured, not once older than the age limit, then reported to a destination.
"""

from __future__ import annotations

import base64
import json
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from yunmock.fc.destination import send
from yunmock.fc.invocation import new_request_id
from yunmock.fc.schedule import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.cloud import Cloud
    from yunmock.fc.invocation import Invocation
    from yunmock.fc.model import Function, Trigger
    from yunmock.fc.service import FunctionComputeService

SERVICE = "fc"
FIRST_RETRY_S = 1.0
KEPT_RESULTS = 1000


@dataclass(frozen=True, slots=True)
class Finished:
    """An asynchronous invocation that is over: its last result, after how many retries."""

    function: str
    request_id: str
    event: bytes
    result: Invocation
    retries: int


class Queue:
    """The asynchronous invocations of a cloud.

    Attributes:
        finished: those that are over, of the newest thousand.
        delivered: what went to destinations that are queues: `(arn, content)`.
    """

    def __init__(self, cloud: Cloud, service: FunctionComputeService) -> None:
        self._cloud, self._service = cloud, service
        self.finished: deque[Finished] = deque(maxlen=KEPT_RESULTS)
        self.delivered: list[tuple[str, dict[str, Any]]] = []
        self._results: OrderedDict[str, list[Invocation]] = OrderedDict()

    def add(self, function: Function, event: bytes, request_id: str) -> None:
        """Queue an invocation; it runs before this returns unless another thread is at work on the agenda."""
        now = self._cloud.clock.now_ms()
        payload = {
            "kind": "invoke",
            "function": function.name,
            "event": base64.b64encode(event).decode(),
            "request_id": request_id,
            "retry": 0,
            "since_ms": now,
        }
        self._cloud.agenda.add(SERVICE, now, payload)
        self._cloud.run_due()

    def schedule(self, functions: Iterable[Function]) -> None:
        """Put the timers of newly deployed functions on the agenda, in place of those they had.

        A timer that came due while no process ran is not made up for.
        """
        names = {function.name: function for function in functions}
        for job in list(self._cloud.agenda):
            if job.payload.get("kind") == "timer" and job.payload["function"] in names:
                self._cloud.agenda.remove(job)
        for function in names.values():
            for trigger in function.triggers:
                if trigger.type == "timer":
                    self._set(function, trigger, self._cloud.clock.now_ms())

    def results(self, request_id: str) -> list[Invocation]:
        """What each run of an asynchronous invocation gave so far, of the newest thousand invocations."""
        return list(self._results.get(request_id, ()))

    def work(self, payload: dict[str, Any], due_ms: int) -> None:
        """Do one job of the agenda; one whose function or trigger is gone comes to nothing."""
        function = self._service.functions.get(payload["function"])
        if function is not None:
            (self._fire if payload["kind"] == "timer" else self._run)(function, payload, due_ms)

    def reset(self) -> None:
        """Forget what was invoked."""
        self.finished.clear()
        self.delivered.clear()
        self._results.clear()

    def _run(self, function: Function, payload: dict[str, Any], due_ms: int) -> None:
        event = base64.b64decode(payload["event"])
        result = self._service.runtime.run(function, event, payload["request_id"])
        self._keep(result)
        config, retry = function.asynchronous, payload["retry"] + 1
        due = due_ms + round(FIRST_RETRY_S * 2 ** (retry - 1) * 1000)
        over = result.ok or retry > config.retries or due - payload["since_ms"] > config.max_age_s * 1000
        if not over:
            self._cloud.agenda.add(SERVICE, due, {**payload, "retry": retry})
            return
        done = Finished(function.name, payload["request_id"], event, result, retry - 1)
        self.finished.append(done)
        arn = config.on_success if result.ok else config.on_failure
        if arn:
            send(self._cloud, arn, done, self.delivered)

    def _fire(self, function: Function, payload: dict[str, Any], due_ms: int) -> None:
        trigger = next((each for each in function.triggers if each.name == payload["trigger"]), None)
        if trigger is None:
            return
        self._set(function, trigger, due_ms)
        moment = datetime.fromtimestamp(due_ms / 1000, tz=timezone.utc)
        event = {
            "triggerTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "triggerName": trigger.name,
            "payload": str(trigger.config.get("payload", "")),
        }
        self.add(function, json.dumps(event).encode(), new_request_id())

    def _set(self, function: Function, trigger: Trigger, after_ms: int) -> None:
        if trigger.config.get("enable", True) is False:
            return
        due = parse_schedule(str(trigger.config["cronExpression"])).after(after_ms)
        if due is not None:
            payload = {"kind": "timer", "function": function.name, "trigger": trigger.name}
            self._cloud.agenda.add(SERVICE, due, payload)

    def _keep(self, result: Invocation) -> None:
        self._results.setdefault(result.request_id, []).append(result)
        while len(self._results) > KEPT_RESULTS:
            self._results.popitem(last=False)
