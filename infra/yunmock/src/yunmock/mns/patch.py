"""Connect the vendor's Python SDK (`aliyun-mns-sdk`) to a cloud in this process, instead of the network.

The SDK's class is patched, not its instances, so that existing clients are included. Contexts nest: the one entered
last is in force. While there is one, the SDK reaches no host of Alibaba Cloud but this cloud; others as usual.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from yunmock.errors import EndpointRefusedError
from yunmock.http import ConnectionDroppedError, Request
from yunmock.nesting import NestedClouds
from yunmock.routing import by_host, is_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.http import Response

MODULE = "mns.mns_http"

_originals: list[Callable[..., Any]] = []


def patched(cloud: Cloud) -> AbstractContextManager[None]:
    """While inside, what the SDK sends to a host of the service is answered by `cloud`.

    A dropped connection raises what it raises on the network: the SDK's MNSClientNetworkException.
    """
    return _CLOUDS.entered(cloud)


def _install() -> None:
    sdk = importlib.import_module(MODULE)
    _originals.append(sdk.MNSHttp.send_request)
    sdk.MNSHttp.send_request = _send


def _remove() -> None:
    importlib.import_module(MODULE).MNSHttp.send_request = _originals.pop()


_CLOUDS = NestedClouds(_install, _remove)


def _send(connection: Any, sent: Any) -> Any:
    """The SDK's `MNSHttp.send_request`."""
    host = str(connection.host).partition(":")[0]
    if not is_aliyun(host):
        return _originals[-1](connection, sent)
    sdk = importlib.import_module(MODULE)
    try:
        response = _answer(host, _request(connection, sent))
    except ConnectionDroppedError as error:
        raise sdk.MNSClientNetworkException("NetWorkException", str(error), sent.get_req_id()) from error
    return sdk.ResponseInternal(response.status, dict(response.headers), response.body.decode())


def _answer(host: str, request: Request) -> Response:
    service = by_host(host)
    if service is None:
        raise EndpointRefusedError(f"a request to {host} was refused: yunmock emulates no service at this address")
    return _CLOUDS.current().handle(service, request)


def _request(connection: Any, sent: Any) -> Request:
    parts = urlsplit(sent.uri)
    headers: Mapping[str, Any] = sent.header
    body = sent.data or b""
    return Request(
        method=sent.method,
        path=unquote(parts.path) or "/",
        headers={name.lower(): str(value) for name, value in headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        host=str(connection.host),
        target=sent.uri,
    )
