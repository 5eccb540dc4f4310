"""Feishu's and Lark's custom bots.

Source: open.feishu.cn and open.larksuite.com "Custom bot usage guide" (5 messages a second, 100 a minute, 20 KB,
signature, codes). The words of 19021 are those of github.com/feiyu563/PrometheusAlert/issues/422.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from yunmock.chat.model import (
    Kind,
    Rate,
    Receiver,
    Reply,
    form_in,
    is_recent,
    json_of,
    json_response,
    signature,
    token_after,
)

if TYPE_CHECKING:
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject

MAX_BYTES = 20 * 1024
RATES = (Rate(5, 1), Rate(100, 60))
PATH = "/open-apis/bot/v2/hook/"
CONTENTS = {"text": "content", "post": "content", "interactive": "card"}
"""Where a message of each type has what people see."""
SUCCESS: JsonObject = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    body = json_of(request)
    text = _text(body)
    if not text or len(request.body) > MAX_BYTES:
        return _refusal(receiver, 9499, "Bad Request")
    if receiver.is_used_up(RATES, now_ms):
        return _refusal(receiver, 11232, "frequency limited psm[lark.oapi.app_platform_runtime]")
    if receiver.secret and not _is_signed(receiver, body, now_ms):
        return _refusal(receiver, 19021, "sign match fail or timestamp is not within one hour from current time")
    if receiver.keyword and receiver.keyword not in text:
        return _refusal(receiver, 19024, "Key Words Not Found")
    return Reply(receiver.sent(now_ms), json_response(200, SUCCESS), "0", accepted=True, text=text)


def _is_signed(receiver: Receiver, body: dict[str, Any], now_ms: int) -> bool:
    timestamp, sent = body.get("timestamp"), body.get("sign")
    if not isinstance(sent, str) or not is_recent(timestamp, now_ms, 1000):
        return False
    expected = signature(f"{timestamp}\n{receiver.secret}".encode(), b"")
    return hmac.compare_digest(expected.encode(), sent.encode())


def _text(body: dict[str, Any]) -> str:
    """What people see; empty for a type of message that is not known or that lacks its part."""
    content = body.get(CONTENTS.get(str(body.get("msg_type")), ""))
    return "\n".join(_texts(content)) if isinstance(content, dict) else ""


def _texts(value: Any) -> list[str]:
    """Every text under the keys of a message that hold what people see."""
    if isinstance(value, dict):
        own = [v for k, v in value.items() if k in ("content", "text", "title") and isinstance(v, str)]
        return own + [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list) else []


def _refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"code": code, "data": {}, "msg": message}), str(code))


def _unknown() -> Response:
    message = "param invalid: incoming webhook access token invalid"
    return json_response(200, {"code": 19001, "data": {}, "msg": message})


KIND = Kind(
    "feishu",
    "Feishu and Lark",
    PATH + "{token}",
    token_after(PATH),
    _judge,
    _unknown,
    form_in("msg_type"),
    {
        "text": "",
        "post": "what people see is every text in it, in its order",
        "interactive": "a card, the same; its elements are not checked",
    },
    {"image": "pictures are not kept", "share_chat": "there are no chats to share"},
    (
        "Mentions are kept as text and nobody is mentioned. IP ranges (19022) are not emulated.",
        "The throttling by load at full and half hours is not emulated; `Fault` can answer 11232 at any time.",
        "Unproven: which of two faults is answered. Here a malformed or large message comes first, then the rate.",
    ),
)
