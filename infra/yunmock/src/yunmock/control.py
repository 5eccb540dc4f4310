"""Control calls over HTTP under `/_yunmock/`; in Python the same are methods of `Cloud` and of its services.

Arguments are a JSON object or the query; answers are JSON.
"""

from __future__ import annotations

import functools
from dataclasses import fields
from http import HTTPStatus
from typing import TYPE_CHECKING

from yunmock.errors import YunmockError
from yunmock.exact_json import read_json, write_json
from yunmock.faults import Fault
from yunmock.http import Request, Response
from yunmock.services import Controllable

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud
    from yunmock.json_types import JsonObject, JsonValue

PREFIX = "/_yunmock/"
INVOKE = "invoke/"
NAMED = ("eci", "ecs", "cloudmonitor")
"""The services whose control calls are all under their own name."""
FAULT_FIELDS = {field.name for field in fields(Fault)} - {"matches"}

MAX_NUMBER = 10**14
"""The largest number in an argument: a time in milliseconds since the epoch, in the year 5138."""

SERVICE_CONTROLS = {
    ("GET", "traces"): "eventbridge",
    ("GET", "dead-letters"): "eventbridge",
    ("POST", "streams/feed"): "eventbridge",
    ("POST", "cold-start"): "fc",
    ("GET", "invocations"): "fc",
    ("POST", "chat/receivers"): "chat",
    ("GET", "chat/messages"): "chat",
}
"""The control calls that a service answers itself."""


