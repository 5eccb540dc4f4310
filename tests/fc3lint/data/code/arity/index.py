"""Handlers with too few parameters, and with too many."""

from __future__ import annotations

from typing import Any


def handler(event: bytes) -> int:
    """Lack a context."""
    return len(event)


def good(event: bytes, context: Any) -> str:
    """Take what there is."""
    return f"{context.request_id}: {len(event)}"


def needs_more(context: Any, event: bytes) -> str:
    """Want more than a hook is given."""
    return f"{context.request_id}: {len(event)}"
