"""The target of a timer: sends what people should know."""

from __future__ import annotations

from opsledger.handlers import notifier


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    notifier.initialize(context)


def handler(event: bytes, context: object) -> dict[str, int | bool]:
    """Called by the timer; its payload says nothing."""
    return notifier.handle(event, context)
