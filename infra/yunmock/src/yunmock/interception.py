"""Send the SDKs' requests to a cloud in this process.

SDKs built on `requests` are intercepted where `requests` sends (through `responses`), those of Tablestore and Simple
Message Queue where they send (`yunmock.tablestore.patch`, `yunmock.mns.patch`), and whatever uses the standard
library's `http.client` where it connects (`yunmock.http_client`). Asynchronous calls of the Tea-based SDKs are made as
synchronous ones in a thread. Classes are patched, never instances, so clients created earlier are intercepted, too. In
addition no name under `aliyuncs.com` resolves, so no request to the real cloud leaves the machine. Other hosts, such as
loopback, are reached as usual.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import socket
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import responses

from yunmock import http_client
from yunmock.errors import EndpointRefusedError, ServiceUnavailableError
from yunmock.http import ConnectionDroppedError, Request
from yunmock.nesting import NestedClouds
from yunmock.routing import by_host, is_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.cloud import Cloud

    Answer = tuple[int, dict[str, str], bytes]

MNS_MODULE = "mns.mns_http"
"""Where `aliyun-mns-sdk` sends; other distributions have a package `mns` too."""

_ANY_URL = re.compile(r".*")


@contextmanager
def answered_by(cloud: Cloud) -> Iterator[None]:
    """While this lasts, every SDK's requests are answered by the cloud; the one entered last answers."""
    with ExitStack() as stack:
        stack.enter_context(_CLOUDS.entered(cloud))
        stack.enter_context(http_client.patched(cloud))
        if importlib.util.find_spec("tablestore") is not None:
            stack.enter_context(_tablestore_answered_by(cloud))
        if importlib.util.find_spec("mns") is not None and importlib.util.find_spec(MNS_MODULE) is not None:
            stack.enter_context(importlib.import_module("yunmock.mns.patch").patched(cloud))
        yield


def _answer(prepared: requests.PreparedRequest) -> Answer:
    """The cloud's answer to a request of `requests`."""
    request = from_prepared(prepared)
    host = request.host.partition(":")[0]
    service = by_host(host)
    if service is None:
        raise _refused(host)
    try:
        response = _CLOUDS.current().handle(service, request)
    except ServiceUnavailableError as error:
        raise _refused(host, str(error)) from error
    except ConnectionDroppedError as error:
        raise requests.ConnectionError(str(error), request=prepared) from error
    return response.status, dict(response.headers), response.body


class _NoCallList(responses.CallList):
    """Keeps no calls: `responses` would keep all while the mock is active, and the cloud has its own log."""

    def add_call(self, call: responses.Call) -> None:
        """Drop the call."""


class _Patcher(responses.RequestsMock):
    """Intercepts what `requests` sends to the cloud's hosts; others are reached as usual."""

    def __init__(self) -> None:
        super().__init__(assert_all_requests_are_fired=False)
        self._calls = _NoCallList()
        self.add_passthru(_ANY_URL)

    def _find_match(self, request: requests.PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        """A registration made for this request alone: `responses` would pick among its own."""
        url = str(request.url)
        if not _is_emulated(urlsplit(url).hostname or ""):
            return None, []
        return responses.CallbackResponse(str(request.method), url, _answer, content_type=None), []


def _install() -> None:
    _PATCHES.enter_context(_Patcher())
    _PATCHES.enter_context(mock.patch.object(socket, "getaddrinfo", _resolving(socket.getaddrinfo)))
    if importlib.util.find_spec("Tea") is not None:
        _PATCHES.enter_context(_tea_in_threads())


_PATCHES = ExitStack()
_CLOUDS = NestedClouds(_install, _PATCHES.close)


@contextmanager
def _tablestore_answered_by(cloud: Cloud) -> Iterator[None]:
    with warnings.catch_warnings():
        # The SDK warns if its native codec is not built for this Python; strict filters make that an error.
        warnings.simplefilter("ignore", ImportWarning)
        patch = importlib.import_module("yunmock.tablestore.patch")
        importlib.import_module("tablestore.connection")
    with patch.patched(cloud):
        yield


def from_prepared(prepared: requests.PreparedRequest) -> Request:
    """A request of `requests` as services see it."""
    parts = urlsplit(prepared.url or "")
    body = prepared.body or b""
    return Request(
        method=prepared.method or "GET",
        path=unquote(parts.path) or "/",
        headers={name.lower(): _text(value) for name, value in prepared.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        host=parts.netloc,
        target=prepared.path_url,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _is_emulated(host: str) -> bool:
    """Whether no request may leave for a host: Alibaba Cloud's, and those of the chats that yunmock has."""
    return is_aliyun(host) or by_host(host) is not None


def _refused(host: str, why: str = "") -> EndpointRefusedError:
    why = why or "yunmock emulates no service at this address"
    return EndpointRefusedError(f"a request to {host} was refused while mock_aliyun is active: {why}")


def _resolving(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and _is_emulated(name):
            raise _refused(name)
        return original(host, *args, **kwargs)

    return getaddrinfo


@contextmanager
def _tea_in_threads() -> Iterator[None]:
    """Asynchronous Tea calls go out through aiohttp; while mocked, each takes the synchronous way in a thread."""
    from Tea.core import TeaCore  # noqa: PLC0415 - only where a Tea-based SDK is installed

    async def async_do_action(request: Any, runtime_option: Any = None) -> Any:
        return await asyncio.to_thread(TeaCore.do_action, request, runtime_option)

    with mock.patch.object(TeaCore, "async_do_action", staticmethod(async_do_action)):
        yield
