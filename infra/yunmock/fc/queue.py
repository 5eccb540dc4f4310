"""Asynchronous invocations: accepted at once, run when due, retried when they fail, then sent to a destination.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation: three retries unless
configured, no retry once the event is older than its age limit.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.fc.invocation import Invocation
    from yunmock.fc.model import Function
    from yunmock.fc.service import FunctionComputeService

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
    """The asynchronous invocations of a cloud; they lie on its agenda."""

    def __init__(self, cloud: Cloud, service: FunctionComputeService) -> None:
        self._cloud, self._service = cloud, service
        self.finished: list[Finished] = []
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
        self._cloud.agenda.add("fc", now, payload)
        self._cloud.run_due()

    def schedule(self, functions: tuple[Function, ...]) -> None:
        """Put the timers of newly deployed functions on the agenda."""

    def results(self, request_id: str) -> list[Invocation]:
        """What each run of an asynchronous invocation gave so far, of the newest thousand invocations."""
        return list(self._results.get(request_id, ()))

    def work(self, payload: dict[str, Any], due_ms: int) -> None:
        """Do one job of the agenda."""
        function = self._service.functions.get(payload["function"])
        if function is None:
            return
        event = base64.b64decode(payload["event"])
        result = self._service.runtime.run(function, event, payload["request_id"])
        self._keep(result)
        config, retry = function.asynchronous, payload["retry"] + 1
        due = due_ms + round(FIRST_RETRY_S * 2 ** (retry - 1) * 1000)
        if result.ok or retry > config.retries or due - payload["since_ms"] > config.max_age_s * 1000:
            self.finished.append(Finished(function.name, payload["request_id"], event, result, retry - 1))
            return
        self._cloud.agenda.add("fc", due, {**payload, "retry": retry})

    def _keep(self, result: Invocation) -> None:
        self._results.setdefault(result.request_id, []).append(result)
        while len(self._results) > KEPT_RESULTS:
            self._results.popitem(last=False)
