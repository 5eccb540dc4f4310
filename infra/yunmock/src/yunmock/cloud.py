"""One local Alibaba Cloud: its services, and what they share.

Both front ends, in-process (`mock`) and loopback (`server`), call `Cloud.handle`; requests are logged, faults strike
and services answer there, so that what is true of one front end is true of the other.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from yunmock import identifiers
from yunmock.agenda import Agenda, Job
from yunmock.clock import Clock
from yunmock.faults import Fault, FaultPlan
from yunmock.http import ConnectionDroppedError, Request, Response
from yunmock.storage.memory import MemoryStorage
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock.storage import Storage


KEPT_CALLS = 100_000
"""How long the request log grows before its older half is forgotten: a server may run for weeks."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the cloud belongs to; none of it is secret, it opens nothing but this cloud."""

    account_id: str = "1000000000000001"
    region: str = "cn-hangzhou"
    access_key_id: str = "yunmock-access-key-id"
    access_key_secret: str = "yunmock-access-key-secret"  # noqa: S105 - see the class


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the request log."""

    service: str
    operation: str
    status: int | None
    at_ms: int
    request: Request


class Service(Protocol):
    """What the cloud asks of a service."""

    name: str

    def operation(self, request: Request) -> str:
        """The name of the API call, for the log and for faults."""

    def handle(self, request: Request) -> Response:
        """Answer the request; every refusal is a response, not an exception."""

    def fail(self, request: Request, fault: Fault) -> Response:
        """The service's own error answer for a fault."""


@runtime_checkable
class RowService(Service, Protocol):
    """A service whose batches answer row by row, so that a fault can strike some of the rows."""

    def handle_rows(self, request: Request, fault: Fault | None) -> Response:
        """Answer the request; the rows in `fault.rows` fail with its code."""


class Cloud:
    """A local Alibaba Cloud.

    Args:
        data: the SQLite file that keeps the state; in memory when None.
        account: the one account there is, its region and its keys.
        clock: what the cloud believes the time to be.

    Attributes:
        services: by name; `yunmock.local_cloud` fills this in, each service when it is first asked for.
        function_environment: variables every function sees on top of those its template gives it.
        workers: how each service does the jobs it put on the agenda: `worker(payload, due_ms)`.
        on_reset: called after all state is gone, so that a service may put back what it was deployed with.
    """

    def __init__(self, *, data: Path | None = None, account: Account | None = None, clock: Clock | None = None) -> None:
        self.account = account or Account()
        self.clock = clock or Clock()
        self.storage: Storage = SqliteStorage(data) if data else MemoryStorage()
        self.faults = FaultPlan()
        self.calls: list[Call] = []
        self.services: dict[str, Service] = {}
        self.function_environment: dict[str, str] = {}
        self.agenda = Agenda(self.storage)
        self.workers: dict[str, Callable[[dict[str, Any], int], None]] = {}
        self.on_reset: list[Callable[[], None]] = []
        self._log_lock = threading.Lock()
        self._work_lock = threading.Lock()
        self._worker: int | None = None
        self.clock.moved.append(self.run_due)

    def handle(self, service: str, request: Request) -> Response:
        """Answer one request to one service.

        Raises:
            ConnectionDroppedError: a fault asked for it; the front end cuts the connection.
        """
        handler = self.services[service]
        operation = handler.operation(request)
        fault = self.faults.pick(service, operation, request)
        try:
            response = self._answer(handler, request, fault)
        except ConnectionDroppedError:
            self._log(Call(service, operation, None, self.clock.now_ms(), request))
            raise
        self._log(Call(service, operation, response.status, self.clock.now_ms(), request))
        return response

    def calls_of(self, service: str, operation: str | None = None) -> list[Call]:
        """The logged calls of one service, or of one operation of it."""
        with self._log_lock:
            return [c for c in self.calls if c.service == service and operation in (None, c.operation)]

    def run_due(self) -> None:
        """Do every job that is due by now, and those that come due by doing them.

        Only one thread works at a time: a call made while another works (or from within a job) returns at once,
        and the worker comes by what was added meanwhile.
        """
        while (job := self.agenda.next(self.clock.now_ms())) is not None:
            if not self._work_lock.acquire(blocking=False):
                return
            self._worker = threading.get_ident()
            try:
                while job is not None:
                    self._work(job)
                    job = self.agenda.next(self.clock.now_ms())
            finally:
                self._worker = None
                self._work_lock.release()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, stopping at each job on the way so that it sees the time it was due at.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("a clock does not go back: advance() takes seconds >= 0")
        end = self.clock.now_ms() + round(seconds * 1000)
        while self._worker != threading.get_ident():
            with self._work_lock:  # another thread may be at work on what is due already
                job = self.agenda.next(end)
            if job is None:
                break
            self.clock.advance(max(0, job.due_ms - self.clock.now_ms()) / 1000)
        self.clock.advance(max(0, end - self.clock.now_ms()) / 1000)

    def snapshot(self) -> object:
        """All state as it is now, for `restore`; faults, calls and the clock are not part of it."""
        return self.storage.snapshot()

    def restore(self, snapshot: object) -> None:
        """All state as it was at the snapshot."""
        self.storage.restore(snapshot)

    def clear_calls(self) -> None:
        """Forget the calls logged so far."""
        with self._log_lock:
            self.calls.clear()

    def reset(self) -> None:
        """Forget all state, faults and calls, and return to real time; what was deployed is deployed again."""
        self.storage.reset()
        self.faults.clear()
        self.clock.reset()
        self.clear_calls()
        for restore in self.on_reset:
            restore()

    def seed(self, value: int | str | None) -> None:
        """Draw the ids of requests, instances and transactions from `value` on, in this whole process; None: randomly.

        What is random besides, such as the spread of delivery retries, follows from the event and needs no seed.
        """
        identifiers.seed(value)

    def close(self) -> None:
        """Let go of the state's medium."""
        if self.run_due in self.clock.moved:
            self.clock.moved.remove(self.run_due)
        self.storage.close()

    def _answer(self, handler: Service, request: Request, fault: Fault | None) -> Response:
        if fault is None:
            return handler.handle(request)
        if fault.rows is not None and isinstance(handler, RowService):
            return handler.handle_rows(request, fault)
        if fault.action == "delay":
            time.sleep(fault.seconds)
            return handler.handle(request)
        if fault.when == "after":
            handler.handle(request)
        if fault.action == "drop":
            raise ConnectionDroppedError(f"a fault dropped the connection of {handler.name}")
        return handler.fail(request, fault)

    def _work(self, job: Job) -> None:
        """Do one job; the service is loaded first if no call has done so yet."""
        if job.service not in self.workers:
            _ = self.services[job.service]
        try:
            self.workers[job.service](job.payload, job.due_ms)
        except Exception:
            self.agenda.remove(job)
            raise
        self.agenda.remove(job)

    def _log(self, call: Call) -> None:
        with self._log_lock:
            self.calls.append(call)
            if len(self.calls) > KEPT_CALLS:
                del self.calls[: KEPT_CALLS // 2]
