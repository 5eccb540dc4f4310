"""A server on loopback that does to each request what a test says: answer, answer in part, be silent, break off."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from opsledger.store.wire.connection import Answer


class ScriptedServer:
    """Takes one connection after the other, and for each request the next action; the last one is repeated.

    Attributes:
        requests: what came, each with head and body.
        connections: how many there were.
    """

    def __init__(self, *actions: Callable[[socket.socket], bool], tls: ssl.SSLContext | None = None) -> None:
        self._actions, self._tls = list(actions), tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                with taken if self._tls is None else self._tls.wrap_socket(taken, server_side=True) as connection:
                    self._talk(connection)
            except OSError:  # the client has gone
                taken.close()

    def _talk(self, connection: socket.socket) -> None:
        while request := _received(connection):
            self.requests.append(request)
            action = self._actions.pop(0) if len(self._actions) > 1 else self._actions[0]
            if not action(connection):
                return


def _received(connection: socket.socket) -> bytes:
    """One request; nothing where the client has closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def respond(data: bytes) -> Callable[[socket.socket], bool]:
    """Send `data` and wait for the next request."""

    def action(connection: socket.socket) -> bool:
        connection.sendall(data)
        return True

    return action


def respond_and_close(data: bytes) -> Callable[[socket.socket], bool]:
    """Send `data` and close the connection."""

    def action(connection: socket.socket) -> bool:
        connection.sendall(data)
        return False

    return action


def respond_and_reset(data: bytes) -> Callable[[socket.socket], bool]:
    """Send `data` and reset the connection."""

    def action(connection: socket.socket) -> bool:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return action


def respond_for_ever(piece: bytes) -> Callable[[socket.socket], bool]:
    """Send `piece` again and again until the client goes."""

    def action(connection: socket.socket) -> bool:
        while True:
            connection.sendall(piece)

    return action


def be_silent(connection: socket.socket) -> bool:
    """Answer nothing until the client goes."""
    connection.recv(1)
    return False


def with_length(answer: Answer) -> bytes:
    """The answer with Content-Length."""
    return _head(answer, f"Content-Length: {len(answer.body)}\r\n") + answer.body


def chunked(answer: Answer, sizes: Sequence[int] = (3, 1, 7)) -> bytes:
    """The answer in chunks, as Tablestore sends it."""
    parts, rest = b"", answer.body
    for size in [*sizes, len(rest)]:
        piece, rest = rest[:size], rest[size:]
        parts += b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
    return _head(answer, "Transfer-Encoding: chunked\r\n") + parts + b"0\r\n\r\n"


def until_close(answer: Answer) -> bytes:
    """The answer without a length: it ends where the connection ends."""
    return _head(answer, "Connection: close\r\n") + answer.body


def _head(answer: Answer, more: str) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return f"HTTP/1.1 {answer.status} OK\r\n{headers}{more}\r\n".encode("latin-1")
