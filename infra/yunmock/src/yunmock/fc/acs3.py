"""The wire of the 2023-03-30 API: ACS3-HMAC-SHA256 signatures, and errors in that API's form.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature: the method, path,
query, signed headers and the SHA-256 of the body are joined by newlines; the SHA-256 of that is signed with
HMAC-SHA256, in hex.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.invocation import new_request_id
from yunmock.http import Request, Response

if TYPE_CHECKING:
    from yunmock.cloud import Account

ALGORITHM = "ACS3-HMAC-SHA256"
BODY_HASH = "x-acs-content-sha256"
MUST_BE_SIGNED = ("host", BODY_HASH, "x-acs-date")

_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=(?P<key>[^,]*),\s*SignedHeaders=(?P<headers>[^,]*),\s*Signature=(?P<sign>[0-9a-f]+)"
)


def canonical_request(request: Request, signed: list[str]) -> str:
    """What the caller should have hashed."""
    query = "&".join(f"{_quoted(key)}={_quoted(request.query[key])}" for key in sorted(request.query))
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    parts = [request.method, quote(request.path, safe="/-_.~"), query, headers, ";".join(signed)]
    return "\n".join([*parts, request.headers.get(BODY_HASH, "")])


def signature(canonical: str, secret: str) -> str:
    """The signature of a canonical request."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_signature(request: Request, account: Account) -> None:
    """Let only the account's own key through, and only with the body that was signed.

    Raises:
        FunctionComputeError: MissingRequiredHeader, InvalidAccessKeyID or SignatureNotMatch.
    """
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        raise FunctionComputeError("MissingRequiredHeader", "Authorization")
    if found["key"] != account.access_key_id:
        raise FunctionComputeError("InvalidAccessKeyID", found["key"][:128])
    signed = found["headers"].split(";")
    for name in MUST_BE_SIGNED:
        if name not in signed or name not in request.headers:
            raise FunctionComputeError("MissingRequiredHeader", name)
    canonical = canonical_request(request, signed)
    body_fits = request.headers[BODY_HASH] == hashlib.sha256(request.body).hexdigest()
    if not body_fits or not hmac.compare_digest(signature(canonical, account.access_key_secret), found["sign"]):
        token = request.headers.get("x-acs-security-token") or "\0"
        raise FunctionComputeError("SignatureNotMatch", canonical.replace(token, "***").replace("\n", "\\n"))


def refusal(error: FunctionComputeError) -> Response:
    """A refused call, in the form of this API."""
    request_id = new_request_id()
    content = {"Code": error.code, "Message": str(error), "RequestId": request_id}
    headers = {"Content-Type": "application/json", "X-Fc-Request-Id": request_id}
    return Response(error.status, headers, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
