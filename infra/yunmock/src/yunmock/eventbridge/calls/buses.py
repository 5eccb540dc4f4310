"""The calls about event buses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eventbridge.arguments import Arguments, page, text

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.eventbridge.model import Bus
    from yunmock.eventbridge.service import EventBridgeService

Result = dict[str, Any]


def create_event_bus(service: EventBridgeService, arguments: Arguments) -> Result:
    """CreateEventBus: a custom bus."""
    bus = service.registry.create_bus(text(arguments, "EventBusName"), text(arguments, "Description", ""))
    return {"EventBusARN": bus_arn(service.account, bus.name)}


def delete_event_bus(service: EventBridgeService, arguments: Arguments) -> Result:
    """DeleteEventBus: only without rules."""
    service.registry.delete_bus(text(arguments, "EventBusName"))
    return {}


def get_event_bus(service: EventBridgeService, arguments: Arguments) -> Result:
    """GetEventBus."""
    return _entry(service.account, service.registry.bus(text(arguments, "EventBusName")))


def list_event_buses(service: EventBridgeService, arguments: Arguments) -> Result:
    """ListEventBuses, by name prefix."""
    prefix = text(arguments, "NamePrefix", "")
    found, rest = page(arguments, [bus for bus in service.registry.buses() if bus.name.startswith(prefix)])
    return {"EventBuses": [_entry(service.account, bus) for bus in found], **rest}


def bus_arn(account: Account, name: str) -> str:
    """The resource name of a bus."""
    return f"acs:eventbridge:{account.region}:{account.account_id}:eventbus/{name}"


def _entry(account: Account, bus: Bus) -> Result:
    return {
        "EventBusName": bus.name,
        "EventBusARN": bus_arn(account, bus.name),
        "Description": bus.description,
        "CreateTimestamp": bus.created_ms,
        "Tags": {},
    }
