"""Deliveries that Function Compute has only queued: their traces say how the invocations ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.trace import Attempt, Delivery, EventTrace, Judgement
    from yunmock.eventbridge.traces import Traces
    from yunmock.services import Invocation
    from yunmock.storage import Space

ACCEPTED, SUCCEEDED, FAILED = "accepted", "succeeded", "failed"
MAX_RESPONSE = 64 * 1024


class AcceptedDeliveries:
    """The asynchronous deliveries of a cloud that have not ended: the trace of each, by the invocation's request id."""

    def __init__(self, cloud: Cloud, traces: Traces) -> None:
        self._cloud, self._traces = cloud, traces
        self._open: Space[bytes] = cloud.storage.space("eventbridge.accepted", bytes, bytes)

    def state_of(self, attempt: Attempt) -> str:
        """`accepted` while the invocation is queued or retried, then `succeeded` or `failed`."""
        result = self._cloud.invoker.finished(attempt.request_id)
        return ACCEPTED if result is None else _state(result)

    def add(self, trace: str, attempt: Attempt) -> None:
        """Wait for the end of an attempt whose delivery is in the trace with this key."""
        self._open.put(attempt.request_id.encode(), trace.encode())
        result = self._cloud.invoker.finished(attempt.request_id)
        if result is not None:  # it ended before it was added
            self.ended(result)

    def ended(self, result: Invocation) -> None:
        """Write the end of an invocation into its trace; do nothing if it delivered no event."""
        key = result.request_id.encode()
        with self._cloud.storage.atomic():
            trace = self._open.get(key)
            self._open.delete(key)
        if trace is not None:
            self._traces.change(trace.decode(), lambda found: _with_end(found, result))


def _state(result: Invocation) -> str:
    return SUCCEEDED if result.ok else FAILED


def _with_end(trace: EventTrace, result: Invocation) -> EventTrace:
    return replace(trace, rules=tuple(_judgement(rule, result) for rule in trace.rules))


def _judgement(rule: Judgement, result: Invocation) -> Judgement:
    return replace(rule, deliveries=tuple(_delivery(delivery, result) for delivery in rule.deliveries))


def _delivery(delivery: Delivery, result: Invocation) -> Delivery:
    if all(attempt.request_id != result.request_id for attempt in delivery.attempts):
        return delivery
    return replace(delivery, state=_state(result), attempts=tuple(_attempt(each, result) for each in delivery.attempts))


def _attempt(attempt: Attempt, result: Invocation) -> Attempt:
    if attempt.request_id != result.request_id:
        return attempt
    return replace(
        attempt,
        response=result.body[:MAX_RESPONSE].decode("utf-8", "replace"),
        error=result.error,
        log=result.log[-MAX_RESPONSE:],
        duration_ms=result.duration_ms,
    )
