"""The wire of the 2016-08-15 API: signatures checked on the way in, errors as Function Compute words them.

String to sign, as `aliyun-fc2` makes it: METHOD, content-md5, content-type and date on a line each, the `x-fc-*`
headers sorted as `name:value` lines, the unescaped path (for HTTP functions followed by the sorted query, a line
each); HMAC-SHA256 with the secret, base64. The body is not signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.invocation import new_request_id
from yunmock.http import Request, Response

if TYPE_CHECKING:
    from yunmock.cloud import Account

SIGNED_HEADERS = ("content-md5", "content-type", "date")


def string_to_sign(request: Request, *, query: bool = False) -> str:
    """What the caller should have signed; with the query for HTTP functions."""
    first = [request.method, *(request.headers.get(name, "") for name in SIGNED_HEADERS)]
    lines = [f"{name}:{request.headers[name]}" for name in sorted(request.headers) if name.startswith("x-fc-")]
    resource = request.path
    if query:
        resource += "\n" + "\n".join(sorted(f"{key}={value}" if value else key for key, value in request.query.items()))
    return "\n".join([*first, *lines, resource])


def signature(text: str, secret: str) -> str:
    """The signature of a string to sign."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def check_signature(request: Request, account: Account, *, query: bool = False) -> None:
    """Let only the account's own key through.

    Raises:
        FunctionComputeError: MissingRequiredHeader, InvalidAccessKeyID or SignatureNotMatch.
    """
    given = request.headers.get("authorization", "")
    if not given:
        raise FunctionComputeError("MissingRequiredHeader", "Authorization")
    scheme, _, rest = given.partition(" ")
    key, _, sign = rest.partition(":")
    if scheme != "FC" or key != account.access_key_id:
        raise FunctionComputeError("InvalidAccessKeyID", key[:128])
    text = string_to_sign(request, query=query)
    if not hmac.compare_digest(signature(text, account.access_key_secret).encode(), sign.encode()):
        token = request.headers.get("x-fc-security-token") or "\0"
        raise FunctionComputeError("SignatureNotMatch", text.replace(token, "***").replace("\n", "\\n"))


def answer(content: dict[str, Any], status: int = 200) -> Response:
    """A successful call with a JSON answer."""
    headers = {"Content-Type": "application/json", "X-Fc-Request-Id": new_request_id()}
    return Response(status, headers, json.dumps(content, ensure_ascii=False).encode())


def refusal(error: FunctionComputeError) -> Response:
    """A refused call: the SDK raises FcError with this code."""
    content = {"ErrorCode": error.code, "ErrorMessage": str(error)}
    headers = {"Content-Type": "application/json", "X-Fc-Request-Id": new_request_id()}
    return Response(error.status, headers, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
