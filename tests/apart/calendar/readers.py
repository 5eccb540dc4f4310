"""Read the calendar on the standard input with two readers, and print what each finds as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import icalendar
import vobject

TEXTS = ("UID", "SUMMARY", "DESCRIPTION", "STATUS", "X-MAINTNOTE-OBJECT-ID", "X-MAINTNOTE-STATUS")
MOMENTS = ("DTSTART", "DTEND", "LAST-MODIFIED")


def by_icalendar(body: bytes) -> list[dict[str, Any]]:
    """What the library `icalendar` finds."""
    found = []
    for event in icalendar.Calendar.from_ical(body).walk("VEVENT"):
        texts = {name: str(event[name]) for name in TEXTS if name in event}
        moments = {name: event.decoded(name).isoformat() for name in MOMENTS}
        found.append({**texts, **moments, "errors": [str(error) for error in event.errors]})
    return found


def by_vobject(body: bytes) -> list[dict[str, Any]]:
    """What vobject finds; it shares no code with the other."""
    found = []
    for event in vobject.readOne(body.decode()).contents["vevent"]:
        values = {name.upper(): lines[0].value for name, lines in event.contents.items()}
        texts = {name: values[name] for name in TEXTS if name in values}
        found.append({**texts, **{name: values[name].isoformat() for name in MOMENTS}, "errors": []})
    return found


if __name__ == "__main__":
    calendar = sys.stdin.buffer.read()
    json.dump({"icalendar": by_icalendar(calendar), "vobject": by_vobject(calendar)}, sys.stdout)
