"""Everything that Function Compute keeps: the functions deployed, their instances and queued invocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.functions import Functions
from yunmock.fc.invocation import error_line, new_request_id
from yunmock.fc.journal import Journal
from yunmock.fc.layers import Layers
from yunmock.fc.limits import check_event
from yunmock.fc.queue import Queue
from yunmock.fc.runtime import Runtime
from yunmock.fc.wire import refusal
from yunmock.ram.errors import UnknownRoleError
from yunmock.services import Invocation, InvocationRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.cloud import Cloud
    from yunmock.fc.model import Function

REFUSED = "FcCommonError"
"""The error type of an invocation that Function Compute itself refuses."""


class FunctionComputeState:
    """The functions of one cloud, and every way to invoke one.

    Attributes:
        account: whose functions these are.
        clock: the cloud's.
        cloud: the cloud, which knows who may call.
        functions: by name, as deployed from templates and made by the API.
        layers: the versions of layers that were published.
        runtime: runs them.
        queue: the asynchronous invocations and timers.
        journal: the newest runs of every function.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.account, self.clock = cloud.account, cloud.clock
        self.cloud = cloud
        self.functions = Functions(cloud.storage)
        self.layers = Layers(cloud.storage)
        self.runtime = Runtime(cloud.account, lambda: cloud.function_environment, cloud.credentials)
        self.journal = Journal(cloud.on_invocation)
        self.queue = Queue(cloud, self.functions, self.runtime, self.journal)

    def deploy(self, functions: Sequence[Function]) -> None:
        """Add or replace functions; instances of older code end."""
        for function in functions:
            if self.functions.get(function.name) not in (None, function):
                self.runtime.stop(function.name)
            self.functions[function.name] = function
        self.queue.schedule(functions)

    def make(self, function: Function, package: bytes | None = None) -> None:
        """Add or replace a function as the API does; instances of its older form end.

        Raises:
            FunctionComputeError: InvalidArgument, its role is not known.
        """
        try:
            self.cloud.credentials(function.role)
        except UnknownRoleError as error:
            raise FunctionComputeError("InvalidArgument", f"role: {error}") from None
        self.functions.make(function, package)
        self.runtime.stop(function.name)

    def delete(self, name: str) -> None:
        """Delete a function; its instances end."""
        del self.functions[name]
        self.runtime.stop(name)

    def function(self, name: str, service: str = "") -> Function:
        """The function called `name`; fc3 has no services, so the service does not matter.

        Raises:
            FunctionComputeError: FunctionNotFound.
        """
        found = self.functions.get(name)
        if found is None:
            raise FunctionComputeError("FunctionNotFound", name, service)
        return found

    def invoke(
        self, name: str, event: bytes, *, asynchronous: bool = False, request_id: str = "", delay_s: int = 0
    ) -> Invocation:
        """Invoke a function as the API does; a refusal is an Invocation with its status, not an exception.

        Args:
            name: the function.
            event: the handler's event.
            asynchronous: only queue it: the status is 202, and failures are retried.
            request_id: the id that the function sees; a new one if empty.
            delay_s: after how many seconds an asynchronous invocation runs.
        """
        request_id = request_id or new_request_id()
        try:
            function = self.function(name)
            check_event(event, asynchronous=asynchronous)
        except FunctionComputeError as error:
            body = refusal(error).body
            refused = Invocation(request_id, name, error.status, body, REFUSED, error_line(body, REFUSED))
            return self._record(event, refused, self.clock.now_ms())
        return self.start(function, event, asynchronous=asynchronous, request_id=request_id, delay_s=delay_s)

    def start(
        self, function: Function, event: bytes, *, asynchronous: bool, request_id: str, delay_s: int = 0
    ) -> Invocation:
        """Run a function, or queue it, with an event whose size is right."""
        if asynchronous:
            self.queue.add(function, event, request_id, delay_s=delay_s)
            return Invocation(request_id, function.name, 202, b"")
        at_ms = self.clock.now_ms()
        return self._record(event, self.runtime.run(function, event, request_id), at_ms)

    def reset(self) -> None:
        """End all instances and queued invocations; functions and their timers stay."""
        self.runtime.stop()
        self.queue.reset()
        self.journal.clear()
        self.queue.schedule(tuple(self.functions.values()))

    def _record(self, event: bytes, invocation: Invocation, at_ms: int) -> Invocation:
        self.journal.add(InvocationRecord(at_ms, "call", 1, event, invocation))
        return invocation
