"""POST one request over HTTP: no redirects, a time limit, and no way into a private network unless that is allowed."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from opsledger.notify.exchange import Response
from opsledger.notify.network import NoResponseError
from opsledger.tls import tls_context

if TYPE_CHECKING:
    import socket

    from opsledger.notify.exchange import Request
    from opsledger.notify.network import Network

MAX_ANSWER = 64 * 1024
"""Of an answer, this many bytes are read."""
_PORTS = {"https": 443, "http": 80}


def post(request: Request, network: Network) -> Response:
    """POST `request` and read the answer.

    Raises:
        ForbiddenTargetError: the address is not allowed.
        NoResponseError: no connection, or no answer in time.
    """
    parts = network.parts(request.url, "https", "http")
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    connection = http.client.HTTPConnection(host, port, timeout=network.timeout_s)
    connection.default_port = _PORTS[parts.scheme]
    with network.connect(host, port) as plain:
        connection.sock = _secured(plain, host) if parts.scheme == "https" else plain
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


def _secured(plain: socket.socket, host: str) -> socket.socket:
    try:
        return tls_context().wrap_socket(plain, server_hostname=host)
    except OSError as error:
        raise NoResponseError(f"no connection: {type(error).__name__}", before_sending=True) from None
