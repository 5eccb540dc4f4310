"""The cloud's own controls, over HTTP under `/_yunmock/`; in Python the same are methods of `Cloud`.

Arguments are a JSON object or the query; answers are JSON.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, fields
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from yunmock.errors import YunmockError
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.faults import Fault
from yunmock.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud
    from yunmock.eci.service import EciService
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.service import FunctionComputeService

PREFIX = "/_yunmock/"
ECI = "eci/"
FAULT_FIELDS = {field.name for field in fields(Fault)} - {"matches"}

Arguments = dict[str, Any]


class Control:
    """Answers the control calls of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._snapshots: dict[str, object] = {}
        self._calls: dict[tuple[str, str], Callable[[Arguments], Any]] = {
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
            ("GET", "traces"): self._traces,
            ("GET", "dead-letters"): self._dead_letters,
            ("POST", "streams/feed"): self._feed,
            ("POST", "cold-start"): self._cold_start,
            ("POST", "seed"): lambda arguments: cloud.seed(arguments.get("value")),
        }

    def handle(self, request: Request) -> Response:
        """Answer one control call; an unknown one is answered by the list of those there are."""
        name = request.path.removeprefix(PREFIX)
        call = self._calls.get((request.method, name))
        if call is None and request.method == "POST" and name.startswith(ECI):
            call = functools.partial(self._eci, name.removeprefix(ECI))
        if call is None:
            known = sorted(f"{method} {PREFIX}{name}" for method, name in self._calls)
            return _json(HTTPStatus.NOT_FOUND, {"error": "no such control", "known": known})
        try:
            return _json(HTTPStatus.OK, call(_arguments(request)) or {})
        except (ValueError, TypeError, LookupError, YunmockError) as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"})

    def _health(self, _arguments: Arguments) -> Any:
        return {"status": "ok", "now_ms": self._cloud.clock.now_ms()}

    def _snapshot(self, arguments: Arguments) -> Any:
        name = str(arguments.get("name", "default"))
        self._snapshots[name] = self._cloud.snapshot()
        return {"name": name}

    def _restore(self, arguments: Arguments) -> None:
        self._cloud.restore(self._snapshots[str(arguments.get("name", "default"))])

    def _clock(self, _arguments: Arguments) -> Any:
        return {"now_ms": self._cloud.clock.now_ms(), "frozen": self._cloud.clock.frozen}

    def _freeze(self, arguments: Arguments) -> Any:
        at_ms = arguments.get("at_ms")
        self._cloud.clock.freeze(None if at_ms is None else int(at_ms))
        return self._clock({})

    def _unfreeze(self, _arguments: Arguments) -> Any:
        self._cloud.clock.unfreeze()
        return self._clock({})

    def _advance(self, arguments: Arguments) -> Any:
        self._cloud.advance(float(arguments["seconds"]))
        return self._clock({})

    def _jobs(self, _arguments: Arguments) -> Any:
        return {"jobs": [{"service": job.service, "due_ms": job.due_ms} for job in self._cloud.agenda]}

    def _list_calls(self, arguments: Arguments) -> Any:
        """The request log; headers stay out of it, since they carry signatures."""
        service, operation = arguments.get("service"), arguments.get("operation")
        shown = [
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

    def _add_fault(self, arguments: Arguments) -> None:
        if unknown := arguments.keys() - FAULT_FIELDS:
            raise ValueError(f"a fault has {sorted(FAULT_FIELDS)}, not {sorted(unknown)}")
        if arguments.get("rows") is not None:
            arguments = {**arguments, "rows": frozenset(arguments["rows"])}
        self._cloud.faults.add(Fault(**arguments))

    def _traces(self, arguments: Arguments) -> Any:
        bridge = cast("EventBridgeService", self._cloud.services["eventbridge"])
        found = bridge.traces.of_event(str(arguments.get("bus", "default")), str(arguments["event_id"]))
        return {"traces": [asdict(trace) for trace in found]}

    def _dead_letters(self, arguments: Arguments) -> Any:
        bridge = cast("EventBridgeService", self._cloud.services["eventbridge"])
        return {"dead_letters": bridge.dead_letters(arguments.get("arn"))}

    def _eci(self, call: str, arguments: Arguments) -> Any:
        """A call of the ECI service's own control interface, by its name."""
        service = cast("EciService", self._cloud.services["eci"])
        return {"result": service.control(call, arguments)}

    def _feed(self, arguments: Arguments) -> None:
        """Put messages into an event stream, as its source would."""
        bridge = cast("EventBridgeService", self._cloud.services["eventbridge"])
        try:
            bridge.streams.feed(str(arguments["name"]), list(arguments["messages"]))
        except EventBridgeError as error:
            raise ValueError(f"{error.code}: {error}") from None

    def _cold_start(self, arguments: Arguments) -> Any:
        """Whether every invocation starts an instance of its own; without an argument, end the idle ones."""
        runtime = cast("FunctionComputeService", self._cloud.services["fc"]).runtime
        runtime.always_cold = bool(arguments.get("always", runtime.always_cold))
        return {"always": runtime.always_cold, "stopped": len(runtime.stop())}


def _arguments(request: Request) -> Arguments:
    content = json.loads(request.body or b"{}")
    if not isinstance(content, dict):
        raise TypeError("arguments are a JSON object")
    return {**request.query, **content}


def _json(status: HTTPStatus, content: Any) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
