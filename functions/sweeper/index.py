"""The target of a timer: marks what should have moved and has not."""

from __future__ import annotations

from opsledger.handlers import invocation, sweeper


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    invocation.initialize(context)


def handler(event: bytes, context: object) -> dict[str, int | bool]:
    """Called by the timer; its payload says nothing."""
    return sweeper.handle(event, context)
