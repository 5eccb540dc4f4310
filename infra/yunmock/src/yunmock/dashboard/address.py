"""The addresses of the pages and of the files that they need."""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from yunmock.dashboard.document import PageError
from yunmock.routing import is_aliyun
from yunmock.same_origin import host_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.http import Request

ROOT = "/_yunmock/page/"
HOME = "overview"
JSON = ".json"
METHODS = ("GET", "HEAD")
ASSETS = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""The files that pages need, with their types."""


def is_for_pages(request: Request, service: str | None) -> bool:
    """Whether a request is for the pages; `service` is the service that recognises it.

    `/` is the first page for people. A program with an SDK of a service that yunmock does not have signs its
    request for `/`, and must not take a page for an answer.
    """
    if is_aliyun(host_name(request.host)):
        return False
    if request.path.startswith(ROOT):
        return True
    unsigned = "authorization" not in request.headers and not request.query
    return service is None and request.path == "/" and request.method in METHODS and unsigned


def address(page: str, arguments: Mapping[str, str], suffix: str = "") -> str:
    """The address of a page; `suffix` is `.json` for its JSON."""
    path = "/" if page == HOME and not suffix else f"{ROOT}{page}{suffix}"
    query = urlencode(arguments, errors="replace")
    return f"{path}?{query}" if query else path


@cache
def content(name: str) -> bytes:
    """One of `ASSETS`."""
    return files("yunmock.dashboard").joinpath("static").joinpath(name).read_bytes()


@cache
def asset(name: str) -> str:
    """The address of one of `ASSETS`; it changes with its content, so browsers can keep it."""
    return f"{ROOT}{name}?v={hashlib.sha256(content(name)).hexdigest()[:12]}"


def token(key: bytes) -> str:
    """A storage key as an argument of a page."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def read_token(text: str) -> bytes:
    """The key in an argument.

    Raises:
        PageError: it is none.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PageError(400, "The address is not one that a page of yunmock gave: start from the overview.") from None
