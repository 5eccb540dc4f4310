"""The calls that take events: publish them, test patterns on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge import event as cloudevent
from yunmock.eventbridge.arguments import Arguments, Result, pattern, text
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import DEFAULT_BUS
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.wire import request_id
from yunmock.exact_json import read_json

if TYPE_CHECKING:
    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.http import Request
    from yunmock.json_types import JsonValue


USER_SOURCES = frozenset({"acs.cs"})
"""What users do publish on the bus `default`: the vendor's kube-eventer sends the events of a Kubernetes cluster there,
with the user's keys (github.com/AliyunContainerService/kube-eventer, sinks/eventbridge/driver.go)."""


def put_events(state: EventBridgeState, request: Request) -> Result:
    """PutEvents: each event is accepted or reported alone; errors of the request as a whole refuse all."""
    entries = cloudevent.read_entries(request)
    if len(entries) > cloudevent.MAX_EVENTS:
        raise EventBridgeError("PutEventsEntriesExceedLimit", len(entries), cloudevent.MAX_EVENTS)
    data_bytes = [cloudevent.data_bytes(entry) for entry in entries]
    _check_size(entries, data_bytes)
    bus = _bus(state, entries)
    if bus == DEFAULT_BUS and not _acts_as_cloud(state, request):
        _check_sources(entries)
    results: list[JsonValue] = [
        _put(state, bus, entry, counted) for entry, counted in zip(entries, data_bytes, strict=True)
    ]
    failed = sum(1 for result in results if isinstance(result, dict) and "ErrorCode" in result)
    return {"FailedEntryCount": failed, "EntryList": results}


def test_event_pattern(state: EventBridgeState, arguments: Arguments) -> Result:  # noqa: ARG001 - every call has this signature
    """TestEventPattern: whether an event, given as JSON text, matches a pattern."""
    wanted = pattern(arguments, "EventPattern")
    try:
        event = read_json(text(arguments, "Event"))
    except ValueError as error:
        raise EventBridgeError("JsonAttributeInvalid", error) from None
    if not isinstance(event, dict):
        raise EventBridgeError("EventInvalid", "an event must be a JSON object")
    return {"Result": Pattern.parse(wanted).match(event).matched}


def _check_size(entries: list[JsonValue], data_bytes: list[int]) -> None:
    whole = [cloudevent.attributes_bytes(entry) + data for entry, data in zip(entries, data_bytes, strict=True)]
    # One event over its own limit is reported as that event's error, so it does not count here.
    sizes = [size for size in whole if size <= cloudevent.MAX_EVENT_BYTES]
    if sum(sizes) > cloudevent.MAX_REQUEST_BYTES:
        raise EventBridgeError("PutEventsSizeExceed", sum(sizes), cloudevent.MAX_REQUEST_BYTES)


def _bus(state: EventBridgeState, entries: list[JsonValue]) -> str:
    names = {str(entry.get(cloudevent.BUS_ATTRIBUTE) or "") for entry in entries if isinstance(entry, dict)}
    if len(names) > 1:
        raise EventBridgeError("PutEventsRequestMoreThanOneEventBus", ", ".join(sorted(names)))
    name = next(iter(names), "")
    if not name:
        raise EventBridgeError("EventBusEmpty")
    return state.registry.bus(name).name


def _acts_as_cloud(state: EventBridgeState, request: Request) -> bool:
    """Whether a caller may publish what only Alibaba Cloud publishes.

    A role may not: its requests carry a security token, as those of functions do.
    """
    return state.acts_as_cloud and "x-acs-security-token" not in request.headers


def _check_sources(entries: list[JsonValue]) -> None:
    """Refuse what a user may not publish on the bus `default`.

    "Events of custom applications can be published only to a custom event bus", and `default` is for Alibaba Cloud
    services (https://www.alibabacloud.com/help/en/doc-detail/163897.htm). The answer is not documented; AccessDenied is
    taken from https://help.aliyun.com/zh/eventbridge/error-codes.
    """
    sources = {str(entry.get("source")) for entry in entries if isinstance(entry, dict)} - USER_SOURCES
    if sources:
        raise EventBridgeError(
            "AccessDenied",
            "The OwnerId that your Access Key Id associated to is forbidden for this operation: only Alibaba Cloud "
            f"publishes {', '.join(sorted(sources))} on the bus {DEFAULT_BUS}.",
        )


def _put(state: EventBridgeState, bus: str, entry: JsonValue, data_bytes: int) -> Result:
    name = str(entry.get("id") or "") if isinstance(entry, dict) else ""
    try:
        event = cloudevent.checked(entry, data_bytes)
    except EventBridgeError as error:
        return {"EventId": name, "TraceId": request_id(), "ErrorCode": error.code, "ErrorMessage": str(error)}
    state.deliverer.publish(bus, event)
    return {"EventId": name, "TraceId": request_id()}
