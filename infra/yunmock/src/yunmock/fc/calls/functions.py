"""The calls that describe functions, services and the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import answer

if TYPE_CHECKING:
    from yunmock.fc.model import Function
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject

DEFAULT_SERVICE = "fc3"
MAX_PAGE = 100

Parts = dict[str, str]
"""The named parts of a request's path."""


def get_account_settings(_state: FunctionComputeState, _request: Request, _parts: Parts) -> Response:
    """GetAccountSettings."""
    return answer({"availableAZs": ["cn-hangzhou-h"]})


def list_services(_state: FunctionComputeState, request: Request, _parts: Parts) -> Response:
    """ListServices: one service that stands for all names."""
    wanted = request.query.get("prefix", "")
    names = [DEFAULT_SERVICE] if DEFAULT_SERVICE.startswith(wanted) else []
    return answer({"services": [_service_entry(name) for name in names], "nextToken": None})


def get_service(_state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetService: any name is a service."""
    return answer(_service_entry(parts["service"].split(".")[0]))


def list_functions(state: FunctionComputeState, request: Request, _parts: Parts) -> Response:
    """ListFunctions, by prefix, a page at a time; the token is the next function's name."""
    prefix, start = request.query.get("prefix", ""), request.query.get("nextToken", request.query.get("startKey", ""))
    limit = _limit(request)
    names = sorted(name for name in state.functions if name.startswith(prefix) and name >= start)
    token = names[limit] if len(names) > limit else None
    return answer({"functions": [function_entry(state.functions[name]) for name in names[:limit]], "nextToken": token})


def _limit(request: Request) -> int:
    """How many entries a page has.

    Raises:
        FunctionComputeError: InvalidArgument.
    """
    given = request.query.get("limit", str(MAX_PAGE))
    if not given.isdecimal() or len(given) > len(str(MAX_PAGE)) or not 1 <= int(given) <= MAX_PAGE:
        raise FunctionComputeError("InvalidArgument", f"limit must be a number from 1 to {MAX_PAGE}")
    return int(given)


def get_function(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetFunction."""
    return answer(function_entry(state.function(parts["function"], parts.get("service", ""))))


def function_entry(function: Function) -> JsonObject:
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
        "environmentVariables": dict(function.environment),
        "codeSize": 0,
        "codeChecksum": "",
    }


def _service_entry(name: str) -> JsonObject:
    return {"serviceName": name, "serviceId": name, "description": "any name: fc3 has no services", "role": ""}
