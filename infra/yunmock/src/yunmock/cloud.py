"""One local Alibaba Cloud: its services, and what they share.

Both front ends, in-process (`mock`) and loopback (`server`), call `Cloud.handle`, which logs requests and applies
faults. So both front ends behave alike.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yunmock import identifiers
from yunmock.clock import Clock
from yunmock.faults import Fault, FaultPlan
from yunmock.http import ConnectionDroppedError
from yunmock.ram.access import SECURITY_TOKEN, Credentials
from yunmock.readings import Readings
from yunmock.scheduler import Scheduler
from yunmock.services import Invoker, MessageQueues, Publisher, RowService, TriggerHost
from yunmock.storage.memory import MemoryStorage
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject
    from yunmock.ram.access import AccessControl, Caller
    from yunmock.ram.policy import Permission
    from yunmock.scheduler import Job
    from yunmock.services import InvocationRecord, Service
    from yunmock.storage import Storage

KEPT_CALLS = 100_000
KEPT_CALL_BYTES = 64 * 1024 * 1024
"""When the request log is longer or larger, its older half is dropped: a server may run for weeks."""

TOO_DEEP = Fault(code="InvalidArgument", status=400, message="the request is nested too deeply")
"""The answer when a request needs more nested calls than Python allows."""

_RUNNING: ContextVar[tuple[Cloud, ...]] = ContextVar("yunmock.running", default=())
"""The clouds whose job is running here; the thread of a function takes it over from the thread that waits for it."""

INVOKER, PUBLISHER, QUEUES = "fc", "eventbridge", "mns"
"""The services that invoke functions, publish events, and keep queues."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one account of a cloud. Its keys are not secret: they open this cloud only.

    A request that is signed with another key pair is accepted, unless `strict_keys`: then it is refused, as by the
    real service. The signature of a request with the account's own AccessKey ID is always checked.
    """

    account_id: str = "1000000000000001"
    region: str = "cn-hangzhou"
    access_key_id: str = "yunmock-access-key-id"
    access_key_secret: str = "yunmock-access-key-secret"  # noqa: S105 - see the class
    strict_keys: bool = False

    def accepts(self, access_key_id: str) -> bool:
        """Whether a request with this AccessKey ID is accepted without a look at its signature."""
        return bool(access_key_id) and access_key_id != self.access_key_id and not self.strict_keys


@dataclass(slots=True)
class Call:
    """One line of the request log: what arrived, and when.

    `status` is None until the call is answered, and stays None if its connection is dropped.
    """

    service: str
    operation: str
    status: int | None
    at_ms: int
    request: Request

    @property
    def size(self) -> int:
        """About how many bytes the request has."""
        headers = sum([len(name) + len(value) for name, value in self.request.headers.items()])
        return len(self.request.body) + len(self.request.path) + len(self.request.target) + headers


class Cloud:
    """A local Alibaba Cloud.

    Args:
        data: the SQLite file that keeps the state; None keeps it in memory.
        account: the account, with its region and keys.
        clock: the cloud's clock; real time by default.

    Attributes:
        services: by name; `yunmock.local_cloud` fills this in, and creates each service on first use.
        function_environment: variables that every function sees on top of its template's.
        scheduler: the jobs that are due later.
        workers: runs the jobs of each service: `worker(payload, due_ms)`.
        act_as_cloud: whether the account's own keys may publish on the event bus `default`, as only Alibaba Cloud does.
        readings: how it answers what the vendor's pages leave open.
        sending: how many requests the cloud itself is sending at this moment.
        strict_queues: whether what a service sends to a queue that does not exist is lost; else the queue is created.
        allow_targets: the hosts that the cloud may send requests to, beside loopback and what it emulates.
        on_reset: called after a reset, so that a service can restore what was deployed.
        access: the account's roles and what they may do; None if roles are not enforced.
        on_call: called with each call before it is answered; what it returns is called with the answer, or with None
            if there is none.
        on_close: called when the cloud is closed.
        on_event: called with each event that is published on a bus, and the bus's name, before it is delivered.
        on_invocation: called after each run of a function, in the thread that ran it.
        on_message: called after a message is sent, with its queue's region and name, and the time in milliseconds since
            the epoch from which it can be received.
    """

    def __init__(self, *, data: Path | None = None, account: Account | None = None, clock: Clock | None = None) -> None:
        self.account = account or Account()
        self.clock = clock or Clock()
        self.storage: Storage = SqliteStorage(data) if data else MemoryStorage()
        self.faults = FaultPlan()
        self.calls: list[Call] = []
        self._logged_bytes = 0
        self.services: dict[str, Service] = {}
        self._implemented: set[tuple[Service, type]] = set()
        self.function_environment: dict[str, str] = {}
        self.scheduler = Scheduler(self.storage)
        self.act_as_cloud = False
        self.readings = Readings()
        self.strict_queues = False
        self.allow_targets: frozenset[str] = frozenset()
        self.workers: dict[str, Callable[[JsonObject, int], None]] = {}
        self.on_reset: list[Callable[[], None]] = []
        self.access: AccessControl | None = None
        self.on_call: list[Callable[[Call], Callable[[Response | None], None]]] = []
        self.on_close: list[Callable[[], None]] = []
        self.on_event: list[Callable[[str, JsonObject], None]] = []
        self.on_invocation: list[Callable[[InvocationRecord], None]] = []
        self.on_message: list[Callable[[str, str, int], None]] = []
        self.sending = 0
        self._sending_lock = threading.Lock()
        self._log_lock = threading.Lock()
        self._work_lock = threading.Lock()
        self.clock.moved.append(self.run_due)

    def handle(self, service: str, request: Request) -> Response:
        """Answer one request to one service.

        Raises:
            ConnectionDroppedError: a fault drops the connection; the front end closes it.
        """
        handler = self.services[service]
        operation = handler.operation(request)
        fault = self.faults.pick(service, operation, request)
        call = Call(service, operation, None, self.clock.now_ms(), request)
        self._log(call)  # before the work, so that it stands before the calls that it causes
        ended = [listener(call) for listener in self.on_call]
        response = None
        try:
            response = self._answer(handler, request, fault)
        except RecursionError:
            response = handler.fail(request, TOO_DEEP)
        finally:
            for end in ended:
                end(response)
        call.status = response.status
        return response

    def signer(self, caller: Caller) -> Account:
        """The account with the key pair that a caller should have signed with: its own, or that of a role."""
        issued = self.access and self.access.issued_to(caller)
        if not issued:
            return self.account
        return replace(self.account, access_key_id=issued.access_key_id, access_key_secret=issued.access_key_secret)

    def credentials(self, role: str) -> Credentials:
        """What a function with this role (its ARN, or empty) signs with: the account's own keys if nothing is enforced.

        Raises:
            UnknownRoleError: roles are enforced, and this one was not given.
        """
        if self.access is not None:
            return self.access.credentials(role)
        return Credentials(self.account.access_key_id, self.account.access_key_secret, SECURITY_TOKEN)

    def authorize(self, caller: Caller, asked: Iterable[Permission]) -> None:
        """Check that a caller whose signature is valid may make a call; `asked` is what the call needs.

        Raises:
            PermissionDeniedError: roles are enforced, and the caller's role lacks a permission.
        """
        if self.access is not None:
            self.access.check(caller, asked)

    @property
    def invoker(self) -> Invoker:
        """The service that invokes functions."""
        found: Invoker = self._implementing(INVOKER, Invoker, "does not invoke functions")
        return found

    @property
    def publisher(self) -> Publisher:
        """The service that publishes events."""
        found: Publisher = self._implementing(PUBLISHER, Publisher, "does not publish events")
        return found

    @property
    def trigger_host(self) -> TriggerHost:
        """The service that connects functions to events."""
        found: TriggerHost = self._implementing(PUBLISHER, TriggerHost, "takes no triggers")
        return found

    @property
    def queues(self) -> MessageQueues:
        """The service that keeps queues."""
        found: MessageQueues = self._implementing(QUEUES, MessageQueues, "has no queues")
        return found

    def _implementing(self, name: str, protocol: type, lacks: str) -> Any:
        """A service that implements a protocol; each is checked once, since that looks at every method."""
        service = self.services[name]
        if (service, protocol) not in self._implemented:
            if not isinstance(service, protocol):
                raise TypeError(f"the service {name!r} {lacks}")
            self._implemented.add((service, protocol))
        return service

    @contextmanager
    def counted_sending(self) -> Iterator[None]:
        """While inside, the cloud sends a request of its own."""
        with self._sending_lock:
            self.sending += 1
        try:
            yield
        finally:
            with self._sending_lock:
                self.sending -= 1

    def calls_of(self, service: str, operation: str | None = None) -> list[Call]:
        """The logged calls of one service, or of one operation of it."""
        with self._log_lock:
            return [c for c in self.calls if c.service == service and operation in (None, c.operation)]

    def newest_calls(self, most: int) -> list[Call]:
        """The newest lines of the request log, the newest first."""
        with self._log_lock:
            return self.calls[: -most - 1 : -1]

    def invocations_of(self, function: str | None = None) -> list[InvocationRecord]:
        """The newest runs of a function, or of all, with log, result and error; those of timers and retries too."""
        return self.invoker.invocations(function)

    def run_due(self) -> None:
        """Run every job that is due, including those that these jobs add.

        Only one thread runs jobs at a time. A call while another thread does so, or from within a job, returns at
        once; the running thread picks up what was added.
        """
        while (job := self.scheduler.next(self.clock.now_ms())) is not None:
            if not self._work_lock.acquire(blocking=False):
                return
            outside = _RUNNING.set((*_RUNNING.get(), self))
            try:
                while job is not None:
                    self._work(job)
                    job = self.scheduler.next(self.clock.now_ms())
            finally:
                _RUNNING.reset(outside)
                self._work_lock.release()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, and run each job on the way at the time it is due.

        It waits while another thread runs jobs. Called by a job, or by a function that a job runs, it moves the clock
        at once: that job would wait for itself. What is due then runs after it.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("a clock does not go back: advance() takes seconds >= 0")
        end = self.clock.now_ms() + round(seconds * 1000)
        while self not in _RUNNING.get() and self.run_due in self.clock.moved:  # a closed cloud runs no jobs
            with self._work_lock:  # another thread may be running what is due already
                job = self.scheduler.next(end)
            if job is None:
                break
            self.clock.advance(max(0, job.due_ms - self.clock.now_ms()) / 1000)
        self.clock.advance(max(0, end - self.clock.now_ms()) / 1000)

    def snapshot(self) -> object:
        """A copy of all state, for `restore`; without faults, the request log and the clock."""
        return self.storage.snapshot()

    def restore(self, snapshot: object) -> None:
        """Bring all state back to the snapshot."""
        self.storage.restore(snapshot)

    def clear_calls(self) -> None:
        """Empty the request log."""
        with self._log_lock:
            self.calls.clear()
            self._logged_bytes = 0

    def reset(self) -> None:
        """Delete all state, faults and logged calls, return to real time, and deploy again what was deployed."""
        self.storage.reset()
        self.faults.clear()
        self.clock.reset()
        self.clear_calls()
        for restore in self.on_reset:
            restore()

    def seed(self, value: int | str | None) -> None:
        """Make the ids of requests, instances and transactions repeatable, in this whole process; None: random again.

        The spread of delivery retries depends on the event alone and needs no seed.
        """
        identifiers.seed(value)

    def close(self) -> None:
        """Close the storage, and what else the cloud holds."""
        for close in self.on_close:
            close()
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
        """Run one job."""
        if job.service not in self.workers:
            _ = self.services[job.service]  # creating a service registers its worker
        try:
            self.workers[job.service](job.payload, job.due_ms)
        except Exception:
            self.scheduler.remove(job)
            raise
        self.scheduler.remove(job)

    def _log(self, call: Call) -> None:
        with self._log_lock:
            self.calls.append(call)
            self._logged_bytes += call.size
            while len(self.calls) > 1 and (len(self.calls) > KEPT_CALLS or self._logged_bytes > KEPT_CALL_BYTES):
                del self.calls[: len(self.calls) // 2]
                self._logged_bytes = sum(kept.size for kept in self.calls)
