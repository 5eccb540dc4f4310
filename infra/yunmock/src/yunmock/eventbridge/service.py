"""EventBridge as the cloud sees it: requests in, responses out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import permissions, triggers
from yunmock.eventbridge.calls.rules import read_rule
from yunmock.eventbridge.delivery import SERVICE
from yunmock.eventbridge.errors import ERRORS, EventBridgeError
from yunmock.eventbridge.event import checked, data_bytes
from yunmock.eventbridge.resources import EventBridgeResources
from yunmock.eventbridge.routes import CALLS, PUT_EVENTS, operation_of, put_events
from yunmock.eventbridge.signature import certificate
from yunmock.eventbridge.state import EventBridgeState
from yunmock.eventbridge.wire import answer, check_signature, read_body, refusal
from yunmock.exact_json import read_json, write_json
from yunmock.http import Response
from yunmock.identifiers import new_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.delivery import DeadLetter
    from yunmock.eventbridge.model import Rule
    from yunmock.eventbridge.trace import EventTrace
    from yunmock.faults import Fault
    from yunmock.http import Request
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.services import Invocation


class EventBridgeService:
    """The EventBridge of one cloud.

    Attributes:
        registry: buses, rules and targets.
        traces: what happened to each event.
        deliverer: publishes and delivers.
        resources: makes the buses and rules of ROS stacks.
        streams: the event streams; `streams.feed` puts messages into one, as its source would.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._state = state = EventBridgeState(cloud)
        self.account, self.registry, self.traces = state.account, state.registry, state.traces
        self.deliverer, self.streams = state.deliverer, state.streams
        self.resources = EventBridgeResources(state.registry)
        self._controls: dict[str, Callable[[JsonObject], JsonValue]] = {
            "traces": self._list_traces,
            "dead-letters": self._list_dead_letters,
            "streams/feed": self._feed,
            "publish": self._publish,
        }
        cloud.workers[SERVICE] = self._work

    def operation(self, request: Request) -> str:
        """The call's name as the SDK spells it: `putEvents`, `createRule`."""
        return operation_of(request.path)

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-eventbridge` API, or with the certificate that signatures name."""
        if request.method == "GET" and (pem := certificate(request.path)) is not None:
            return Response(200, {"Content-Type": "application/x-pem-file"}, pem)
        try:
            check_signature(request, self._cloud.signer(permissions.caller(request)))
            permissions.check(self._cloud, request)
            return answer(self.account, self._result(request))
        except EventBridgeError as error:
            return refusal(error)

    def fail(self, request: Request, fault: Fault) -> Response:  # noqa: ARG002 - the protocol's signature
        """The error that a fault asks for, in EventBridge's form."""
        code = fault.code or "ServiceUnavailable"
        error = EventBridgeError("ServiceUnavailable", message=fault.message or "The service is unavailable.")
        error.code, error.status = code, fault.status if code not in ERRORS else ERRORS[code][0]
        return refusal(error)

    def publish(self, bus: str, event: Mapping[str, Any]) -> EventTrace:
        """Publish an event on a bus, as the cloud itself does: also on `default`, and without a signature.

        Args:
            bus: its name.
            event: a CloudEvent, as JSON; `id` and `specversion` may be missing. Its data may be larger than PutEvents
                allows, whose limit is for users.

        Raises:
            EventBridgeError: there is no such bus, or the event is invalid; nothing was published.
        """
        name = self.registry.bus(bus).name
        return self.deliverer.publish(name, checked(_completed(dict(event)), data_bytes=0))

    def invocation_ended(self, result: Invocation) -> None:
        """Take note that an asynchronous invocation has ended with this result; it may be the delivery of an event."""
        self.deliverer.invocation_ended(result)

    def put_rule(self, rule: Rule) -> Rule:
        """Add or replace a rule."""
        return self.registry.put_rule(rule)

    def deploy_rule(self, rule: JsonObject) -> None:
        """Add or replace a rule, given as CreateRule takes it; its pattern may be an object, as templates write it.

        Raises:
            ValueError: it is invalid.
        """
        pattern = rule.get("FilterPattern")
        text = write_json(pattern) if isinstance(pattern, dict) else pattern
        try:
            self.registry.bus(str(rule.get("EventBusName")))
            self.registry.put_rule(read_rule({**rule, "FilterPattern": text}))
        except EventBridgeError as error:
            raise ValueError(str(error)) from None

    def put_trigger(self, function: str, trigger: str, config: JsonObject) -> None:
        """Connect a function to events: add or replace the rule or stream that its trigger stands for.

        Raises:
            ValueError: the trigger's configuration is invalid.
        """
        triggers.put_trigger(self._state, function, trigger, config)

    def drop_trigger(self, function: str, trigger: str) -> None:
        """Delete the rule or stream that a function's trigger stands for, if it is there."""
        triggers.drop_trigger(self._state, function, trigger)

    def dead_letters(self, arn: str | None = None) -> list[DeadLetter]:
        """The events sent to the dead-letter queue `arn`, or to any."""
        return self.deliverer.dead_letters(arn)

    def control(self, call: str, arguments: JsonObject) -> JsonValue:
        """Make a control call: `traces`, `dead-letters` or `streams/feed`.

        Raises:
            LookupError: no such call, or a missing argument.
            ValueError: an argument is wrong.
        """
        return self._controls[call](arguments)

    def _work(self, payload: JsonObject, due_ms: int) -> None:
        (self.streams.work if "stream" in payload else self.deliverer.resume)(payload, due_ms)

    def _result(self, request: Request) -> JsonObject:
        if request.path == PUT_EVENTS:
            return put_events(self._state, request)
        call = CALLS.get(request.path)
        if call is None or request.method != "POST":
            raise EventBridgeError("ActionNotSupported", operation_of(request.path)[:100])
        return call(self._state, read_body(request))

    def _list_traces(self, arguments: JsonObject) -> JsonValue:
        found = self.traces.of_event(str(arguments.get("bus", "default")), str(arguments["event_id"]))
        return {"traces": [asdict(trace) for trace in found]}

    def _list_dead_letters(self, arguments: JsonObject) -> JsonValue:
        arn = arguments.get("arn")
        found = self.dead_letters(None if arn is None else str(arn))
        return {
            "dead_letters": [
                {"arn": one["arn"], "rule": one["rule"], "error": one["error"], "event": one["event"]} for one in found
            ]
        }

    def _publish(self, arguments: JsonObject) -> JsonValue:
        """Publish events, given as JSON text, on a bus without a signature; all or, if one is invalid, none.

        `id` and `specversion` may be missing. Answers the trace of each event.
        """
        given = read_json(str(arguments["events"]))
        entries = given if isinstance(given, list) else [given]
        try:
            bus = self.registry.bus(str(arguments["bus"])).name
            events = [checked(_completed(entry), data_bytes(entry)) for entry in entries]
        except EventBridgeError as error:
            raise ValueError(f"{error.code}: {error}") from None
        return {"traces": [asdict(self.deliverer.publish(bus, event)) for event in events]}

    def _feed(self, arguments: JsonObject) -> None:
        messages = arguments["messages"]
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise TypeError("messages must be a list of objects")
        try:
            self.streams.feed(str(arguments["name"]), [message for message in messages if isinstance(message, dict)])
        except EventBridgeError as error:
            raise ValueError(f"{error.code}: {error}") from None


def _completed(entry: JsonValue) -> JsonValue:
    """An event with what a person at a terminal need not write."""
    return {"id": str(new_uuid()), "specversion": "1.0", **entry} if isinstance(entry, dict) else entry
