"""Moments: milliseconds since the epoch inside, RFC 3339 in UTC with whole seconds on the wire."""

from __future__ import annotations

from datetime import datetime, timezone

Moment = datetime | str | int
"""What the control interface takes for a moment: an aware datetime, RFC 3339 text, or milliseconds since the epoch."""


def milliseconds(moment: Moment) -> int:
    """A moment in milliseconds since the epoch.

    Raises:
        ValueError: the text is no RFC 3339, or there is no offset from UTC.
    """
    if isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        # Before Python 3.11 `fromisoformat` did not know the Z.
        moment = datetime.fromisoformat(moment.removesuffix("Z") + "+00:00" if moment.endswith("Z") else moment)
    if moment.tzinfo is None:
        raise ValueError(f"the moment {moment} has no offset from UTC")
    return round(moment.timestamp() * 1000)


def rfc3339(ms: int) -> str:
    """A moment as ECI writes it: `2018-08-02T15:00:00Z`."""
    return datetime.fromtimestamp(ms // 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
