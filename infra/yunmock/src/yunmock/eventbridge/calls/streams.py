"""The calls about event streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.arguments import Arguments, Result, items, page, text
from yunmock.eventbridge.errors import EventBridgeError

if TYPE_CHECKING:
    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.eventbridge.stream import Stream
    from yunmock.json_types import JsonValue

SETTINGS = ("Description", "Source", "FilterPattern", "Sink", "RunOptions", "Tag")
NAME = "EventStreamingName"


def create_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """CreateEventStreaming: the stream collects events, and delivers once started."""
    stream = state.streams.create(text(arguments, NAME), _settings(arguments))
    account = state.account
    return {"EventStreamingARN": f"acs:eventbridge:{account.region}:{account.account_id}:eventstreaming/{stream.name}"}


def update_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """UpdateEventStreaming: replaces the given settings."""
    state.streams.update(text(arguments, NAME), _settings(arguments))
    return {}


def get_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """GetEventStreaming."""
    return _entry(state.streams.get(text(arguments, NAME)))


def delete_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """DeleteEventStreaming."""
    state.streams.delete(text(arguments, NAME))
    return {}


def start_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """StartEventStreaming."""
    state.streams.start(text(arguments, NAME))
    return {}


def pause_event_streaming(state: EventBridgeState, arguments: Arguments) -> Result:
    """PauseEventStreaming: the stream only collects until started."""
    state.streams.pause(text(arguments, NAME))
    return {}


def list_event_streamings(state: EventBridgeState, arguments: Arguments) -> Result:
    """ListEventStreamings, by name prefix."""
    prefix = text(arguments, "NamePrefix", "")
    found, rest = page(arguments, [stream for stream in state.streams.all() if stream.name.startswith(prefix)])
    return {"EventStreamings": [_entry(stream) for stream in found], **rest}


def list_event_streaming_metrics(state: EventBridgeState, arguments: Arguments) -> Result:
    """ListEventStreamingMetrics: DiffOffset is how many events wait."""
    streams = [state.streams.get(str(name)) for name in items(arguments, "EventStreamingNames")]
    metrics: list[JsonValue] = [
        {
            "Name": stream.name,
            "Status": stream.status,
            "TPS": 0,
            "DelayTime": 0,
            "DiffOffset": state.streams.waiting(stream.name),
        }
        for stream in streams
    ]
    return {"EventStreamingMetrics": metrics}


def _settings(arguments: Arguments) -> Result:
    settings = {key: arguments[key] for key in SETTINGS if arguments.get(key) is not None}
    for key in ("Source", "Sink", "RunOptions"):
        if not isinstance(settings.get(key, {}), dict):
            raise EventBridgeError("InvalidArgument", f"{key} must be an object")
    return settings


def _entry(stream: Stream) -> Result:
    empty: Result = {"Description": "", "FilterPattern": "{}", "RunOptions": {}, "Tag": ""}
    return {NAME: stream.name, "Status": stream.status, **empty, **stream.settings}
