"""The target of a timer: marks what should have moved and has not."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import events, sweeper


def initializer(context: Any) -> None:
    """Called once per instance, before its first event."""
    events.initialize(context)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Called by the timer; its payload says nothing."""
    return dict(sweeper.handle(event, context))
