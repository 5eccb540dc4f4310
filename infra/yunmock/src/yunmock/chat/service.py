"""The receivers of one cloud: requests in, answers out, and everything that was sent, for tests to look at."""

from __future__ import annotations

import re
import struct
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.chat.kinds import KINDS
from yunmock.chat.model import (
    Receiver,
    SentMessage,
    decode_receiver,
    decode_sent,
    encode_receiver,
    encode_sent,
    json_of,
    json_response,
)
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.chat.model import Kind, Reply
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.storage import Space

SERVICE = "chat"
KEPT_ATTEMPTS = 10_000
MAX_ATTEMPT_BYTES = 32 * 2**20
TOKEN = re.compile(r"[\w/.@+-]+", re.ASCII)
_NUMBER = struct.Struct(">Q")
_NEXT = b"next"
_SIZE = b"size"


class ChatService:
    """DingTalk, Feishu, WeCom, Slack, PagerDuty and webhooks: `add` makes a receiver, `attempts` shows what it got.

    Attributes:
        max_bytes: when more bytes of attempts are kept, the oldest are dropped, but never the newest.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self.max_bytes = MAX_ATTEMPT_BYTES
        self._clock, self._storage = cloud.clock, cloud.storage
        self._receivers: Space[Receiver] = cloud.storage.space("chat.receiver", encode_receiver, decode_receiver)
        self._attempts: Space[SentMessage] = cloud.storage.space("chat.attempt", encode_sent, decode_sent)
        self._counter: Space[bytes] = cloud.storage.space("chat.counter", bytes, bytes)

    def add(self, kind: str, token: str, *, secret: str = "", keyword: str = "") -> str:
        """Make a receiver, or replace it, and return the path of its address.

        Args:
            token: the credential in its address; for PagerDuty the routing key.
            secret: the key of its signatures; empty accepts unsigned messages.
            keyword: a word that each message must contain.

        Raises:
            ValueError: there is no such kind, or the token has other characters than those of `TOKEN`.
        """
        if kind not in KINDS:
            raise ValueError(f"a receiver is one of {', '.join(KINDS)}, not {kind[:40]!r}")
        if not TOKEN.fullmatch(token):
            raise ValueError("a token has letters, digits, -, _ and /; a mailbox is an address such as ops@example.com")
        self._receivers.put(_key(kind, token), Receiver(kind, token, secret, keyword))
        return KINDS[kind].path.format(token=token)

    def has(self, kind: str, token: str) -> bool:
        """Whether there is such a receiver."""
        return self._receivers.get(_key(kind, token)) is not None

    def attempts(self, kind: str | None = None, token: str | None = None) -> list[SentMessage]:
        """What was sent to a receiver, to a kind or to all, accepted or not, the oldest first."""
        every = (attempt for _, attempt in self._attempts.scan())
        return [a for a in every if kind in (None, a.kind) and token in (None, a.token)]

    def newest(self, most: int) -> list[SentMessage]:
        """What was sent to any receiver, the newest first."""
        return [attempt for _, attempt in islice(self._attempts.scan(reverse=True), most)]

    def messages(self, kind: str | None = None, token: str | None = None) -> list[str]:
        """The texts that people saw."""
        return [attempt.text for attempt in self.attempts(kind, token) if attempt.accepted]

    def operation(self, request: Request) -> str:
        """The kind of the receiver, for the log and for faults."""
        found = _kind_of(request)
        return found[0].kind if found else "unknown"

    def handle(self, request: Request) -> Response:
        """Take one message."""
        found = _kind_of(request)
        if found is None or request.method != "POST":
            return json_response(405 if found else 404, {"error": "no receiver of this kind, or not a POST"})
        kind, token = found
        if (form := kind.form(request)) in kind.refused:
            return json_response(501, {"error": f"yunmock does not emulate {form!r} of {kind.title}"})
        now_ms = self._clock.now_ms()
        with self._storage.atomic():
            receiver = self._receivers.get(_key(kind.kind, token))
            if receiver is None:
                self._keep(SentMessage(kind.kind, token, now_ms, accepted=False, code="unknown", body=json_of(request)))
                return kind.unknown()
            answer = kind.judge(receiver, request, now_ms)
            self._receivers.put(_key(kind.kind, token), answer.receiver)
            self._keep(_sent_message(answer, now_ms, request))
        return answer.response

    def fail(self, request: Request, fault: Fault) -> Response:
        """The answer that a fault asks for: its status and code."""
        body: JsonObject = {"errcode": fault.code, "code": fault.code, "errmsg": fault.message, "msg": fault.message}
        return json_response(fault.status, body) if request.path else Response(fault.status)

    def control(self, call: str, arguments: JsonObject) -> JsonValue:
        """`chat/receivers` makes a receiver, `chat/messages` lists what arrived."""
        if call == "chat/receivers":
            named = {name: str(arguments.get(name, "")) for name in ("secret", "keyword")}
            return {"path": self.add(str(arguments["kind"]), str(arguments["token"]), **named)}
        if call == "chat/messages":
            return {"messages": [_shown(attempt) for attempt in self.attempts()]}
        raise LookupError(call)

    def _keep(self, attempt: SentMessage) -> None:
        number = self._number(_NEXT)
        self._attempts.put(_NUMBER.pack(number), attempt)
        self._counter.put(_NEXT, _NUMBER.pack(number + 1))
        size = self._number(_SIZE) + len(encode_sent(attempt))
        self._counter.put(_SIZE, _NUMBER.pack(self._trim(number, size)))

    def _trim(self, newest: int, size: int) -> int:
        """Drop the oldest attempts until the rest is within the limits; the bytes of what is left."""
        if newest < KEPT_ATTEMPTS and size <= self.max_bytes:
            return size
        first = _NUMBER.pack(max(0, newest + 1 - KEPT_ATTEMPTS))
        for number, attempt in self._attempts.scan(end=_NUMBER.pack(newest)):
            if number >= first and size <= self.max_bytes:
                break
            self._attempts.delete(number)
            size = max(0, size - len(encode_sent(attempt)))
        return size

    def _number(self, name: bytes) -> int:
        stored = self._counter.get(name)
        return 0 if stored is None else int(_NUMBER.unpack(stored)[0])


def _sent_message(answer: Reply, now_ms: int, request: Request) -> SentMessage:
    receiver = answer.receiver
    return SentMessage(
        receiver.kind,
        receiver.token,
        now_ms,
        accepted=answer.accepted,
        code=answer.code,
        text=answer.text,
        repeat=answer.repeat,
        body=json_of(request) if answer.body is None else answer.body,
    )


def _kind_of(request: Request) -> tuple[Kind, str] | None:
    for kind in KINDS.values():
        token = kind.token(request)
        if token is not None:
            return kind, token
    return None


def _key(kind: str, token: str) -> bytes:
    return f"{kind}\0{token}".encode(errors="replace")


def _shown(attempt: SentMessage) -> JsonObject:
    names = ("kind", "token", "at_ms", "accepted", "code", "text", "repeat", "body")
    return {name: getattr(attempt, name) for name in names}
