"""HTTP/1.1 as the server needs it: requests read from a stream of bytes, responses written to one.

Not built on `http.server`, whose parsing costs more than the services behind it. What is not HTTP, or too large, is
answered with an error before the connection closes.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from yunmock.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE = 64 * 1024
MAX_HEADERS = 200
MAX_BODY = 64 * 1024 * 1024
VERSIONS = ("HTTP/1.1", "HTTP/1.0")
REQUEST_LINE_PARTS = 3


class ByteStream(Protocol):
    """Where bytes are read from: a buffered file or socket."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, fewer only at the end."""

    def readline(self, size: int, /) -> bytes:
        """One line with its end, cut off at `size` bytes."""


class BadRequestError(Exception):
    """The bytes are not a request that this server accepts; `status` is the answer."""

    def __init__(self, status: HTTPStatus, what: str) -> None:
        super().__init__(what)
        self.status = status


def read_request(stream: ByteStream, proceed: Callable[[], None]) -> Request | None:
    """The next request, or None if the peer has closed.

    Args:
        stream: where the bytes come from.
        proceed: called if the peer waits for a go-ahead before it sends its body (`Expect: 100-continue`).

    Raises:
        BadRequestError: the bytes are not HTTP, or too many.
        OSError: the connection broke or stayed silent too long.
    """
    line = _line(stream)
    if line is None:
        return None
    parts = line.split(" ")
    if len(parts) != REQUEST_LINE_PARTS or parts[2] not in VERSIONS or not parts[0].isalpha():
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the first line is not that of an HTTP/1.1 request")
    headers = _headers(stream)
    if headers.get("expect", "").lower() == "100-continue":
        proceed()
    body = _body(stream, headers)
    if parts[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return _request(parts[0], parts[1], headers, body)


def write_response(response: Response, *, head: bool = False, close: bool = False) -> bytes:
    """The bytes of a response; without its body when it answers HEAD."""
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() != "content-length"]
    lines += [f"Content-Length: {len(response.body)}", f"Connection: {'close' if close else 'keep-alive'}", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + (b"" if head else response.body)


def _request(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    try:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the address is malformed") from None
    return Request(method.upper(), unquote(parts.path) or "/", headers, body, query, headers.get("host", parts.netloc))


def _line(stream: ByteStream) -> str | None:
    """One line without its end; None at the end of the stream."""
    raw = stream.readline(MAX_LINE + 1)
    if not raw:
        return None
    if len(raw) > MAX_LINE:
        raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "a line is too long")
    return raw.decode("latin-1").rstrip("\r\n")


def _headers(stream: ByteStream) -> dict[str, str]:
    headers: dict[str, str] = {}
    count = 0
    while line := _line(stream):
        name, colon, value = line.partition(":")
        count += 1
        if not colon or not name.strip() or count > MAX_HEADERS:
            raise BadRequestError(HTTPStatus.BAD_REQUEST, "a header is malformed, or there are too many")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _body(stream: ByteStream, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(stream)
    return _exactly(stream, _size(headers.get("content-length", "0"), 10))


def _chunks(stream: ByteStream) -> bytes:
    chunks, total = [], 0
    while size := _size((_line(stream) or "").partition(";")[0].strip(), 16):
        total += size
        if total > MAX_BODY:
            raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        chunks.append(_exactly(stream, size))
        _line(stream)
    while _line(stream):
        pass  # trailers are ignored
    return b"".join(chunks)


def _size(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if size < 0:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "the size of the body is not a number")
    if size > MAX_BODY:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
    return size


def _exactly(stream: ByteStream, size: int) -> bytes:
    body = stream.read(size) if size else b""
    if len(body) < size:
        raise ConnectionResetError("the peer closed in the middle of a body")
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
