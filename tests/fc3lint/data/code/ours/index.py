"""A function of OpsLedger."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import function


def handler(event: bytes, context: Any) -> dict[str, int]:
    """Record the event."""
    return function.handle(event, context)
