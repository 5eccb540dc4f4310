"""Time zones by name, and moments as a reader in one sees them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET: Final = re.compile(r"([+-])([01]\d):([0-5]\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


@cache
def zone(name: str) -> tzinfo:
    """The zone called `name`: `UTC`, an offset such as `+08:00`, or a name such as `Asia/Tokyo`.

    Raises:
        ValueError: there is none. Names of places need the system's database of zones; offsets do not.
    """
    if name == "UTC":
        return timezone.utc
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if sign == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("should be UTC, an offset such as +08:00, or a zone such as Asia/Tokyo") from None


def local(moment: int, name: str) -> datetime:
    """The moment, in ms, on the clocks of a zone."""
    return (_EPOCH + timedelta(milliseconds=moment)).astimezone(zone(name))


def moment_of(at: datetime) -> int:
    """The inverse of `local`."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def show(moment: int, name: str) -> str:
    """As `2026-11-30 10:00 +08:00`, to the minute."""
    at = local(moment, name)
    return f"{at:%Y-%m-%d %H:%M} {_offset(at)}"


def _offset(at: datetime) -> str:
    offset = at.utcoffset() or timedelta()
    if not offset:
        return "UTC"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
