"""A strict reader of iCalendar, made from the grammar of RFC 5545 alone, to read what the console writes.

It refuses what readers would have to guess at: a line that is too long or ends otherwise, a part of a character, a name
or a value out of the grammar, a component that is not closed.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import NamedTuple

# RFC 5545, section 3.1: contentline = name *(";" param) ":" value
_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*))*):(.*)',
    re.DOTALL,
)
# Section 3.3.11: TEXT has no control character, and of \ ; and , only those that are escaped.
_TEXT = re.compile(r"(?:[^\x00-\x08\x0a-\x1f\x7f\\;,]|\\[\\;,nN])*")
_ESCAPE = re.compile(r"\\(.)")


class Component(NamedTuple):
    """A calendar or an event: the values of its properties by their names without parameters, and what is in it."""

    name: str
    properties: dict[str, str]
    parts: list[Component]

    def text(self, name: str) -> str:
        """The value of a property of the type TEXT."""
        value = self.properties[name]
        assert _TEXT.fullmatch(value), value
        return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], value)

    def moment(self, name: str) -> datetime:
        """The value of a property of the type DATE-TIME in UTC."""
        return datetime.strptime(self.properties[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def read(body: bytes) -> Component:
    """The calendar in a body."""
    assert body.endswith(b"\r\n")
    lines: list[str] = []
    for line in body[:-2].split(b"\r\n"):
        assert len(line) <= 75, line
        assert not re.search(rb"[\r\n]", line)
        part = line.decode()  # each line by itself, because no character may be divided
        if part.startswith((" ", "\t")):
            lines[-1] += part[1:]
        else:
            lines.append(part)
    (calendar,) = _components(_properties(lines))
    return calendar


def _properties(lines: list[str]) -> list[tuple[str, str]]:
    matches = [_LINE.fullmatch(line) for line in lines]
    assert None not in matches, lines[matches.index(None)]
    return [(match[1].upper(), match[3]) for match in matches if match is not None]


def _components(properties: list[tuple[str, str]]) -> list[Component]:
    opened = [Component("", {}, [])]
    for name, value in properties:
        if name == "BEGIN":
            opened.append(Component(value, {}, []))
        elif name == "END":
            closed = opened.pop()
            assert closed.name == value
            opened[-1].parts.append(closed)
        else:
            assert name not in opened[-1].properties, f"{name} comes twice"
            opened[-1].properties[name] = value
    (outside,) = opened
    assert not outside.properties
    return outside.parts
