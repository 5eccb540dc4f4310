"""The target of the EventBridge rules for ECI events: Kubernetes events, pushed or republished."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import events


def initializer(context: Any) -> None:
    """Called once per instance, before its first event."""
    events.initialize(context)


def handler(event: bytes, context: Any) -> dict[str, int]:
    """Called with one CloudEvent, or a batch of them."""
    return events.handle(event, context)
