"""Connections to channels: only to addresses that were checked, with TLS, and never for longer than allowed."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from opsledger.errors import OpsLedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ForbiddenTargetError(OpsLedgerError):
    """The address leads into a private network, or is none that can be sent to."""


class NoResponseError(OpsLedgerError):
    """There was no answer. Whether the message arrived is not known, unless `before_sending`."""

    def __init__(self, message: str, *, before_sending: bool) -> None:
        super().__init__(message)
        self.before_sending = before_sending


class Network(NamedTuple):
    """What may be reached, and for how long.

    Attributes:
        timeout_s: of each step, such as connecting or waiting for an answer; a message takes at most twice as long.
        allow_private: whether addresses inside private networks, and connections without TLS, are allowed.
    """

    timeout_s: float = 15.0
    allow_private: bool = False

    def parts(self, url: str, secure: str, plain: str) -> SplitResult:
        """The parts of a channel's address.

        Args:
            secure: the scheme with TLS; plain: the one that is only for private networks.

        Raises:
            ForbiddenTargetError: it is not allowed; the message does not show it.
        """
        try:
            parts = urlsplit(url)
            has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            raise ForbiddenTargetError("the address cannot be read") from None
        schemes = (secure, plain) if self.allow_private else (secure,)
        if parts.scheme not in schemes or not has_host or parts.username is not None:
            raise ForbiddenTargetError(f"the address has to begin with {secure}:// and name a host")
        return parts

    @contextmanager
    def connect(self, host: str, port: int) -> Iterator[socket.socket]:
        """A connection to an address that was checked, so that a second look-up of the name cannot change it.

        Raises:
            ForbiddenTargetError: the host is inside a private network.
            NoResponseError: there is no connection, or it took too long as a whole.
        """
        address = self._address(host, port)
        try:
            plain = socket.create_connection((address, port), self.timeout_s)
        except OSError as error:
            raise NoResponseError(f"no connection: {type(error).__name__}", before_sending=True) from None
        with plain, _cut_off(plain, self.timeout_s * 2):
            yield plain

    def _address(self, host: str, port: int) -> str:
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            raise NoResponseError("the host has no address", before_sending=True) from None
        if not self.allow_private and not all(map(is_public, found)):
            raise ForbiddenTargetError("the address is inside a private network")
        return _first(found)


@contextmanager
def _cut_off(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Shut a connection down after so many seconds, whichever thread then reads from it: a slow peer holds up no other.

    Raises:
        NoResponseError: it was shut down; what was read of the answer until then is none.
    """
    other = connection.dup()  # TLS takes the first one over
    late = threading.Event()

    def shut() -> None:
        late.set()
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        other.close()
    if late.is_set():
        raise NoResponseError("no answer: it took too long", before_sending=False)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, also one that is written inside an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inside = _inside(found) if isinstance(found, ipaddress.IPv6Address) else []
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:  # the mapped form is not global by itself
        return all(map(_is_global, inside))
    return all(map(_is_global, (found, *inside)))


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, or through a NAT64 gateway."""
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]


def _first(addresses: Iterable[str]) -> str:
    """An IPv4 address where there is one: Function Compute has no IPv6 by default."""
    ordered = sorted(addresses, key=lambda address: ":" in address)
    if not ordered:
        raise NoResponseError("the host has no address", before_sending=True)
    return ordered[0]
