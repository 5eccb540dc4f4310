"""The calls about event streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eventbridge.arguments import Arguments, items, page, text
from yunmock.eventbridge.errors import EventBridgeError

if TYPE_CHECKING:
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.eventbridge.stream import Stream

Result = dict[str, Any]
SETTINGS = ("Description", "Source", "FilterPattern", "Sink", "RunOptions", "Tag")
NAME = "EventStreamingName"


def create_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """CreateEventStreaming: it gathers, and delivers once started."""
    stream = service.streams.create(text(arguments, NAME), _settings(arguments))
    account = service.account
    return {"EventStreamingARN": f"acs:eventbridge:{account.region}:{account.account_id}:eventstreaming/{stream.name}"}


def update_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """UpdateEventStreaming: what is given is replaced."""
    service.streams.update(text(arguments, NAME), _settings(arguments))
    return {}


def get_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """GetEventStreaming."""
    return _entry(service.streams.get(text(arguments, NAME)))


def delete_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """DeleteEventStreaming."""
    service.streams.delete(text(arguments, NAME))
    return {}


def start_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """StartEventStreaming."""
    service.streams.start(text(arguments, NAME))
    return {}


def pause_event_streaming(service: EventBridgeService, arguments: Arguments) -> Result:
    """PauseEventStreaming: it only gathers until started."""
    service.streams.pause(text(arguments, NAME))
    return {}


def list_event_streamings(service: EventBridgeService, arguments: Arguments) -> Result:
    """ListEventStreamings, by name prefix."""
    prefix = text(arguments, "NamePrefix", "")
    found, rest = page(arguments, [stream for stream in service.streams.all() if stream.name.startswith(prefix)])
    return {"EventStreamings": [_entry(stream) for stream in found], **rest}


def list_event_streaming_metrics(service: EventBridgeService, arguments: Arguments) -> Result:
    """ListEventStreamingMetrics: DiffOffset is how many events wait."""
    streams = [service.streams.get(str(name)) for name in items(arguments, "EventStreamingNames")]
    metrics = [
        {
            "Name": stream.name,
            "Status": stream.status,
            "TPS": 0,
            "DelayTime": 0,
            "DiffOffset": service.streams.waiting(stream.name),
        }
        for stream in streams
    ]
    return {"EventStreamingMetrics": metrics}


def _settings(arguments: Arguments) -> dict[str, Any]:
    settings = {key: arguments[key] for key in SETTINGS if arguments.get(key) is not None}
    for key in ("Source", "Sink", "RunOptions"):
        if not isinstance(settings.get(key, {}), dict):
            raise EventBridgeError("InvalidArgument", f"{key} must be an object")
    return settings


def _entry(stream: Stream) -> Result:
    empty: Result = {"Description": "", "FilterPattern": "{}", "RunOptions": {}, "Tag": ""}
    return {NAME: stream.name, "Status": stream.status, **empty, **stream.settings}
