"""Requests and responses as every service sees them.

The front ends (`mock`, `server`) translate to and from these, so no service depends on a socket or an HTTP library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case, the path is unescaped and has no query.

    `target` is the path with its query as it was sent.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class ConnectionDroppedError(Exception):
    """A fault drops the connection; the front end closes it in its own way."""
