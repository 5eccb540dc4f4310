"""HTTP/1.1 to one host, kept alive, within a time limit.

`http.client` limits each wait for bytes, so a peer that sends one byte at a time can hold a call for ever. Here every
wait is limited by what is left of the call's time.
"""

from __future__ import annotations

import io
import time
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from opsledger.errors import MisconfiguredError
from opsledger.store.wire import MalformedError
from opsledger.tls import tls_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

LONGEST_WAIT_S = 5.0
"""How long a call waits for the next bytes, as with the SDK."""
MAX_IDLE_S = 30.0
"""A connection that was idle for longer is opened again. While an instance is frozen, a gateway may forget a connection
and say nothing; a request on it would wait until time is up."""
MAX_BODY = 64 * 1024 * 1024
"""The most bytes of an answer; Tablestore's are at most 4 MB of rows (its limits of BatchGetRow and GetRange)."""
_PIECE = 64 * 1024


class Answer(NamedTuple):
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswerError(Exception):
    """Nothing of an answer arrived."""


def _connected(until: float, address: tuple[str, int], *options: Any) -> socket.socket:
    """As `socket.create_connection`, which imports the tables of international names for a name that is text.

    What follows on the connection, TLS's handshake, has what is left until then.
    """
    import socket  # noqa: PLC0415 - http.client has imported it

    host, port = address
    sock = socket.create_connection((host.encode() if host.isascii() else host, port), *options)  # type: ignore[arg-type]  # it takes bytes, too
    sock.settimeout(_wait_s(until))
    return sock


def _wait_s(until: float) -> float:
    """How long one wait may last; not 0, which would mean not to wait."""
    return max(0.001, min(LONGEST_WAIT_S, until - time.monotonic()))


class _Limited:
    """The socket of a connection, each of whose waits ends by `until`.

    Attributes:
        received: whether anything of an answer came.
        surplus: whether more came than the answer.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.until = 0.0
        self.received = self.surplus = False

    def _limit(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time is left")
        self._sock.settimeout(min(left, LONGEST_WAIT_S))

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        for at in range(0, len(data), _PIECE):
            self._limit()
            self._sock.sendall(data[at : at + _PIECE])

    def receive(self, buffer: memoryview) -> int:
        """Receive some bytes; 0 at their end."""
        self._limit()
        count = self._sock.recv_into(buffer)
        self.received = self.received or count > 0
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` reads an answer from."""
        return _Reader(_Received(self))

    def is_alive(self) -> bool:
        """Whether the peer has neither closed the connection nor sent what nobody asked for."""
        self._sock.settimeout(0)
        try:
            self._sock.recv(1)
        except BlockingIOError:
            return True
        except OSError as error:
            return type(error).__name__ == "SSLWantReadError"  # of TLS: there is nothing to read
        return False

    def close(self) -> None:
        """Nothing: `http.client` closes its socket when an answer says that it is the last, before it is read."""

    def shut(self) -> None:
        """Close the connection."""
        self._sock.close()


class _Received(io.RawIOBase):
    """What a connection receives, as a file."""

    def __init__(self, source: _Limited) -> None:
        self.source = source
        self.at_end = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what a buffered reader passes
        """Receive some bytes."""
        return 0 if self.at_end else self.source.receive(buffer)


class _Reader(io.BufferedReader):
    """Reads one answer; what it has received of the next would be lost with it, so it tells."""

    raw: _Received

    def close(self) -> None:
        """Close it; the connection stays open."""
        if not self.closed:
            self.raw.at_end = True
            self.raw.source.surplus = bool(self.peek())
        super().close()


