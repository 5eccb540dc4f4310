"""A page without secrets: no key, token or other credential that is known, or that stands under the name of one."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Link, Listing, Status, TextBlock, TypedValue
from yunmock.recording.recorder import secrets_of
from yunmock.recording.scrub import HIDDEN, Scrubber, is_secret

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.dashboard.document import Shown, WebPage


_QUOTED = re.compile(
    r"""(?:(?P<quote>\\{0,8}["'])(?P<name>[\w.-]{1,80})(?P=quote)\s*:|\b(?P<argument>[\w.-]{1,80})\s?=)"""
    r"""\s{0,8}(?P<start>\\{0,8}["'])""",
)
_QUOTE = re.compile(r"""(?<!\\)(?P<escapes>\\*)(?P<mark>["'])""")
_ASSIGNED = re.compile(r"""(?P<before>\b(?P<name>[\w.-]{1,80})=)[^\s&;,'"]+""")
"""Names with values in what is no JSON: the beginning of a long document, the text of a Python object, a log line."""


def scrubber_of(cloud: Cloud) -> Scrubber:
    """Knows the keys of the account, and the credentials of its roles."""
    roles = cloud.access.roles if cloud.access else []
    issued = [cloud.credentials(role) for role in roles]
    return Scrubber(
        [
            *secrets_of(cloud.account),
            *(one.access_key_secret for one in issued),
            *(one.security_token for one in issued),
        ]
    )


def scrubbed(page: WebPage, scrubber: Scrubber) -> WebPage:
    """The page as it may be shown."""
    for _ in ("by name", "in all other places"):  # the second round hides what the first has found
        sections = tuple(_section(section, scrubber) for section in page.sections)
        page = replace(
            page, title=hidden(page.title, scrubber), summary=hidden(page.summary, scrubber), sections=sections
        )
    return page


def _section(section: Facts | Listing, scrubber: Scrubber) -> Facts | Listing:
    if isinstance(section, Facts):
        return replace(section, items={name: _clean(cell, scrubber) for name, cell in section.items.items()})
    return replace(section, rows=[tuple(_clean(cell, scrubber) for cell in row) for row in section.rows])


def hidden(text: str, scrubber: Scrubber) -> str:
    """A text without what is known to be secret, and without what stands after the name of a secret."""
    return scrubber.text(_ASSIGNED.sub(_without_value, _without_quoted(text)))


def _without_quoted(text: str) -> str:
    """The text without the quoted values of secrets; one that is cut off goes to the end of the text."""
    pieces, end = [], 0
    for found in _QUOTED.finditer(text):
        if found.start() >= end and is_secret(found["name"] or found["argument"]):
            pieces += [text[end : found.end()], HIDDEN]
            end = _closing(text, found["start"], found.end())
    return "".join([*pieces, text[end:]])


def _closing(text: str, quote: str, start: int) -> int:
    """Where a quoted value ends; a quote within the value has more backslashes than the one that opened it."""
    escapes = len(quote) - 1
    for found in _QUOTE.finditer(text, start):
        further = len(found["escapes"]) - escapes
        if found["mark"] == quote[-1] and further >= 0 and further // (escapes + 1) % 2 == 0:
            return found.end() - len(quote)
    return len(text)


def _without_value(found: re.Match[str]) -> str:
    return f"{found['before']}{HIDDEN}" if is_secret(found["name"]) else found[0]


@singledispatch
def _clean(cell: object, scrubber: Scrubber) -> Shown:
    return hidden(cell, scrubber) if isinstance(cell, str) else cell  # type: ignore[return-value]  # a number or a time


@_clean.register(TextBlock)
def _(cell: TextBlock, scrubber: Scrubber) -> Shown:
    return TextBlock(hidden(scrubber.body(cell.text.encode("utf-8", "replace"), "").decode(), scrubber))


@_clean.register(TypedValue)
def _(cell: TypedValue, scrubber: Scrubber) -> Shown:
    if not isinstance(cell.value, str):
        return cell
    named = scrubber.names({cell.column: cell.value})[cell.column]
    return cell._replace(value=hidden(named, scrubber))


@_clean.register(Link)
def _(cell: Link, scrubber: Scrubber) -> Shown:
    return cell._replace(text=hidden(cell.text, scrubber)) if isinstance(cell.text, str) else cell


@_clean.register(Status)
def _(cell: Status, scrubber: Scrubber) -> Shown:
    return cell._replace(text=hidden(cell.text, scrubber))


@_clean.register(list)
def _(cells: list[Shown], scrubber: Scrubber) -> Shown:
    return [_clean(cell, scrubber) for cell in cells]
