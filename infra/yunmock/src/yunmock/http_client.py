"""Connect clients that are built on the standard library's `http.client` to a cloud in this process.

`HTTPConnection.connect` is patched, for every connection to a host of Alibaba Cloud: what would be its socket hands
each complete request to the cloud. `urllib.request` goes through it; `requests` and urllib3 do not. Contexts nest: the
one entered last answers.
"""

from __future__ import annotations

import io
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from yunmock.errors import EndpointRefusedError, ServiceUnavailableError
from yunmock.http import ConnectionDroppedError, Request
from yunmock.nesting import NestedClouds
from yunmock.routing import by_host, is_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.http import Response

_originals: dict[type[HTTPConnection], Callable[[Any], None]] = {}


def patched(cloud: Cloud) -> AbstractContextManager[None]:
    """While inside, connections of `http.client` to hosts of Alibaba Cloud are answered by `cloud`."""
    return _CLOUDS.entered(cloud)


def _install() -> None:
    for kind in (HTTPConnection, HTTPSConnection):
        _originals[kind] = kind.connect
        kind.connect = _connecting(kind.connect)  # type: ignore[assignment, method-assign]  # the patch


def _remove() -> None:
    for kind, original in _originals.items():
        kind.connect = original  # type: ignore[assignment, method-assign]  # as it was


_CLOUDS = NestedClouds(_install, _remove)


def _connecting(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def connect(connection: HTTPConnection) -> None:
        host = connection.host.lower()
        service = by_host(host)
        if service is not None:
            connection.sock = CloudSocket(service, host)
        elif is_aliyun(host):
            raise EndpointRefusedError(
                f"a connection to {host} was refused while mock_aliyun is active: yunmock emulates no service there"
            )
        else:
            original(connection)

    return connect


class CloudSocket:
    """A connection to one service: as much of a socket as `http.client` and programs around it use."""

    def __init__(self, service: str, host: str) -> None:
        self._service, self._host = service, host
        self._sent = bytearray()
        self._head: _Head | None = None
        self._answer = io.BytesIO()
        self._closed = False
        self._timeout: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        """How long to wait; an answer is there at once, so only 0 matters."""
        self._timeout = seconds

    def setsockopt(self, *_option: Any) -> None:
        """Nothing: there is no network."""

    def sendall(self, data: bytes) -> None:
        """Take a part of a request; when it is complete, let the cloud answer.

        Raises:
            BrokenPipeError: the cloud has closed the connection.
            EndpointRefusedError: the request is sent in chunks, or this installation lacks the service.
        """
        if self._closed:
            raise BrokenPipeError("the cloud has closed the connection")
        self._sent += data
        self._head = self._head or _read_head(self._sent, self._host)
        if self._head is None or len(self._sent) < self._head.end:
            return
        request = self._head.request(bytes(self._sent[self._head.start :]), self._host)
        self._sent.clear()
        self._head = None
        try:
            reply = _serialized(_CLOUDS.current().handle(self._service, request))
        except ServiceUnavailableError as error:
            raise EndpointRefusedError(f"a request to {self._host} was refused: {error}") from error
        except ConnectionDroppedError:
            self._closed, reply = True, b""
        rest = self._answer.read()
        self._answer = io.BytesIO(rest + reply)

    def recv(self, size: int) -> bytes:
        """Some bytes of the answer; none where the cloud has closed the connection.

        Raises:
            BlockingIOError: there is no answer and no time to wait for one.
            TimeoutError: there is no answer.
        """
        received = self._answer.read(size)
        if received or self._closed:
            return received
        raise BlockingIOError if self._timeout == 0 else TimeoutError("no request was sent")

    def recv_into(self, buffer: Any) -> int:
        """The same, into a buffer."""
        received = self.recv(len(buffer))
        buffer[: len(received)] = received
        return len(received)

    def makefile(self, _mode: str, *_args: Any) -> io.BufferedReader:
        """The answer as a file."""
        return io.BufferedReader(_File(self))

    def close(self) -> None:
        """Close the connection."""
        self._closed = True


class _File(io.RawIOBase):
    def __init__(self, source: CloudSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(buffer)


class _Head(NamedTuple):
    """The head of a request that is being sent, and where its body starts and ends."""

    line: str
    headers: dict[str, str]
    start: int
    end: int

    def request(self, body: bytes, host: str) -> Request:
        """The request, now that its body is there."""
        method, target, _ = self.line.split(" ")
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {}
        return Request(
            method,
            unquote(parts.path) or "/",
            self.headers,
            body,
            query,
            host=self.headers.get("host", host),
            target=target,
        )


def _read_head(sent: bytearray, host: str) -> _Head | None:
    """The head in what was sent; None while a part of it is missing."""
    end = sent.find(b"\r\n\r\n")
    if end < 0:
        return None
    line, *lines = sent[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise EndpointRefusedError(
            f"a request to {host} was refused while mock_aliyun is active: it has Transfer-Encoding, and yunmock takes "
            "requests of http.client with Content-Length only; give the length, or the body as bytes"
        )
    start = end + 4
    return _Head(line, headers, start, start + int(headers.get("content-length", 0)))


def _serialized(response: Response) -> bytes:
    headers: Mapping[str, str] = {**response.headers, "Content-Length": str(len(response.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() != "transfer-encoding")
    return f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n{lines}\r\n".encode("latin-1") + (
        response.body
    )
