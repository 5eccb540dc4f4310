"""The calls that make, change and describe functions, and those that describe services and the account."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from yunmock.fc.calls.arguments import Argument, body_of, name_of
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.package import checksum
from yunmock.fc.properties import read_function
from yunmock.fc.wire import answer, empty_answer
from yunmock.positions import as_object
from yunmock.timestamps import rfc3339

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock.fc.model import Function, Hook, Trigger
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject

DEFAULT_SERVICE = "fc3"
MAX_PAGE = 100
MAX_NAME = 64

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
    limit = limit_of(request)
    names = sorted(name for name in state.functions if name.startswith(prefix) and name >= start)
    token = names[limit] if len(names) > limit else None
    return answer({"functions": [function_entry(state.functions[name]) for name in names[:limit]], "nextToken": token})


def limit_of(request: Request) -> int:
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


def create_function(state: FunctionComputeState, request: Request, _parts: Parts) -> Response:
    """CreateFunction, from a zip package."""
    given = body_of(request)
    name = name_of(given, "functionName", MAX_NAME)
    if name in state.functions:
        raise FunctionComputeError("FunctionAlreadyExists", name, "")
    package = _package(state, given)
    if package is None:
        raise Argument(("code", "zipFile")).error("is missing")
    function = read_function(given, Argument(), package.folder)
    state.make(_stamped(state, function, package), package.content)
    return answer(function_entry(state.function(name)))


def update_function(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """UpdateFunction: replaces the properties that are given; its triggers stay."""
    given, before = body_of(request), state.function(parts["function"])
    package = _package(state, given)
    props = {**function_entry(before), **given, "functionName": before.name}
    code = before.code if package is None else package.folder
    read = read_function(props, Argument(), code, before.triggers)
    kept = {name: getattr(before, name) for name in ("asynchronous", "code_size", "code_checksum", "created_ms")}
    state.make(_stamped(state, replace(read, **kept), package), package.content if package else None)
    return answer(function_entry(state.function(before.name)))


def delete_function(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """DeleteFunction, which must have no triggers."""
    function = state.function(parts["function"])
    if function.triggers:
        raise FunctionComputeError("FunctionNotEmpty", function.name)
    state.delete(function.name)
    return empty_answer()


class Package(NamedTuple):
    """A package, and where its files are."""

    content: bytes
    folder: Path


def _stamped(state: FunctionComputeState, function: Function, package: Package | None) -> Function:
    """A function with its times and, if its package is new, what is known of that."""
    now = state.clock.now_ms()
    made = replace(function, created_ms=function.created_ms or now, modified_ms=now)
    if package is None:
        return made
    return replace(made, code_size=len(package.content), code_checksum=checksum(package.content))


def _package(state: FunctionComputeState, given: JsonObject) -> Package | None:
    """The package in the arguments of a call, unpacked; None if there is none.

    Raises:
        FunctionComputeError: InvalidArgument; it is not base64, cannot be unpacked, or is not the one of the checksum.
    """
    where = Argument(("code",))
    code = as_object(given.get("code"), where)
    if not code:
        return None
    if "zipFile" not in code:
        raise where.at("zipFile").error("is missing: yunmock takes code as a zip file, and has no OSS")
    try:
        content = base64.b64decode(str(code["zipFile"]), validate=True)
        if code.get("checksum") and str(code["checksum"]) != checksum(content):
            raise where.at("checksum").error("is not the CRC-64 of the package")
        return Package(content, state.functions.unpack(content))
    except ValueError as error:
        raise where.at("zipFile").error(f"cannot be used: {error}") from None


def function_entry(function: Function) -> JsonObject:
    """A function as the API describes it."""
    return {
        "functionId": function.name,
        "functionName": function.name,
        "description": function.description,
        "runtime": function.runtime,
        "handler": function.handler,
        "initializer": function.initializer.handler if function.initializer else None,
        "instanceLifecycleConfig": {
            "initializer": _hook(function.initializer),
            "preStop": _hook(function.pre_stop),
        },
        "timeout": int(function.timeout_s),
        "memorySize": function.memory_mb,
        "environmentVariables": dict(function.environment),
        "role": function.role,
        "logConfig": {"project": function.log_project, "logstore": function.log_store},
        "codeSize": function.code_size,
        "codeChecksum": function.code_checksum,
        "state": "Active",
        "lastUpdateStatus": "Successful",
        **times_of(function),
    }


def _hook(hook: Hook | None) -> JsonObject:
    return {"handler": hook.handler, "timeout": int(hook.timeout_s)} if hook else {"handler": "", "timeout": 3}


def times_of(made: Function | Trigger) -> JsonObject:
    """When the API made and changed something; nothing for what a template deployed."""
    if not made.created_ms:
        return {}
    return {"createdTime": rfc3339(made.created_ms), "lastModifiedTime": rfc3339(made.modified_ms)}


def _service_entry(name: str) -> JsonObject:
    return {"serviceName": name, "serviceId": name, "description": "any name: fc3 has no services", "role": ""}
