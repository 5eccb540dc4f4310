"""Slack's incoming webhooks.

Sources: docs.slack.dev "Sending messages using incoming webhooks" (answers), "Rate limits" (one message a second),
"Section block" (3,000 characters), "Blocks" (50); github.com/slackapi/bolt-js/issues/2509 (about 13,200 in all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.chat.model import Kind, Rate, Receiver, Reply, json_of, token_after
from yunmock.http import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.http import Request

MAX_SECTION, MAX_BLOCKS, MAX_CHARACTERS = 3000, 50, 13_200
RATES = (Rate(1, 1),)
PATH = "/services/"
_HTML = {"Content-Type": "text/html"}


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if receiver.is_used_up(RATES, now_ms):
        return _refusal(receiver, 429, "rate_limited", {"Retry-After": "1"})
    body = json_of(request)
    blocks = body.get("blocks", [])
    if problem := _problem(body, blocks):
        return _refusal(receiver, 400, problem)
    text = "\n".join(filter(None, [_plain(body.get("text")), *map(_block_text, blocks)]))
    if not text:
        return _refusal(receiver, 400, "no_text")
    return Reply(receiver.sent(now_ms), Response(200, _HTML, b"ok"), "ok", accepted=True, text=text)


def _problem(body: Mapping[str, Any], blocks: Any) -> str:
    if not body:
        return "invalid_payload"
    if not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS or not all(map(_is_block, blocks)):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(len(_block_text(block)) for block in blocks) > MAX_CHARACTERS else ""


def _is_block(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("type"), str) and len(_block_text(block)) <= MAX_SECTION


def _block_text(block: Any) -> str:
    text = block.get("text") if isinstance(block, dict) else None
    return _plain(text.get("text")) if isinstance(text, dict) else ""


def _plain(text: object) -> str:
    return text if isinstance(text, str) else ""


def _refusal(receiver: Receiver, status: int, code: str, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(receiver, Response(status, {**_HTML, **(headers or {})}, code.encode()), code)


def _form(request: Request) -> str:
    body = json_of(request)
    return next((name for name in ("attachments", "blocks") if body.get(name)), "text")


KIND = Kind(
    "slack",
    "Slack",
    PATH + "{token}",
    token_after(PATH),
    _judge,
    lambda: Response(404, _HTML, b"no_service"),
    _form,
    {"text": "", "blocks": "the number, the length of texts, and that each has a type; not what each type needs"},
    {"attachments": "they are older than blocks"},
    (
        "Mentions and links are kept as text.",
        "One message a second, without the short bursts that the service allows.",
        "Workflow webhooks (`/triggers/`, `/workflows/`) are not emulated.",
        "Unproven: the words of a 429. Here they are `rate_limited`, with Retry-After.",
    ),
)