class Connection:
    """One connection, which is opened when it is needed."""

    def __init__(self, open_http: Callable[[], HTTPConnection]) -> None:
        self._open_http = open_http
        self._http: HTTPConnection | None = None
        self._socket: _Limited | None = None
        self._used_at = 0.0

    def post(self, path: str, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        """Send a request and receive its answer.

        A connection that the peer has closed is opened again. If it turns out to be closed only when the request has
        been sent and nothing of an answer has arrived, the request is sent once more, on a new connection; so only send
        what may be sent twice.

        Args:
            until: when time is up, by `time.monotonic`.

        Raises:
            MalformedError: the answer is not HTTP, is cut off or is too long.
            OSError: there was no answer, or the connection broke; `TimeoutError` when time was up.
            HTTPException: see `http.client`.
        """
        if self._is_fit():
            try:
                return self._exchange(path, headers, body, until)
            except NoAnswerError:
                self.close()
        self._open(until)
        try:
            return self._exchange(path, headers, body, until)
        except NoAnswerError as error:
            raise ConnectionError("the connection was closed without an answer") from error

    def _is_fit(self) -> bool:
        if self._socket is None:
            return False
        # The wall clock: the other one may stand still while the instance is frozen.
        fit = 0 <= time.time() - self._used_at <= MAX_IDLE_S and self._socket.is_alive()
        if not fit:
            self.close()
        return fit

    def _open(self, until: float) -> None:
        self.close()
        http = self._open_http()
        http._create_connection = partial(_connected, until)  # type: ignore[attr-defined]  # noqa: SLF001 - what it calls to connect
        http.timeout = _wait_s(until)
        try:
            http.connect()
        except UnicodeError as error:  # a part of the name is empty or too long
            raise ConnectionError("no host has this name") from error
        self._http, self._socket = http, _Limited(http.sock)
        http.sock = self._socket  # as much of a socket as http.client uses

    def _exchange(self, path: str, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        assert self._http is not None
        assert self._socket is not None
        self._socket.until, self._socket.received = until, False
        complete = False
        try:
            self._http.request("POST", path, body, dict(headers))
            answer, complete = self._receive(self._http)
            complete = complete and not self._socket.surplus
        except (ValueError, OverflowError) as error:
            raise MalformedError("the answer is not HTTP") from error
        except OSError as error:
            # `http.client` raises one, too, where the peer closed before the first byte.
            if self._socket.received or isinstance(error, TimeoutError):
                raise
            raise NoAnswerError from error
        finally:
            if complete:
                self._used_at = time.time()
            else:
                self.close()
        return answer

    def _receive(self, http: HTTPConnection) -> tuple[Answer, bool]:
        """The answer, and whether the connection may be used again."""
        response = http.getresponse()
        length = response.length
        if length is not None and length > MAX_BODY:
            raise MalformedError(f"the answer says that it has {length} bytes")
        body = bytearray()
        while piece := response.read(_PIECE):
            body += piece
            if len(body) > MAX_BODY:
                raise MalformedError("the answer is too long")
        if length is not None and len(body) != length:
            raise MalformedError("the answer is cut off")
        names: dict[str, str] = {}
        for name, value in response.getheaders():
            lower = name.lower()
            names[lower] = f"{names[lower]}, {value}" if lower in names else value
        return Answer(response.status, names, bytes(body)), not response.will_close

    def close(self) -> None:
        """Close it; the next request opens it again."""
        http, self._http = self._http, None
        sock, self._socket = self._socket, None
        if http is not None:
            http.close()
        if sock is not None:
            sock.shut()

    def __del__(self) -> None:
        self.close()


def opener(endpoint: str) -> Callable[[], HTTPConnection]:
    """What opens a connection to an address that begins with http:// or https://.

    A proxy of the environment is not used: nor does the SDK, and Tablestore is in the same region.

    Raises:
        MisconfiguredError: its port is none.
    """
    parts = urlsplit(endpoint)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise MisconfiguredError(f"the address of the Tablestore instance has no valid port: {endpoint}") from None
    if parts.scheme == "https":
        return lambda: HTTPSConnection(host, port, context=tls_context())
    return lambda: HTTPConnection(host, port)


__all__ = ["Answer", "Connection", "HTTPException", "opener"]
