"""A page as HTML. Every text passes through `_text`, which escapes it; there is no other way into a page."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING

from yunmock.dashboard.address import address, asset
from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, TextBlock, TypedValue, slug
from yunmock.dashboard.indented import indented
from yunmock.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.dashboard.document import Shown, WebPage

NOTHING = '<span class="none">–</span>'
MENU = (
    "overview",
    "events",
    "rules",
    "deliveries",
    "functions",
    "tables",
    "queues",
    "resources",
    "schedule",
    "requests",
    "faults",
)
"""The pages of the menu."""
LONG, LONG_IN_FACTS = 400, 4000
"""A longer text of several lines is closed until the reader opens it."""
LONGEST_WORD = 32
"""A cell with longer words may break them, so that a table does not get wider than the page."""
SHORT = 26
"""A cell with no longer text and without blanks stays on one line."""
TAB_AND_LINE = "\t\n"
DAY_MS = 86_400_000
UNITS = (("ms", 1, 999.5), ("s", 1000, 60_000), ("min", 60_000, 3_600_000), ("h", 3_600_000, DAY_MS))
"""The units of a span: name, size in ms, and below how many ms it is used; from 999.5 ms on, three digits are 1e+03."""
_BREAKS = re.compile(r"[\s-]")
FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · yunmock</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
<script src="{script}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><span class="mark" aria-hidden="true"></span>yunmock</a>
<nav aria-label="Pages"><ul>{menu}</ul></nav>
</header>
<main id="main" tabindex="-1">
<div class="head">{trail}<h1>{title}</h1>{summary}</div>
{tabs}{sections}{further}
</main>
<footer>
<p>As of {now}. Times are UTC, by the cloud's clock.</p>
<p><a href="{json}">This page as JSON</a></p>
</footer>
</body>
</html>
"""


def render(page: WebPage, name: str, now_ms: int, json_address: str) -> str:
    """A page as an HTML document.

    Args:
        name: the page's name in the menu.
        json_address: where the same page is as JSON.
    """
    further = f'<p class="more">{_shown(page.further)}</p>' if page.further else ""
    return FRAME.format(
        title=_text(page.title),
        icon=asset("icon.svg"),
        style=asset("dashboard.css"),
        script=asset("dashboard.js"),
        menu="".join(_item(Link(each.capitalize(), each), _mark(each, name, page)) for each in MENU),
        trail=f'<p class="trail">{" / ".join(map(_shown, page.trail))}</p>' if page.trail else "",
        summary=f"<p>{_text(page.summary)}</p>" if page.summary else "",
        tabs=_tabs(page),
        sections="".join(map(_section, page.sections)),
        further=further,
        now=_shown(Moment(now_ms)),
        json=escape(json_address),
    )


def _tabs(page: WebPage) -> str:
    if len(page.tabs) <= 1:
        return ""
    items = "".join(_item(tab, "page" if tab.text == page.chosen else "") for tab in page.tabs)
    return f'<nav aria-label="Parts of this page"><ul class="tabs">{items}</ul></nav>'


def _item(link: Link, current: str) -> str:
    mark = f' aria-current="{current}"' if current else ""
    return f"<li>{_anchor(link, mark)}</li>"


def _anchor(link: Link, attribute: str) -> str:
    return f'<a href="{escape(address(link.page, link.arguments))}"{attribute}>{_shown(link.text)}</a>'


def _mark(item: str, name: str, page: WebPage) -> str:
    """Whether an item of the menu is this page, or the one above it."""
    if item == name:
        return "page"
    return "true" if page.trail and page.trail[0].page == item else ""


def _section(section: Facts | Listing) -> str:
    name = slug(section.title)
    inside = _facts(section) if isinstance(section, Facts) else _listing(section)
    return f'<section id="{name}"><h2>{_text(section.title)}</h2>{inside}</section>\n'


def _facts(facts: Facts) -> str:
    kind = "tiles" if facts.tiles else "facts"
    pairs = (f"<div><dt>{_text(name)}</dt><dd>{_fact(cell)}</dd></div>" for name, cell in facts.items.items())
    return f'<dl class="{kind}">{"".join(pairs)}</dl>'


def _fact(cell: Shown) -> str:
    return _block(indented(cell.text), LONG_IN_FACTS) if isinstance(cell, TextBlock) else _shown(cell)


