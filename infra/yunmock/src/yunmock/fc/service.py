"""Function Compute, as the cloud sees it: the functions deployed, and every way of invoking one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc import acs3, webcalls
from yunmock.fc.errors import ERRORS, FunctionComputeError
from yunmock.fc.invocation import MAX_ASYNC_BYTES, MAX_SYNC_BYTES, Invocation, new_request_id
from yunmock.fc.queue import Queue
from yunmock.fc.routes import API_3, find_route, is_public
from yunmock.fc.runtime import Runtime
from yunmock.fc.wire import refusal

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.fc.model import Function
    from yunmock.fc.template import Template
    from yunmock.http import Request, Response

SERVICE = "fc"


class FunctionComputeService:
    """The functions of one cloud.

    Attributes:
        functions: by name, as deployed from templates.
        runtime: runs them.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.account = cloud.account
        self.functions: dict[str, Function] = {}
        self.runtime = Runtime(cloud.account, lambda: cloud.function_environment)
        self.queue = Queue(cloud, self)
        cloud.workers[SERVICE] = self.queue.work
        cloud.on_reset.append(self._reset)

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `InvokeFunction`, `ListServices`."""
        if is_public(request):
            return "InvokeHttpTrigger"
        route = find_route(request)
        return route.operation if route else "Unknown"

    def handle(self, request: Request) -> Response:
        """Answer a call of the 2016-08-15 or the 2023-03-30 API."""
        try:
            return self._answer(request)
        except FunctionComputeError as error:
            return acs3.refusal(error) if request.path.startswith(API_3) else refusal(error)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error a fault asked for, in Function Compute's form."""
        code = fault.code or "ServiceUnavailable"
        error = FunctionComputeError("ServiceUnavailable", message=fault.message or "the service is unavailable")
        error.code, error.status = code, fault.status if code not in ERRORS else ERRORS[code][0]
        return acs3.refusal(error) if request.path.startswith(API_3) else refusal(error)

    def deploy(self, template: Template) -> None:
        """Make a template's functions the account's; instances of older code end."""
        for function in template.functions:
            if self.functions.get(function.name) not in (None, function):
                self.runtime.stop(function.name)
            self.functions[function.name] = function
        self.queue.schedule(template.functions)

    def function(self, name: str, service: str = "") -> Function:
        """The function called `name`; fc3 has no services, so any service name will do.

        Raises:
            FunctionComputeError: FunctionNotFound.
        """
        found = self.functions.get(name)
        if found is None:
            raise FunctionComputeError("FunctionNotFound", name, service)
        return found

    def invoke(self, name: str, event: bytes, *, asynchronous: bool = False, request_id: str = "") -> Invocation:
        """Invoke a function as its API does; refusals are an Invocation with their status, never an exception.

        Args:
            name: the function.
            event: what the handler gets.
            asynchronous: only queue it: the answer is 202, and failures are retried.
            request_id: the id the function sees; a fresh one when empty.
        """
        request_id = request_id or new_request_id()
        try:
            function = self.function(name)
            _check_size(event, MAX_ASYNC_BYTES if asynchronous else MAX_SYNC_BYTES)
        except FunctionComputeError as error:
            return Invocation(request_id, name, error.status, refusal(error).body, "FcCommonError")
        if asynchronous:
            self.queue.add(function, event, request_id)
            return Invocation(request_id, name, 202, b"")
        return self.runtime.run(function, event, request_id)

    def _answer(self, request: Request) -> Response:
        if is_public(request):
            name = webcalls.function_of_host(self.functions, request.host)
            return webcalls.call_function(self, request, {"function": name, "path": request.path})
        route = find_route(request)
        if route is None:
            raise FunctionComputeError("PathNotSupported", request.method, request.path[:200])
        return route.answer(self, request)

    def _reset(self) -> None:
        self.runtime.stop()
        self.queue.reset()
        self.queue.schedule(tuple(self.functions.values()))


def _check_size(event: bytes, limit: int) -> None:
    if len(event) > limit:
        raise FunctionComputeError("EntityTooLarge", limit)
