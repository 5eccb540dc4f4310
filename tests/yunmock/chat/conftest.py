"""A cloud whose clock stands, and a client of the standard library that knows the receivers' real addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, Request, build_opener

import pytest

from yunmock import local_cloud, mock_aliyun
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock import Cloud
    from yunmock.chat.service import ChatService

NOON_MS = 1_790_000_000_000
HOSTS = {
    "dingtalk": "https://oapi.dingtalk.com",
    "feishu": "https://open.feishu.cn",
    "wecom": "https://qyapi.weixin.qq.com",
    "slack": "https://hooks.slack.com",
    "pagerduty": "https://events.pagerduty.com",
}
OPENER = build_opener(HTTPSHandler(context=ssl.create_default_context()))
"""One for all requests: making a context takes longer than a request."""
KINDS = (*HOSTS, "webhook")


class Answer(NamedTuple):
    """What a receiver answered."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def code(self) -> Any:
        """The code in the body, as each service names it; the status where there is none."""
        try:
            found = json.loads(self.body or "{}")
        except ValueError:
            return self.body
        return found.get("errcode", found.get("code", self.status))


class Receivers:
    """The receivers of a cloud, and how to send to them."""

    def __init__(self, cloud: Cloud, stack: ExitStack) -> None:
        self.cloud = cloud
        self._stack = stack

    @cached_property
    def server(self) -> str:
        """The address of a server of the cloud, which webhooks need: they have no real one."""
        return f"http://{self._stack.enter_context(Server(self.cloud)).address}"

    @property
    def service(self) -> ChatService:
        """The emulated chats."""
        return cast("ChatService", self.cloud.services["chat"])

    def url(self, kind: str, name: str = "token-1", **options: str) -> str:
        """The address of a new receiver: the real one where there is one."""
        return (HOSTS.get(kind) or self.server) + self.service.add(kind, name, **options)

    def post(self, url: str, body: object, headers: Mapping[str, str] | None = None, method: str = "POST") -> Answer:
        """Send JSON, or bytes as they are."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(url, sent, {"Content-Type": "application/json", **(headers or {})}, method=method)  # noqa: S310 - an address of this file
        try:
            with OPENER.open(request, timeout=10) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read().decode())
        except HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode())

    def codes(self, kind: str | None = None) -> list[str]:
        """The codes of all answers so far."""
        return [attempt.code for attempt in self.service.attempts(kind)]


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """A cloud at one moment, at the real addresses and, for who asks, behind a server."""
    with ExitStack() as stack:
        cloud = local_cloud()
        cloud.clock.freeze(NOON_MS)
        stack.callback(cloud.close)
        stack.enter_context(mock_aliyun(cloud))
        yield Receivers(cloud, stack)


def hmac_base64(key: str | bytes, text: str | bytes) -> str:
    """HMAC-SHA256 in base64."""
    key, text = (each.encode() if isinstance(each, str) else each for each in (key, text))
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def sample(kind: str, text: str = "disk full", form: str = "") -> dict[str, Any]:
    """A message of one of the service's types that it accepts; the default is its plainest."""
    post = {"en_us": {"content": [[{"tag": "text", "text": text}]]}}
    card = {"elements": [{"tag": "markdown", "content": text}]}
    forms: dict[str, dict[str, dict[str, Any]]] = {
        "dingtalk": {
            "text": {"msgtype": "text", "text": {"content": text}},
            "markdown": {"msgtype": "markdown", "markdown": {"title": "alarm", "text": text}},
            "actionCard": {"msgtype": "actionCard", "actionCard": {"title": "alarm", "text": text}},
            "link": {"msgtype": "link", "link": {"title": "alarm", "text": text, "messageUrl": "https://x.example"}},
        },
        "feishu": {
            "text": {"msg_type": "text", "content": {"text": text}},
            "post": {"msg_type": "post", "content": {"post": post}},
            "interactive": {"msg_type": "interactive", "card": card},
        },
        "wecom": {
            "text": {"msgtype": "text", "text": {"content": text}},
            "markdown": {"msgtype": "markdown", "markdown": {"content": text}},
        },
        "slack": {
            "text": {"text": text},
            "blocks": {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]},
        },
        "pagerduty": {
            action: {
                "routing_key": "token-1",
                "event_action": action,
                "dedup_key": "disk",
                "payload": {"summary": text, "source": "web-1", "severity": "error"},
            }
            for action in ("trigger", "acknowledge", "resolve")
        },
        "webhook": {"v1": {"alarm": text}},
    }
    return forms[kind][form or next(iter(forms[kind]))]
