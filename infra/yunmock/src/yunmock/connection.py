"""One peer's HTTP/1.1 connection: h11 reads the requests and writes the responses; this module refuses more than h11.

A request that two programs may read in two ways is refused: a folded header line, a line that ends without CR, a
Content-Length that is given twice or together with Transfer-Encoding, a Host that is malformed or that differs from the
one in the address. What is not HTTP, or too large, is answered with an error before the connection closes.
"""

from __future__ import annotations

import re
import socket
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from yunmock.http import Request, Response

MAX_HEAD = 64 * 1024
MAX_HEADERS = 200
MAX_BODY = 64 * 1024 * 1024
VERSIONS = (b"1.1", b"1.0")
FINAL_STATUSES = range(200, 600)
READ_BYTES = 64 * 1024

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_AMBIGUOUS_LINE = re.compile(rb"\n[ \t]|(?<!\r)\n|\0")
_CONTENT_LENGTH = re.compile(rb"\ncontent-length[ \t]*:([^\r\n]*)", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.~-]*)(?::\d*)?", re.ASCII)
_CONTINUE = h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[], reason=b"Continue")
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class BadRequestError(Exception):
    """The bytes are not a request that this server accepts; `status` is the answer."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Connection:
    """Reads requests from a socket and answers them in turn.

    Attributes:
        idle: whether the peer has no request under way, so that the connection may be closed without loss.
    """

    def __init__(self, peer: socket.socket) -> None:
        self.idle = True
        self._peer = peer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._head = b""
        self._method = b""

    def read(self) -> Request | None:
        """The next request, or None if the peer has closed or the last answer closed the connection.

        Raises:
            BadRequestError: the bytes are not HTTP, ambiguous, or too many.
            OSError: the connection broke or stayed silent too long.
        """
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE:
            return None
        try:
            return self._read()
        except h11.RemoteProtocolError as error:
            raise BadRequestError(error.error_status_hint, f"the request is not valid HTTP: {error}") from None

    def answer(self, response: Response) -> None:
        """Send a response, in one packet.

        Raises:
            ValueError: HTTP does not allow the status or a header of the response; nothing was sent.
            OSError: the connection broke.
        """
        head = _head_of(response)
        without_body = self._method == b"HEAD" or response.status in _WITHOUT_BODY
        parts = [self._http.send(head)]
        if response.body and not without_body:
            parts.append(self._http.send(h11.Data(data=response.body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        self.idle = True
        self._peer.sendall(b"".join(part for part in parts if part))

    def shut(self) -> None:
        """Read nothing more, so that the thread that waits for a request ends; an answer can still be sent."""
        # Not `SSLSocket.shutdown`, after which answers would go out unencrypted.
        socket.socket.shutdown(self._peer, socket.SHUT_RD)

    def _read(self) -> Request | None:
        self._method = b""
        self._head = self._http.trailing_data[0]
        event = self._event(reading_head=True)
        if not isinstance(event, h11.Request):
            return None
        self._method = event.method
        _check_head(self._head, event)
        if self._http.they_are_waiting_for_100_continue:
            self._peer.sendall(self._http.send(_CONTINUE) or b"")
        return _request(event, self._body())

    def _body(self) -> bytes:
        parts, size = [], 0
        while isinstance(event := self._event(), h11.Data):
            size += len(event.data)
            if size > MAX_BODY:
                raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
            parts.append(bytes(event.data))
        return b"".join(parts)

    def _event(self, *, reading_head: bool = False) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = self._peer.recv(READ_BYTES)
            self.idle = False
            if reading_head:
                self._head += data
            self._http.receive_data(data)
        return event


def _check_head(received: bytes, event: h11.Request) -> None:
    """Refuse what h11 accepts and another program may read differently.

    Raises:
        BadRequestError: the head is ambiguous, or the request is too large.
    """
    end = _END_OF_HEAD.search(received)
    head = received[: end.end()] if end else received
    if _AMBIGUOUS_LINE.search(head):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "a header line is folded, has a NUL, or does not end with CR LF")
    if event.http_version not in VERSIONS:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the first line is not that of an HTTP/1.1 request")
    if len(head) > MAX_HEAD:
        raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long")
    if len(event.headers) > MAX_HEADERS:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "there are too many headers")
    sizes: list[bytes] = _CONTENT_LENGTH.findall(head)
    chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
    if len(sizes) + chunked > 1 or any(b"," in size for size in sizes):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the size of the body is given more than once")
    if sizes and int(sizes[0]) > MAX_BODY:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")


def _request(event: h11.Request, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in event.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    try:
        named, path, raw_query = _address(event.target.decode("latin-1"))
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
    except ValueError:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the address is malformed") from None
    host = headers.get("host", named)
    if not _HOST.fullmatch(host) or (named and named.lower() != host.lower()):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the Host is malformed, or not that of the address")
    method, sent = event.method.decode("ascii").upper(), f"{path}?{raw_query}" if raw_query else path
    return Request(method, unquote(path) or "/", headers, body, query, host, sent or "/")


def _address(target: str) -> tuple[str, str, str]:
    """The host (empty if only a path is given), the path and the query of a request's target.

    Raises:
        ValueError: it is malformed.
    """
    if target.startswith("/"):  # a path, also if it begins with //
        path, _, query = target.partition("?")
        return "", path, query
    parts = urlsplit(target)
    return parts.netloc, parts.path, parts.query


def _head_of(response: Response) -> h11.Response:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in response.headers.items()]
    kept = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"transfer-encoding")]
    size = str(len(response.body)).encode()
    if response.status not in FINAL_STATUSES:
        raise ValueError(f"{response.status} is not the status of a response")
    try:
        return h11.Response(
            status_code=response.status, reason=_phrase(response.status), headers=[*kept, (b"Content-Length", size)]
        )
    except h11.LocalProtocolError as error:
        raise ValueError(f"not a valid HTTP response: {error}") from None


def _phrase(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b"Unknown"
