"""Which path is which call. A path that is not here is answered by an error with the call's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.calls import buses, events, rules, streams, targets, traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.json_types import JsonObject

PUT_EVENTS = "/openapi/putEvents"
"""The one call that needs the request as it arrived: its headers say how the events are written."""

put_events = events.put_events

CALLS: dict[str, Callable[[EventBridgeState, JsonObject], JsonObject]] = {
    "/openapi/createEventBus": buses.create_event_bus,
    "/openapi/deleteEventBus": buses.delete_event_bus,
    "/openapi/getEventBus": buses.get_event_bus,
    "/openapi/listEventBuses": buses.list_event_buses,
    "/openapi/createRule": rules.create_rule,
    "/openapi/updateRule": rules.update_rule,
    "/openapi/getRule": rules.get_rule,
    "/openapi/deleteRule": rules.delete_rule,
    "/openapi/enableRule": rules.enable_rule,
    "/openapi/disableRule": rules.disable_rule,
    "/openapi/listRules": rules.list_rules,
    "/openapi/createTargets": targets.create_targets,
    "/openapi/deleteTargets": targets.delete_targets,
    "/openapi/listTargets": targets.list_targets,
    "/openapi/testEventPattern": events.test_event_pattern,
    "/openapi/queryEventTraces": traces.query_event_traces,
    "/openapi/queryEventByEventId": traces.query_event_by_event_id,
    "/openapi/queryEventsByPeriod": traces.query_events_by_period,
    "/openapi/queryEventsByEventIds": traces.query_events,
    "/openapi/v2/createEventStreaming": streams.create_event_streaming,
    "/openapi/v2/updateEventStreaming": streams.update_event_streaming,
    "/openapi/v2/getEventStreaming": streams.get_event_streaming,
    "/openapi/v2/deleteEventStreaming": streams.delete_event_streaming,
    "/openapi/v2/startEventStreaming": streams.start_event_streaming,
    "/openapi/v2/pauseEventStreaming": streams.pause_event_streaming,
    "/openapi/v2/listEventStreamings": streams.list_event_streamings,
    "/openapi/v2/listEventStreamingMetrics": streams.list_event_streaming_metrics,
}


def operation_of(path: str) -> str:
    """The name of the call at a path, as the SDK spells it: `putEvents`."""
    return path.rsplit("/", 1)[-1]
