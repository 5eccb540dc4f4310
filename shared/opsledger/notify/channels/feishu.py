"""Feishu's and Lark's custom bots.

Source: open.feishu.cn and open.larksuite.com, "Custom bot usage guide" (limits, signature, codes 19021, 19022, 19024,
9499, 11232).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import Result, json_request, verdict_by_code
from opsledger.notify.message import pages

if TYPE_CHECKING:
    from opsledger.notify.exchange import Receipt, Request, Response
    from opsledger.notify.message import Message, MessagePage
    from opsledger.strict_json import JsonObject

MAX_BYTES: Final = 20_000
_BUSY_S: Final = 60
_RESULTS: Final = {11232: (Result.THROTTLED, _BUSY_S), 9499: (Result.REFUSED, None)}
_COLOURS: Final = {"critical": "red", "warning": "orange", "info": "blue"}


def sign(secret: str, timestamp_s: int) -> str:
    """The signature in base64: the key is the timestamp and the secret, and the message is empty."""
    key = f"{timestamp_s}\n{secret}"
    return base64.b64encode(hmac.new(key.encode(), b"", hashlib.sha256).digest()).decode()


def _requests(target: Target, message: Message, now_ms: int) -> list[Request]:
    # A third: an entity is up to six bytes for one, and JSON escapes make a text longer.
    shown = pages(message, dialects.LARK, MAX_BYTES // 3)
    return [_request(target, _card(target, message, page), now_ms // 1000) for page in shown]


def _request(target: Target, card: JsonObject, timestamp_s: int) -> Request:
    signed = {"timestamp": str(timestamp_s), "sign": sign(target.secret, timestamp_s)} if target.secret else {}
    body: JsonObject = {**signed, "msg_type": "interactive", "card": card}
    return json_request(target.url, body)


def _card(target: Target, message: Message, page: MessagePage) -> JsonObject:
    text = "".join([page.text, *(f'\n<at id="{who}"></at>' for who in target.mention)])
    if target.keyword and target.keyword not in page.title + text:
        text = f"{text}\n{target.keyword}"
    colour = "green" if message.settled else _COLOURS.get(message.severity, "blue")
    return {
        "config": {"wide_screen_mode": True},
        "header": {"title": {"tag": "plain_text", "content": page.title}, "template": colour},
        "elements": [{"tag": "markdown", "content": text}],
    }


def _verdict(response: Response) -> Receipt:
    return verdict_by_code(response, "code", "msg", _RESULTS)


CHANNEL: Final = Channel(
    "feishu", ("open.feishu.cn", "open.larksuite.com"), (Limit(5, 1), Limit(100, 60)), _requests, _verdict
)
