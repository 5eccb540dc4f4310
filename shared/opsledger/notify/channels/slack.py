"""Slack's incoming webhooks.

Sources: docs.slack.dev, "Sending messages using incoming webhooks", "Rate limits" (one message a second) and "Block
Kit: section" (3,000 characters); github.com/slackapi/bolt-js/issues/2509 (about 13,200 characters in all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import SENT, Receipt, Result, by_status, json_request
from opsledger.notify.message import clean, pages

if TYPE_CHECKING:
    from opsledger.notify.exchange import Request, Response
    from opsledger.notify.message import Message, MessagePage
    from opsledger.strict_json import JsonObject

MAX_SECTION: Final = 3000
"""Characters of one section; bytes are counted here, which is never fewer."""


def _requests(target: Target, message: Message, _now_ms: int) -> list[Request]:
    return [json_request(target.url, _body(target, page)) for page in pages(message, dialects.SLACK, MAX_SECTION)]


def _body(target: Target, page: MessagePage) -> JsonObject:
    mentions = "".join(f" <@{who}>" for who in target.mention)
    title = dialects.SLACK.escape(page.title)
    return {
        "text": title,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*{mentions}"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": page.text}},
        ],
    }


def _verdict(response: Response) -> Receipt:
    """An incoming webhook answers `ok` in plain text."""
    if response.status == 200:  # noqa: PLR2004 - HTTP's OK
        text = response.body.strip()
        return SENT if text == b"ok" else Receipt(Result.UNKNOWN, "200", clean(text[:200].decode(errors="replace")))
    return by_status(response)


CHANNEL: Final = Channel("slack", ("hooks.slack.com",), (Limit(1, 1),), _requests, _verdict)
