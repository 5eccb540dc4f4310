"""One request with its answer, as a line of a recording."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yunmock.errors import YunmockError
from yunmock.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 1


class InvalidRecordingError(YunmockError, ValueError):
    """The file is not a recording, or one of a later version; the message has the line."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, without secrets.

    Attributes:
        at_ms: when it was asked, by the cloud's clock.
        inside: whether a function was running or the cloud was delivering something meanwhile, and so may have asked. A
            replay does neither.
        response: None if a fault dropped the connection.
    """

    at_ms: int
    service: str
    operation: str
    inside: bool
    request: Request
    response: Response | None

    def line(self) -> str:
        """The exchange as a line of JSON."""
        fields = {
            "at_ms": self.at_ms,
            "service": self.service,
            "operation": self.operation,
            "inside": self.inside,
            "request": {
                "method": self.request.method,
                "host": self.request.host,
                "path": self.request.path,
                "query": dict(self.request.query),
                "headers": dict(self.request.headers),
                **_body(self.request.body),
            },
            "response": self.response
            and {"status": self.response.status, "headers": dict(self.response.headers), **_body(self.response.body)},
        }
        return json.dumps(fields, ensure_ascii=False)


def header() -> str:
    """The first line of a recording."""
    return json.dumps({"yunmock": "recording", "version": VERSION})


def read(path: Path) -> list[Exchange]:
    """The exchanges in a file.

    Raises:
        InvalidRecordingError: it is not a recording.
        OSError: it cannot be read.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    if _fields(path, 1, lines[0]) != {"yunmock": "recording", "version": VERSION}:
        raise InvalidRecordingError(f"{path}: is no recording of version {VERSION} of yunmock")
    return [_exchange(path, number, line) for number, line in enumerate(lines[1:], 2) if line.strip()]


def _exchange(path: Path, number: int, line: str) -> Exchange:
    fields = _fields(path, number, line)
    try:
        asked, answered = fields["request"], fields["response"]
        request = Request(
            asked["method"], asked["path"], asked["headers"], _bytes(asked), asked["query"], asked["host"]
        )
        response = answered and Response(int(answered["status"]), answered["headers"], _bytes(answered))
        return Exchange(
            int(fields["at_ms"]), fields["service"], fields["operation"], fields["inside"], request, response
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRecordingError(f"{path}: line {number} is no exchange: {error!r}") from None


def _fields(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise InvalidRecordingError(f"{path}: line {number} is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise InvalidRecordingError(f"{path}: line {number} is no JSON object")
    return fields


def _body(body: bytes) -> dict[str, str]:
    """A body as text, or as base64 if it is no text."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(fields: Mapping[str, str]) -> bytes:
    return fields["text"].encode() if "text" in fields else base64.b64decode(fields["base64"], validate=True)