def _listing(listing: Listing) -> str:
    if not listing.rows:
        return f'<p class="empty">{_text(listing.empty)}</p>'
    note = f'<p class="note">{_text(listing.note)}</p>' if listing.note else ""
    heads = "".join(f'<th scope="col">{_text(column)}</th>' for column in listing.columns)
    rows = "".join(f"<tr>{_cells(listing.columns, row)}</tr>" for row in listing.rows)
    return f'{note}<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(columns: Iterable[str], row: Iterable[Shown]) -> str:
    return "".join(
        f'<td data-label="{escape(column)}"{_breaking(cell)}>{_shown(cell)}</td>'
        for column, cell in zip(columns, row, strict=True)
    )


def _breaking(cell: Shown) -> str:
    """The class of a cell that is one short word, or whose words may have to be broken."""
    if isinstance(cell, TextBlock):
        return ' class="long"'
    texts = [_words(each) for each in (cell if isinstance(cell, list) else [cell])]
    if all(len(text) <= SHORT and not _BREAKS.search(text.replace("-", "")) for text in texts):
        return ' class="short"'
    words = [word for text in texts for word in _BREAKS.split(text)]
    return ' class="long"' if max(map(len, words)) > LONGEST_WORD else ""


def _words(cell: Shown) -> str:
    """The words of a cell that decide how wide it is; times and numbers are short."""
    if isinstance(cell, TypedValue):
        return _written(cell.value)
    if isinstance(cell, (Link, Status)):
        return str(cell.text)
    return cell if isinstance(cell, str) else ""


def _text(text: str) -> str:
    """A text on one line, escaped."""
    return escape(printable(text))


@singledispatch
def _shown(cell: object) -> str:
    """The content of a cell as HTML."""
    return _text(str(cell))


@_shown.register(type(None))
def _(cell: None) -> str:
    del cell
    return NOTHING


@_shown.register(bool)
def _(cell: bool) -> str:  # noqa: FBT001 - the type that is dispatched on
    return "yes" if cell else "no"


@_shown.register(int)
@_shown.register(float)
def _(cell: float) -> str:
    return f'<data value="{cell}">{cell:,}</data>'


@_shown.register(Moment)
def _(cell: Moment) -> str:
    written = instant(cell.ms)
    day, _, clock = written.removesuffix("Z").partition("T")
    return f'<time datetime="{written}"><span class="day">{day}</span> {clock}</time>'


@_shown.register(Span)
def _(cell: Span) -> str:
    return f'<data value="{cell.ms}">{spoken(cell.ms)}</data>'


@_shown.register(Link)
def _(cell: Link) -> str:
    return _anchor(cell, f' class="{cell.tone}"' if cell.tone else "")


@_shown.register(Status)
def _(cell: Status) -> str:
    return f'<span class="status {cell.tone}">{_text(cell.text)}</span>'


@_shown.register(TextBlock)
def _(cell: TextBlock) -> str:
    return _block(indented(cell.text), LONG)


def _block(text: str, most: int) -> str:
    if not text:
        return '<span class="quiet">empty</span>'
    block = f"<pre>{escape(printable(text, TAB_AND_LINE))}</pre>"
    if len(text) <= most:
        return block
    lines = text.count("\n") + 1
    return f"<details><summary>{len(text):,} characters, {lines:,} lines</summary>{block}</details>"


@_shown.register(TypedValue)
def _(cell: TypedValue) -> str:
    label = f'<span class="column">{_text(cell.column)}</span> ' if cell.labelled else ""
    rest = f' <span class="quiet">and {_shown(cell.omitted)} more</span>' if cell.omitted else ""
    return f'{label}<span class="type">{cell.type}</span> {_value(cell)}{rest}'


def _value(cell: TypedValue) -> str:
    text = _written(cell.value)
    lines = indented(text) if isinstance(cell.value, str) and not cell.labelled else text
    if "\n" in lines or len(lines) > LONG:
        return _block(lines, LONG_IN_FACTS)
    return f"<code>{_text(lines)}</code>"


def _written(value: float | str | bytes) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(value).lower() if isinstance(value, bool) else str(value)


@_shown.register(list)
def _(cells: list[Shown]) -> str:
    if not cells:
        return NOTHING
    return f'<ul class="items">{"".join(f"<li>{_shown(cell)}</li>" for cell in cells)}</ul>'


def instant(ms: int) -> str:
    """A time as `2026-01-02T22:00:00.123Z`."""
    try:
        moment = datetime.fromtimestamp(ms // 1000, tz=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"  # beyond the calendar
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def spoken(ms: float) -> str:
    """How long something takes, for people."""
    sign, size = ("-" if ms < 0 else ""), abs(ms)
    for name, unit, top in UNITS:
        if size < top:
            return f"{sign}{size / unit:.3g} {name}"
    return f"{sign}{size / DAY_MS:,.0f} d"
