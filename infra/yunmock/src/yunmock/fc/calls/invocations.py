"""The calls that invoke a function, and the configuration of asynchronous invocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import answer, invocation_response

if TYPE_CHECKING:
    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response

INVOCATION_TYPES = ("Sync", "Async")
LOG_TYPES = ("None", "Tail")
TASKS = ("x-fc-stateful-async-invocation-id", "x-fc-async-task-id")
"""The headers that ask for an asynchronous task, in either API."""


def invoke_function(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """InvokeFunction: the handler gets the body as it is."""
    asynchronous = is_asynchronous(request)
    log = request.headers.get("x-fc-log-type", "None")
    if log not in LOG_TYPES:
        raise FunctionComputeError("InvalidArgument", f"log type '{log}' is invalid")
    state.function(parts["function"], parts.get("service", "").split(".")[0])
    result = state.invoke(parts["function"], request.body, asynchronous=asynchronous)
    return invocation_response(result, log=log == "Tail" and not asynchronous)


def is_asynchronous(request: Request) -> bool:
    """Whether a request asks for an asynchronous invocation.

    Raises:
        FunctionComputeError: InvalidArgument, for an unknown type or an asynchronous task.
    """
    kind = request.headers.get("x-fc-invocation-type", "Sync")
    if kind not in INVOCATION_TYPES:
        raise FunctionComputeError("InvalidArgument", f"invocation type '{kind}' is invalid")
    if task := next((name for name in TASKS if request.headers.get(name)), ""):
        raise FunctionComputeError("InvalidArgument", f"yunmock has no asynchronous tasks, which {task} asks for")
    return kind == "Async"


def get_async_invoke_config(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetAsyncInvokeConfig (GetFunctionAsyncInvokeConfig in the older API)."""
    config = state.function(parts["function"], parts.get("service", "")).asynchronous
    ends = {"onSuccess": config.on_success, "onFailure": config.on_failure}
    return answer(
        {
            "maxAsyncRetryAttempts": config.retries,
            "maxAsyncEventAgeInSeconds": config.max_age_s,
            "destinationConfig": {name: {"destination": arn} for name, arn in ends.items() if arn},
        }
    )
