"""Moments and spans as people write and read them: "in 47 h", local time, `2d`."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from opsctl.cli import display
from opsctl.cli.language import t
from opsctl.errors import WrongUsageError

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
YEAR_MS = 365 * DAY_MS
_SPAN = re.compile(r"(\d{1,7})\s*(m|min|h|d|w|)", re.ASCII)
_UNITS_MS = {"m": MINUTE_MS, "min": MINUTE_MS, "h": HOUR_MS, "": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}
_STEPS = (
    (120 * MINUTE_MS, MINUTE_MS, "in {n} min", "{n} min ago"),
    (72 * HOUR_MS, HOUR_MS, "in {n} h", "{n} h ago"),
    (2 * YEAR_MS, DAY_MS, "in {n} d", "{n} d ago"),
)
"""Below how much the unit is used, the unit, and what is written before and after the moment."""


def relative(moment: int | None) -> str:
    """How far `moment` is from now, such as `in 47 h` or `3 d ago`; an empty text for None."""
    if moment is None:
        return ""
    away = moment - display.now_ms()
    if abs(away) < MINUTE_MS:
        return t("now")
    for below, unit, ahead, behind in _STEPS:
        if abs(away) < below:
            return t(ahead if away >= 0 else behind, n=abs(away) // unit)
    return t("in {n} y" if away >= 0 else "{n} y ago", n=abs(away) // YEAR_MS)


def local(moment: int | None) -> str:
    """`moment` in local time to the minute, such as `2026-01-01 08:00`; an empty text for None."""
    return "" if moment is None else f"{_local(moment):%Y-%m-%d %H:%M}"


def exact(moment: int | None) -> str:
    """`moment` in local time to the second, with its offset; an empty text for None."""
    return "" if moment is None else _local(moment).isoformat(sep=" ", timespec="seconds")


def span_ms(text: str) -> int:
    """The length of time that `text` gives, such as `2d`, `36h`, `90m`; a number alone counts hours.

    Raises:
        WrongUsageError: it is not one.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise WrongUsageError(t("{text} is not a length of time: give one such as 2d, 36h or 90m", text=repr(text)))
    return int(found[1]) * _UNITS_MS[found[2]]


def _local(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, timezone.utc).astimezone(display.current().zone)
