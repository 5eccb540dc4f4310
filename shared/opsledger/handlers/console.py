"""The handler of `functions/console`: an HTTP trigger's request to the pages, and their response back.

The request is JSON of version `v1`, and the answer has `statusCode`, `headers` and `body`
(alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function).

Who may look is for the trigger to decide, which only lets signed requests or those with a JWT through. Where the
trigger is `anonymous`, `OPSLEDGER_CONSOLE_TOKENS` has to be set: then each request needs one of its tokens.
"""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from opsledger import settings, strict_json
from opsledger.console import access
from opsledger.console.respond import plain, respond
from opsledger.console.web import WebRequest
from opsledger.errors import MisconfiguredError, WorldFailedError
from opsledger.handlers import invocation, log

if TYPE_CHECKING:
    from opsledger.console.web import WebResponse
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

DOWNLOADS: Final = ".fcapp.run"
"""At a function's own address Function Compute makes a browser download what it opens
(alibabacloud.com/help/en/functioncompute/fc/user-guide/http-triggers-overview)."""
NO_PAGES: Final = (
    "at this address browsers download what they open, so it has no pages: add .json or .csv to the name, "
    "bind a domain of your own, or run `opsledger console --remote`"
)


def initialize(context: object) -> None:
    """Open the store and read the tokens, once per instance.

    Raises:
        MisconfiguredError: a setting is missing or invalid; the message says which.
    """
    invocation.initialize(context)
    _tokens()


def handle(event: bytes | str, context: object) -> dict[str, Any]:
    """Answer one request.

    Raises:
        WorldFailedError: a setting is missing.
    """
    request_id = invocation.request_id(context)
    deadline = invocation.deadline(context)
    try:
        store, tokens = invocation.open_store(settings.read(context)), _tokens()
    except WorldFailedError as error:
        log.failed(request_id, error)
        raise
    response = _answer(_request(strict_json.read_object(event), deadline.clock.now_ms()), store, tokens)
    if response.failure:
        log.write("console failed", request_id=request_id, message=response.failure)
    return {
        "statusCode": int(response.status),
        "headers": dict(response.headers),
        "body": base64.b64encode(response.body).decode(),
        "isBase64Encoded": True,
    }


def _answer(request: WebRequest, store: Store, tokens: tuple[access.AccessToken, ...]) -> WebResponse:
    if tokens:
        holder = access.holder(request, tokens)
        if holder is None:
            return plain(HTTPStatus.UNAUTHORIZED, "this needs a token: ?token=…", **{"WWW-Authenticate": "Bearer"})
        if not holder.admits(request.path):
            return plain(HTTPStatus.FORBIDDEN, f"a token of the scope {holder.scope} does not read this")
        request = request._replace(query={name: value for name, value in request.query.items() if name != "token"})
    response = respond(request, store)
    is_page = response.headers["Content-Type"].startswith("text/html")
    return plain(HTTPStatus.NOT_ACCEPTABLE, NO_PAGES) if is_page and _downloads(request) else response


def _downloads(request: WebRequest) -> bool:
    return request.headers.get("host", "").partition(":")[0].lower().endswith(DOWNLOADS)


def _tokens() -> tuple[access.AccessToken, ...]:
    try:
        return access.read(settings.variable("OPSLEDGER_CONSOLE_TOKENS"))
    except ValueError as error:
        raise MisconfiguredError(f"OPSLEDGER_CONSOLE_TOKENS: {error}") from None


def _request(event: JsonObject, now_ms: int) -> WebRequest:
    context = _object(event, "requestContext")
    headers = {name.lower(): str(value) for name, value in _object(event, "headers").items()}
    return WebRequest(
        path=unquote(str(event.get("rawPath") or "/"), errors="replace"),
        query={name: str(value) for name, value in _object(event, "queryParameters").items()},
        headers={**headers, "host": str(context.get("domainName") or headers.get("host", ""))},
        now_ms=now_ms,
        method=str(_object(context, "http").get("method", "GET")),
    )


def _object(value: JsonObject, name: str) -> JsonObject:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
