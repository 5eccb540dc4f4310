"""When a timer trigger fires.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers: six fields (second, minute, hour,
day, month, weekday) in UTC unless they begin with `CRON_TZ=<zone>`; or `@every 4m`. Where both day and weekday are
given, one of them is enough, as in the cron library whose notation this is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
FIELDS = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 6, WEEKDAYS),
)
HORIZON_DAYS = 366 * 5

_PART = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d{1,9}))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


class InvalidScheduleError(ValueError):
    """The expression is not a schedule; the message says why."""


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed interval."""

    interval_ms: int

    def after(self, moment_ms: int) -> int | None:
        """The first firing after a time."""
        return moment_ms + self.interval_ms


@dataclass(frozen=True, slots=True)
class Cron:
    """Sets of seconds, minutes, hours, days, months and weekdays, in a zone."""

    sets: tuple[frozenset[int], ...]
    any_day: bool
    any_weekday: bool
    zone: tzinfo

    def after(self, moment_ms: int) -> int | None:
        """The first firing after a time; None if there is none within five years."""
        start = datetime.fromtimestamp(moment_ms // 1000 + 1, tz=timezone.utc).astimezone(self.zone)
        day = start.replace(tzinfo=None)
        for _ in range(HORIZON_DAYS):
            if self._on(day):
                found = self._within(day)
                if found is not None:
                    return round(found.replace(tzinfo=self.zone).timestamp() * 1000)
            day = datetime(day.year, day.month, day.day) + timedelta(days=1)  # noqa: DTZ001 - wall time of the zone
        return None

    def _on(self, day: datetime) -> bool:
        by_day = day.day in self.sets[3]
        by_weekday = day.isoweekday() % 7 in self.sets[5]
        both = self.any_day or self.any_weekday
        return day.month in self.sets[4] and ((by_day and by_weekday) if both else (by_day or by_weekday))

    def _within(self, moment: datetime) -> datetime | None:
        """The first firing on the day of `moment`, at that time or later."""
        for hour in sorted(hour for hour in self.sets[2] if hour >= moment.hour):
            for minute in sorted(self.sets[1]):
                for second in sorted(self.sets[0]):
                    found = moment.replace(hour=hour, minute=minute, second=second, microsecond=0)
                    if found >= moment:
                        return found
        return None


Schedule = Every | Cron


def parse_schedule(expression: str) -> Schedule:
    """Read a cronExpression.

    Raises:
        InvalidScheduleError: the expression is invalid.
    """
    text = expression.strip()
    zone: tzinfo = timezone.utc
    if text.startswith("@every "):
        return Every(_duration(text.removeprefix("@every ").strip()))
    if text.startswith(("CRON_TZ=", "TZ=")):
        name, _, text = text.partition(" ")
        zone = _zone(name.partition("=")[2])
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise InvalidScheduleError(f"{expression!r} has {len(parts)} fields, not second minute hour day month weekday")
    sets = tuple(_values(part, *field) for part, field in zip(parts, FIELDS, strict=True))
    return Cron(sets, parts[3] in "*?", parts[5] in "*?", zone)


def _duration(text: str) -> int:
    parts = _DURATION.findall(text)
    total = sum(float(number) * UNITS_MS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or not 1 <= total <= HORIZON_DAYS * 86_400_000:
        raise InvalidScheduleError(f"{text[:100]!r} is not a duration such as 4m or 1h30m, of five years at most")
    return round(total)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidScheduleError(f"there is no time zone {name!r}") from None


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.replace("?", "*").split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise InvalidScheduleError(f"{name}: {part!r} is not understood")
        first = low if match["low"] is None else _number(match["low"], name, low, names)
        last = high if match["low"] is None or match["step"] else first
        last = _number(match["high"], name, low, names) if match["high"] else last
        if not low <= first <= last <= high:
            raise InvalidScheduleError(f"{name}: {part!r} is not within {low} to {high}")
        found.update(range(first, last + 1, int(match["step"] or 1) or 1))
    return frozenset(found)


def _number(text: str, name: str, low: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not _NUMBER.fullmatch(text):
        raise InvalidScheduleError(f"{name}: {text!r} is not a number")
    # 7 is Sunday too.
    return 0 if name == "weekday" and text == "7" else int(text)
