"""Give the response to a request: a page as HTML, JSON or CSV, or one of the files that pages need."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opsledger import spreadsheet
from opsledger.console import assets, rendering, visit
from opsledger.console.routes import FILES, PAGES
from opsledger.console.view import View
from opsledger.console.visit import FORMS
from opsledger.console.web import PageError, WebResponse, not_found
from opsledger.errors import DamagedRowError, WorldFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.console.visit import Visit
    from opsledger.console.web import WebRequest
    from opsledger.store import Store

METHODS: Final = ("GET", "HEAD")
HOME: Final = "now"
CONTENT_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every response. Private pages are kept by nobody: no browser, no proxy."""
FOREVER: Final = "public, max-age=31536000, immutable"
RETRY_S: Final = 5


def respond(request: WebRequest, store: Store) -> WebResponse:
    """The response to a request; whatever it asks for, nothing is changed.

    Raises:
        Exception: a bug; the server answers 500.
    """
    name = request.path.lstrip("/") or HOME
    if request.method not in METHODS:
        return plain(HTTPStatus.METHOD_NOT_ALLOWED, "the console only shows: use GET", Allow=", ".join(METHODS))
    if name in assets.TYPES:
        return _asset(name, request.query.get("v", ""))
    page, _, form = name.partition(".")
    form = form if form in FORMS else "json" if name in FILES else "html"  # of a file, programs ask
    try:
        return _answer(request, name, store)
    except PageError as error:
        return _failed(request, page, form, error)
    except WorldFailedError as error:
        shown = PageError(HTTPStatus.SERVICE_UNAVAILABLE, "The tables cannot be read just now: try again in a moment.")
        return _failed(request, page, form, shown)._replace(failure=str(error))
    except DamagedRowError as error:
        shown = PageError(HTTPStatus.INTERNAL_SERVER_ERROR, "What this page shows is damaged, or not whole.")
        return _failed(request, page, form, shown)._replace(failure=str(error))


def _answer(request: WebRequest, name: str, store: Store) -> WebResponse:
    if name in FILES:
        file = FILES[name]
        response = file.respond(visit.read(request, name, "html", file.query), store)
        return response._replace(headers={**HEADERS, **response.headers})
    page, dot, form = name.partition(".")
    if page not in PAGES or (dot and form not in FORMS):
        raise not_found("There is no such page.")
    route = PAGES[page]
    asked = visit.read(request, page, form or "html", route.query)
    return page_response(HTTPStatus.OK, asked, route.show(asked, store))


def page_response(status: HTTPStatus, asked: Visit, view: View) -> WebResponse:
    """A view in the form that was asked for.

    Raises:
        PageError: the page has no list, so no CSV.
    """
    body = _WRITERS[asked.form](asked, view)
    return WebResponse(status, {**HEADERS, "Content-Type": CONTENT_TYPES[asked.form]}, body.encode())


def _html(asked: Visit, view: View) -> str:
    return rendering.page(asked, view)


def _json(_asked: Visit, view: View) -> str:
    return json.dumps(view.data, indent=2, ensure_ascii=False) + "\n"


def _csv(_asked: Visit, view: View) -> str:
    rows = view.data.get(view.rows)
    if not isinstance(rows, list):
        raise not_found("This page has no list, so there is no CSV of it.")
    return "".join(spreadsheet.lines(view.columns, rows))


_WRITERS: Final[dict[str, Callable[[Visit, View], str]]] = {"html": _html, "json": _json, "csv": _csv}


def _failed(request: WebRequest, page: str, form: str, error: PageError) -> WebResponse:
    """The error in the form that was asked for; a program gets it as JSON."""
    known = page if page in PAGES else HOME
    own = request._replace(query={"lang": request.query.get("lang", "")[:2]})  # the rest of the query may be at fault
    asked = visit.read(own, known, "html" if form == "html" else "json")
    view = View({"error": rendering.say(asked, error.text, error.values), "status": int(error.status)})
    body = rendering.error_page(asked, view, request.path) if asked.form == "html" else _json(asked, view)
    retry = {"Retry-After": str(RETRY_S)} if error.status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    headers = {**HEADERS, "Content-Type": CONTENT_TYPES[asked.form], **retry}
    return WebResponse(error.status, headers, body.encode())


def plain(status: HTTPStatus, text: str, **headers: str) -> WebResponse:
    """A line of text that is no page."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    return WebResponse(status, {**HEADERS, **plain, **headers}, f"{text}\n".encode())


def _asset(name: str, version: str) -> WebResponse:
    """A file; kept by browsers for as long as its digest is in its address."""
    caching = {"Cache-Control": FOREVER} if version == assets.digest(name) else {}
    return WebResponse(HTTPStatus.OK, {**HEADERS, "Content-Type": assets.TYPES[name], **caching}, assets.content(name))
