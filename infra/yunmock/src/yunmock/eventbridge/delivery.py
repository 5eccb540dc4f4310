"""From a published event to its targets: match rules, build bodies, invoke functions, retry failures.

Deliveries happen in the publishing call, in the order of entries, rules (by name) and targets. A refused call is
a failed delivery; whether a function error (`X-Fc-Error-Type`) is one is not documented (`yunmock.readings`). A failure
is retried on the cloud's clock. After the last retry the event goes to the dead-letter queue or is dropped. What that
queue refuses, because it is too large or the queue is not there, is dropped too; its trace says why.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypedDict

from yunmock.errors import RefusalError
from yunmock.eventbridge import retry
from yunmock.eventbridge.accepted import ACCEPTED, AcceptedDeliveries
from yunmock.eventbridge.event import BUS_ATTRIBUTE, stamped
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.push import message, push
from yunmock.eventbridge.target import QUEUE_ARN, bus_of, shown_endpoint
from yunmock.eventbridge.target_types import BUS
from yunmock.eventbridge.trace import MAX_ATTEMPTS, Attempt, Delivery, EventTrace, Judgement
from yunmock.eventbridge.traces import next_number
from yunmock.exact_json import load_json, load_object, store_json, write_json
from yunmock.http import Request

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.model import Rule, Target
    from yunmock.eventbridge.registry import RuleRegistry
    from yunmock.eventbridge.traces import Traces
    from yunmock.faults import Action, Fault
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation
    from yunmock.storage import Space

SERVICE = "eventbridge"
MAX_UNDELIVERED = 2000
"""How many `dead_letters` keeps for tests; an event has at most 64 KB. The queues themselves keep all."""
OPERATION = "deliver"
log = logging.getLogger(__name__)

STRIKE_RETRIES: tuple[Action, ...] = ("error", "drop")
"""The faults that strike retries, too. If each retry were duplicated, their number would double with every wait."""
MAX_REORDER_DELAY_S = 5.0
"""A delivery that a `reorder` fault delays goes out after this time if no other overtakes it."""


class DeadLetter(TypedDict):
    """An event that could not be delivered: the queue it was sent to, the rule or stream, and the error."""

    arn: str
    rule: str
    error: str
    event: Event


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """One event to be delivered to one target.

    Attributes:
        retry: 0 at the first attempt.
        passed: the buses that rules have sent the event on from, before it came to this rule's bus.
    """

    trace: str
    rule: Rule
    target: Target
    event: Event
    retry: int = 0
    passed: tuple[str, ...] = ()

    @property
    def payload(self) -> JsonObject:
        """The job that makes this delivery later; the event is text, whose numbers stay as they are."""
        return {
            "event": write_json(self.event),
            "trace": self.trace,
            "bus": self.rule.bus,
            "rule": self.rule.name,
            "target": self.target.id,
            "retry": self.retry,
            "passed": list(self.passed),
        }


class Deliverer:
    """Publishes events on buses and delivers them to the targets of matching rules."""

    def __init__(self, cloud: Cloud, registry: RuleRegistry, traces: Traces) -> None:
        self._cloud, self._registry, self._traces = cloud, registry, traces
        self._dead: Space[bytes] = cloud.storage.space("eventbridge.deadletter", bytes, bytes)
        self._accepted = AcceptedDeliveries(cloud, traces)
        self._held: dict[str, list[JsonObject]] = {}

    def publish(self, bus: str, event: Event) -> EventTrace:
        """Stamp a checked event as the bus does and deliver it; the trace says what happened."""
        made = stamped(event, self._cloud.account, bus, self._cloud.clock.now_ms())
        for listener in list(self._cloud.on_event):
            listener(bus, made)
        return self._publish(bus, made)

    def invocation_ended(self, result: Invocation) -> None:
        """Write into the trace how an invocation ended that delivered an event asynchronously."""
        self._accepted.ended(result)

    def resume(self, payload: JsonObject, due_ms: int) -> None:
        """Make an attempt that is due; do nothing if its rule, target or event is gone.

        A first attempt that is due was held by its fault, so no other strikes it.
        """
        pending = self._find(payload)
        if pending is not None:
            fault = self._fault(pending, STRIKE_RETRIES) if pending.retry else None
            self._attempt(pending, fault, due_ms)

    def dead_letters(self, arn: str | None = None) -> list[DeadLetter]:
        """The newest 2,000 events sent to dead-letter queues; those sent to `arn` if it is given."""
        found = [_read_undelivered(text) for _, text in self._dead.scan()]
        return [one for one in found if arn in (None, one["arn"])]

    def newest_undelivered(self, most: int) -> list[DeadLetter]:
        """The newest of them, the newest first."""
        return [_read_undelivered(text) for _, text in islice(self._dead.scan(reverse=True), most)]

    def dead_letter(self, arn: str, rule: str, error: str, event: Event) -> str:
        """Send an event that could not be delivered to a dead-letter queue or bus; why it is lost, or an empty text."""
        undelivered: JsonObject = {"arn": arn, "rule": rule, "error": error, "event": event}
        lost = self._to_queue(arn, event) if QUEUE_ARN.match(arn) else ""
        if lost:
            log.warning("an event that could not be delivered is lost: %r: %s", arn, lost)
            return lost
        with self._cloud.storage.atomic():
            number = next_number(self._dead, b"", int)
            self._dead.put(b"%012d" % number, store_json(undelivered))
            if number >= MAX_UNDELIVERED:
                self._dead.delete(b"%012d" % (number - MAX_UNDELIVERED))
        bus = bus_of(arn)
        if bus is not None and bus != event.get(BUS_ATTRIBUTE):
            self._publish(bus, {**event, BUS_ATTRIBUTE: bus})
        return ""

    def _to_queue(self, arn: str, event: Event) -> str:
        """Send an event to a dead-letter queue; why that failed, or empty."""
        try:
            self._cloud.queues.send(arn, write_json(event))
        except RefusalError as error:
            return f"{error.code}: {error}"
        return ""

    def _publish(self, bus: str, event: Event, passed: tuple[str, ...] = ()) -> EventTrace:
        rules = self._registry.rules(bus)
        judged = tuple(_judge(rule, event) for rule in rules)
        trace = self._traces.open(bus, event, self._cloud.clock.now_ms(), judged)
        if not any(judgement.matched for judgement in judged):
            return trace
        for rule, judgement in zip(rules, judged, strict=True):
            for target in rule.targets if judgement.matched else ():
                self._deliver(PendingDelivery(trace.key, rule, target, event, passed=passed))
        return self._traces.get(trace.key) or trace

    def _deliver(self, pending: PendingDelivery) -> None:
        """Make the first attempt, as the faults in force have it."""
        fault, now = self._fault(pending), self._cloud.clock.now_ms()
        if fault is not None and fault.action in ("delay", "reorder"):
            self._hold(pending, fault, now)
            return
        self._attempt(pending, fault, now)
        self._release(pending.target.endpoint)

    def _fault(self, pending: PendingDelivery, actions: tuple[Action, ...] | None = None) -> Fault | None:
        faults = self._cloud.faults
        return faults.pick(SERVICE, OPERATION, _as_request(pending), actions) if faults else None

    def _attempt(self, pending: PendingDelivery, fault: Fault | None, at_ms: int) -> None:
        for attempt in self._faulty(pending, fault) if fault else [self._send(pending)]:
            self._record(pending, attempt, at_ms)

    def _faulty(self, pending: PendingDelivery, fault: Fault) -> list[Attempt]:
        if fault.action == "duplicate":
            return [self._send(pending), self._send(pending)]
        if fault.when == "after":
            self._send(pending)
        error = (
            "the connection was dropped"
            if fault.action == "drop"
            else ": ".join(filter(None, (fault.code, fault.message)))
        )
        return [Attempt(self._cloud.clock.now_ms(), ok=False, status=fault.status, error=error)]

    def _hold(self, pending: PendingDelivery, fault: Fault, now: int) -> None:
        """Delay a delivery: until its time is up or, if reordered, until the next delivery to the same endpoint."""
        wait = fault.seconds or (MAX_REORDER_DELAY_S if fault.action == "reorder" else 0.0)
        due = now + round(wait * 1000)
        target, payload = pending.target, pending.payload
        self._cloud.scheduler.add(SERVICE, due, payload)
        self._update(pending, Delivery(target.id, shown_endpoint(target), "held", next_ms=due))
        if fault.action == "reorder":
            self._held.setdefault(target.endpoint, []).append(payload)

    def _release(self, endpoint: str) -> None:
        """Make the deliveries that a reorder fault held back, now that another has overtaken them."""
        for payload in self._held.pop(endpoint, []):
            job = next((job for job in self._cloud.scheduler if job.payload == payload), None)
            if job is not None and self._cloud.scheduler.remove(job):
                self.resume(payload, self._cloud.clock.now_ms())

    def _send(self, pending: PendingDelivery) -> Attempt:
        if pending.target.type == BUS:
            return self._forward(pending)
        return push(self._cloud, pending.target, message(pending.target, [pending.event]))

    def _forward(self, pending: PendingDelivery) -> Attempt:
        """Publish the event on another bus, unless it has been there: it would go round for ever."""
        at_ms, passed = self._cloud.clock.now_ms(), (*pending.passed, pending.rule.bus)
        region, bus = pending.target.value("RegionId"), pending.target.value("EventBusName")
        if region != self._cloud.account.region:
            return Attempt(at_ms, ok=False, error=f"yunmock has one region, {self._cloud.account.region}")
        if bus in passed:
            return Attempt(at_ms, ok=False, error=f"the event has been on the bus {bus} already: {', '.join(passed)}")
        try:
            self._registry.bus(bus)
        except RefusalError as error:
            return Attempt(at_ms, ok=False, status=error.status, error=f"{error.code}: {error}")
        self._publish(bus, {**pending.event, BUS_ATTRIBUTE: bus}, passed)
        return Attempt(at_ms, ok=True, status=200)

    def _record(self, pending: PendingDelivery, attempt: Attempt, at_ms: int) -> None:
        """Record an attempt, and schedule the retry or give up if it failed."""
        state, next_ms = self._accepted.state_of(attempt) if attempt.asynchronous else "delivered", None
        if not attempt.ok:
            state, next_ms, lost = self._after_failure(pending, attempt, at_ms)
            attempt = replace(attempt, error=f"{attempt.error}; the dead letter is lost: {lost}") if lost else attempt
        target = pending.target
        self._update(pending, Delivery(target.id, shown_endpoint(target), state, (attempt,), next_ms))
        if state == ACCEPTED:
            self._accepted.add(pending.trace, attempt)

    def _after_failure(self, pending: PendingDelivery, attempt: Attempt, at_ms: int) -> tuple[str, int | None, str]:
        """The delivery's state, when it is retried, and why its dead letter is lost."""
        rule, target, number = pending.rule, pending.target, pending.retry + 1
        wait = retry.wait_s(target.retry, number, f"{pending.trace}/{rule.name}/{target.id}")
        if wait is None and target.tolerance == "NONE":
            wait = float(retry.EXPONENTIAL_TOP_S)  # without tolerance a delivery is never given up
        if wait is not None:
            due = at_ms + round(wait * 1000)
            self._cloud.scheduler.add(SERVICE, due, replace(pending, retry=number).payload)
            return "retrying", due, ""
        if not target.dead_letter:
            return "dropped", None, ""
        lost = self.dead_letter(target.dead_letter, rule.name, attempt.error, pending.event)
        return "dropped" if lost else "dead-lettered", None, lost

    def _update(self, pending: PendingDelivery, update: Delivery) -> None:
        """Add to the trace what happened to a delivery."""

        def change(trace: EventTrace) -> EventTrace:
            rules = (_with(rule, update) if rule.rule == pending.rule.name else rule for rule in trace.rules)
            return replace(trace, rules=tuple(rules))

        self._traces.change(pending.trace, change)

    def _find(self, payload: JsonObject) -> PendingDelivery | None:
        """The delivery of a job, None if its rule, target or event is gone."""
        rules = (rule for rule in self._registry.rules(str(payload["bus"])) if rule.name == payload["rule"])
        found = ((rule, target) for rule in rules for target in rule.targets if target.id == payload["target"])
        rule, target = next(found, (None, None))
        event = self._event(payload)
        if rule is None or target is None or event is None:
            return None
        passed = payload.get("passed")
        buses = tuple(map(str, passed)) if isinstance(passed, list) else ()
        return PendingDelivery(str(payload["trace"]), rule, target, event, int(str(payload["retry"])), buses)

    def _event(self, payload: JsonObject) -> Event | None:
        """The event of a job; jobs of earlier versions have it only in their trace."""
        if "event" in payload:
            return load_object(str(payload["event"]))
        trace = self._traces.get(str(payload["trace"]))
        return trace.event if trace else None


def _read_undelivered(text: bytes) -> DeadLetter:
    fields: Any = load_json(text)
    undelivered: DeadLetter = fields
    return undelivered


def _judge(rule: Rule, event: Event) -> Judgement:
    if not rule.enabled:
        return Judgement(rule.name, matched=False, reasons=("the rule is disabled",))
    match = Pattern.parse(rule.pattern).match(event)
    return Judgement(rule.name, match.matched, match.reasons)


def _with(rule: Judgement, update: Delivery) -> Judgement:
    before = next((item for item in rule.deliveries if item.target == update.target), None)
    if before is None:
        return replace(rule, deliveries=(*rule.deliveries, update))
    merged = replace(update, attempts=(before.attempts + update.attempts)[-MAX_ATTEMPTS:])
    return replace(rule, deliveries=tuple(merged if item is before else item for item in rule.deliveries))


def _as_request(pending: PendingDelivery) -> Request:
    """A delivery as faults see it, so that `Fault.matches` can look at the event."""
    path = f"/{pending.rule.bus}/{pending.rule.name}/{pending.target.id}"
    return Request("POST", path, {}, write_json(pending.event).encode())
