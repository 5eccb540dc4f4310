"""Serve the console on a port of this machine, for the browser of the person who started it.

A page of another site can make a browser send a request here under a name of its own (DNS rebinding). So a request is
answered only if its Host header names this machine or what the command line allows.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from opsledger.console import access
from opsledger.console.respond import respond
from opsledger.console.web import WebRequest, WebResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from opsledger.console.access import AccessToken
    from opsledger.store import Store

IDLE_S: Final = 10.0
"""How long a connection may say nothing: browsers open some ahead of need."""
_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PLAIN: Final = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def new_token(name: str, scope: str) -> tuple[str, AccessToken]:
    """A new token, and the entry that makes a console accept it.

    Raises:
        ValueError: the name is none for an entry, or there is no such scope.
    """
    token = secrets.token_urlsafe(32)
    (entry,) = access.read(f"{name}.{scope}.{access.digest(token)}")
    return token, entry


def now_ms() -> int:
    """The present moment, in ms."""
    return time.time_ns() // 1_000_000


class ConsoleServer(ThreadingHTTPServer):
    """The console over HTTP; making one binds its port.

    Args:
        allow_hosts: names in the Host header to accept beside those of this machine.
        clock: gives the present moment, in ms.
    """

    daemon_threads = True

    def __init__(
        self,
        store: Store,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_hosts: Collection[str] = (),
        clock: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__((host, port), _Handler)
        self.store, self.clock = store, clock
        self._hosts = _NAMES | {name.lower() for name in (host, *allow_hosts)}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the first page is."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"

    def answer(self, request: WebRequest) -> WebResponse:
        """The response to a request; one at a time, as on Function Compute."""
        if _host_name(request.headers.get("host", "")) not in self._hosts:
            return WebResponse(HTTPStatus.FORBIDDEN, _PLAIN, b"this console does not answer to that name\n")
        try:
            with self._lock:
                return respond(request, self.store)
        except Exception:  # noqa: BLE001 - a bug on one page must not end the others
            traceback.print_exc(file=sys.stderr)
            return WebResponse(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, b"a bug: the terminal has the details\n")


def _host_name(given: str) -> str:
    """The name in a Host header, without its port."""
    name, _, port = given.lower().rpartition(":")
    return name if name and port.isdecimal() else given.lower()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: ConsoleServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S

    def do_GET(self) -> None:
        """Answer."""
        address = urlsplit(self.path)
        request = WebRequest(
            path=unquote(address.path, errors="replace"),
            query=dict(parse_qsl(address.query, errors="replace")),
            headers={name.lower(): ", ".join(self.headers.get_all(name, ())) for name in self.headers},
            now_ms=self.server.clock(),
            method=self.command,
        )
        self._send(self.server.answer(request))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the names of the base class

    def _send(self, response: WebResponse) -> None:
        if response.failure:
            self.log_error("%s", response.failure)
        self.send_response(int(response.status))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.command not in ("GET", "HEAD") or self._has_body():
            self.close_connection = True  # what follows is the body, not another request
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _has_body(self) -> bool:
        return any(name in self.headers for name in ("Content-Length", "Transfer-Encoding"))

    def version_string(self) -> str:
        """Say nothing of versions."""
        return "opsledger"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests that went well are not logged."""
