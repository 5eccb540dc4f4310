"""The wire of both APIs: signatures checked on the way in, results and errors in each API's form on the way out.

The 2016-08-15 API's string to sign, as `aliyun-fc2` makes it: METHOD, content-md5, content-type and date on a line
each, the `x-fc-*` headers sorted as `name:value` lines, the unescaped path (for HTTP functions followed by the sorted
query, a line each); HMAC-SHA256 with the secret, base64. The body is not signed. The 2023-03-30 API uses ACS3
(`yunmock.acs3`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from yunmock import acs3
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.invocation import new_request_id
from yunmock.http import Request, Response

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation

API_2023 = "/2023-03-30/"
SIGNED_HEADERS = ("content-md5", "content-type", "date")
LOG_TAIL_BYTES = 4096

ACS3_CODES = {
    acs3.Problem.NO_AUTHORIZATION: "MissingRequiredHeader",
    acs3.Problem.ALGORITHM: "InvalidArgument",
    acs3.Problem.ACCESS_KEY: "InvalidAccessKeyID",
    acs3.Problem.UNSIGNED_HEADER: "MissingRequiredHeader",
    acs3.Problem.MISMATCH: "SignatureNotMatch",
}


def string_to_sign(request: Request, *, query: bool = False) -> str:
    """The text that the caller must sign; with the query for HTTP functions."""
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
    """Accept only a request of the 2016-08-15 API that the account's own key signed.

    Raises:
        FunctionComputeError: MissingRequiredHeader, InvalidAccessKeyID or SignatureNotMatch.
    """
    given = request.headers.get("authorization", "")
    if not given:
        raise FunctionComputeError("MissingRequiredHeader", "Authorization")
    scheme, _, rest = given.partition(" ")
    key, _, sign = rest.partition(":")
    if scheme == "FC" and account.accepts(key):
        return
    if scheme != "FC" or key != account.access_key_id:
        raise FunctionComputeError("InvalidAccessKeyID", key[:128])
    text = string_to_sign(request, query=query)
    if not hmac.compare_digest(signature(text, account.access_key_secret).encode(), sign.encode()):
        token = request.headers.get("x-fc-security-token") or "\0"
        raise FunctionComputeError("SignatureNotMatch", text.replace(token, "***").replace("\n", "\\n"))


def check_acs3(request: Request, account: Account) -> None:
    """Accept only a request of the 2023-03-30 API that the account's own key signed, with this body.

    Raises:
        FunctionComputeError: MissingRequiredHeader, InvalidArgument, InvalidAccessKeyID or SignatureNotMatch.
    """
    try:
        acs3.verify(request, account)
    except acs3.Acs3Error as error:
        raise FunctionComputeError(ACS3_CODES[error.problem], error.detail.replace("\n", "\\n")) from None


def answer(content: JsonObject, status: int = 200) -> Response:
    """A successful call with a JSON answer."""
    headers = {"Content-Type": "application/json", "X-Fc-Request-Id": new_request_id()}
    return Response(status, headers, json.dumps(content, ensure_ascii=False).encode())


def empty_answer() -> Response:
    """A successful call that answers nothing."""
    return Response(204, {"X-Fc-Request-Id": new_request_id()})


def invocation_response(result: Invocation, *, log: bool = False) -> Response:
    """The answer to InvokeFunction; with the end of the log if it was asked for."""
    headers = {
        "X-Fc-Request-Id": result.request_id,
        "X-Fc-Invocation-Duration": f"{result.duration_ms:.2f}",
        "X-Fc-Max-Memory-Usage": f"{result.memory_mb:.2f}",
        "X-Fc-Instance-Id": result.instance_id,
        "X-Fc-Invocation-Code-Version": "Latest",
        "Content-Type": "application/json" if result.error_type else "application/octet-stream",
    }
    if result.error_type:
        headers["X-Fc-Error-Type"] = result.error_type
    if log:
        headers["X-Fc-Log-Result"] = base64.b64encode(result.log.encode()[-LOG_TAIL_BYTES:]).decode()
    return Response(result.status, headers, result.body)


def refusal_of(request: Request, error: FunctionComputeError) -> Response:
    """A refused call, in the form of the API that the request is for."""
    return (_refusal_2023 if request.path.startswith(API_2023) else refusal)(error)


def refusal(error: FunctionComputeError) -> Response:
    """A refused call of the 2016-08-15 API: the SDK raises FcError with this code."""
    return _error(error, {"ErrorCode": error.code, "ErrorMessage": str(error)}, new_request_id())


def _refusal_2023(error: FunctionComputeError) -> Response:
    request_id = new_request_id()
    return _error(error, {"Code": error.code, "Message": str(error), "RequestId": request_id}, request_id)


def _error(error: FunctionComputeError, content: JsonObject, request_id: str) -> Response:
    headers = {"Content-Type": "application/json", "X-Fc-Request-Id": request_id}
    return Response(error.status, headers, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
