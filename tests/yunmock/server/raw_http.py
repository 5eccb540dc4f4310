"""Talk to a server in raw bytes."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.server import Server

HEALTH = b"GET /_yunmock/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def talk(server: Server, sent: bytes, *, close: bool = True) -> bytes:
    """The answer to raw bytes, up to the end of the connection."""
    with socket.create_connection((server.host, server.port), timeout=5) as peer:
        with contextlib.suppress(OSError):
            peer.sendall(sent)
            if close:
                peer.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while part := peer.recv(65536):
                received += part
        return received


def healthy(server: Server) -> bool:
    """Whether the server still answers."""
    return talk(server, HEALTH).startswith(b"HTTP/1.1 200")


def with_host(request: bytes) -> bytes:
    """The request with a Host header after its first line."""
    first, _, rest = request.partition(b"\r\n")
    return first + b"\r\nHost: localhost\r\n" + rest
