"""The vendor's Python SDK, talking to a cloud in this process instead of the network.

The classes that send are patched, not their instances, so that clients made before are caught too. Contexts nest:
the one entered last is in force. No request leaves the process while any is.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from http import HTTPStatus, client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from yunmock.http import ConnectionDroppedError, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yunmock.cloud import Cloud

    Answer = tuple[int, str, dict[str, str], bytes]

_lock = threading.Lock()
_clouds: list[Cloud] = []
_originals: list[tuple[Any, Callable[..., Any]]] = []


@contextmanager
def patched(cloud: Cloud) -> Iterator[None]:
    """While inside, calls of `OTSClient` and `AsyncOTSClient` are answered by `cloud`.

    A dropped connection is what the network would make of it: urllib3's ProtocolError, aiohttp's
    ServerDisconnectedError.
    """
    with _lock:
        _clouds.append(cloud)
        if len(_clouds) == 1:
            _install()
    try:
        yield
    finally:
        with _lock:
            # From the end, by identity: the same cloud may be in force more than once.
            del _clouds[max(place for place, held in enumerate(_clouds) if held is cloud)]
            if not _clouds:
                _remove()


def _install() -> None:
    from tablestore import connection  # noqa: PLC0415 - a third of a second, which only users of the patch pay

    for pool, send in ((connection.ConnectionPool, _send), (connection.AsyncConnectionPool, _send_async)):
        _originals.append((pool, pool.send_receive))
        pool.send_receive = send


def _remove() -> None:
    while _originals:
        pool, send = _originals.pop()
        pool.send_receive = send


def _send(pool: Any, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    from urllib3.exceptions import ProtocolError  # noqa: PLC0415 - comes with the SDK

    try:
        return _ask(pool, url, headers, body)
    except ConnectionDroppedError as error:
        reason = client.RemoteDisconnected("Remote end closed connection without response")
        raise ProtocolError("Connection aborted.", reason) from error


async def _send_async(pool: Any, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    from aiohttp import ServerDisconnectedError  # noqa: PLC0415 - comes with the SDK

    try:
        # In a thread, so that a delay holds up this call and not the whole loop.
        return await asyncio.to_thread(_ask, pool, url, headers, body)
    except ConnectionDroppedError as error:
        raise ServerDisconnectedError from error


def _ask(pool: Any, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    lower = {name.lower(): value for name, value in headers.items()}
    request = Request("POST", url, lower, bytes(body), host=urlsplit(pool.host).netloc)
    response = _clouds[-1].handle("tablestore", request)
    return response.status, HTTPStatus(response.status).phrase, dict(response.headers), response.body