class Control:
    """Answers the control calls of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._snapshots: dict[str, object] = {}
        self._calls: dict[tuple[str, str], Callable[[JsonObject], JsonValue]] = {
            ("GET", "health"): self._health,
            ("POST", "reset"): lambda _: cloud.reset(),
            ("POST", "snapshot"): self._snapshot,
            ("POST", "restore"): self._restore,
            ("GET", "clock"): self._clock,
            ("POST", "clock/freeze"): self._freeze,
            ("POST", "clock/unfreeze"): self._unfreeze,
            ("POST", "clock/advance"): self._advance,
            ("POST", "run-due"): lambda _: cloud.run_due(),
            ("GET", "jobs"): self._jobs,
            ("GET", "calls"): self._list_calls,
            ("DELETE", "calls"): lambda _: cloud.clear_calls(),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _: cloud.faults.clear(),
            ("POST", "seed"): self._seed,
            ("GET", "permissions"): self._permissions,
            **{(method, name): self._of_service(name) for method, name in SERVICE_CONTROLS},
        }

    def handle(self, request: Request) -> Response:
        """Answer one control call; the answer to an unknown one lists the known ones."""
        try:
            return self._answer(request, request.path.removeprefix(PREFIX))
        except (ValueError, TypeError, LookupError, RecursionError, YunmockError) as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"})

    def _answer(self, request: Request, name: str) -> Response:
        if request.method == "POST" and name.startswith(INVOKE):
            return self._invoke(name.removeprefix(INVOKE), request)
        call = self._calls.get((request.method, name))
        if (request.method, name) == ("POST", "publish"):
            call = functools.partial(self._publish, request)
        service, _, named = name.partition("/")
        if call is None and request.method == "POST" and service in NAMED:
            call = functools.partial(self._named, service, named)
        if call is None:
            names = [*self._calls, ("POST", "publish"), ("POST", f"{INVOKE}<function>")]
            names += [("POST", f"{each}/<call>") for each in NAMED]
            known = sorted(f"{method} {PREFIX}{name}" for method, name in names)
            return _json(HTTPStatus.NOT_FOUND, {"error": "no such control", "known": [*known]})
        arguments = {} if name == "publish" else _arguments(request)
        return _json(HTTPStatus.OK, call(arguments) or {})

    def _health(self, _arguments: JsonObject) -> JsonValue:
        return {"status": "ok", "now_ms": self._cloud.clock.now_ms()}

    def _snapshot(self, arguments: JsonObject) -> JsonValue:
        name = str(arguments.get("name", "default"))
        self._snapshots[name] = self._cloud.snapshot()
        return {"name": name}

    def _restore(self, arguments: JsonObject) -> None:
        self._cloud.restore(self._snapshots[str(arguments.get("name", "default"))])

    def _clock(self, _arguments: JsonObject) -> JsonValue:
        return {"now_ms": self._cloud.clock.now_ms(), "frozen": self._cloud.clock.frozen}

    def _freeze(self, arguments: JsonObject) -> JsonValue:
        at_ms = arguments.get("at_ms")
        self._cloud.clock.freeze(None if at_ms is None else int(_number(at_ms)))
        return self._clock({})

    def _unfreeze(self, _arguments: JsonObject) -> JsonValue:
        self._cloud.clock.unfreeze()
        return self._clock({})

    def _advance(self, arguments: JsonObject) -> JsonValue:
        seconds = _number(arguments["seconds"])
        if self._cloud.clock.now_ms() + seconds * 1000 > MAX_NUMBER:
            raise ValueError("the clock cannot go beyond the year 5138")
        self._cloud.advance(seconds)
        return self._clock({})

    def _jobs(self, _arguments: JsonObject) -> JsonValue:
        return {"jobs": [{"service": job.service, "due_ms": job.due_ms} for job in self._cloud.scheduler]}

    def _list_calls(self, arguments: JsonObject) -> JsonValue:
        """The request log, without headers, since they carry signatures."""
        service, operation = arguments.get("service"), arguments.get("operation")
        shown: list[JsonValue] = [
            {
                "service": call.service,
                "operation": call.operation,
                "status": call.status,
                "at_ms": call.at_ms,
                "body_bytes": len(call.request.body),
            }
            for call in list(self._cloud.calls)
            if service in (None, call.service) and operation in (None, call.operation)
        ]
        return {"calls": shown}

    def _add_fault(self, arguments: JsonObject) -> None:
        if unknown := arguments.keys() - FAULT_FIELDS:
            raise ValueError(f"a fault has {sorted(FAULT_FIELDS)}, not {sorted(unknown)}")
        rows = arguments.get("rows")
        if rows is not None and not isinstance(rows, list):
            raise TypeError("rows must be a list of numbers")
        changed = {**arguments, "rows": None if rows is None else frozenset(rows)}
        self._cloud.faults.add(Fault(**changed))  # type: ignore[arg-type]  # a fault checks its fields itself

    def _seed(self, arguments: JsonObject) -> None:
        value = arguments.get("value")
        if value is not None and not isinstance(value, (int, str)):
            raise TypeError("value must be a number, a text or null")
        self._cloud.seed(value)

    def _permissions(self, arguments: JsonObject) -> JsonValue:
        """What the role of each function, or of one, was asked for: granted, refused, and granted without need."""
        access, named = self._cloud.access, arguments.get("function")
        functions = self._cloud.invoker.roles()
        if named is not None and named not in functions:
            raise LookupError(f"no function {named!r}; there are {', '.join(sorted(functions)) or 'none'}")
        if access is None:
            return {"enforced": False, "functions": {}}
        shown: JsonObject = {
            function: {"role": access.name(role), **(access.report(access.name(role)) if role else {})}
            for function, role in functions.items()
            if named in (None, function)
        }
        return {"enforced": True, "functions": shown}

    def _publish(self, request: Request, _arguments: JsonObject) -> JsonValue:
        """Publish the event, or the list of events, in the body. The service reads it: numbers keep their form."""
        arguments: JsonObject = {"bus": request.query.get("bus", "default"), "events": request.body.decode()}
        return self._service("eventbridge").control("publish", arguments)

    def _invoke(self, function: str, request: Request) -> Response:
        """Invoke a function with the body as its event; the answer is that of InvokeFunction."""
        asynchronous = request.query.get("async", "").lower() in ("1", "true")
        result = self._cloud.invoker.invoke(function, request.body, asynchronous=asynchronous)
        headers = {"X-Fc-Request-Id": result.request_id, "Content-Type": "application/json"}
        if result.error_type:
            headers["X-Fc-Error-Type"] = result.error_type
        return Response(result.status, headers, result.body)

    def _of_service(self, name: str) -> Callable[[JsonObject], JsonValue]:
        """The control call `name`, answered by its service."""
        service = next(service for (_, call), service in SERVICE_CONTROLS.items() if call == name)
        return lambda arguments: self._service(service).control(name, arguments)

    def _named(self, service: str, call: str, arguments: JsonObject) -> JsonValue:
        """A control call of a service, by its name."""
        return {"result": self._service(service).control(call, arguments)}

    def _service(self, name: str) -> Controllable:
        service = self._cloud.services[name]
        if isinstance(service, Controllable):
            return service
        raise LookupError(f"the service {name!r} has no control calls")


def _arguments(request: Request) -> JsonObject:
    content = read_json(request.body or b"{}")
    if not isinstance(content, dict):
        raise TypeError("the arguments must be a JSON object")
    return {**request.query, **content}


def _number(value: JsonValue) -> float:
    if not isinstance(value, (int, float, str)):
        raise TypeError(f"must be a number, not {value!r}")
    number = float(value)
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"the number must be from 0 to {MAX_NUMBER}, not {value!r:.50}")
    return number


def _json(status: HTTPStatus, content: JsonValue) -> Response:
    return Response(status, {"Content-Type": "application/json"}, write_json(content).encode("utf-8", "replace"))
