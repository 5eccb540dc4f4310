"""A message to people, without the form of any channel, and how it is cut into pages of limited size."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opsledger.strict_json import JsonObject

MAX_PAGES = 3
"""A chat channel gets at most this many messages at once; what does not fit is behind the link."""
NOTE_BYTES = 120
"""Kept free on each page for the note that says how much is missing."""
MAX_LINE = 600
"""The characters of one line: a longer text from outside is cut."""
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Block(NamedTuple):
    """A heading and the lines under it: one record of a digest, or one part of a single message."""

    heading: str
    lines: tuple[str, ...] = ()


class Message(NamedTuple):
    """One message.

    Attributes:
        id: the same for every attempt to send it; shown at its end, so that a repeat can be recognised.
        key: what it is about, the same for the first message and for the one that settles it.
        title: the first line: short, because a phone shows little else.
        severity: `info`, `warning` or `critical`.
        settled: whether it ends what an earlier message was about, so that an alert may be closed.
        at: when what it tells happened, in ms.
        link: where there is more to read.
        repeat: whether an earlier attempt may have arrived.
        more: what the last page says of what did not fit, with `{n}` for how many blocks.
        stage: the kind of stage that it is about; empty for a digest or a test.
        record: the record as programs want it; None where it is about none, or about several.
    """

    id: str
    key: str
    title: str
    blocks: tuple[Block, ...]
    severity: str = "warning"
    settled: bool = False
    at: int | None = None
    link: str | None = None
    repeat: bool = False
    more: str = "… {n} more"
    stage: str = ""
    record: JsonObject | None = None


class MessagePage(NamedTuple):
    """One part of a message that fits into a channel's limit, rendered."""

    title: str
    text: str


class Dialect(NamedTuple):
    """How a channel writes formatted text.

    Attributes:
        escape: makes a text from outside show as it is, without markup, links or mentions.
        heading: a pattern for a heading, with `{}` for its escaped text.
        line: the same for a line under it.
        link: the same for a link, with `{label}` and `{url}`.
    """

    escape: Callable[[str], str]
    heading: str
    line: str
    link: str


def clean(text: str, limit: int = MAX_LINE) -> str:
    """A text from outside on one line: no control, format or private character, and not longer than `limit`."""
    spaced = " ".join("".join(" " if c in "\r\n\t\v\f" else c for c in text).split(" "))
    shown = "".join(c for c in spaced if unicodedata.category(c) not in _UNWANTED)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def pages(message: Message, dialect: Dialect, max_bytes: int) -> list[MessagePage]:
    """The message in parts whose text takes at most `max_bytes` bytes of UTF-8 each.

    A block stays whole where a page can hold it. After `MAX_PAGES` pages the last one says how many blocks are missing.

    Raises:
        ValueError: `max_bytes` leaves no room for the id and the link.
    """
    foot = _foot(message, dialect)
    room = max_bytes - _size(foot) - NOTE_BYTES
    if room < MAX_LINE:
        raise ValueError(f"{max_bytes} bytes are too few for a message")
    rendered = [_render(block, dialect, room) for block in message.blocks]
    parts = list(_packed([part for lines in rendered for part in _split(lines, room)], room))
    if len(parts) > MAX_PAGES:
        parts = _shortened(parts, dialect, message.more)
    texts = ["\n\n".join(part) + foot for part in parts] or [foot.strip()]
    title = clean(message.title, 120)
    return [
        MessagePage(title if len(texts) == 1 else f"{title} ({n}/{len(texts)})", text)
        for n, text in enumerate(texts, 1)
    ]


def _render(block: Block, dialect: Dialect, room: int) -> list[str]:
    """The block as lines of the dialect, its heading first."""
    heading = _line(dialect.heading, block.heading, dialect, room) if block.heading else ""
    return [line for line in (heading, *(_line(dialect.line, text, dialect, room) for text in block.lines)) if line]


def _line(pattern: str, text: str, dialect: Dialect, room: int) -> str:
    """A text in its pattern; it is cut before it is escaped, so that neither an entity nor the pattern is."""
    shown = clean(text)
    while _size(line := pattern.format(dialect.escape(shown))) > room:
        shown = shown[: min(len(shown) * room // _size(line), len(shown) - 2)] + "…"
    return line


def _foot(message: Message, dialect: Dialect) -> str:
    link = dialect.link.format(label="→", url=message.link) if message.link else ""
    name = dialect.escape(f"{message.id} (possible repeat)" if message.repeat else message.id)
    return "".join(f"\n\n{text}" for text in (link, name) if text)


def _split(lines: Sequence[str], room: int) -> Iterator[str]:
    """The lines joined to texts of at most `room` bytes: one, unless the block alone is larger than a page."""
    text = ""
    for line in lines:
        joined = f"{text}\n{line}" if text else line
        if _size(joined) > room:
            yield text
            joined = line
        text = joined
    if text:
        yield text


def _packed(texts: Sequence[str], room: int) -> Iterator[list[str]]:
    """The texts in groups that fit into a page with an empty line between them."""
    group: list[str] = []
    for text in texts:
        if group and _size("\n\n".join([*group, text])) > room:
            yield group
            group = []
        group.append(text)
    if group:
        yield group


def _shortened(parts: list[list[str]], dialect: Dialect, more: str) -> list[list[str]]:
    """The first pages, the last of them ending with how many texts are left out."""
    kept, missing = parts[:MAX_PAGES], sum(map(len, parts[MAX_PAGES:]))
    note = _cut(dialect.escape(more.format(n=missing)), NOTE_BYTES - 2)
    return [*kept[:-1], [*kept[-1], note]]


def _cut(text: str, room: int) -> str:
    if _size(text) <= room:
        return text
    return text.encode()[: room - 3].decode(errors="ignore") + "…"


def _size(text: str) -> int:
    return len(text.encode())
