"""What the cloud asks of its services, and what they may ask of each other.

No service imports another. EventBridge invokes functions, and Function Compute publishes events, through the protocols
here, and both use queues; `Cloud.invoker`, `Cloud.publisher` and `Cloud.queues` find who implements them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yunmock.faults import Fault
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject, JsonValue


class Service(Protocol):
    """One emulated service."""

    name: str

    def operation(self, request: Request) -> str:
        """The name of the API call, for the log and for faults."""

    def handle(self, request: Request) -> Response:
        """Answer the request; a refusal is a response, not an exception."""

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error answer that a fault asks for, in the service's own form."""


@runtime_checkable
class RowService(Service, Protocol):
    """A service whose batches answer row by row, so that a fault can strike some of the rows."""

    def handle_rows(self, request: Request, fault: Fault | None) -> Response:
        """Answer the request; the rows in `fault.rows` fail with the fault's code."""


@runtime_checkable
class Controllable(Protocol):
    """A service with control calls in addition to the vendor's API."""

    def control(self, call: str, arguments: JsonObject) -> JsonValue:
        """Make the control call `call`.

        Raises:
            LookupError: no such call, or nothing of that name.
            TypeError, ValueError: the arguments are wrong.
        """


class ResourceProvider(Protocol):
    """What a ROS stack makes its resources in; each property has the name that the type's page gives it."""

    def make(self, kind: str, properties: JsonObject, region: str) -> None:
        """Make a resource of a type, such as `ALIYUN::MNS::Queue`.

        Raises:
            RefusalError: the service refuses it.
        """

    def change(self, kind: str, properties: JsonObject, region: str) -> None:
        """Give a resource other properties.

        Raises:
            RefusalError: the service refuses it, or a property cannot be changed.
        """

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:
        """Delete a resource; one that is gone stays gone.

        Raises:
            RefusalError: the service refuses it.
        """


@runtime_checkable
class Provisioned(Protocol):
    """A service whose resources a ROS stack can make."""

    resources: ResourceProvider


@dataclass(frozen=True, slots=True)
class Invocation:
    """The result of invoking a function once.

    Attributes:
        status: the HTTP status; 202 if the invocation was only queued.
        body: the result, or the error as JSON.
        error_type: `X-Fc-Error-Type`; empty if the function succeeded.
        error: the error in one line; empty if there is none.
        log: what the function printed and logged, between the start and end lines.
        duration_ms: how long the handler ran.
        memory_mb: the peak memory of this process; 0 where the system does not say.
        cold: whether a new instance was started for it.
    """

    request_id: str
    function: str
    status: int
    body: bytes
    error_type: str = ""
    error: str = ""
    log: str = ""
    duration_ms: float = 0.0
    memory_mb: float = 0.0
    instance_id: str = ""
    cold: bool = False

    @property
    def accepted(self) -> bool:
        """Whether Function Compute took the call, whatever the function made of it."""
        return self.status < 300  # noqa: PLR2004 - HTTP's success

    @property
    def ok(self) -> bool:
        """Whether the call was accepted and the function did not fail."""
        return self.accepted and not self.error_type


Cause = Literal["call", "async", "timer"]
"""Why a function ran: a call that waits for the result, an asynchronous invocation, or a timer."""


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """One run of a function, as the cloud remembers it.

    Attributes:
        at_ms: when it began, in milliseconds since the epoch.
        cause: why it ran.
        attempt: 1, or more for the retries of an asynchronous invocation.
        event: what the function received; the first 64 KB.
        invocation: its result, error and log; of the result the first 64 KB, of the log the last.
        destination: the ARN that the result of an asynchronous invocation was sent to, at its last run.
        destination_error: why the result did not arrive there; empty if it did.
    """

    at_ms: int
    cause: Cause
    attempt: int
    event: bytes
    invocation: Invocation
    destination: str = ""
    destination_error: str = ""

    def as_json(self) -> JsonObject:
        """The record as JSON; `result` is the error as JSON if the function failed."""
        made = self.invocation
        return {
            "function": made.function,
            "request_id": made.request_id,
            "at_ms": self.at_ms,
            "cause": self.cause,
            "attempt": self.attempt,
            "ok": made.ok,
            "status": made.status,
            "event": self.event.decode("utf-8", "replace"),
            "result": made.body.decode("utf-8", "replace"),
            "error_type": made.error_type,
            "error": made.error,
            "log": made.log,
            "duration_ms": made.duration_ms,
            "instance_id": made.instance_id,
            "cold": made.cold,
            "destination": self.destination,
            "destination_error": self.destination_error,
        }


@runtime_checkable
class Invoker(Protocol):
    """Invokes functions by name: Function Compute."""

    @property
    def running(self) -> int:
        """How many functions run at this moment."""

    def invoke(self, name: str, event: bytes, *, asynchronous: bool = False, request_id: str = "") -> Invocation:
        """Invoke a function; a refusal is an `Invocation` with the refusal's status, not an exception."""

    def async_results(self, request_id: str) -> list[Invocation]:
        """The results so far of each run of an asynchronous invocation."""

    def finished(self, request_id: str) -> Invocation | None:
        """The last result of an asynchronous invocation that has ended, None if it has not or is forgotten."""

    def invocations(self, name: str | None = None) -> list[InvocationRecord]:
        """The newest runs of a function, or of all functions, the oldest first."""

    def roles(self) -> Mapping[str, str]:
        """The role that each deployed function names, as its ARN or empty, by the function's name."""

    def environments(self) -> Iterable[Mapping[str, str]]:
        """The environment variables that each deployed function declares."""


@runtime_checkable
class Publisher(Protocol):
    """Publishes events on event buses: EventBridge."""

    def publish(self, bus: str, event: JsonObject) -> object:
        """Publish a CloudEvent on a bus and deliver it."""

    def invocation_ended(self, result: Invocation) -> None:
        """Take note that an asynchronous invocation has ended with this result; it may be the delivery of an event."""


@runtime_checkable
class TriggerHost(Protocol):
    """Connects functions to events: EventBridge."""

    def put_trigger(self, function: str, trigger: str, config: JsonObject) -> None:
        """Add or replace a trigger.

        Raises:
            ValueError: its configuration is invalid.
            LookupError: its configuration lacks something.
        """

    def drop_trigger(self, function: str, trigger: str) -> None:
        """Remove what a trigger stands for, if it is there."""

    def deploy_rule(self, rule: JsonObject) -> None:
        """Add or replace a rule.

        Raises:
            ValueError: it is invalid.
        """


class TakenMessage(NamedTuple):
    """A message that another service has taken out of a queue."""

    id: str
    body: str


@runtime_checkable
class MessageQueues(Protocol):
    """Puts messages into queues and takes them out: Simple Message Queue."""

    def send(self, arn: str, body: str) -> str:
        """Put a message into the queue with this ARN; the message's id.

        Raises:
            RefusalError: the queue refuses the message, or there is no such queue.
        """

    def take(self, region: str, name: str, limit: int) -> list[TakenMessage]:
        """Receive and delete up to `limit` messages that can be received.

        Raises:
            RefusalError: there is no such queue.
        """
