"""A function of OpsLedger."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import events


def handler(event: bytes, context: Any) -> dict[str, int]:
    """Record the event."""
    return events.handle(event, context)
