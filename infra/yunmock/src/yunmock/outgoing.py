"""Requests that the cloud makes by itself, such as the delivery of an event to a URL.

A host that this cloud emulates (a DingTalk robot, a function's own address) is answered by this cloud. Any other
request leaves the process only for loopback, or for a host that was allowed: a test must not reach a real receiver by
mistake. Redirects are not followed, and neither proxies nor credentials of this machine are used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

from yunmock.errors import YunmockError
from yunmock.http import ConnectionDroppedError, Request, Response
from yunmock.routing import by_host
from yunmock.same_origin import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from yunmock.cloud import Cloud

WAIT_S = 10.0
"""How long a receiver may take, unless the sender says otherwise."""
MAX_RESPONSE = 64 * 1024
"""Of a longer answer the beginning is read."""
SCHEMES = ("http", "https")


class NotSentError(YunmockError):
    """A request was not answered: its host is not allowed or not reached. The message never has the URL's query."""


def post(cloud: Cloud, url: str, headers: Mapping[str, str], body: bytes, *, wait_s: float = WAIT_S) -> Response:
    """POST to a URL and return the answer, whatever its status.

    Args:
        cloud: who sends.
        url: where to.
        headers: all that are sent, beside those of every request.
        body: what is sent.
        wait_s: how long to wait for the connection, and for the next bytes of the answer.

    Raises:
        NotSentError: the URL is malformed, its host is not allowed, or there is no answer.
    """
    parts = split_url(url)
    host = (parts.hostname or "").lower()
    service = by_host(host)
    if service is not None:
        with cloud.counted_sending():
            return _inside(cloud, service, parts, headers, body)
    if not is_loopback(host) and host not in cloud.allow_targets:
        raise NotSentError(
            f"yunmock sends nothing to {host[:200]!r}: it reaches loopback and what it emulates; to allow this host, "
            "give its name as allow_targets of local_cloud() or mock_aliyun(), or start yunmock serve with "
            "--allow-target"
        )
    with cloud.counted_sending():
        return _over_network(url, headers, body, wait_s)


def split_url(url: str) -> SplitResult:
    """The parts of an address that can be called.

    Raises:
        NotSentError: it is no HTTP or HTTPS address with a host.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise NotSentError("the URL is malformed") from None
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise NotSentError("the URL must begin with http:// or https:// and name a host")
    return parts


def _inside(cloud: Cloud, service: str, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> Response:
    """The answer of one of this cloud's services."""
    path = parts.path or "/"
    request = Request(
        method="POST",
        path=unquote(path),
        headers={"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}},
        body=body,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        host=parts.netloc,
        target=f"{path}?{parts.query}" if parts.query else path,
    )
    try:
        return cloud.handle(service, request)
    except (ConnectionDroppedError, YunmockError) as error:
        raise NotSentError(str(error)) from error


def _over_network(url: str, headers: Mapping[str, str], body: bytes, wait_s: float) -> Response:
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        try:
            answer = session.post(
                url, data=body, headers=headers, timeout=wait_s, allow_redirects=False, stream=True, verify=verify
            )
            content = answer.raw.read(MAX_RESPONSE, decode_content=True)
        except (requests.RequestException, OSError, ValueError) as error:
            raise NotSentError(f"{urlsplit(url).hostname} was not reached: {_reason(error, wait_s)}") from None
    return Response(answer.status_code, dict(answer.headers), content)


def _reason(error: Exception, wait_s: float) -> str:
    """What went wrong, without the URL, which may hold a credential."""
    causes = {
        requests.exceptions.SSLError: "its certificate is not valid",
        requests.exceptions.Timeout: f"no answer within {wait_s:g} seconds",
        requests.exceptions.ConnectionError: "the connection was refused or broke",
    }
    return next((reason for kind, reason in causes.items() if isinstance(error, kind)), type(error).__name__)
