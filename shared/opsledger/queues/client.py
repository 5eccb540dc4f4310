"""The API of Simple Message Queue, version 2015-06-06, on the standard library.

Calls: https://www.alibabacloud.com/help/doc-detail/35134.htm (SendMessage), 35136 (ReceiveMessage), 35138
(DeleteMessage) and 35142 (ChangeMessageVisibility). Signature: https://help.aliyun.com/document_detail/27487.html.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from opsledger.errors import MisconfiguredError, ThrottledError, UnavailableError
from opsledger.queues import BATCH, QueueMessage
from opsledger.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsledger.settings import AccessKeys

VERSION = "2015-06-06"
NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
TIMEOUT_S = 10
ARN = r"acs:mns:(?P<region>[a-z0-9-]+):(?P<account>\d+):/?queues/(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(/messages)?"
"""The name that Function Compute and EventBridge have for a queue."""
HOST = "https://{account}.mns.{region}.aliyuncs.com"

_SERVER_ERROR, _TOO_MANY = 500, 429
_GONE = frozenset({"MessageNotExist", "ReceiptHandleError"})
"""Errors of a message whose receipt handle has run out."""
_EMPTY = frozenset({"MessageNotExist"})


class SmqQueue:
    """One queue of the service.

    Args:
        arn: the queue's ARN, `acs:mns:<region>:<account>:/queues/<name>/messages`.
        credentials: who calls.
        endpoint: the service's address, if it is not the public one of the ARN's account and region.

    Raises:
        MisconfiguredError: the ARN names no queue.
    """

    def __init__(self, arn: str, credentials: AccessKeys, endpoint: str = "") -> None:
        found = re.fullmatch(ARN, arn, re.ASCII)
        if found is None:
            raise MisconfiguredError(
                f"{arn[:200]!r} is no queue; write acs:mns:<region>:<account>:/queues/<name>/messages"
            )
        self.name = found["name"]
        self._path = f"/queues/{self.name}/messages"
        self._address = urlsplit(endpoint or HOST.format(**found.groupdict()))
        self._credentials = credentials

    def send(self, body: str) -> None:
        """SendMessage."""
        self._call("POST", "", _document("Message", f"<MessageBody>{escape(body)}</MessageBody>"))

    def receive(self, limit: int) -> Sequence[QueueMessage]:
        """BatchReceiveMessage, without waiting for messages that are not there yet."""
        answered = self._call("GET", f"?numOfMessages={min(limit, BATCH)}&waitseconds=0", missing=_EMPTY)
        return [] if answered is None else [_message(element) for element in answered]

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """BatchDeleteMessage.

        Some may fail, each with its own error; one whose handle has run out is simply received again.
        """
        if not messages:
            return 0
        handles = "".join(f"<ReceiptHandle>{escape(message.handle)}</ReceiptHandle>" for message in messages)
        answered = self._call("DELETE", "", _document("ReceiptHandles", handles), partly="Errors")
        errors = [] if answered is None else [_fields(element).get("ErrorCode", "") for element in answered]
        if unexpected := set(errors) - _GONE:
            raise UnavailableError(f"queue {self.name}: messages are not deleted: {', '.join(sorted(unexpected))}")
        return len(errors)

    def release(self, messages: Sequence[QueueMessage]) -> None:
        """ChangeMessageVisibility to the shortest time, one second; a handle that has run out hides no message."""
        for message in messages:
            query = f"?receiptHandle={quote(message.handle, safe='')}&visibilityTimeout=1"
            self._call("PUT", query, missing=_GONE)

    def _call(
        self, method: str, query: str, body: bytes = b"", *, missing: Collection[str] = (), partly: str = ""
    ) -> ET.Element | None:
        """Make one call; return the document of the answer, or None if there is none.

        Args:
            missing: the error codes that mean that there is nothing.
            partly: the name of the document that says which entries of a batch failed.

        Raises:
            WorldFailedError: the service does not answer, or refuses.
        """
        status, content = self._send(method, self._path + query, body)
        root = _parsed(self.name, content) if content else None
        if status < 300:  # noqa: PLR2004 - HTTP: it is done
            return root
        if root is not None and partly and _local(root.tag) == partly:
            return root
        fields = {} if root is None else _fields(root)
        code = fields.get("Code", "") or str(status)
        if code in missing:
            return None
        raise _failure(status)(f"queue {self.name}: {code}: {fields.get('Message', '')[:500]}")

    def _send(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        connection = (
            HTTPSConnection(self._address.netloc, timeout=TIMEOUT_S, context=tls_context())
            if self._address.scheme == "https"
            else HTTPConnection(self._address.netloc, timeout=TIMEOUT_S)
        )
        try:
            connection.request(method, target, body or None, self._headers(method, target, body))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            why = f"{type(error).__name__}: {error}"
            raise UnavailableError(f"queue {self.name}: {self._address.netloc} does not answer: {why[:200]}") from error
        finally:
            connection.close()

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        headers = {"date": formatdate(usegmt=True), "x-mns-version": VERSION}
        if body:
            md5 = hashlib.md5(body, usedforsecurity=False).digest()
            headers["content-type"] = "text/xml;charset=utf-8"
            headers["content-md5"] = base64.b64encode(md5).decode()
        headers["authorization"] = f"MNS {self._credentials.key_id}:{self._signature(method, target, headers)}"
        if self._credentials.token:
            headers["security-token"] = self._credentials.token
        return headers

    def _signature(self, method: str, target: str, headers: dict[str, str]) -> str:
        md5, kind = headers.get("content-md5", ""), headers.get("content-type", "")
        text = f"{method}\n{md5}\n{kind}\n{headers['date']}\nx-mns-version:{VERSION}\n{target}"
        return base64.b64encode(hmac.digest(self._credentials.secret.encode(), text.encode(), "sha1")).decode()


def _failure(status: int) -> type[MisconfiguredError | ThrottledError | UnavailableError]:
    if status >= _SERVER_ERROR:
        return UnavailableError
    return ThrottledError if status == _TOO_MANY else MisconfiguredError


def _document(root: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><{root} xmlns="{NAMESPACE}">{inside}</{root}>'.encode()


def _parsed(name: str, content: bytes) -> ET.Element:
    try:
        return ET.fromstring(content)  # noqa: S314 - the service's own answer; the parser limits entities since 2.4.1
    except ET.ParseError as error:
        raise UnavailableError(f"queue {name}: the answer is no XML: {error}") from error


def _message(element: ET.Element) -> QueueMessage:
    fields = _fields(element)
    return QueueMessage(
        id=fields.get("MessageId", ""),
        body=fields.get("MessageBody", ""),
        handle=fields.get("ReceiptHandle", ""),
        sent=int(fields.get("EnqueueTime") or 0),
        times=int(fields.get("DequeueCount") or 0),
    )


def _fields(element: ET.Element) -> dict[str, str]:
    return {_local(child.tag): child.text or "" for child in element}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
