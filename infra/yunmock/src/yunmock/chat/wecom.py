"""WeCom's group robots.

Sources: developer.work.weixin.qq.com/document/path/91770 (2048 and 4096 bytes, 20 messages a minute, types) and path
90313 (the table of error codes); codes as met in github.com/RayWangQvQ/BiliBiliToolPro/issues/702 (40058).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.chat.model import Kind, Rate, Receiver, Reply, form_in, json_of, json_response, token_in

if TYPE_CHECKING:
    from yunmock.http import Request, Response

MAX_BYTES = {"text": 2048, "markdown": 4096}
RATES = (Rate(20, 60),)
_FILES = "files are not kept"


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    body = json_of(request)
    kind = str(body.get("msgtype"))
    part = body.get(kind)
    content = part.get("content") if isinstance(part, dict) else None
    if kind not in MAX_BYTES or not isinstance(content, str) or not content:
        return _refusal(receiver, 40008, "invalid message type")
    if len(content.encode(errors="replace")) > MAX_BYTES[kind]:
        return _refusal(receiver, 40058, f"{kind}.content exceed max length {MAX_BYTES[kind]}")
    if receiver.is_used_up(RATES, now_ms):
        return _refusal(receiver, 45009, "api freq out of limit")
    return Reply(
        receiver.sent(now_ms), json_response(200, {"errcode": 0, "errmsg": "ok"}), "0", accepted=True, text=content
    )


def _refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"errcode": code, "errmsg": message}), str(code))


def _unknown() -> Response:
    return json_response(200, {"errcode": 93000, "errmsg": "invalid webhook url"})


KIND = Kind(
    "wecom",
    "WeCom",
    "/cgi-bin/webhook/send?key={token}",
    token_in("/cgi-bin/webhook/send", "key"),
    _judge,
    _unknown,
    form_in("msgtype"),
    {"text": "", "markdown": "what people see is the text as sent, not rendered"},
    {
        "markdown_v2": "its limits are not documented enough",
        "image": _FILES,
        "news": "cards with pictures are not emulated",
        "file": _FILES,
        "voice": _FILES,
        "template_card": "cards are not emulated",
    },
    (
        "Mentions are kept and nobody is mentioned.",
        "A robot that gets too much is not blocked: its window of a minute ends message by message.",
        "Unproven: which of two faults is answered. Here the size comes before the rate.",
    ),
)
