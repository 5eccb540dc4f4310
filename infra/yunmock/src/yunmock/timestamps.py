"""Times: milliseconds since the epoch inside, RFC 3339 in UTC with whole seconds on the wire."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TypeAlias

Timestamp: TypeAlias = datetime | str | int
"""A time as the control interface takes it: an aware datetime, RFC 3339 text, or milliseconds since the epoch."""


def milliseconds(timestamp: Timestamp) -> int:
    """A time in milliseconds since the epoch.

    Raises:
        ValueError: the text is not RFC 3339, or the time has no offset from UTC.
    """
    if isinstance(timestamp, int):
        return timestamp
    if isinstance(timestamp, str):
        # Python 3.10's `fromisoformat` does not accept a Z.
        text = timestamp.removesuffix("Z") + "+00:00" if timestamp.endswith("Z") else timestamp
        timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        raise ValueError(f"the time {timestamp} has no offset from UTC")
    return round(timestamp.timestamp() * 1000)


def rfc3339(ms: int) -> str:
    """A time as RPC APIs write it: `2018-08-02T15:00:00Z`."""
    return datetime.fromtimestamp(ms // 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
