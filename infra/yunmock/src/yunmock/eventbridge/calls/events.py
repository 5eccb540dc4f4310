"""The calls about events: publishing them, trying patterns on them, asking what became of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import event as cloudevent
from yunmock.eventbridge.arguments import Arguments, items, number, page, text
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import check_pattern
from yunmock.eventbridge.pattern import Pattern, read_json
from yunmock.eventbridge.wire import request_id

if TYPE_CHECKING:
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.eventbridge.trace import Attempt, Delivery, EventTrace
    from yunmock.http import Request

Result = dict[str, Any]


def put_events(service: EventBridgeService, request: Request) -> Result:
    """PutEvents: each event alone is taken or reported; the whole is refused only for what concerns the whole."""
    entries = cloudevent.read_entries(request)
    if len(entries) > cloudevent.MAX_EVENTS:
        raise EventBridgeError("PutEventsEntriesExceedLimit", len(entries), cloudevent.MAX_EVENTS)
    data_bytes = [cloudevent.data_bytes(entry) for entry in entries]
    _check_size(entries, data_bytes)
    bus = _bus(service, entries)
    results = [_put(service, bus, entry, counted) for entry, counted in zip(entries, data_bytes, strict=True)]
    failed = sum(1 for result in results if "ErrorCode" in result)
    return {"FailedEntryCount": failed, "EntryList": results}


def test_event_pattern(service: EventBridgeService, arguments: Arguments) -> Result:  # noqa: ARG001 - every call has this signature
    """TestEventPattern: whether the event, given as JSON text, gets through the pattern."""
    pattern = text(arguments, "EventPattern")
    check_pattern(pattern)
    try:
        event = read_json(text(arguments, "Event"))
    except ValueError as error:
        raise EventBridgeError("JsonAttributeInvalid", error) from None
    if not isinstance(event, dict):
        raise EventBridgeError("EventInvalid", "an event is a JSON object")
    return {"Result": Pattern.parse(pattern).match(event).matched}


def query_event_traces(service: EventBridgeService, arguments: Arguments) -> Result:
    """QueryEventTraces of one event id: a row for its arrival and one for each attempt to deliver it."""
    found = service.traces.of_event(_bus_name(service, arguments), text(arguments, "EventId"))
    return {"EventTraceList": [row for trace in found for row in _trace_rows(service, trace)]}


def query_event_by_event_id(service: EventBridgeService, arguments: Arguments) -> Result:
    """QueryEventByEventId: the arrivals of one event id, of one source if asked."""
    found = service.traces.of_event(_bus_name(service, arguments), text(arguments, "EventId"))
    source = text(arguments, "EventSource", "")
    rows, rest = page(arguments, [trace for trace in found if source in ("", trace.event["source"])])
    return {"TracedEvents": [_traced(trace) for trace in rows], **rest}


def query_events_by_period(service: EventBridgeService, arguments: Arguments) -> Result:
    """QueryEventsByPeriod: arrivals between two moments in milliseconds, by source, type and matching rule."""
    wanted = {"source": text(arguments, "EventSource", ""), "type": text(arguments, "EventType", "")}
    rule = text(arguments, "MatchedRule", "")
    found = service.traces.between(
        _bus_name(service, arguments), number(arguments, "StartTime"), number(arguments, "EndTime")
    )
    kept = [
        trace
        for trace in found
        if all(not value or trace.event[key] == value for key, value in wanted.items())
        and (not rule or rule in trace.matched)
    ]
    rows, rest = page(arguments, kept)
    return {"TracedEvents": [_traced(trace) for trace in rows], **rest}


def query_events(service: EventBridgeService, arguments: Arguments) -> Result:
    """QueryEventsByEventIds: the events themselves, as JSON text by id."""
    bus = _bus_name(service, arguments)
    source = text(arguments, "EventSourceName", "")
    found = (trace for name in items(arguments, "EventIds") for trace in service.traces.of_event(bus, str(name)))
    events = {trace.id: json.dumps(trace.event) for trace in found if source in ("", trace.event["source"])}
    return {"EventBusName": bus, "EventMap": events}


def _check_size(entries: list[Any], data_bytes: list[int]) -> None:
    whole = [cloudevent.attributes_bytes(entry) + data for entry, data in zip(entries, data_bytes, strict=True)]
    # One event over its own limit is reported as that event's error, so it does not count here.
    sizes = [size for size in whole if size <= cloudevent.MAX_EVENT_BYTES]
    if sum(sizes) > cloudevent.MAX_REQUEST_BYTES:
        raise EventBridgeError("PutEventsSizeExceed", sum(sizes), cloudevent.MAX_REQUEST_BYTES)


def _bus(service: EventBridgeService, entries: list[Any]) -> str:
    names = {str(entry.get(cloudevent.BUS_ATTRIBUTE) or "") for entry in entries if isinstance(entry, dict)}
    if len(names) > 1:
        raise EventBridgeError("PutEventsRequestMoreThanOneEventBus", ", ".join(sorted(names)))
    name = next(iter(names), "")
    if not name:
        raise EventBridgeError("EventBusEmpty")
    return service.registry.bus(name).name


def _put(service: EventBridgeService, bus: str, entry: Any, data_bytes: int) -> Result:
    name = str(entry.get("id") or "") if isinstance(entry, dict) else ""
    try:
        event = cloudevent.checked(entry, data_bytes)
    except EventBridgeError as error:
        return {"EventId": name, "TraceId": request_id(), "ErrorCode": error.code, "ErrorMessage": str(error)}
    service.publish(bus, event)
    return {"EventId": name, "TraceId": request_id()}


def _bus_name(service: EventBridgeService, arguments: Arguments) -> str:
    return service.registry.bus(text(arguments, "EventBusName")).name


def _traced(trace: EventTrace) -> Result:
    return {
        "EventId": trace.id,
        "EventBusName": trace.bus,
        "EventSource": trace.event["source"],
        "EventType": trace.event["type"],
        "EventReceivedTime": trace.received_ms,
    }


def _trace_rows(service: EventBridgeService, trace: EventTrace) -> list[Result]:
    arrival = {
        "ResourceOwnerId": service.account.account_id,
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
        {**arrival, **_push(trace, rule.rule, delivery, attempt)}
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
