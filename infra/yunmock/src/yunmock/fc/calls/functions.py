"""The calls of the 2016-08-15 API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import answer
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.fc.model import Function, Trigger
    from yunmock.fc.service import FunctionComputeService
    from yunmock.http import Request

DEFAULT_SERVICE = "fc3"
INVOCATION_TYPES = ("Sync", "Async")
LOG_TYPES = ("None", "Tail")
MAX_PAGE = 100

Parts = dict[str, str]


def invoke_function(service: FunctionComputeService, request: Request, parts: Parts) -> Response:
    """InvokeFunction: the body goes to the handler as it is."""
    kind = request.headers.get("x-fc-invocation-type", "Sync")
    log = request.headers.get("x-fc-log-type", "None")
    if kind not in INVOCATION_TYPES or log not in LOG_TYPES:
        raise FunctionComputeError("InvalidArgument", f"invocation type '{kind}' or log type '{log}' is invalid")
    service.function(parts["function"], parts.get("service", "").split(".")[0])
    result = service.invoke(parts["function"], request.body, asynchronous=kind == "Async")
    return Response(result.status, result.headers(log=log == "Tail" and kind == "Sync"), result.body)


def get_account_settings(_service: FunctionComputeService, _request: Request, _parts: Parts) -> Response:
    """GetAccountSettings."""
    return answer({"availableAZs": ["cn-hangzhou-h"]})


def list_services(_service: FunctionComputeService, request: Request, _parts: Parts) -> Response:
    """ListServices: the one service that stands for all names."""
    wanted = request.query.get("prefix", "")
    names = [DEFAULT_SERVICE] if DEFAULT_SERVICE.startswith(wanted) else []
    return answer({"services": [_service_entry(name) for name in names], "nextToken": None})


def get_service(_service: FunctionComputeService, _request: Request, parts: Parts) -> Response:
    """GetService: every name is one."""
    return answer(_service_entry(parts["service"].split(".")[0]))


def list_functions(service: FunctionComputeService, request: Request, _parts: Parts) -> Response:
    """ListFunctions, by prefix, a page at a time; the token is the next function's name."""
    prefix, start = request.query.get("prefix", ""), request.query.get("nextToken", request.query.get("startKey", ""))
    try:
        limit = int(request.query.get("limit", MAX_PAGE))
    except ValueError:
        raise FunctionComputeError("InvalidArgument", "limit must be a number") from None
    names = sorted(name for name in service.functions if name.startswith(prefix) and name >= start)
    token = names[limit] if len(names) > limit else None
    return answer(
        {"functions": [function_entry(service.functions[name]) for name in names[:limit]], "nextToken": token}
    )


def get_function(service: FunctionComputeService, _request: Request, parts: Parts) -> Response:
    """GetFunction."""
    return answer(function_entry(service.function(parts["function"], parts.get("service", ""))))


def list_triggers(service: FunctionComputeService, _request: Request, parts: Parts) -> Response:
    """ListTriggers of a function."""
    function = service.function(parts["function"], parts.get("service", ""))
    return answer({"triggers": [_trigger_entry(trigger) for trigger in function.triggers], "nextToken": None})


def get_trigger(service: FunctionComputeService, _request: Request, parts: Parts) -> Response:
    """GetTrigger."""
    function = service.function(parts["function"], parts.get("service", ""))
    for trigger in function.triggers:
        if trigger.name == parts["trigger"]:
            return answer(_trigger_entry(trigger))
    raise FunctionComputeError("TriggerNotFound", parts["trigger"], parts.get("service", ""), function.name)


def get_async_config(service: FunctionComputeService, _request: Request, parts: Parts) -> Response:
    """GetAsyncInvokeConfig (GetFunctionAsyncInvokeConfig in the older API)."""
    config = service.function(parts["function"], parts.get("service", "")).asynchronous
    ends = {"onSuccess": config.on_success, "onFailure": config.on_failure}
    return answer(
        {
            "maxAsyncRetryAttempts": config.retries,
            "maxAsyncEventAgeInSeconds": config.max_age_s,
            "destinationConfig": {name: {"destination": arn} for name, arn in ends.items() if arn},
        }
    )


def function_entry(function: Function) -> dict[str, Any]:
    """A function as the API describes it."""
    return {
        "functionId": function.name,
        "functionName": function.name,
        "description": function.description,
        "runtime": function.runtime,
        "handler": function.handler,
        "initializer": function.initializer.handler if function.initializer else None,
        "timeout": int(function.timeout_s),
        "memorySize": function.memory_mb,
        "environmentVariables": function.environment,
        "codeSize": 0,
        "codeChecksum": "",
    }


def _service_entry(name: str) -> dict[str, Any]:
    return {"serviceName": name, "serviceId": name, "description": "any name: fc3 has no services", "role": ""}


def _trigger_entry(trigger: Trigger) -> dict[str, Any]:
    return {
        "triggerName": trigger.name,
        "triggerType": trigger.type,
        "triggerConfig": trigger.config,
        "sourceArn": trigger.source_arn,
    }
