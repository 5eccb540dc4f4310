"""The calls that invoke a function, and the configuration of asynchronous invocations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.fc.calls.arguments import Argument, body_of
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.model import AsyncConfig
from yunmock.fc.properties import read_async
from yunmock.fc.wire import answer, empty_answer, invocation_response

if TYPE_CHECKING:
    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.model import Function
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject

INVOCATION_TYPES = ("Sync", "Async")
LOG_TYPES = ("None", "Tail")
MAX_DELAY_S = 3600
TASKS = ("x-fc-stateful-async-invocation-id", "x-fc-async-task-id")
"""The headers that ask for an asynchronous task, in either API."""


def invoke_function(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """InvokeFunction: the handler gets the body as it is."""
    asynchronous = is_asynchronous(request)
    delay_s = delay_of(request) if asynchronous else 0
    log = request.headers.get("x-fc-log-type", "None")
    if log not in LOG_TYPES:
        raise FunctionComputeError("InvalidArgument", f"log type '{log}' is invalid")
    state.function(parts["function"], parts.get("service", "").split(".")[0])
    result = state.invoke(parts["function"], request.body, asynchronous=asynchronous, delay_s=delay_s)
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


def delay_of(request: Request) -> int:
    """After how many seconds an asynchronous invocation is to run.

    "x-fc-async-delay", 0 to 3600: https://help.aliyun.com/document_detail/181866.html.

    Raises:
        FunctionComputeError: InvalidArgument.
    """
    text = request.headers.get("x-fc-async-delay", "0")
    if not (text.isascii() and text.isdigit() and int(text[:5]) <= MAX_DELAY_S):
        raise FunctionComputeError("InvalidArgument", f"async delay '{text[:20]}' is not between 0 and {MAX_DELAY_S}")
    return int(text)


def get_async_invoke_config(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetAsyncInvokeConfig (GetFunctionAsyncInvokeConfig in the older API)."""
    return answer(_config_entry(state.function(parts["function"], parts.get("service", ""))))


def put_async_invoke_config(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """PutAsyncInvokeConfig: replaces the whole configuration."""
    changed = replace(state.function(parts["function"]), asynchronous=read_async(body_of(request), Argument()))
    state.make(changed)
    return answer(_config_entry(changed))


def delete_async_invoke_config(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """DeleteAsyncInvokeConfig: back to three retries within a day, and no destinations."""
    state.make(replace(state.function(parts["function"]), asynchronous=AsyncConfig()))
    return empty_answer()


def _config_entry(function: Function) -> JsonObject:
    config = function.asynchronous
    ends = {"onSuccess": config.on_success, "onFailure": config.on_failure}
    return {
        "maxAsyncRetryAttempts": config.retries,
        "maxAsyncEventAgeInSeconds": config.max_age_s,
        "destinationConfig": {name: {"destination": arn} for name, arn in ends.items() if arn},
    }
