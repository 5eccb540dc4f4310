"""The target of a timer: delivers again what could not be recorded, as soon as the store answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.handlers import invocation, redriver

if TYPE_CHECKING:
    from opsledger.strict_json import JsonValue


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    invocation.initialize(context)


def handler(event: bytes, context: object) -> dict[str, JsonValue]:
    """Called by the timer; its payload says nothing."""
    return redriver.handle(event, context)
