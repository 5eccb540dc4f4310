"""The wire: signatures checked on the way in, JSON both ways, errors in EventBridge's form.

String to sign, as the SDK makes it: METHOD, content-md5, content-type and date on a line each, the `x-acs*` headers
sorted as `name:value` lines, the path with its sorted query; HMAC-SHA1 with the secret, base64. The body is not signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.exact_json import read_json, write_json
from yunmock.http import Request, Response
from yunmock.identifiers import new_uuid

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.json_types import JsonObject

SIGNED_HEADERS = ("content-md5", "content-type", "date")


def string_to_sign(request: Request) -> str:
    """The text that the caller must sign."""
    first = [request.method, *(request.headers.get(name, "") for name in SIGNED_HEADERS)]
    signed = sorted(name for name in request.headers if name.startswith("x-acs"))
    lines = [f"{name}:{request.headers[name]}" for name in signed]
    query = "&".join(f"{key}={request.query[key]}" for key in sorted(request.query))
    resource = f"{request.path}?{query}" if query else request.path
    return "\n".join([*first, *lines, resource])


def signature(text: str, secret: str) -> str:
    """The signature of a string to sign."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def check_signature(request: Request, account: Account) -> None:
    """Accept only a request that the account's own key signed.

    Raises:
        EventBridgeError: InvalidAccessKeyId or SignatureDoesNotMatch.
    """
    scheme, _, rest = request.headers.get("authorization", "").partition(":")
    key, _, given = rest.partition(":")
    if scheme == "acs" and account.accepts(key):
        return
    if scheme != "acs" or key != account.access_key_id:
        raise EventBridgeError("InvalidAccessKeyId", key[:128])
    text = string_to_sign(request)
    if not hmac.compare_digest(signature(text, account.access_key_secret).encode(), given.encode()):
        token = request.headers.get("x-acs-security-token") or "\0"
        raise EventBridgeError("SignatureDoesNotMatch", text.replace(token, "***"))


def read_body(request: Request) -> JsonObject:
    """The parameters of a call.

    Raises:
        EventBridgeError: JsonAttributeInvalid.
    """
    try:
        body = read_json(request.body or b"{}")
    except ValueError as error:
        raise EventBridgeError("JsonAttributeInvalid", str(error)[:200]) from None
    if not isinstance(body, dict):
        raise EventBridgeError("JsonAttributeInvalid", "the parameters must be a JSON object")
    return body


def answer(account: Account, result: JsonObject) -> Response:
    """A successful call."""
    head: JsonObject = {"RequestId": request_id(), "ResourceOwnerAccountId": account.account_id}
    return _response(200, head | result)


def refusal(error: EventBridgeError) -> Response:
    """A refused call: the SDK raises TeaException with this code."""
    return _response(error.status, {"code": error.code, "message": str(error), "requestId": request_id()})


def request_id() -> str:
    """A fresh request id in EventBridge's form."""
    return str(new_uuid()).upper()


def _response(status: int, content: JsonObject) -> Response:
    body = write_json(content).encode("utf-8", "replace")
    return Response(status, {"content-type": "application/json; charset=utf-8"}, body)
