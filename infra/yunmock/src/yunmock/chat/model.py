"""A receiver, what it got, and how it answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from yunmock.exact_json import check_depth
from yunmock.http import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from yunmock.http import Request
    from yunmock.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Receiver:
    """One robot, webhook or integration, and what it remembers of the messages it got.

    Attributes:
        kind: the service, such as `dingtalk`.
        token: what its address has as credential.
        secret: the key of signatures; empty if it asks for none.
        keyword: a word that every message must contain; empty if it asks for none.
        sent_at: when messages were accepted, in ms, as far back as its longest limit looks.
        blocked_until: until when it refuses everything, in ms.
        open_alerts: the dedup keys of PagerDuty's open alerts; seen: the ids of webhooks.
    """

    kind: str
    token: str
    secret: str = ""
    keyword: str = ""
    sent_at: tuple[int, ...] = ()
    blocked_until: int = 0
    open_alerts: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    def sent(self, now_ms: int) -> Receiver:
        """The receiver after one more accepted message."""
        return replace(self, sent_at=(*(at for at in self.sent_at if at > now_ms - LONGEST_WINDOW_MS), now_ms))

    def is_used_up(self, rates: Iterable[Rate], now_ms: int) -> bool:
        """Whether one more message would exceed a rate."""
        return any(sum(at > now_ms - r.seconds * 1000 for at in self.sent_at) >= r.most for r in rates)


class Rate(NamedTuple):
    """So many messages in every span of so many seconds."""

    most: int
    seconds: int


LONGEST_WINDOW_MS = 60_000
KEPT_IDS = 10_000
LONGEST_ID = 128
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One request to a receiver: when, what, and how it was answered.

    Attributes:
        accepted: whether people would see it.
        text: what they would see; repeat: whether the receiver dropped it as one it had already.
    """

    kind: str
    token: str
    at_ms: int
    accepted: bool
    code: str
    text: str = ""
    repeat: bool = False
    body: Any = field(default=None)


class Reply(NamedTuple):
    """What a receiver answers, and the receiver afterwards; `body` is what to keep of a message that is no JSON."""

    receiver: Receiver
    response: Response
    code: str
    accepted: bool = False
    text: str = ""
    repeat: bool = False
    body: Any = None


class Kind(NamedTuple):
    """One service: where its receivers are, and how they judge a request.

    Attributes:
        title: the service's name for readers.
        path: the path of a receiver on the server, with `{token}`.
        token: the credential in a request; None if the request is not for this kind.
        judge: the answer to a request at a moment, in ms.
        unknown: the answer where there is no such receiver.
        form: the type of a message, as the service names it.
        forms: the types that are answered, each with what is simplified.
        refused: the types that the service knows and yunmock does not emulate.
        limits: what is simplified, or is not proven against the real service, a sentence each.
    """

    kind: str
    title: str
    path: str
    token: Callable[[Request], str | None]
    judge: Callable[[Receiver, Request, int], Reply]
    unknown: Callable[[], Response]
    form: Callable[[Request], str]
    forms: Mapping[str, str]
    refused: Mapping[str, str]
    limits: tuple[str, ...]


def token_after(prefix: str) -> Callable[[Request], str | None]:
    """Finds the token that follows `prefix` in a path."""
    return lambda request: request.path.removeprefix(prefix) if request.path.startswith(prefix) else None


def token_in(path: str, parameter: str) -> Callable[[Request], str | None]:
    """Finds the token that requests to `path` have in a parameter of the query."""
    return lambda request: request.query.get(parameter, "") if request.path == path else None


def form_in(field_: str) -> Callable[[Request], str]:
    """Finds the type of a message in a field of its body; empty where there is none."""
    return lambda request: _text(json_of(request).get(field_))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def remembered(message_id: str) -> str:
    """An id as a receiver remembers it: a long one as its digest, since a sender may choose megabytes."""
    if len(message_id) <= LONGEST_ID:
        return message_id
    return hashlib.sha256(message_id.encode(errors="replace")).hexdigest()


def json_response(status: int, body: JsonObject, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())


def is_recent(timestamp: object, now_ms: int, unit_ms: int) -> bool:
    """Whether a timestamp in digits is at most an hour from now; `unit_ms` is 1000 where it counts seconds."""
    digits = timestamp if isinstance(timestamp, str) else ""
    return digits.isascii() and digits.isdigit() and abs(int(digits[:16]) * unit_ms - now_ms) <= HOUR_MS


def signature(key: bytes, text: bytes) -> str:
    """HMAC-SHA256 in base64, as all of these services sign."""
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def json_of(request: Request) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none, or is nested deeper than the cloud's other JSON."""
    try:
        body = json.loads(request.body)
        check_depth(body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def encode_receiver(receiver: Receiver) -> bytes:
    """A receiver as bytes, for storage."""
    return json.dumps(asdict(receiver)).encode()


def decode_receiver(stored: bytes) -> Receiver:
    """The receiver in `stored`."""
    stored_fields = json.loads(stored).items()
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stored_fields}
    return Receiver(**values)


def encode_sent(attempt: SentMessage) -> bytes:
    """An attempt as bytes, for storage."""
    return json.dumps({each.name: getattr(attempt, each.name) for each in fields(attempt)}).encode()


def decode_sent(stored: bytes) -> SentMessage:
    """The attempt in `stored`."""
    return SentMessage(**json.loads(stored))
