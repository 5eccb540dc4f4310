"""The target of a timer: reads from the ECI API what nobody pushes."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import eci_poller, events


def initializer(context: Any) -> None:
    """Called once per instance, before its first event."""
    events.initialize(context)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Called by the timer; its payload may name the regions: `{"regions": ["cn-hangzhou"]}`."""
    return eci_poller.handle(event, context)
