"""Which path is which call; a path that is not here is answered by an error naming it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import buses, events, rules, streamcalls

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.eventbridge.arguments import Arguments
    from yunmock.eventbridge.service import EventBridgeService

PUT_EVENTS = "/openapi/putEvents"

CALLS: dict[str, Callable[[EventBridgeService, Arguments], dict[str, Any]]] = {
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
    "/openapi/createTargets": rules.create_targets,
    "/openapi/deleteTargets": rules.delete_targets,
    "/openapi/listTargets": rules.list_targets,
    "/openapi/testEventPattern": events.test_event_pattern,
    "/openapi/queryEventTraces": events.query_event_traces,
    "/openapi/queryEventByEventId": events.query_event_by_event_id,
    "/openapi/queryEventsByPeriod": events.query_events_by_period,
    "/openapi/queryEventsByEventIds": events.query_events,
    "/openapi/v2/createEventStreaming": streamcalls.create_event_streaming,
    "/openapi/v2/updateEventStreaming": streamcalls.update_event_streaming,
    "/openapi/v2/getEventStreaming": streamcalls.get_event_streaming,
    "/openapi/v2/deleteEventStreaming": streamcalls.delete_event_streaming,
    "/openapi/v2/startEventStreaming": streamcalls.start_event_streaming,
    "/openapi/v2/pauseEventStreaming": streamcalls.pause_event_streaming,
    "/openapi/v2/listEventStreamings": streamcalls.list_event_streamings,
    "/openapi/v2/listEventStreamingMetrics": streamcalls.list_event_streaming_metrics,
}


def operation_of(path: str) -> str:
    """The name of the call at a path, as the SDK spells it: `putEvents`."""
    return path.rsplit("/", 1)[-1]
