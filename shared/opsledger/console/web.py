"""A request to the console and its response, independent of the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class WebRequest(NamedTuple):
    """What a browser or a program asks for.

    Attributes:
        path: begins with `/`.
        query: one value for each name, decoded.
        headers: by name in lower case.
        now_ms: the present moment, in ms.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    now_ms: int
    method: str = "GET"


class WebResponse(NamedTuple):
    """What it gets.

    Attributes:
        failure: what failed, for the log; empty where nothing did.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    failure: str = ""


class PageError(Exception):
    """A page that cannot be shown.

    Attributes:
        text: what is wrong and what to do, in English, with places for `values`.
    """

    def __init__(self, status: HTTPStatus, text: str, **values: object) -> None:
        super().__init__(text.format(**values))
        self.status, self.text, self.values = status, text, values


def wrong(text: str, **values: object) -> PageError:
    """The query asks for what cannot be."""
    return PageError(HTTPStatus.BAD_REQUEST, text, **values)


def not_found(text: str, **values: object) -> PageError:
    """What is asked for is not there."""
    return PageError(HTTPStatus.NOT_FOUND, text, **values)
