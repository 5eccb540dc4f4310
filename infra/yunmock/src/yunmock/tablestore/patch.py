"""Connect the vendor's Python SDK to a cloud in this process, instead of the network.

The SDK's classes are patched, not their instances, so that existing clients are included. Contexts nest: the one
entered last is in force. While there is one, no request leaves the machine.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from yunmock.http import ConnectionDroppedError, Request
from yunmock.nesting import NestedClouds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud

    Reply = tuple[int, str, dict[str, str], bytes]


class ConnectionPool(Protocol):
    """The SDK's ConnectionPool or AsyncConnectionPool, as far as it is needed here; `host` is the endpoint."""

    host: str


LOOPBACK = re.compile(r"127(?:\.\d+){3}|localhost|::1")

_originals: dict[str, Callable[..., Any]] = {}


def patched(cloud: Cloud) -> AbstractContextManager[None]:
    """While inside, calls of `OTSClient` and `AsyncOTSClient` are answered by `cloud`.

    Loopback addresses are still reached over the network, because a served cloud is there. A dropped connection raises
    what it raises on the network: urllib3's ProtocolError, aiohttp's ServerDisconnectedError.
    """
    return _CLOUDS.entered(cloud)


def _install() -> None:
    from tablestore import connection  # noqa: PLC0415 - a third of a second, which only users of the patch pay

    for pool, send in ((connection.ConnectionPool, _send), (connection.AsyncConnectionPool, _send_async)):
        _originals[pool.__name__] = pool.send_receive
        pool.send_receive = send


def _remove() -> None:
    from tablestore import connection  # noqa: PLC0415 - see _install

    for pool in (connection.ConnectionPool, connection.AsyncConnectionPool):
        pool.send_receive = _originals[pool.__name__]


_CLOUDS = NestedClouds(_install, _remove)


def _send(pool: ConnectionPool, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    cloud = _cloud_for(pool)
    if cloud is None:
        reached: Reply = _originals["ConnectionPool"](pool, url, headers, body)
        return reached
    try:
        return _ask(cloud, pool, url, headers, body)
    except ConnectionDroppedError as error:
        from http.client import RemoteDisconnected  # noqa: PLC0415 - only for an in-process SDK

        from urllib3.exceptions import ProtocolError  # noqa: PLC0415 - comes with the SDK

        reason = RemoteDisconnected("Remote end closed connection without response")
        raise ProtocolError("Connection aborted.", reason) from error


async def _send_async(pool: ConnectionPool, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    import asyncio  # noqa: PLC0415 - as above

    cloud = _cloud_for(pool)
    if cloud is None:
        reached: Reply = await _originals["AsyncConnectionPool"](pool, url, headers, body)
        return reached
    try:
        # In a thread, so that a delay blocks this call and not the whole event loop.
        return await asyncio.to_thread(_ask, cloud, pool, url, headers, body)
    except ConnectionDroppedError as error:
        from aiohttp import ServerDisconnectedError  # noqa: PLC0415 - comes with the SDK

        raise ServerDisconnectedError from error


def _cloud_for(pool: ConnectionPool) -> Cloud | None:
    """The cloud in force; None for a loopback address, or if the last context ended during the call."""
    return None if _is_loopback(pool.host) else _CLOUDS.newest


@lru_cache(maxsize=256)
def _is_loopback(endpoint: str) -> bool:
    return LOOPBACK.fullmatch(urlsplit(endpoint).hostname or "") is not None


def _ask(cloud: Cloud, pool: ConnectionPool, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    lower = {name.lower(): value for name, value in headers.items()}
    request = Request("POST", url, lower, bytes(body), host=urlsplit(pool.host).netloc)
    response = cloud.handle("tablestore", request)
    return response.status, _phrase(response.status), dict(response.headers), response.body


@cache
def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
