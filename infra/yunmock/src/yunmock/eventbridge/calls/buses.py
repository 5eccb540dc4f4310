"""The calls about event buses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.arguments import Arguments, Result, page, text

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.eventbridge.model import Bus
    from yunmock.eventbridge.state import EventBridgeState


def create_event_bus(state: EventBridgeState, arguments: Arguments) -> Result:
    """CreateEventBus: a custom bus."""
    bus = state.registry.create_bus(text(arguments, "EventBusName"), text(arguments, "Description", ""))
    return {"EventBusARN": bus_arn(state.account, bus.name)}


def delete_event_bus(state: EventBridgeState, arguments: Arguments) -> Result:
    """DeleteEventBus: only a bus without rules."""
    state.registry.delete_bus(text(arguments, "EventBusName"))
    return {}


def get_event_bus(state: EventBridgeState, arguments: Arguments) -> Result:
    """GetEventBus."""
    return _entry(state.account, state.registry.bus(text(arguments, "EventBusName")))


def list_event_buses(state: EventBridgeState, arguments: Arguments) -> Result:
    """ListEventBuses, by name prefix."""
    prefix = text(arguments, "NamePrefix", "")
    found, rest = page(arguments, [bus for bus in state.registry.buses() if bus.name.startswith(prefix)])
    return {"EventBuses": [_entry(state.account, bus) for bus in found], **rest}


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
