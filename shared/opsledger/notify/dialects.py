"""The formatted text of each channel.

DingTalk and WeCom document no escape for their markup, so a character that would start markup, a link or a mention is
shown as its full-width form. Feishu documents HTML entities (open.feishu.cn, "Card markdown"), Slack `&lt;`, `&gt;` and
`&amp;` (docs.slack.dev, "Formatting text").
"""

from __future__ import annotations

from typing import Final

from opsledger.notify.message import Dialect

_FULL_WIDTH: Final = {ord(c): chr(ord(c) + 0xFEE0) for c in "\\`*_~#<>[]()!|@"}
_ENTITIES: Final = {ord(c): f"&#{ord(c)};" for c in "&\\`*_~#<>[]()!|@$"}
_SLACK: Final = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    **{ord(c): chr(ord(c) + 0xFEE0) for c in "`*~@"},
}


def _full_width(text: str) -> str:
    return text.translate(_FULL_WIDTH)


def _entities(text: str) -> str:
    return text.translate(_ENTITIES)


def _slack(text: str) -> str:
    return text.translate(_SLACK)


def _as_is(text: str) -> str:
    return text


MARKDOWN: Final = Dialect(_full_width, "**{}**", "- {}", "[{label}]({url})")
"""DingTalk and WeCom."""
LARK: Final = Dialect(_entities, "**{}**", "- {}", "[{label}]({url})")
SLACK: Final = Dialect(_slack, "*{}*", "• {}", "<{url}|{label}>")
PLAIN: Final = Dialect(_as_is, "{}", "  {}", "{url}")
"""E-mail, PagerDuty and anything that shows text as it is."""
