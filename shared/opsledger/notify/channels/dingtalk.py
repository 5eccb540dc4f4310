"""DingTalk's custom robots.

Sources: open.dingtalk.com, "Custom robot access"; codes as met in github.com/ccfos/nightingale/issues/369,
timonwong/prometheus-webhook-dingtalk/issues/30, jenkinsci/dingtalk-plugin/issues/116, x-cold/dingtalk-robot/issues/7.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target, with_query
from opsledger.notify.exchange import Result, json_request, verdict_by_code
from opsledger.notify.message import pages

if TYPE_CHECKING:
    from opsledger.notify.exchange import Receipt, Request, Response
    from opsledger.notify.message import Message
    from opsledger.strict_json import JsonObject

MAX_BYTES: Final = 20_000
"""Of the whole body."""
_BLOCKED_S: Final = 600
"""A robot that sent too fast is blocked for ten minutes."""
_RESULTS: Final = {
    130101: (Result.THROTTLED, _BLOCKED_S),
    -1: (Result.UNKNOWN, None),
}


def sign(secret: str, timestamp_ms: int) -> str:
    """The signature in base64; it is URL-encoded once, where the query is made."""
    text = f"{timestamp_ms}\n{secret}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _requests(target: Target, message: Message, now_ms: int) -> list[Request]:
    made = []
    for page in pages(message, dialects.MARKDOWN, MAX_BYTES // 2):  # half: JSON escapes make a text longer
        text = f"### {dialects.MARKDOWN.escape(page.title)}\n\n{page.text}"
        if target.keyword and target.keyword not in text:
            text = f"{text}\n\n{target.keyword}"
        at: JsonObject = {"atMobiles": list(target.mention), "isAtAll": False} if target.mention else {}
        body: JsonObject = {
            "msgtype": "markdown",
            "markdown": {"title": page.title, "text": text + _mentions(target)},
            "at": at,
        }
        made.append(json_request(_url(target, now_ms), body))
    return made


def _mentions(target: Target) -> str:
    """A number is only shown as mentioned where the text has it too."""
    return "".join(f" @{number}" for number in target.mention)


def _url(target: Target, now_ms: int) -> str:
    if not target.secret:
        return target.url
    return with_query(target.url, urlencode({"timestamp": now_ms, "sign": sign(target.secret, now_ms)}))


def _verdict(response: Response) -> Receipt:
    return verdict_by_code(response, "errcode", "errmsg", _RESULTS)


CHANNEL: Final = Channel("dingtalk", ("oapi.dingtalk.com",), (Limit(20, 60),), _requests, _verdict)
