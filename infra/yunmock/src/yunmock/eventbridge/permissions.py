"""Which permission each call of EventBridge needs.

https://help.aliyun.com/en/eventbridge/custom-permission-policy-reference and
https://www.alibabacloud.com/help/en/eventbridge/latest/policies: rules and targets are checked on their bus,
`acs:eventbridge:<region>:<account>:eventbus/<bus>`; streams on `…:eventstreaming/<stream>`. The action is
`eventbridge:` and the call's name. Only CreateTargets is `eventbridge:UpdateTargets` in the vendor's policies
(github.com/devsapp/fc3, permissions of EventBridge triggers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.event import BUS_ATTRIBUTE, read_entries
from yunmock.eventbridge.wire import read_body
from yunmock.ram.access import Caller, PermissionDeniedError
from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from yunmock.cloud import Cloud
    from yunmock.http import Request

DENIED = "The OwnerId that your Access Key Id associated to is forbidden for this operation."


def _bus(request: Request) -> Iterable[str]:
    return (f"eventbus/{read_body(request).get('EventBusName') or 'default'}",)


def _buses_of_events(request: Request) -> Iterable[str]:
    entries = [entry for entry in read_entries(request) if isinstance(entry, dict)]
    return sorted({f"eventbus/{entry.get(BUS_ATTRIBUTE) or ''}" for entry in entries})


def _stream(request: Request) -> Iterable[str]:
    return (f"eventstreaming/{read_body(request).get('EventStreamingName') or ''}",)


def _every_bus(_request: Request) -> Iterable[str]:
    return ("eventbus/*",)


def _every_stream(_request: Request) -> Iterable[str]:
    return ("eventstreaming/*",)


# Each call by the last part of its path: its action, and the resources it is about.
ACTIONS: dict[str, tuple[str, Callable[[Request], Iterable[str]]]] = {
    "putEvents": ("PutEvents", _buses_of_events),
    "createEventBus": ("CreateEventBus", _bus),
    "deleteEventBus": ("DeleteEventBus", _bus),
    "getEventBus": ("GetEventBus", _bus),
    "listEventBuses": ("ListEventBuses", _every_bus),
    "createRule": ("CreateRule", _bus),
    "updateRule": ("UpdateRule", _bus),
    "getRule": ("GetRule", _bus),
    "deleteRule": ("DeleteRule", _bus),
    "enableRule": ("EnableRule", _bus),
    "disableRule": ("DisableRule", _bus),
    "listRules": ("ListRules", _bus),
    "createTargets": ("UpdateTargets", _bus),
    "deleteTargets": ("DeleteTargets", _bus),
    "listTargets": ("ListTargets", _bus),
    "testEventPattern": ("TestEventPattern", _every_bus),
    "queryEventTraces": ("QueryEventTraces", _bus),
    "queryEventByEventId": ("QueryEventByEventId", _bus),
    "queryEventsByPeriod": ("QueryEventsByPeriod", _bus),
    "queryEventsByEventIds": ("QueryEventsByEventIds", _bus),
    "createEventStreaming": ("CreateEventStreaming", _stream),
    "updateEventStreaming": ("UpdateEventStreaming", _stream),
    "getEventStreaming": ("GetEventStreaming", _stream),
    "deleteEventStreaming": ("DeleteEventStreaming", _stream),
    "startEventStreaming": ("StartEventStreaming", _stream),
    "pauseEventStreaming": ("PauseEventStreaming", _stream),
    "listEventStreamings": ("ListEventStreamings", _every_stream),
    "listEventStreamingMetrics": ("ListEventStreamingMetrics", _every_stream),
}


def caller(request: Request) -> Caller:
    """Who says to have signed the request."""
    key = request.headers.get("authorization", "").partition(":")[2].partition(":")[0]
    return Caller(key, request.headers.get("x-acs-security-token", ""))


def check(cloud: Cloud, request: Request) -> None:
    """Refuse a call that its caller's role may not make.

    Raises:
        EventBridgeError: AccessDenied.
    """
    try:
        cloud.authorize(caller(request), _asked(cloud, request))
    except PermissionDeniedError:
        raise EventBridgeError("AccessDenied", DENIED) from None


def _asked(cloud: Cloud, request: Request) -> Iterator[Permission]:
    name, account = request.path.rpartition("/")[2], cloud.account
    arn = f"acs:eventbridge:{account.region}:{account.account_id}:"
    if name not in ACTIONS:
        raise PermissionDeniedError(Permission(f"eventbridge:{name}", f"{arn}*"), None)
    action, resources = ACTIONS[name]
    yield from (Permission(f"eventbridge:{action}", arn + resource) for resource in resources(request))
