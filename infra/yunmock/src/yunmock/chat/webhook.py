"""A receiver of Standard Webhooks 1.0: for any sender that signs so.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md (headers, signature, rotation of
secrets), and its libraries (five minutes of tolerance).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.chat.model import KEPT_IDS, Kind, Receiver, Reply, json_response, remembered, signature, token_after
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.http import Request

TOLERANCE_S = 300
PATH = "/webhook/"


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    message_id = request.headers.get("webhook-id", "")
    known_as = remembered(message_id)
    if receiver.secret and (problem := _problem(receiver, request, now_ms)):
        return Reply(receiver, json_response(401, {"error": problem}), "401")
    repeat = bool(message_id) and known_as in receiver.seen
    after = replace(receiver.sent(now_ms), seen=(*receiver.seen, known_as)[-KEPT_IDS:])
    text = request.body.decode(errors="replace")
    return Reply(after, Response(204), "204", accepted=True, text=text, repeat=repeat)


def _problem(receiver: Receiver, request: Request, now_ms: int) -> str:
    headers = request.headers
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        return "missing required headers"
    if abs(int(timestamp[:12]) - now_ms // 1000) > TOLERANCE_S:
        return "message timestamp too old or too new"
    signed = b".".join((message_id.encode(), timestamp.encode(), request.body))
    wanted = f"v1,{signature(_key(receiver.secret), signed)}".encode()
    sent = [entry.encode() for entry in headers.get("webhook-signature", "").split(" ")]
    return "" if any(hmac.compare_digest(wanted, entry) for entry in sent) else "no matching signature found"


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _form(request: Request) -> str:
    """The version of the signature: that of the one which is checked, where there are several."""
    entries = request.headers.get("webhook-signature", "").split(" ")
    only_others = any(entries) and not any(entry.startswith("v1,") for entry in entries)
    return entries[0].partition(",")[0] if only_others else "v1"


KIND = Kind(
    "webhook",
    "Standard Webhooks 1.0",
    PATH + "{token}",
    token_after(PATH),
    _judge,
    lambda: json_response(404, {"error": "no such webhook"}),
    _form,
    {"v1": "signed with HMAC-SHA256; a list of signatures counts if one of them is right"},
    {"v1a": "asymmetric signatures are not emulated"},
    (
        "A repeat, known by its webhook-id, is accepted and marked; the newest 10,000 ids of a receiver are known.",
        "There is no rate and no size: a receiver of your own decides both. `Fault` can answer 410, 429 or 503.",
    ),
)
