"""A module that cannot be imported."""

from __future__ import annotations

from typing import Any

TABLES: dict[str, str] = {}
TABLE = TABLES["events"]


def handler(event: bytes, context: Any) -> str:
    """Never be reached."""
    return f"{context.request_id}: {len(event)} {TABLE}"
