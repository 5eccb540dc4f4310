"""EventBridge, as the cloud sees it: requests in, responses out, and the state the other modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import event as cloudevent
from yunmock.eventbridge import events
from yunmock.eventbridge.delivery import SERVICE, Deliverer
from yunmock.eventbridge.errors import ERRORS, EventBridgeError
from yunmock.eventbridge.model import Registry, Rule
from yunmock.eventbridge.routes import CALLS, PUT_EVENTS, operation_of
from yunmock.eventbridge.streaming import Streams
from yunmock.eventbridge.trace import Traces
from yunmock.eventbridge.wire import answer, check_signature, read_body, refusal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.trace import EventTrace
    from yunmock.faults import Fault
    from yunmock.http import Request, Response

OPERATIONS = frozenset(operation_of(path) for path in (*CALLS, PUT_EVENTS))


class EventBridgeService:
    """The buses of one cloud.

    Attributes:
        registry: buses, rules and targets.
        traces: what became of each event.
        deliverer: publishes and delivers.
        streams: the event streams; `streams.feed` puts messages into one, as its source would.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.account = cloud.account
        self.registry = Registry(cloud)
        self.traces = Traces(cloud)
        self.deliverer = Deliverer(cloud, self.registry, self.traces)
        self.streams = Streams(cloud, self.deliverer.bury)
        cloud.workers[SERVICE] = self._work

    def operation(self, request: Request) -> str:
        """The call's name as the SDK spells it: `putEvents`, `createRule`."""
        return operation_of(request.path)

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-eventbridge` API."""
        try:
            check_signature(request, self.account)
            return answer(self.account, self._result(request))
        except EventBridgeError as error:
            return refusal(error)

    def fail(self, request: Request, fault: Fault) -> Response:  # noqa: ARG002 - the protocol's signature
        """The error a fault asked for, in EventBridge's form."""
        code = fault.code or "ServiceUnavailable"
        error = EventBridgeError("ServiceUnavailable", message=fault.message or "The service is unavailable.")
        error.code, error.status = code, fault.status if code not in ERRORS else ERRORS[code][0]
        return refusal(error)

    def publish(self, bus: str, event: Event) -> EventTrace:
        """Put a checked event on a bus as PutEvents does: stamped, judged by each rule, delivered."""
        return self.deliverer.publish(bus, cloudevent.stamped(event, self.account, bus, self._cloud.clock.now_ms()))

    def put_rule(self, rule: Rule) -> Rule:
        """Add or replace a rule: how a template's triggers become rules."""
        return self.registry.put_rule(rule)

    def dead_letters(self, arn: str | None = None) -> list[dict[str, Any]]:
        """What went to a dead-letter queue: `{"arn", "rule", "error", "event"}`."""
        return self.deliverer.dead_letters(arn)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._cloud.storage.atomic()

    def _work(self, payload: dict[str, Any], due_ms: int) -> None:
        (self.streams.work if "stream" in payload else self.deliverer.resume)(payload, due_ms)

    def _result(self, request: Request) -> dict[str, Any]:
        if request.path == PUT_EVENTS:
            return events.put_events(self, request)
        call = CALLS.get(request.path)
        if call is None or request.method != "POST":
            raise EventBridgeError("ActionNotSupported", operation_of(request.path)[:100])
        return call(self, read_body(request))
