"""The calls that ask for traces: what happened to an event that was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.arguments import Arguments, Result, items, number, page, text
from yunmock.exact_json import write_json

if TYPE_CHECKING:
    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.eventbridge.trace import Attempt, Delivery, EventTrace


def query_event_traces(state: EventBridgeState, arguments: Arguments) -> Result:
    """QueryEventTraces of one event id: a row for its arrival and one for each attempt to deliver it."""
    found = state.traces.of_event(_bus_name(state, arguments), text(arguments, "EventId"))
    return {"EventTraceList": [row for trace in found for row in _trace_rows(state, trace)]}


def query_event_by_event_id(state: EventBridgeState, arguments: Arguments) -> Result:
    """QueryEventByEventId: the arrivals of one event id, of one source if given."""
    found = state.traces.of_event(_bus_name(state, arguments), text(arguments, "EventId"))
    source = text(arguments, "EventSource", "")
    rows, rest = page(arguments, [trace for trace in found if source in ("", trace.event["source"])])
    return {"TracedEvents": [_traced(trace) for trace in rows], **rest}


def query_events_by_period(state: EventBridgeState, arguments: Arguments) -> Result:
    """QueryEventsByPeriod: arrivals between two times in milliseconds, by source, type and matching rule."""
    wanted = {"source": text(arguments, "EventSource", ""), "type": text(arguments, "EventType", "")}
    rule = text(arguments, "MatchedRule", "")
    found = state.traces.between(
        _bus_name(state, arguments), number(arguments, "StartTime"), number(arguments, "EndTime")
    )
    kept = [
        trace
        for trace in found
        if all(not value or trace.event[key] == value for key, value in wanted.items())
        and (not rule or rule in trace.matched)
    ]
    rows, rest = page(arguments, kept)
    return {"TracedEvents": [_traced(trace) for trace in rows], **rest}


def query_events(state: EventBridgeState, arguments: Arguments) -> Result:
    """QueryEventsByEventIds: the events themselves, as JSON text by id."""
    bus = _bus_name(state, arguments)
    source = text(arguments, "EventSourceName", "")
    found = (trace for name in items(arguments, "EventIds") for trace in state.traces.of_event(bus, str(name)))
    events: Result = {trace.id: write_json(trace.event) for trace in found if source in ("", trace.event["source"])}
    return {"EventBusName": bus, "EventMap": events}


def _bus_name(state: EventBridgeState, arguments: Arguments) -> str:
    return state.registry.bus(text(arguments, "EventBusName")).name


def _traced(trace: EventTrace) -> Result:
    return {
        "EventId": trace.id,
        "EventBusName": trace.bus,
        "EventSource": trace.event["source"],
        "EventType": trace.event["type"],
        "EventReceivedTime": trace.received_ms,
    }


def _trace_rows(state: EventBridgeState, trace: EventTrace) -> list[Result]:
    arrival: Result = {
        "ResourceOwnerId": state.account.account_id,
        "Action": "RECEIVE",
        "ActionTime": trace.received_ms,
        "EventId": trace.id,
        "EventBusName": trace.bus,
        "EventSource": trace.event["source"],
        "ReceivedTime": trace.received_ms,
        "RuleName": "",
        "RuleMatchingTime": "",
        "NotifyLatency": "",
        "NotifyTime": 0,
        "Endpoint": "",
        "NotifyStatus": "",
    }
    pushes = [
        arrival | _push(trace, rule.rule, delivery, attempt)
        for rule in trace.rules
        for delivery in rule.deliveries
        for attempt in delivery.attempts
    ]
    return [arrival, *pushes]


def _push(trace: EventTrace, rule: str, delivery: Delivery, attempt: Attempt) -> Result:
    return {
        "Action": "PUSH",
        "ActionTime": attempt.at_ms,
        "RuleName": rule,
        "RuleMatchingTime": str(trace.received_ms),
        "NotifyLatency": str(attempt.at_ms - trace.received_ms),
        "NotifyTime": attempt.at_ms,
        "Endpoint": delivery.endpoint,
        "NotifyStatus": "SUCCESS" if attempt.ok else "FAILED",
    }
