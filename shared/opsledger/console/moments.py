"""Moments as a reader sees them: "in 47 h", and a time on a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000
_STEPS = (
    (120 * _MINUTE_MS, _MINUTE_MS, "in {n} min", "{n} min ago"),
    (72 * _HOUR_MS, _HOUR_MS, "in {n} h", "{n} h ago"),
    (730 * _DAY_MS, _DAY_MS, "in {n} d", "{n} d ago"),
    (float("inf"), 365 * _DAY_MS, "in {n} y", "{n} y ago"),
)
"""Below how much the unit is used, the unit, and what is said of a moment to come and of a past one."""


def relative(moment: str, now_ms: int, t: Callable[..., str]) -> str:
    """How far a moment, in ISO 8601, is from now; `t` translates."""
    away = timestamps.parse_shown(moment) - now_ms
    if abs(away) < _MINUTE_MS:
        return t("now")
    _, unit, ahead, behind = next(step for step in _STEPS if abs(away) < step[0])
    return t(ahead if away >= 0 else behind, n=abs(away) // unit)


_SPANS = ((120, 1, "{n} s"), (7200, 60, "{n} min"), (72 * 3600, 3600, "{n} h"), (float("inf"), 86_400, "{n} d"))
"""Below how many seconds the unit is used, its seconds, and what is said."""


def span(seconds: float, t: Callable[..., str]) -> str:
    """How long something took; `t` translates."""
    _, unit, text = next(step for step in _SPANS if seconds < step[0])
    return t(text, n=f"{seconds / unit:.3g}")


def clock(moment: str) -> str:
    """A moment, in ISO 8601, to the minute; its zone is said beside it."""
    return f"{moment[:10]} {moment[11:16]}"
