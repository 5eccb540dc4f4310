"""Answer a browser: which requests are for the pages, and what they get. Nothing here changes the cloud."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from yunmock.dashboard import html, json_form
from yunmock.dashboard.address import ASSETS, HOME, JSON, METHODS, ROOT, address, content
from yunmock.dashboard.document import PageError, WebPage
from yunmock.dashboard.scrub import scrubbed, scrubber_of
from yunmock.dashboard.site import PAGES
from yunmock.dashboard.visit import Visit
from yunmock.errors import OnlyRecordedError
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.http import Request
    from yunmock.refused import RefusedRequests

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer."""
FOREVER = "private, max-age=31536000, immutable"


def respond(request: Request, cloud: Cloud, refused: RefusedRequests) -> Response:
    """A page as HTML or JSON, or one of the files that pages need."""
    if request.method not in METHODS:
        allow = {"Allow": ", ".join(METHODS), "Content-Type": "text/plain; charset=utf-8"}
        return Response(HTTPStatus.METHOD_NOT_ALLOWED, {**HEADERS, **allow}, b"the pages only show: use GET\n")
    name = request.path.removeprefix(ROOT) if request.path != "/" else HOME
    if name in ASSETS:
        return Response(
            HTTPStatus.OK, {**HEADERS, "Content-Type": ASSETS[name], "Cache-Control": FOREVER}, content(name)
        )
    page, as_json = name.removesuffix(JSON), name.endswith(JSON)
    visit = Visit(cloud, refused, request.query, cloud.clock.now_ms())
    try:
        status, made = HTTPStatus.OK.value, _made(page, visit)
    except PageError as error:
        status, made = error.status, WebPage(HTTPStatus(error.status).phrase, (), summary=str(error))
    shown = scrubbed(made, scrubber_of(cloud))
    body = json_form.write(shown, visit.now_ms) if as_json else _html(shown, page, visit)
    kind = "application/json" if as_json else "text/html; charset=utf-8"
    return Response(status, {**HEADERS, "Content-Type": kind}, body.encode("utf-8", "replace"))


def _made(name: str, visit: Visit) -> WebPage:
    if name not in PAGES:
        raise PageError(HTTPStatus.NOT_FOUND, "There is no such page.")
    try:
        return PAGES[name](visit)
    except OnlyRecordedError as error:
        raise PageError(HTTPStatus.NOT_FOUND, f"{error}.".capitalize()) from None


def _html(page: WebPage, name: str, visit: Visit) -> str:
    known = name if name in PAGES else HOME
    return html.render(page, known, visit.now_ms, address(known, visit.arguments, JSON))
