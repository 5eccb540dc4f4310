"""The group robots of DingTalk, Feishu and WeCom: what they check, in which order, and their codes.

Sources: open.dingtalk.com "Custom robot access" (signature, keywords, 20 a minute, then blocked for 10 minutes), codes
from github.com/ccfos/nightingale/issues/369 and timonwong/prometheus-webhook-dingtalk/issues/30; open.feishu.cn "Custom
bot usage guide" (5 a second, 100 a minute, 20 KB, codes); developer.work.weixin.qq.com/document/path/91770 (2048 and
4096 bytes, 20 a minute). Not proven: the order in which a service checks what is wrong in two ways.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yunmock.chat.model import Kind, Receiver, Reply, json_of, json_response

if TYPE_CHECKING:
    from yunmock.http import Request, Response

HOUR_MS = 3_600_000
DINGTALK_BYTES, FEISHU_BYTES = 20_000, 20 * 1024
BLOCKED_MS = 600_000
WECOM_BYTES = {"text": 2048, "markdown": 4096}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _is_recent(timestamp: str, now_ms: int, unit_ms: int) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and abs(int(timestamp[:16]) * unit_ms - now_ms) <= HOUR_MS


# ------------------------------------------------------------------------------------------------- DingTalk
def _dingtalk(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if now_ms < receiver.blocked_until or receiver.count(now_ms, 60) >= 20:  # noqa: PLR2004 - the documented limit
        blocked = (
            max(receiver.blocked_until, now_ms + BLOCKED_MS)
            if now_ms >= receiver.blocked_until
            else receiver.blocked_until
        )
        message = "send too fast, exceed 20 times per minute"
        return _dingtalk_refusal(replace(receiver, blocked_until=blocked), 130101, message)
    if len(request.body) > DINGTALK_BYTES:
        return _dingtalk_refusal(receiver, 460101, "message too long, exceed 20000 bytes")
    body = json_of(request)
    text = _dingtalk_text(body)
    if text is None:
        return _dingtalk_refusal(receiver, 400105, "unsupported msgtype")
    if receiver.secret and (problem := _dingtalk_signature(receiver, request, now_ms)):
        return _dingtalk_refusal(receiver, 310000, problem)
    if receiver.keyword and receiver.keyword not in text:
        return _dingtalk_refusal(receiver, 310000, "keywords not in content")
    return Reply(
        receiver.sent(now_ms), json_response(200, {"errcode": 0, "errmsg": "ok"}), "0", accepted=True, text=text
    )


def _dingtalk_signature(receiver: Receiver, request: Request, now_ms: int) -> str:
    timestamp = request.query.get("timestamp", "")
    if not _is_recent(timestamp, now_ms, 1):
        return "invalid timestamp"
    expected = _hmac(receiver.secret, f"{timestamp}\n{receiver.secret}")
    return "" if hmac.compare_digest(expected.encode(), request.query.get("sign", "").encode()) else "sign not match"


def _dingtalk_text(body: dict[str, Any]) -> str | None:
    """What people see; None for a type of message that is not known or that lacks its part."""
    parts = {
        "text": ("content",),
        "markdown": ("title", "text"),
        "actionCard": ("title", "text"),
        "link": ("title", "text"),
    }
    kind = str(body.get("msgtype"))
    content = body.get(kind)
    if kind not in parts or not isinstance(content, dict):
        return None
    texts = [content.get(name) for name in parts[kind]]
    return "\n".join(map(str, texts)) if all(texts) else None


def _dingtalk_refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"errcode": code, "errmsg": message}), str(code))


def _unknown_dingtalk() -> Response:
    return json_response(200, {"errcode": 300005, "errmsg": "token is not exist"})


# --------------------------------------------------------------------------------------------------- Feishu
def _feishu(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    body = json_of(request)
    text = _feishu_text(body)
    if text is None or len(request.body) > FEISHU_BYTES:
        return _feishu_refusal(receiver, 9499, "Bad Request")
    if receiver.count(now_ms, 1) >= 5 or receiver.count(now_ms, 60) >= 100:  # noqa: PLR2004 - the documented limits
        return _feishu_refusal(receiver, 11232, "frequency limited psm[lark.oapi.app_platform_runtime]")
    if receiver.secret and not _feishu_signed(receiver, body, now_ms):
        return _feishu_refusal(receiver, 19021, "sign match fail or timestamp is not within one hour from current time")
    if receiver.keyword and receiver.keyword not in text:
        return _feishu_refusal(receiver, 19024, "Key Words Not Found")
    response = json_response(
        200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
    )
    return Reply(receiver.sent(now_ms), response, "0", accepted=True, text=text)


def _feishu_signed(receiver: Receiver, body: dict[str, Any], now_ms: int) -> bool:
    timestamp, sent = body.get("timestamp"), body.get("sign")
    if not isinstance(timestamp, str) or not isinstance(sent, str) or not _is_recent(timestamp, now_ms, 1000):
        return False
    return hmac.compare_digest(_hmac(f"{timestamp}\n{receiver.secret}", "").encode(), sent.encode())


def _feishu_text(body: dict[str, Any]) -> str | None:
    kind = body.get("msg_type")
    if kind == "text" and isinstance(body.get("content"), dict):
        return str(body["content"].get("text"))
    if kind in ("interactive", "post") and isinstance(body.get("card" if kind == "interactive" else "content"), dict):
        return "\n".join(_texts(body))
    return None


def _texts(value: Any) -> list[str]:
    """Every text under the keys of a card that hold what people see."""
    if isinstance(value, dict):
        own = [v for k, v in value.items() if k in ("content", "text") and isinstance(v, str)]
        return own + [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list) else []


def _feishu_refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"code": code, "data": {}, "msg": message}), str(code))


def _unknown_feishu() -> Response:
    return json_response(
        200, {"code": 19001, "data": {}, "msg": "param invalid: incoming webhook access token invalid"}
    )


# ---------------------------------------------------------------------------------------------------- WeCom
def _wecom(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    body = json_of(request)
    kind = str(body.get("msgtype"))
    part = body.get(kind)
    content = part.get("content") if isinstance(part, dict) else None
    if kind not in WECOM_BYTES or not isinstance(content, str) or not content:
        return _wecom_refusal(receiver, 40008, "invalid message type")
    if len(content.encode()) > WECOM_BYTES[kind]:
        return _wecom_refusal(receiver, 40058, f"{kind}.content exceed max length {WECOM_BYTES[kind]}")
    if receiver.count(now_ms, 60) >= 20:  # noqa: PLR2004 - the documented limit
        return _wecom_refusal(receiver, 45009, "api freq out of limit")
    return Reply(
        receiver.sent(now_ms), json_response(200, {"errcode": 0, "errmsg": "ok"}), "0", accepted=True, text=content
    )


def _wecom_refusal(receiver: Receiver, code: int, message: str) -> Reply:
    return Reply(receiver, json_response(200, {"errcode": code, "errmsg": message}), str(code))


def _unknown_wecom() -> Response:
    return json_response(200, {"errcode": 93000, "errmsg": "invalid webhook url"})


_FEISHU_PATH = "/open-apis/bot/v2/hook/"


def _feishu_token(request: Request) -> str | None:
    return request.path.removeprefix(_FEISHU_PATH) if request.path.startswith(_FEISHU_PATH) else None


KINDS = (
    Kind(
        "dingtalk",
        ("oapi.dingtalk.com",),
        "/robot/send?access_token={token}",
        lambda request: request.query.get("access_token", "") if request.path == "/robot/send" else None,
        _dingtalk,
        _unknown_dingtalk,
    ),
    Kind(
        "feishu",
        ("open.feishu.cn", "open.larksuite.com"),
        _FEISHU_PATH + "{token}",
        _feishu_token,
        _feishu,
        _unknown_feishu,
    ),
    Kind(
        "wecom",
        ("qyapi.weixin.qq.com",),
        "/cgi-bin/webhook/send?key={token}",
        lambda request: request.query.get("key", "") if request.path == "/cgi-bin/webhook/send" else None,
        _wecom,
        _unknown_wecom,
    ),
)
