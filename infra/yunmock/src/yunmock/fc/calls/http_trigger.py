"""HTTP triggers: a function is called with any request and answers with any response.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function: the handler gets
the request as JSON of version `v1`; a result with `statusCode` is a response, anything else the body of a response with
status 200. Reached by `/2016-08-15/proxy/<service>/<function>/…` and at
`https://<function>….fcapp.run/…`: in process by that name, on a server by that Host header.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from yunmock.exact_json import read_json
from yunmock.fc import permissions
from yunmock.fc.calls.arguments import Argument
from yunmock.fc.calls.invocations import is_asynchronous
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.invocation import new_request_id
from yunmock.fc.jwt_access import admitted
from yunmock.fc.jwt_settings import read_settings
from yunmock.fc.limits import MAX_HEADER_BYTES, check_http_request, header_bytes
from yunmock.fc.properties import ANONYMOUS, HTTP_METHODS, JWT, SIGNED
from yunmock.fc.wire import check_signature
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.model import Trigger
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation

FUNCTION_ERROR = 502
_RESERVED = re.compile(r"x-fc-.*|connection|content-length|date|keep-alive|server", re.IGNORECASE)


def call_function(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """Call a function through its HTTP trigger."""
    function = state.function(parts["function"], parts.get("service", ""))
    trigger = next((each for each in function.triggers if each.type == "http"), None)
    if trigger is None:
        raise FunctionComputeError("TriggerNotFound", "http", parts.get("service", ""), function.name)
    request = _admitted(state, request, parts, trigger)
    asynchronous = is_asynchronous(request)
    check_http_request(request, asynchronous=asynchronous)
    request_id = new_request_id()
    event = json.dumps(_event(state, request, parts.get("path") or "/", request_id)).encode()
    result = state.start(function, event, asynchronous=asynchronous, request_id=request_id)
    return Response(result.status, {"X-Fc-Request-Id": request_id}) if asynchronous else _response(result)


def _admitted(state: FunctionComputeState, request: Request, parts: Parts, trigger: Trigger) -> Request:
    """The request as the function gets it, if its caller may call.

    Raises:
        FunctionComputeError: the method is not accepted, or the caller has not proven who it is.
    """
    methods = trigger.config.get("methods") or list(HTTP_METHODS)
    if not isinstance(methods, list) or request.method not in methods:
        raise FunctionComputeError("MethodNotAllowed", f"the trigger takes {methods}, not {request.method}")
    kind = trigger.config.get("authType", SIGNED)
    if kind == JWT:
        settings = read_settings(trigger.config.get("authConfig"), Argument(("authConfig",)))
        return admitted(settings, request, parts.get("path") or "/", state.clock.now_ms() / 1000)
    if kind != ANONYMOUS:
        check_signature(request, state.cloud.signer(permissions.caller(request)), query=True)
        permissions.check(state.cloud, request, permissions.INVOKE, parts)
    return request


def _event(state: FunctionComputeState, request: Request, path: str, request_id: str) -> JsonObject:
    try:
        body, is_base64 = request.body.decode(), False
    except UnicodeDecodeError:
        body, is_base64 = base64.b64encode(request.body).decode(), True
    hidden = ("authorization", "x-fc-security-token")
    now = state.clock.now()
    return {
        "version": "v1",
        "rawPath": path,
        "headers": {name: value for name, value in request.headers.items() if name not in hidden},
        "queryParameters": dict(request.query),
        "body": body,
        "isBase64Encoded": is_base64,
        "requestContext": {
            "accountId": state.account.account_id,
            "domainName": request.host,
            "domainPrefix": request.host.partition(".")[0],
            "requestId": request_id,
            "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "timeEpoch": str(state.clock.now_ms()),
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": request.headers.get("user-agent", ""),
            },
        },
    }


def _response(result: Invocation) -> Response:
    headers = {"X-Fc-Request-Id": result.request_id}
    if result.error_type:
        return Response(FUNCTION_ERROR, {**headers, "X-Fc-Error-Type": result.error_type}, result.body)
    try:
        content = read_json(result.body, finite=True)
    except ValueError:
        content = None
    if not isinstance(content, dict) or "statusCode" not in content:
        return Response(200, headers, result.body)
    try:
        return _as_response(content, headers)
    except (ValueError, TypeError) as error:
        return Response(FUNCTION_ERROR, headers, f"the function returned no valid response: {error}".encode())


def _as_response(content: JsonObject, headers: dict[str, str]) -> Response:
    """The response that a function describes.

    Raises:
        TypeError, ValueError: the description is wrong.
    """
    body, own, status = content.get("body", ""), content.get("headers") or {}, content["statusCode"]
    if not isinstance(own, dict) or not isinstance(status, (int, float, str)):
        raise TypeError("headers must be an object and statusCode a number")
    text = body if isinstance(body, str) else json.dumps(body)
    raw = base64.b64decode(text, validate=True) if content.get("isBase64Encoded") else text.encode("utf-8", "replace")
    return Response(int(status), {**headers, **_own_headers(own)}, raw)


def _own_headers(own: JsonObject) -> dict[str, str]:
    """The headers that a function may set: Function Compute sets the reserved ones itself.

    Raises:
        FunctionComputeError: BadResponse, they are too large.
    """
    kept = {name: str(value) for name, value in own.items() if not _RESERVED.fullmatch(name)}
    if header_bytes(kept) > MAX_HEADER_BYTES:
        raise FunctionComputeError("BadResponse", f"the response's headers are larger than {MAX_HEADER_BYTES} bytes")
    return kept
