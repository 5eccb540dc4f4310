"""One local Alibaba Cloud: its services, and what they share.

Both front ends, in-process (`mock`) and loopback (`server`), call `Cloud.handle`; requests are logged, faults strike
and services answer there, so that what is true of one front end is true of the other.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from yunmock.clock import Clock
from yunmock.faults import Fault, FaultPlan
from yunmock.http import ConnectionDroppedError, Request, Response
from yunmock.storage.memory import MemoryStorage
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock.storage import Storage


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


class Cloud:
    """A local Alibaba Cloud.

    Args:
        data: the SQLite file that keeps the state; in memory when None.
        account: the one account there is, its region and its keys.
        clock: what the cloud believes the time to be.
    """

    def __init__(
        self, *, data: Path | None = None, account: Account | None = None, clock: Clock | None = None
    ) -> None:
        self.account = account or Account()
        self.clock = clock or Clock()
        self.storage: Storage = SqliteStorage(data) if data else MemoryStorage()
        self.faults = FaultPlan()
        self.calls: list[Call] = []
        self.services: dict[str, Service] = {}
        self._log_lock = threading.Lock()

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

    def reset(self) -> None:
        """Forget all state, faults and calls, and return to real time."""
        self.storage.reset()
        self.faults.clear()
        self.clock.reset()
        with self._log_lock:
            self.calls.clear()

    def close(self) -> None:
        """Let go of the state's medium."""
        self.storage.close()

    def _answer(self, handler: Service, request: Request, fault: Fault | None) -> Response:
        if fault is None or fault.rows is not None:
            return handler.handle(request)
        if fault.action == "delay":
            time.sleep(fault.seconds)
            return handler.handle(request)
        if fault.when == "after":
            handler.handle(request)
        if fault.action == "drop":
            raise ConnectionDroppedError(f"a fault dropped the connection of {handler.name}")
        return handler.fail(request, fault)

    def _log(self, call: Call) -> None:
        with self._log_lock:
            self.calls.append(call)
