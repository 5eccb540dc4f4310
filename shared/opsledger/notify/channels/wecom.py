"""WeCom's group robots.

Source: developer.work.weixin.qq.com/document/path/91770 (limits in bytes, mentions, 20 messages a minute); codes as met
in github.com/RayWangQvQ/BiliBiliToolPro/issues/702.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import Result, json_request, verdict_by_code
from opsledger.notify.message import pages

if TYPE_CHECKING:
    from opsledger.notify.exchange import Receipt, Request, Response
    from opsledger.notify.message import Message
    from opsledger.strict_json import JsonObject

MAX_BYTES: Final = 4096
"""Of a markdown text, in UTF-8: a Chinese character takes three."""
_TITLE_BYTES: Final = 520
"""A title of 120 characters, at four bytes each, and its mark."""
_RESULTS: Final = {45009: (Result.THROTTLED, 60), -1: (Result.UNKNOWN, None)}


def _requests(target: Target, message: Message, _now_ms: int) -> list[Request]:
    mentions = "".join(f"<@{who}>" for who in target.mention)
    room = MAX_BYTES - _TITLE_BYTES - len(mentions.encode()) - len(target.keyword.encode())
    made = []
    for page in pages(message, dialects.MARKDOWN, room):
        text = f"### {dialects.MARKDOWN.escape(page.title)}\n{page.text}{mentions}"
        body: JsonObject = {"msgtype": "markdown", "markdown": {"content": text}}
        made.append(json_request(target.url, body))
    return made


def _verdict(response: Response) -> Receipt:
    return verdict_by_code(response, "errcode", "errmsg", _RESULTS)


CHANNEL: Final = Channel("wecom", ("qyapi.weixin.qq.com",), (Limit(20, 60),), _requests, _verdict)
