"""Asynchronous invocations and timers: jobs of the cloud's scheduler.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation: accepted at once, run when
due, retried three times unless configured otherwise, not retried beyond the age limit, then sent to a destination.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from yunmock.fc.destination import Destination, Finished, send
from yunmock.fc.invocation import new_request_id
from yunmock.fc.permissions import check_send
from yunmock.fc.schedule import parse_schedule
from yunmock.ram.access import PermissionDeniedError
from yunmock.recent import Recent
from yunmock.services import InvocationRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yunmock.cloud import Cloud
    from yunmock.fc.destination import SentToQueue
    from yunmock.fc.journal import Journal
    from yunmock.fc.model import Function, Trigger
    from yunmock.fc.runtime import Runtime
    from yunmock.json_types import JsonObject
    from yunmock.services import Cause, Invocation

SERVICE = "fc"
FIRST_RETRY_S = 1.0
KEPT_RESULTS = 1000
KEPT_BYTES = 32 * 1024 * 1024

log = logging.getLogger(__name__)


class Queue:
    """The asynchronous invocations of a cloud."""

    def __init__(self, cloud: Cloud, functions: Mapping[str, Function], runtime: Runtime, journal: Journal) -> None:
        self._cloud, self._functions, self._runtime, self._journal = cloud, functions, runtime, journal
        self._finished: Recent[Finished] = Recent(KEPT_RESULTS, KEPT_BYTES, self._forget)
        self._ended: dict[str, Finished] = {}
        self._delivered: Recent[SentToQueue] = Recent(KEPT_RESULTS, KEPT_BYTES)

    @property
    def finished(self) -> list[Finished]:
        """The newest invocations that have finished: a thousand, or 32 MB of them."""
        return self._finished.items()

    @property
    def delivered(self) -> list[SentToQueue]:
        """The newest results that were sent to queues, as `(arn, content)`: a thousand, or 32 MB of them."""
        return self._delivered.items()

    def add(
        self, function: Function, event: bytes, request_id: str, cause: Cause = "async", *, delay_s: int = 0
    ) -> None:
        """Queue an invocation; without a delay it runs before this returns, unless another thread is running jobs."""
        now = self._cloud.clock.now_ms() + delay_s * 1000
        payload: JsonObject = {
            "kind": "invoke",
            "cause": cause,
            "function": function.name,
            "event": base64.b64encode(event).decode(),
            "request_id": request_id,
            "retry": 0,
            "since_ms": now,
        }
        self._cloud.scheduler.add(SERVICE, now, payload)
        self._cloud.run_due()

    def schedule(self, functions: Iterable[Function]) -> None:
        """Schedule the timers of newly deployed functions, and remove those they had before.

        A timer that was due while no process ran does not fire later.
        """
        names = {function.name: function for function in functions}
        for job in list(self._cloud.scheduler):
            if job.payload.get("kind") == "timer" and job.payload["function"] in names:
                self._cloud.scheduler.remove(job)
        for function in names.values():
            for trigger in function.triggers:
                if trigger.type == "timer":
                    self._set(function, trigger, self._cloud.clock.now_ms())

    def set_timer(self, function: Function, trigger: Trigger) -> None:
        """Schedule a timer that was made or changed."""
        self.drop_timer(function.name, trigger.name)
        self._set(function, trigger, self._cloud.clock.now_ms())

    def drop_timer(self, function: str, trigger: str) -> None:
        """Remove a timer's job."""
        payload: JsonObject = {"kind": "timer", "function": function, "trigger": trigger}
        for job in [job for job in self._cloud.scheduler if job.payload == payload]:
            self._cloud.scheduler.remove(job)

    def results(self, request_id: str) -> list[Invocation]:
        """The results so far of each run of an asynchronous invocation, as long as they are remembered."""
        return self._journal.of_request(request_id)

    def result(self, request_id: str) -> Invocation | None:
        """The last result of an invocation that has finished, None if it has not or is forgotten."""
        done = self._ended.get(request_id)
        return done.result if done else None

    def work(self, payload: JsonObject, due_ms: int) -> None:
        """Run one job; do nothing if its function or trigger is gone."""
        function = self._functions.get(str(payload["function"]))
        if function is not None:
            (self._fire if payload["kind"] == "timer" else self._run)(function, payload, due_ms)

    def reset(self) -> None:
        """Delete all results."""
        self._finished.clear()
        self._ended.clear()
        self._delivered.clear()

    def _run(self, function: Function, payload: JsonObject, due_ms: int) -> None:
        event, request_id = base64.b64decode(str(payload["event"])), str(payload["request_id"])
        at_ms = self._cloud.clock.now_ms()
        result = self._runtime.run(function, event, request_id)
        config, retry = function.asynchronous, int(str(payload["retry"])) + 1
        cause: Cause = "timer" if payload.get("cause") == "timer" else "async"
        self._journal.add(InvocationRecord(at_ms, cause, retry, event, result))
        due = due_ms + round(FIRST_RETRY_S * 2 ** (retry - 1) * 1000)
        over = result.ok or retry > config.retries or due - int(str(payload["since_ms"])) > config.max_age_s * 1000
        if not over:
            self._cloud.scheduler.add(SERVICE, due, {**payload, "retry": retry})
            return
        done = Finished(function.name, request_id, event, result, retry - 1)
        self._ended[request_id] = done
        self._finished.add(done, _size(done))
        self._cloud.publisher.invocation_ended(result)
        arn = config.on_success if result.ok else config.on_failure
        if arn:
            self._send(function, arn, done)

    def _send(self, function: Function, arn: str, done: Finished) -> None:
        """Send a result to its destination; if it is lost, the log and the journal say why."""
        try:
            check_send(self._cloud, function.role, arn)
            sent = send(self._cloud, arn, done, lambda item: self._delivered.add(item, _size(done)))
        except PermissionDeniedError as error:
            sent = Destination(arn, str(error))
        if sent.error:
            log.warning("the result of an asynchronous invocation is lost: %s (%r)", sent.error, arn)
        self._journal.sent(done.request_id, sent)

    def _fire(self, function: Function, payload: JsonObject, due_ms: int) -> None:
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
        self.add(function, json.dumps(event).encode(), new_request_id(), "timer")

    def _set(self, function: Function, trigger: Trigger, after_ms: int) -> None:
        if trigger.config.get("enable", True) is False:
            return
        due = parse_schedule(str(trigger.config["cronExpression"])).after(after_ms)
        if due is not None:
            payload: JsonObject = {"kind": "timer", "function": function.name, "trigger": trigger.name}
            self._cloud.scheduler.add(SERVICE, due, payload)

    def _forget(self, done: Finished) -> None:
        self._ended.pop(done.request_id, None)


def _size(done: Finished) -> int:
    return len(done.event) + len(done.result.body) + len(done.result.log)
