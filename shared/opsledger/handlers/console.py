"""The handler of `functions/console`: an HTTP trigger's request to the pages, and their response back.

The request is JSON of version `v1`, and the answer has `statusCode`, `headers` and `body`
(alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from opsledger import settings, strict_json
from opsledger.console.respond import respond
from opsledger.console.web import WebRequest
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject


def handle(event: bytes | str, context: object) -> dict[str, Any]:
    """Answer one request.

    Raises:
        WorldFailedError: a setting is missing.
    """
    request_id = invocation.request_id(context)
    deadline = invocation.deadline(context)
    try:
        store = invocation.open_store(settings.read(context))
    except WorldFailedError as error:
        log.failed(request_id, error)
        raise
    response = respond(_request(strict_json.read_object(event), deadline.clock.now_ms()), store)
    if response.failure:
        log.write("console failed", request_id=request_id, message=response.failure)
    return {
        "statusCode": int(response.status),
        "headers": dict(response.headers),
        "body": base64.b64encode(response.body).decode(),
        "isBase64Encoded": True,
    }


def _request(event: JsonObject, now_ms: int) -> WebRequest:
    about = _object(_object(event, "requestContext"), "http")
    return WebRequest(
        path=unquote(str(event.get("rawPath") or "/"), errors="replace"),
        query={name: str(value) for name, value in _object(event, "queryParameters").items()},
        headers={name.lower(): str(value) for name, value in _object(event, "headers").items()},
        now_ms=now_ms,
        method=str(about.get("method", "GET")),
    )


def _object(value: JsonObject, name: str) -> JsonObject:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
