"""Timestamps as the vendor writes them, kept as milliseconds since the epoch, UTC.

The formats, with their sources:

- ``2019-04-09T04:18:26Z``, ``2019-11-11T11:00Z``: content fields (ECS event notifications).
- ``20190409T121826.922+0800``: `eventTime` of a CloudMonitor notification (the same page).
- ``2020-11-19T21:04:41+08:00``, ``2020-08-17T16:04:46.149Asia/Shanghai``, ``…PRC``: envelope times
  (help.aliyun.com/document_detail/181428.html and the EventBridge event-pattern page).
- ``1560000000000``: `time` of DescribeSystemEventAttribute, milliseconds as a string.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_WRITTEN = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:([Zz]|UTC|GMT)|([+-])([01]\d):?([0-5]\d)|(PRC|Asia/Shanghai))",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - every timestamp here is UTC
_MS = timedelta(milliseconds=1)
_EPOCH_MS_DIGITS = 13
_SECONDS_LENGTH, _MS_LENGTH = len("2019-04-09T04:18:26"), len("2019-04-09T04:18:26.922")
# The zone names seen stand for UTC+8 all year: China has had no summer time since 1991.
_CHINA_S = 8 * 3600
_DAY_S = 86_400

EARLIEST_MS = 1_230_768_000_000
"""2009-01-01: Alibaba Cloud was founded in 2009, so it has no older event."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01: a later moment is an error, and would sort behind every right one."""


def parse(text: str) -> int:
    """The moment that `text` gives, in ms.

    Raises:
        ValueError: it is in none of the formats above, has no time zone, or is outside 2009 to 2099.
    """
    moment = _common(text)
    if moment is not None:  # nearly always
        return moment if EARLIEST_MS <= moment < LATEST_MS else _plausible(moment, text)
    if len(text) == _EPOCH_MS_DIGITS and text.isascii() and text.isdigit():
        return _plausible(int(text), text)
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a moment with a zone, such as 2019-04-09T04:18:26Z: {text[:64]!r}")
    year, month, day, hour, minute, second, fraction, _utc, sign, off_h, off_m, china = match.groups()
    local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 - its zone is applied below
    offset_s = _CHINA_S if china else int(off_h or 0) * 3600 + int(off_m or 0) * 60
    offset_ms = (-offset_s if sign == "-" else offset_s) * 1000
    return _plausible((local - _EPOCH) // _MS - offset_ms + int(((fraction or "") + "000")[:3]), text)


def show(moment: int) -> str:
    """ISO 8601 in UTC with `Z`; milliseconds only where there are any."""
    written = (_EPOCH + moment * _MS).isoformat(timespec="seconds")
    return f"{written}.{moment % 1000:03d}Z" if moment % 1000 else f"{written}Z"


def parse_shown(text: str) -> int:
    """The moment, in ms, that `show` wrote.

    It may be behind any that `parse` takes: what is due by an event of the last day of 2099 is.

    Raises:
        ValueError: `show` has not written it.
    """
    moment = _common(text)
    if moment is None:
        raise ValueError(f"not a moment with a zone, such as 2019-04-09T04:18:26Z: {text[:64]!r}")
    return moment


def _common(text: str) -> int | None:
    """The formats of nearly every field and envelope, read without the pattern; None for any other.

    `2019-04-09T04:18:26Z` and `2019-04-09T12:18:26.922+08:00`, either with milliseconds or without.
    """
    if text[4:17:3] != "--T::":
        return None
    if text.endswith("Z"):
        local, offset_s = text[:-1], 0
    elif text.endswith("+08:00"):
        local, offset_s = text[:-6], _CHINA_S
    else:
        return None
    if len(local) != _SECONDS_LENGTH and not (len(local) == _MS_LENGTH and local[19] == "." and local[20:].isdecimal()):
        return None
    try:
        since = datetime.fromisoformat(local) - _EPOCH
    except ValueError:
        return None
    return (since.days * _DAY_S + since.seconds - offset_s) * 1000 + since.microseconds // 1000


def _plausible(moment: int, text: str) -> int:
    if not EARLIEST_MS <= moment < LATEST_MS:
        raise ValueError(f"outside 2009 to 2099: {text[:64]!r}")
    return moment
