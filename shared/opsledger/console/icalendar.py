"""Write iCalendar (RFC 5545): as much of it as a feed of events needs.

The library `icalendar` would do it too, but with the time zones that it needs it unpacks to several times what the
console's layer may have (`opsctl/package/targets.py`). `tests/apart/calendar` reads with it what is written here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//OpsLedger//Console//EN"
OCTETS: Final = 75
"""A line has no more of them, its end left out (RFC 5545, section 3.1)."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LINE_END: Final = re.compile("\r\n|\r|\n")
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"})
_CONTINUATION: Final = range(0x80, 0xC0)
"""The octets of a character behind its first one (RFC 3629)."""
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, which TEXT may not have, and further ones at which some readers end a line."""

Property = tuple[str, str]
"""Its name, with parameters if it has any, and its value as it is written: `text` and `moment` make one."""


def text(value: str) -> str:
    """Any text as a value of the type TEXT (section 3.3.11); what cannot be in one becomes U+FFFD."""
    lines = _LINE_END.split(value.translate(_ESCAPED))
    return "\\n".join(_NOT_TEXT.sub("\ufffd", line) for line in lines)


def moment(ms: int) -> str:
    """A moment, in ms, as a value of the type DATE-TIME in UTC (section 3.3.5), to the second."""
    return f"{_EPOCH + timedelta(seconds=ms // 1000):%Y%m%dT%H%M%SZ}"


def calendar(properties: Iterable[Property], events: Iterable[Iterable[Property]]) -> bytes:
    """A calendar with these properties and events."""
    lines: list[Property] = [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", PRODUCT), *properties]
    for event in events:
        lines += [("BEGIN", "VEVENT"), *event, ("END", "VEVENT")]
    lines.append(("END", "VCALENDAR"))
    return b"".join(b"\r\n ".join(_fold(f"{name}:{value}".encode())) + b"\r\n" for name, value in lines)


def _fold(line: bytes) -> Iterator[bytes]:
    """The parts of a line that are short enough; a character of several octets is never divided."""
    start, room = 0, OCTETS
    while len(line) - start > room:
        end = start + room
        while line[end] in _CONTINUATION:
            end -= 1
        yield line[start:end]
        start, room = end, OCTETS - 1  # the blank before it counts
    yield line[start:]
