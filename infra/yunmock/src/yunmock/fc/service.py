"""Function Compute as the cloud sees it: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import ERRORS, FunctionComputeError
from yunmock.fc.queue import SERVICE
from yunmock.fc.routes import HTTP_TRIGGER, call_function, find_route, is_public
from yunmock.fc.state import FunctionComputeState
from yunmock.fc.wire import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.fc.model import Function
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.services import Invocation, InvocationRecord


class FunctionComputeService:
    """The Function Compute of one cloud.

    Attributes:
        functions: by name, as deployed from templates.
        runtime: runs them.
        queue: the asynchronous invocations and timers.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self._state = state = FunctionComputeState(cloud)
        self.functions, self.runtime, self.queue = state.functions, state.runtime, state.queue
        self._controls: dict[str, Callable[[JsonObject], JsonValue]] = {
            "cold-start": self._cold_start,
            "invocations": self._list_invocations,
        }
        cloud.workers[SERVICE] = state.queue.work
        cloud.on_reset.append(state.reset)

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `InvokeFunction`, `ListServices`."""
        if is_public(request):
            return HTTP_TRIGGER
        route = find_route(request)
        return route.operation if route else "Unknown"

    def handle(self, request: Request) -> Response:
        """Answer a call of the 2016-08-15 or the 2023-03-30 API, or of a function's HTTP trigger."""
        try:
            return self._answer(request)
        except FunctionComputeError as error:
            return refusal_of(request, error)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in Function Compute's form."""
        code = fault.code or "ServiceUnavailable"
        error = FunctionComputeError("ServiceUnavailable", message=fault.message or "the service is unavailable")
        error.code, error.status = code, fault.status if code not in ERRORS else ERRORS[code][0]
        return refusal_of(request, error)

    def deploy(self, functions: Sequence[Function]) -> None:
        """Add or replace functions; instances of older code end."""
        self._state.deploy(functions)

    @property
    def running(self) -> int:
        """How many functions run at this moment."""
        return self.runtime.running

    def load_again(self, name: str) -> None:
        """End the idle instances of a function, so that its next call loads its code."""
        self.runtime.stop(name)

    def invoke(self, name: str, event: bytes, *, asynchronous: bool = False, request_id: str = "") -> Invocation:
        """Invoke a function as the API does; a refusal is an Invocation with its status, not an exception."""
        return self._state.invoke(name, event, asynchronous=asynchronous, request_id=request_id)

    def async_results(self, request_id: str) -> list[Invocation]:
        """The results so far of each run of an asynchronous invocation, as long as they are remembered."""
        return self.queue.results(request_id)

    def finished(self, request_id: str) -> Invocation | None:
        """The last result of an asynchronous invocation that has ended, None if it has not or is forgotten."""
        return self.queue.result(request_id)

    def invocations(self, name: str | None = None) -> list[InvocationRecord]:
        """The newest runs of a function, or of all functions, the oldest first."""
        return self._state.journal.of_function(name)

    def roles(self) -> dict[str, str]:
        """The role that each deployed function names, as its ARN or empty, by the function's name."""
        return {name: function.role for name, function in self.functions.items()}

    def environments(self) -> list[Mapping[str, str]]:
        """The environment variables that each deployed function declares."""
        return [function.environment for function in self.functions.values()]

    def control(self, call: str, arguments: JsonObject) -> JsonValue:
        """Make a control call: `cold-start` or `invocations`.

        Raises:
            LookupError: no such call.
        """
        return self._controls[call](arguments)

    def _cold_start(self, arguments: JsonObject) -> JsonValue:
        """Say whether each invocation starts an instance, and end the idle ones."""
        always = arguments.get("always", self.runtime.always_cold)
        if always not in (True, False, "true", "false"):
            raise ValueError(f"always must be true or false, not {always!r:.50}")
        self.runtime.always_cold = always in (True, "true")
        return {"always": self.runtime.always_cold, "stopped": len(self.runtime.stop())}

    def _list_invocations(self, arguments: JsonObject) -> JsonValue:
        name = arguments.get("function")
        return {"invocations": [record.as_json() for record in self.invocations(None if name is None else str(name))]}

    def _answer(self, request: Request) -> Response:
        if is_public(request):
            return call_function(self._state, request)
        route = find_route(request)
        if route is None:
            raise FunctionComputeError("PathNotSupported", request.method, request.path[:200])
        return route.answer(self._state, request)
