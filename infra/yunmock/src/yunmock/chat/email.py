"""Mailboxes: what a mail server makes of one message for one of them.

Sources: RFC 5321 (sizes of lines, codes), RFC 5322 section 3.6 (From and Date are required), RFC 3463 (enhanced codes).
"""

from __future__ import annotations

import email
from dataclasses import replace
from email import policy
from typing import TYPE_CHECKING

from yunmock.chat.model import KEPT_IDS, Kind, Receiver, Reply, remembered, token_after
from yunmock.http import Response

if TYPE_CHECKING:
    from email.message import EmailMessage

    from yunmock.http import Request

MAX_BYTES, MAX_LINE = 10 * 1024 * 1024, 998
PATH = "/mail/"
"""The path under which `mail_server` hands a message to a mailbox; it is not served over HTTP."""


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if len(request.body) > MAX_BYTES:
        return _reply(receiver, 552, "5.3.4 message too big")
    if any(len(line) > MAX_LINE for line in request.body.split(b"\r\n")) or b"\n" in request.body.replace(b"\r\n", b""):
        return _reply(receiver, 554, "5.6.0 a line is too long, or does not end in CRLF")
    message = email.message_from_bytes(request.body, policy=policy.default)
    if not all(len(message.get_all(name, [])) == 1 for name in ("From", "Date")):
        return _reply(receiver, 554, "5.6.0 From and Date are required, once")
    name = remembered(str(message.get("Message-ID", "")))
    after = replace(receiver.sent(now_ms), seen=(*receiver.seen, name)[-KEPT_IDS:])
    return Reply(
        after,
        _response(250, "2.0.0 OK"),
        "250",
        accepted=True,
        text=_text(message),
        repeat=bool(name) and name in receiver.seen,
        body=request.body.decode(errors="replace"),
    )


def _text(message: EmailMessage) -> str:
    """The subject and the plain text: what a reader without HTML sees."""
    plain = message.get_body(("plain",))
    shown = plain.get_content() if plain is not None else ""
    return f"{message.get('Subject', '')}\n{shown}".replace("\r\n", "\n").strip()


def _reply(receiver: Receiver, code: int, text: str) -> Reply:
    return Reply(receiver, _response(code, text), str(code))


def _response(code: int, text: str) -> Response:
    return Response(code, {}, text.encode())


KIND = Kind(
    "email",
    "E-mail over SMTP",
    "{token}",
    token_after(PATH),
    _judge,
    lambda: _response(550, "5.1.1 no such mailbox"),
    lambda request: "BINARYMIME" if request.headers.get("body", "").upper() == "BINARYMIME" else "DATA",
    {"DATA": "EHLO, STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP, QUIT; SIZE and 8BITMIME"},
    {"BINARYMIME": "there is no BDAT"},
    (
        "A repeat, known by its Message-ID, is accepted and marked, as some mail services hide it.",
        "There is no rate: servers differ. `Fault` can answer 421, 450 or 452.",
        "Stricter than many servers: a line over 998 bytes, a bare LF, or no From or Date is refused with 554.",
        "Mail is not sent on, and who it is from is not checked (no SPF, DKIM or DMARC).",
    ),
)
