"""Slack's incoming webhooks, PagerDuty's Events API v2, and a receiver of Standard Webhooks 1.0.

Sources: docs.slack.dev "Incoming webhooks", "Rate limits", "Section block"; github.com/PagerDuty/developer-docs
docs/events-API-v2; github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yunmock.chat.model import KEPT_IDS, Kind, Receiver, Reply, json_of, json_response
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.http import Request
    from yunmock.json_types import JsonObject

SLACK_SECTION, SLACK_BLOCKS, SLACK_BURST = 3000, 50, 1
PAGERDUTY_BYTES, PAGERDUTY_PER_MINUTE = 512 * 1024, 120
PAGERDUTY_SUMMARY, PAGERDUTY_KEY = 1024, 255
SEVERITIES = ("critical", "error", "warning", "info")
TOLERANCE_S = 300
"""A webhook whose time is further from the receiver's than this is refused (the libraries' default)."""


# ---------------------------------------------------------------------------------------------------- Slack
def _slack(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if receiver.count(now_ms, 1) >= SLACK_BURST:
        return _slack_refusal(receiver, 429, "rate_limited", {"Retry-After": "1"})
    body = json_of(request)
    if not body:
        return _slack_refusal(receiver, 400, "invalid_payload")
    blocks = body.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > SLACK_BLOCKS or not all(map(_is_block, blocks)):
        return _slack_refusal(receiver, 400, "invalid_blocks")
    text = "\n".join(filter(None, [str(body.get("text") or ""), *map(_block_text, blocks)]))
    if not text:
        return _slack_refusal(receiver, 400, "no_text")
    return Reply(
        receiver.sent(now_ms), Response(200, {"Content-Type": "text/html"}, b"ok"), "ok", accepted=True, text=text
    )


def _is_block(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("type"), str) and len(_block_text(block)) <= SLACK_SECTION


def _block_text(block: Any) -> str:
    text = block.get("text") if isinstance(block, dict) else None
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def _slack_refusal(receiver: Receiver, status: int, code: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(receiver, Response(status, {"Content-Type": "text/html", **(headers or {})}, code.encode()), code)


# ------------------------------------------------------------------------------------------------ PagerDuty
def _pagerduty(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if receiver.count(now_ms, 60) >= PAGERDUTY_PER_MINUTE:
        return Reply(receiver, json_response(429, {"status": "throttle exceeded"}), "429")
    body = json_of(request)
    errors = _pagerduty_errors(body, len(request.body))
    if errors:
        answer: JsonObject = {"status": "invalid event", "message": "Event object is invalid", "errors": [*errors]}
        return Reply(receiver, json_response(400, answer), "400")
    action, key = body["event_action"], str(body.get("dedup_key") or f"generated-{now_ms}")
    known = key in receiver.open_alerts
    alerts = tuple(each for each in receiver.open_alerts if each != key)
    opened = (*alerts, key)[-KEPT_IDS:] if action == "trigger" or (known and action == "acknowledge") else alerts
    text = str(body["payload"]["summary"]) if action == "trigger" else f"{action} {key}"
    response = json_response(202, {"status": "success", "message": "Event processed", "dedup_key": key})
    # A trigger of an open alert is added to it; resolving what is not open is accepted and dropped.
    after = replace(receiver.sent(now_ms), open_alerts=opened)
    return Reply(after, response, "202", accepted=True, text=text, repeat=known == (action == "trigger"))


def _pagerduty_errors(body: dict[str, Any], size: int) -> list[str]:
    payload = body.get("payload") if isinstance(body.get("payload"), dict) else {}
    assert isinstance(payload, dict)
    action, triggers = body.get("event_action"), body.get("event_action") == "trigger"
    checks = {
        "the body is larger than 512 KB": size <= PAGERDUTY_BYTES,
        "'event_action' is not valid": action in ("trigger", "acknowledge", "resolve"),
        "'dedup_key' is missing or blank": triggers or bool(body.get("dedup_key")),
        f"'dedup_key' is longer than {PAGERDUTY_KEY}": len(str(body.get("dedup_key") or "")) <= PAGERDUTY_KEY,
        "'payload.summary' is missing or blank": not triggers or bool(payload.get("summary")),
        f"'payload.summary' is longer than {PAGERDUTY_SUMMARY}": len(str(payload.get("summary") or ""))
        <= PAGERDUTY_SUMMARY,
        "'payload.source' is missing or blank": not triggers or bool(payload.get("source")),
        "'payload.severity' is invalid": not triggers or payload.get("severity") in SEVERITIES,
    }
    return [message for message, holds in checks.items() if not holds]


def _unknown_pagerduty() -> Response:
    return json_response(
        400, {"status": "invalid event", "message": "Event object is invalid", "errors": ["Invalid routing key"]}
    )


# --------------------------------------------------------------------------------------------- any receiver
def _webhook(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    message_id = request.headers.get("webhook-id", "")
    if receiver.secret and (problem := _webhook_problem(receiver, request, now_ms)):
        return Reply(receiver, json_response(401, {"error": problem}), "401")
    repeat = bool(message_id) and message_id in receiver.seen
    after = replace(receiver.sent(now_ms), seen=(*receiver.seen, message_id)[-KEPT_IDS:])
    text = request.body.decode(errors="replace")
    return Reply(after, Response(204), "204", accepted=True, text=text, repeat=repeat)


def _webhook_problem(receiver: Receiver, request: Request, now_ms: int) -> str:
    headers = request.headers
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        return "missing required headers"
    if abs(int(timestamp[:12]) - now_ms // 1000) > TOLERANCE_S:
        return "message timestamp too old or too new"
    signed = b".".join((message_id.encode(), timestamp.encode(), request.body))
    wanted = f"v1,{_signature(receiver.secret, signed)}".encode()
    sent = [entry.encode() for entry in headers.get("webhook-signature", "").split(" ")]
    return "" if any(hmac.compare_digest(wanted, entry) for entry in sent) else "no matching signature found"


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = secret.encode()
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


_SLACK_PATH, _WEBHOOK_PATH = "/services/", "/webhook/"

KINDS = (
    Kind(
        "slack",
        ("hooks.slack.com",),
        _SLACK_PATH + "{token}",
        lambda request: request.path.removeprefix(_SLACK_PATH) if request.path.startswith(_SLACK_PATH) else None,
        _slack,
        lambda: Response(404, {"Content-Type": "text/html"}, b"no_service"),
    ),
    Kind(
        "pagerduty",
        ("events.pagerduty.com",),
        "/v2/enqueue",
        lambda request: str(json_of(request).get("routing_key", "")) if request.path == "/v2/enqueue" else None,
        _pagerduty,
        _unknown_pagerduty,
    ),
    Kind(
        "webhook",
        (),
        _WEBHOOK_PATH + "{token}",
        lambda request: request.path.removeprefix(_WEBHOOK_PATH) if request.path.startswith(_WEBHOOK_PATH) else None,
        _webhook,
        lambda: json_response(404, {"error": "no such webhook"}),
    ),
)
