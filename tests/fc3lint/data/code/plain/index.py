"""A handler, its initializer, and nothing else."""

from __future__ import annotations

from typing import Any


def initializer(context: Any) -> None:
    """Do nothing once."""


def handler(event: bytes, context: Any) -> str:
    """Say how long the event is."""
    return f"{context.request_id}: {len(event)}"
