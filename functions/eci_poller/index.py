"""The target of a timer: reads from the ECI API what nobody pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.handlers import eci_poller, invocation

if TYPE_CHECKING:
    from opsledger.strict_json import JsonValue


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    invocation.initialize(context, "eci")


def handler(event: bytes, context: object) -> dict[str, JsonValue]:
    """Called by the timer; its payload may name the regions: `{"regions": ["cn-hangzhou"]}`."""
    return eci_poller.handle(event, context)
