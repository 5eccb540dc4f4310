"""POST one request over HTTP: no redirects, a time limit, and no way into a private network unless that is allowed."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from opsledger.errors import OpsLedgerError
from opsledger.notify.exchange import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.notify.exchange import Request

MAX_ANSWER = 64 * 1024
"""Of an answer, this many bytes are read."""


class ForbiddenTargetError(OpsLedgerError):
    """The address leads into a private network, or is none that can be sent to."""


class NoResponseError(OpsLedgerError):
    """There was no answer. Whether the request arrived is not known, unless `before_sending`."""

    def __init__(self, message: str, *, before_sending: bool) -> None:
        super().__init__(message)
        self.before_sending = before_sending


class Sender(NamedTuple):
    """Sends requests.

    Attributes:
        timeout_s: of connecting and of waiting for the answer, each.
        allow_private: whether addresses inside private networks, and http://, are allowed.
    """

    timeout_s: float = 15.0
    allow_private: bool = False

    def send(self, request: Request) -> Response:
        """POST `request` and read the answer.

        Raises:
            ForbiddenTargetError: the address is not allowed.
            NoResponseError: no connection, or no answer in time.
        """
        parts = self._parts(request.url)
        connection = self._connect(parts)
        try:
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", path, request.body, dict(request.headers))
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, headers, answer.read(MAX_ANSWER))
        except (OSError, http.client.HTTPException) as error:
            raise NoResponseError(f"no answer: {type(error).__name__}", before_sending=False) from None
        finally:
            connection.close()

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            raise ForbiddenTargetError("the address cannot be read") from None
        schemes = ("https", "http") if self.allow_private else ("https",)
        if parts.scheme not in schemes or not has_host or parts.username is not None:
            raise ForbiddenTargetError(f"the address has to begin with {schemes[0]}:// and name a host")
        return parts

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        """A connection to an address that was checked, so that a second look-up of the name cannot change it."""
        host, secure = str(parts.hostname), parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = self._address(host, port)
        connection: http.client.HTTPConnection
        if secure:
            connection = http.client.HTTPSConnection(
                host, port, timeout=self.timeout_s, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self.timeout_s)
        try:
            plain = socket.create_connection((address, port), self.timeout_s)
            connection.sock = _secured(plain, connection, host)
        except OSError as error:
            connection.close()
            raise NoResponseError(f"no connection: {type(error).__name__}", before_sending=True) from None
        return connection

    def _address(self, host: str, port: int) -> str:
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            raise NoResponseError("the host has no address", before_sending=True) from None
        if not self.allow_private and not all(map(_is_public, found)):
            raise ForbiddenTargetError("the address is inside a private network")
        return _first(found)


def _secured(plain: socket.socket, connection: http.client.HTTPConnection, host: str) -> socket.socket:
    if not isinstance(connection, http.client.HTTPSConnection):
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def _first(addresses: Iterable[str]) -> str:
    """An IPv4 address where there is one: Function Compute has no IPv6 by default."""
    ordered = sorted(addresses, key=lambda address: ":" in address)
    if not ordered:
        raise NoResponseError("the host has no address", before_sending=True)
    return ordered[0]
