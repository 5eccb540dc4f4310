"""DingTalk's custom robots.

Sources: open.dingtalk.com "Custom robot access" (signature, keywords, 20 messages a minute, then blocked for 10
minutes); codes as met in github.com/ccfos/nightingale/issues/369 (130101), timonwong/prometheus-webhook-dingtalk
issue 30 (460101), jenkinsci/dingtalk-plugin issue 116 and x-cold/dingtalk-robot issue 7 (310000).
"""

from __future__ import annotations

import hmac
from dataclasses import replace
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
    token_in,
)

if TYPE_CHECKING:
    from yunmock.http import Request, Response

MAX_BYTES = 20_000
BLOCKED_MS = 600_000
RATES = (Rate(20, 60),)
TOO_FAST = (130101, "send too fast, exceed 20 times per minute")
PARTS = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "actionCard": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
}
"""What a message of each type must have."""


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if now_ms < receiver.blocked_until:
        return _refusal(receiver, *TOO_FAST)
    if receiver.is_used_up(RATES, now_ms):
        return _refusal(replace(receiver, blocked_until=now_ms + BLOCKED_MS), *TOO_FAST)
    text = _text(json_of(request))
    if problem := _problem(receiver, request, text, now_ms):
        return _refusal(receiver, *problem)
    return Reply(
        receiver.sent(now_ms), json_response(200, {"errcode": 0, "errmsg": "ok"}), "0", accepted=True, text=text
    )


def _problem(receiver: Receiver, request: Request, text: str, now_ms: int) -> tuple[int, str] | None:
    if len(request.body) > MAX_BYTES:
        return 460101, "message too long, exceed 20000 bytes"
    if not text:
        return 400105, "unsupported msgtype"
    if receiver.secret and (unsigned := _signature_problem(receiver, request, now_ms)):
        return 310000, unsigned
    return (310000, "keywords not in content") if receiver.keyword not in text else None


def _signature_problem(receiver: Receiver, request: Request, now_ms: int) -> str:
    timestamp = request.query.get("timestamp", "")
    if not is_recent(timestamp, now_ms, 1):
        return "invalid timestamp"
    expected = signature(receiver.secret.encode(), f"{timestamp}\n{receiver.secret}".encode())
    return "" if hmac.compare_digest(expected.encode(), request.query.get("sign", "").encode()) else "sign not match"


def _text(body: dict[str, Any]) -> str:
    """What people see; empty for a type of message that is not known or that lacks a part."""
    kind = str(body.get("msgtype"))
    content = body.get(kind)
    if kind not in PARTS or not isinstance(content, dict):
        return ""
    texts = [content.get(name) for name in PARTS[kind]]
    return "\n".join(map(str, texts)) if all(texts) else ""


def _refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"errcode": code, "errmsg": message}), str(code))


def _unknown() -> Response:
    return json_response(200, {"errcode": 300005, "errmsg": "token is not exist"})


KIND = Kind(
    "dingtalk",
    "DingTalk",
    "/robot/send?access_token={token}",
    token_in("/robot/send", "access_token"),
    _judge,
    _unknown,
    form_in("msgtype"),
    {
        "text": "",
        "markdown": "what people see is the text as sent, not rendered",
        "actionCard": "its buttons are not checked",
        "link": "",
    },
    {"feedCard": "cards with pictures are not emulated"},
    (
        "`at` is kept and nobody is mentioned. IP ranges and the monthly quota of an organisation are not emulated.",
        "Unproven: the HTTP status of a refusal. Here it is 200; public reports show the code and not the status.",
        "Unproven: whether refused messages count towards the 20 a minute. Here they do not.",
        "Unproven: the code of a message without its parts. Here it is 400105.",
    ),
)
