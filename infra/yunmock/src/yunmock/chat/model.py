"""A receiver, what it got, and how it answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from yunmock.http import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    def count(self, now_ms: int, seconds: int) -> int:
        """How many messages it accepted in the last `seconds`."""
        return sum(at > now_ms - seconds * 1000 for at in self.sent_at)


LONGEST_WINDOW_MS = 60_000
KEPT_IDS = 10_000


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
    """What a receiver answers, and the receiver afterwards."""

    receiver: Receiver
    response: Response
    code: str
    accepted: bool = False
    text: str = ""
    repeat: bool = False


class Kind(NamedTuple):
    """One service: where its receivers are, and how they judge a request.

    Attributes:
        path: the path of a receiver on the server, with `{token}`; hosts: the real hosts.
        token: the credential in a request; None if the request is not for this kind.
        judge: the answer to a request at a moment, in ms.
        unknown: the answer where there is no such receiver.
    """

    kind: str
    hosts: tuple[str, ...]
    path: str
    token: Callable[[Request], str | None]
    judge: Callable[[Receiver, Request, int], Reply]
    unknown: Callable[[], Response]


def json_response(status: int, body: JsonObject, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())


def json_of(request: Request) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def encode_receiver(receiver: Receiver) -> bytes:
    """A receiver as bytes, for storage."""
    return json.dumps(asdict(receiver)).encode()


def decode_receiver(stored: bytes) -> Receiver:
    """The receiver in `stored`."""
    stored_fields = json.loads(stored).items()
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stored_fields}
    return Receiver(**fields)


def encode_sent(attempt: SentMessage) -> bytes:
    """An attempt as bytes, for storage."""
    return json.dumps(asdict(attempt)).encode()


def decode_sent(stored: bytes) -> SentMessage:
    """The attempt in `stored`."""
    return SentMessage(**json.loads(stored))
