"""Samples as if they were sent yesterday: the vendor's are years old, and a ledger does not believe such a moment."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATE = re.compile(r"(?<!\d)(\d{4})(-?)(\d\d)\2(\d\d)(?=T\d\d)", re.ASCII)
"""The date of a moment, as contents (`2019-04-09T…`) and CloudMonitor (`20190409T…`) write it."""
_PLANNED = re.compile(r'"notBefore": *"[^"]*"')
_NANOSECONDS = re.compile(r'(?<=\.)[0-9a-f]{16}(?=")', re.ASCII)
"""The end of a Kubernetes event's name: when it was made, in nanoseconds and hex."""
_DAY_NS = 86_400 * 10**9


def as_of_yesterday(texts: Sequence[str], today: date) -> list[str]:
    """The JSON texts with their dates moved by whole days, so that the last step of each month was yesterday.

    Samples of one month stay as far apart as they are, because they may be steps of one event.
    """
    ends: defaultdict[tuple[int, int], date] = defaultdict(lambda: date.min)
    for step in filter(None, map(_last_step, texts)):
        ends[step.year, step.month] = max(ends[step.year, step.month], step)
    yesterday = today - timedelta(days=1)
    return [
        text if (last := _last_step(text)) is None else _moved(text, yesterday - ends[last.year, last.month])
        for text in texts
    ]


def _last_step(text: str) -> date | None:
    """The last date in a sample but for what is planned."""
    found = _DATE.findall(_PLANNED.sub("", text))
    return max((date(int(year), int(month), int(day)) for year, _, month, day in found), default=None)


def _moved(text: str, by: timedelta) -> str:
    def moved(match: re.Match[str]) -> str:
        year, dash, month, day = match.groups()
        return (date(int(year), int(month), int(day)) + by).strftime(f"%Y{dash}%m{dash}%d")

    text = _DATE.sub(moved, text)
    return _NANOSECONDS.sub(lambda match: f"{int(match[0], 16) + by.days * _DAY_NS:016x}", text)
