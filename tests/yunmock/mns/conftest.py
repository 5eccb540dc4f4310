"""A client that signs and sends requests as the vendor's SDK does, to a cloud in process or served."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""


@dataclass
class Answer:
    """What the service answered."""

    status: int
    headers: Any
    body: bytes

    @property
    def root(self) -> ET.Element:
        """The document."""
        return ET.fromstring(self.body)  # noqa: S314 - our own server's

    @property
    def name(self) -> str:
        """The name of the document's root; empty without a document."""
        return self.root.tag.removeprefix(f"{{{NAMESPACE}}}") if self.body else ""

    @property
    def fields(self) -> dict[str, str]:
        """The texts of the root's children by name."""
        return _fields(self.root)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The same of each child of the root."""
        return [_fields(child) for child in self.root]

    @property
    def error(self) -> tuple[int, str]:
        """Status and code."""
        return self.status, self.fields["Code"]


def _fields(element: ET.Element) -> dict[str, str]:
    return {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child.text or "" for child in element}


@dataclass
class QueueClient:
    """Speaks the 2015-06-06 API. The signature follows https://help.aliyun.com/document_detail/27487.html."""

    url: str
    key: str
    secret: str
    token: str = ""
    signed_target: str = ""
    left_out: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, target: str, body: bytes = b"", **mns: str) -> Answer:
        """Make one call; `mns` are headers, `ret_number` is `x-mns-ret-number`."""
        headers = {
            "date": "Thu, 01 Jan 2026 00:00:00 GMT",
            "x-mns-version": "2015-06-06",
            **{f"x-mns-{name.replace('_', '-')}": value for name, value in mns.items()},
        }
        if body:
            headers["content-type"] = "text/xml;charset=utf-8"
            headers["content-md5"] = base64.b64encode(hashlib.md5(body).hexdigest().encode()).decode()  # noqa: S324 - RFC 1864
        headers |= self.extra
        headers["authorization"] = f"MNS {self.key}:{self._sign(method, self.signed_target or target, headers)}"
        if self.token:
            headers["security-token"] = self.token
        sent = {name: value for name, value in headers.items() if name not in self.left_out}
        got = requests.request(method, self.url + target, data=body or None, headers=sent, timeout=60)
        return Answer(got.status_code, got.headers, got.content)

    def create(self, queue: str = "q", **attributes: object) -> Answer:
        """CreateQueue."""
        return self.call("PUT", f"/queues/{queue}", document("Queue", attributes))

    def send(self, body: str = "hello", queue: str = "q", **settings: object) -> Answer:
        """SendMessage."""
        return self.call("POST", f"/queues/{queue}/messages", document("Message", {"MessageBody": body, **settings}))

    def receive(self, queue: str = "q", query: str = "") -> Answer:
        """ReceiveMessage, or BatchReceiveMessage with numOfMessages in the query."""
        return self.call("GET", f"/queues/{queue}/messages{query}")

    def peek(self, queue: str = "q") -> Answer:
        """PeekMessage."""
        return self.receive(queue, "?peekonly=true")

    def delete(self, handle: str, queue: str = "q") -> Answer:
        """DeleteMessage."""
        return self.call("DELETE", f"/queues/{queue}/messages?ReceiptHandle={handle}")

    def attributes(self, queue: str = "q") -> dict[str, str]:
        """GetQueueAttributes."""
        return self.call("GET", f"/queues/{queue}").fields

    def _sign(self, method: str, target: str, headers: dict[str, str]) -> str:
        own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-"))
        md5, kind = headers.get("content-md5", ""), headers.get("content-type", "")
        text = f"{method}\n{md5}\n{kind}\n{headers['date']}\n{own}{target}"
        return base64.b64encode(hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def document(root: str, content: dict[str, object]) -> bytes:
    """A request's document."""
    inside = "".join(f"<{name}>{escape(str(value), {chr(13): '&#13;'})}</{name}>" for name, value in content.items())
    return f'<?xml version="1.0" encoding="utf-8"?><{root} xmlns="{NAMESPACE}">{inside}</{root}>'.encode()


def batch(root: str, name: str, entries: list[dict[str, object]]) -> bytes:
    """A request's document with several entries."""
    element = ET.Element(root, xmlns=NAMESPACE)
    for entry in entries:
        child = ET.SubElement(element, name)
        for key, value in entry.items():
            ET.SubElement(child, key).text = str(value)
    return ET.tostring(element)


def client_of(place: Place, key: str = "", secret: str = "", token: str = "", **fields: Any) -> QueueClient:
    """A client for a place, by default with the account's keys."""
    account = place.cloud.account
    url = place.endpoints.get("mns", f"http://{account.account_id}.mns.{account.region}.aliyuncs.com")
    return QueueClient(url, key or account.access_key_id, secret or account.access_key_secret, token, **fields)


@pytest.fixture
def everywhere(place: Place) -> QueueClient:
    """A client for each place, with a frozen clock and a queue `q`."""
    return _ready(place)


@pytest.fixture
def client(here: Place) -> QueueClient:
    """A client in process, with a frozen clock and a queue `q`."""
    return _ready(here)


def _ready(place: Place) -> QueueClient:
    place.cloud.clock.freeze(NOW_MS)
    made = client_of(place)
    assert made.create().status == 201
    return made


@pytest.fixture
def pass_time(here: Place) -> Callable[[float], None]:
    """Moves the clock of the cloud in process by seconds."""
    return here.cloud.advance
