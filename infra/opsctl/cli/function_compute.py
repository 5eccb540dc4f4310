"""Calls of Function Compute's API 2023-03-30.

The calls are ROA style: the function's name is in the path, and the body is the payload as it is. The vendor's library
signs them (https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature).
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import requests
from alibabacloud_openapi_util.client import Client as OpenApiUtil
from Tea.request import TeaRequest

from opsctl.errors import NotThereError
from opsledger.errors import MisconfiguredError, UnavailableError

if TYPE_CHECKING:
    from opsctl.cli.endpoints import Endpoint
    from opsledger.strict_json import JsonObject, JsonValue

VERSION = "2023-03-30"
ALGORITHM = "ACS3-HMAC-SHA256"
CONNECT_S, READ_S = 5, 900
"""A synchronous invocation answers when the function has ended."""


@dataclass(frozen=True, slots=True)
class Invoked:
    """The result of one invocation.

    Attributes:
        result: what the handler returned, or Function Compute's error object.
        error_type: Function Compute's name for the failure; empty when the function succeeded.
        log: the end of the function's output, with Function Compute's own lines.
    """

    result: JsonValue
    error_type: str
    request_id: str
    duration_ms: float
    memory_mb: float
    log: str

    def to_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {
            ("error" if self.error_type else "result"): self.result,
            "error_type": self.error_type,
            "request_id": self.request_id,
            "duration_ms": self.duration_ms,
            "memory_mb": self.memory_mb,
            "log": self.log,
        }


def invoke(endpoint: Endpoint, name: str, payload: bytes) -> Invoked:
    """Invoke a function and wait for it.

    Raises:
        NotThereError: no such function.
        MisconfiguredError: Function Compute refuses the call; the message has its code and text.
        UnavailableError: Function Compute fails.
    """
    headers = {"x-fc-invocation-type": "Sync", "x-fc-log-type": "Tail"}
    path = f"functions/{name}/invocations"
    return read_reply(_checked(_call(endpoint, "InvokeFunction", "POST", path, payload, headers), f"function {name!r}"))


def read_reply(reply: requests.Response) -> Invoked:
    """Return what the reply to an invocation says; the headers are the same in both versions of the API."""
    return Invoked(
        result=_json(reply.content),
        error_type=reply.headers.get("x-fc-error-type", ""),
        request_id=reply.headers.get("x-fc-request-id", ""),
        duration_ms=float(reply.headers.get("x-fc-invocation-duration", 0)),
        memory_mb=float(reply.headers.get("x-fc-max-memory-usage", 0)),
        log=base64.b64decode(reply.headers.get("x-fc-log-result", "")).decode(errors="replace"),
    )


def describe(endpoint: Endpoint, path: str) -> dict[str, JsonValue] | None:
    """Return what the API says about `functions/<name>` or a path below it; None if that does not exist.

    Raises:
        MisconfiguredError: Function Compute refuses the call.
        UnavailableError: Function Compute fails.
    """
    try:
        reply = _checked(_call(endpoint, "Get", "GET", path), path)
    except NotThereError:
        return None
    described = _json(reply.content)
    return described if isinstance(described, dict) else {}


def _call(
    endpoint: Endpoint, action: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> requests.Response:
    encoded = f"/{VERSION}/{quote(path.lstrip('/'), safe='/-_.~')}"
    return requests.request(
        method,
        f"{endpoint.url}{encoded}",
        data=body,
        headers={**(headers or {}), **signed_headers(endpoint, action, method, encoded, body)},
        timeout=(CONNECT_S, READ_S),
        allow_redirects=False,  # a redirect would send the signature to another host
    )


def signed_headers(endpoint: Endpoint, action: str, method: str, path: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request, `Authorization` among them."""
    digest = hashlib.sha256(body).hexdigest()
    request = TeaRequest()
    request.method, request.pathname = method, path
    request.headers = {
        "content-type": "application/octet-stream",
        "host": urlsplit(endpoint.url).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
        **({"x-acs-security-token": endpoint.security_token} if endpoint.security_token else {}),
    }
    authorization = OpenApiUtil.get_authorization(
        request, ALGORITHM, digest, endpoint.access_key_id, endpoint.access_key_secret
    )
    return {**request.headers, "Authorization": authorization}


def _checked(reply: requests.Response, subject: str) -> requests.Response:
    if reply.ok or "x-fc-error-type" in reply.headers:
        return reply
    error = _json(reply.content)
    code, message = (error.get("Code"), error.get("Message")) if isinstance(error, dict) else ("", error)
    if reply.status_code == requests.codes.not_found:
        raise NotThereError(f"there is no {subject} in this account and region ({code})")
    failure = MisconfiguredError if reply.status_code < requests.codes.server_error else UnavailableError
    raise failure(f"Function Compute refuses: {code or reply.status_code}: {str(message or '')[:500]}")


def _json(body: bytes) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return parsed
