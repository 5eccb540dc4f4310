"""From a published event to its targets: rules judged, bodies made, functions called, failures retried.

Deliveries happen in the publishing call, in the order of entries, rules (by name) and targets. What counts as a failed
delivery is not documented; here it is a refused call or a function error (`X-Fc-Error-Type`). A failure is retried on
the cloud's clock; after the last retry the event goes to the dead-letter queue or is dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import retry
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.target import dead_letter_bus, message, send
from yunmock.eventbridge.trace import Attempt, Delivery, EventTrace, Judgement
from yunmock.http import Request

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.model import Registry, Rule, Target
    from yunmock.eventbridge.trace import Traces
    from yunmock.faults import Fault
    from yunmock.storage import Space

SERVICE = "eventbridge"
OPERATION = "deliver"
HELD_AT_MOST_S = 5.0


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One event on its way to one target."""

    rule: Rule
    target: Target
    event: Event


class Deliverer:
    """Publishes events on buses and sees them through to their targets."""

    def __init__(self, cloud: Cloud, registry: Registry, traces: Traces) -> None:
        self._cloud, self._registry, self._traces = cloud, registry, traces
        self._dead: Space[bytes] = cloud.storage.space("eventbridge.deadletter", bytes, bytes)
        self._held: dict[str, list[dict[str, Any]]] = {}

    def publish(self, bus: str, event: Event) -> EventTrace:
        """Judge every rule of the bus and deliver to the targets of those that match; the trace says how it went."""
        rules = self._registry.rules(bus)
        judged = tuple(_judge(rule, event) for rule in rules)
        trace = self._traces.open(bus, event, self._cloud.clock.now_ms(), judged)
        if not any(judgement.matched for judgement in judged):
            return trace
        for rule, judgement in zip(rules, judged, strict=True):
            for target in rule.targets if judgement.matched else ():
                self._deliver(trace.key, _Parcel(rule, target, event))
        return self._traces.get(trace.key) or trace

    def resume(self, payload: dict[str, Any], due_ms: int) -> None:
        """Try a delivery again, or for the first time if a fault held it back; nothing when its rule is gone."""
        parcel = self._find(payload)
        if parcel is not None:
            self._finish(payload, parcel, self._send(parcel), due_ms)

    def dead_letters(self, arn: str | None = None) -> list[dict[str, Any]]:
        """What went to the dead-letter queue `arn`, or to any: `{"arn", "rule", "error", "event"}`."""
        letters = [json.loads(text) for _, text in self._dead.scan()]
        return [letter for letter in letters if arn in (None, letter["arn"])]

    def bury(self, arn: str, rule: str, error: str, event: Event) -> None:
        """Send an event that a rule or stream could not deliver to a dead-letter queue or bus."""
        letter = {"arn": arn, "rule": rule, "error": error, "event": event}
        with self._cloud.storage.atomic():
            number = sum(1 for _ in self._dead.scan())
            self._dead.put(f"{number:012}".encode(), json.dumps(letter).encode())
        bus = dead_letter_bus(arn)
        if bus is not None and bus != event.get("aliyuneventbusname"):
            self.publish(bus, {**event, "aliyuneventbusname": bus})

    def _deliver(self, key: str, parcel: _Parcel) -> None:
        rule, target = parcel.rule, parcel.target
        payload = {"trace": key, "bus": rule.bus, "rule": rule.name, "target": target.id, "retry": 0}
        fault = self._cloud.faults.pick(SERVICE, OPERATION, _as_request(parcel)) if self._cloud.faults else None
        now = self._cloud.clock.now_ms()
        if fault is not None and fault.action in ("delay", "reorder"):
            self._hold(payload, target, fault, now)
            return
        for attempt in self._faulty(parcel, fault) if fault else [self._send(parcel)]:
            self._finish(payload, parcel, attempt, now)
        self._release(target.endpoint)

    def _faulty(self, parcel: _Parcel, fault: Fault) -> list[Attempt]:
        if fault.action == "duplicate":
            return [self._send(parcel), self._send(parcel)]
        if fault.when == "after":
            self._send(parcel)
        what = "the connection was dropped" if fault.action == "drop" else f"{fault.code}: {fault.message}"
        return [Attempt(self._cloud.clock.now_ms(), ok=False, status=fault.status, error=what)]

    def _hold(self, payload: dict[str, Any], target: Target, fault: Fault, now: int) -> None:
        wait = fault.seconds or (HELD_AT_MOST_S if fault.action == "reorder" else 0.0)
        due = now + round(wait * 1000)
        self._cloud.agenda.add(SERVICE, due, payload)
        self._note(payload, Delivery(target.id, target.endpoint, "held", next_ms=due))
        if fault.action == "reorder":
            self._held.setdefault(target.endpoint, []).append(payload)

    def _release(self, endpoint: str) -> None:
        """Deliver what a reorder fault held back from this target, now that something has overtaken it."""
        for payload in self._held.pop(endpoint, []):
            job = next((job for job in self._cloud.agenda if job.payload == payload), None)
            if job is not None and self._cloud.agenda.remove(job):
                self.resume(payload, self._cloud.clock.now_ms())

    def _send(self, parcel: _Parcel) -> Attempt:
        return send(self._cloud, parcel.target, message(parcel.target, [parcel.event]))

    def _finish(self, payload: dict[str, Any], parcel: _Parcel, attempt: Attempt, at_ms: int) -> None:
        """Record an attempt and decide what follows from it."""
        state, next_ms = "delivered", None
        if not attempt.ok:
            state, next_ms = self._after_failure(payload, parcel, attempt, at_ms)
        target = parcel.target
        self._note(payload, Delivery(target.id, target.endpoint, state, (attempt,), next_ms))

    def _after_failure(
        self, payload: dict[str, Any], parcel: _Parcel, attempt: Attempt, at_ms: int
    ) -> tuple[str, int | None]:
        target, number = parcel.target, payload["retry"] + 1
        wait = retry.wait_s(target.retry, number, f"{payload['trace']}/{parcel.rule.name}/{target.id}")
        if wait is None and target.tolerance == "NONE":
            wait = float(retry.EXPONENTIAL_TOP_S)  # without tolerance nothing is given up
        if wait is not None:
            due = at_ms + round(wait * 1000)
            self._cloud.agenda.add(SERVICE, due, {**payload, "retry": number})
            return "retrying", due
        if not target.dead_letter:
            return "dropped", None
        self.bury(target.dead_letter, parcel.rule.name, attempt.error, parcel.event)
        return "dead-lettered", None

    def _note(self, payload: dict[str, Any], news: Delivery) -> None:
        def change(trace: EventTrace) -> EventTrace:
            rules = (_with(rule, news) if rule.rule == payload["rule"] else rule for rule in trace.rules)
            return replace(trace, rules=tuple(rules))

        self._traces.change(payload["trace"], change)

    def _find(self, payload: dict[str, Any]) -> _Parcel | None:
        rules = (rule for rule in self._registry.rules(payload["bus"]) if rule.name == payload["rule"])
        for rule in rules:
            for target in rule.targets:
                if target.id == payload["target"]:
                    event = self._event_of(payload)
                    return None if event is None else _Parcel(rule, target, event)
        return None

    def _event_of(self, payload: dict[str, Any]) -> Event | None:
        trace = self._traces.get(payload["trace"])
        return None if trace is None else trace.event


def _judge(rule: Rule, event: Event) -> Judgement:
    if not rule.enabled:
        return Judgement(rule.name, matched=False, reasons=("the rule is disabled",))
    match = Pattern.parse(rule.pattern).match(event)
    return Judgement(rule.name, match.matched, match.reasons)


def _with(rule: Judgement, news: Delivery) -> Judgement:
    before = next((item for item in rule.deliveries if item.target == news.target), None)
    if before is None:
        return replace(rule, deliveries=(*rule.deliveries, news))
    merged = replace(news, attempts=before.attempts + news.attempts)
    return replace(rule, deliveries=tuple(merged if item is before else item for item in rule.deliveries))


def _as_request(parcel: _Parcel) -> Request:
    """A delivery as faults see it, so that `Fault.matches` can look at the event."""
    path = f"/{parcel.rule.bus}/{parcel.rule.name}/{parcel.target.id}"
    return Request("POST", path, {}, json.dumps(parcel.event).encode())
