"""The target of the EventBridge rules for ECI events: Kubernetes events, pushed or republished."""

from __future__ import annotations

from opsledger.handlers import events, invocation


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    invocation.initialize(context, "eci")


def handler(event: bytes, context: object) -> dict[str, int]:
    """Called with one CloudEvent, or a batch of them."""
    return events.handle(event, context)
