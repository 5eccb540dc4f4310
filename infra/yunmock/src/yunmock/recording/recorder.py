"""Writes each request and its answer to a file, as soon as it is answered."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.cloud import INVOKER
from yunmock.http import Response
from yunmock.ram.access import SECURITY_TOKEN
from yunmock.recording.exchange import Exchange, header
from yunmock.recording.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock.cloud import Account, Call, Cloud
    from yunmock.http import Request

LOG = "x-fc-log-result"
"""The header in which the end of a function's log is base64."""
OPAQUE = ("tablestore",)
"""The services whose bodies are protocol buffers: a changed text in them would have a wrong length."""


class Recorder:
    """Records one session; a file that is there is replaced.

    Args:
        path: the file.
        account: whose keys are scrubbed.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, account: Account) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()
        self._secrets = secrets_of(account)
        self._write(header())

    @classmethod
    def of(cls, cloud: Cloud, path: Path) -> Recorder:
        """Record everything that a cloud is asked from now on, until it is closed."""
        recorder = cls(path, cloud.account)
        cloud.on_call.append(lambda call: recorder._began(cloud, call))
        cloud.on_close.append(recorder.close)
        return recorder

    def _began(self, cloud: Cloud, call: Call) -> Callable[[Response | None], None]:
        inside = cloud.sending > 0 or (INVOKER in cloud.services and cloud.invoker.running > 0)
        return lambda response: self.add(
            Exchange(call.at_ms, call.service, call.operation, inside, call.request, response)
        )

    def add(self, exchange: Exchange) -> None:
        """Record an exchange, scrubbed."""
        self._write(scrubbed(exchange, Scrubber(self._secrets)).line())

    def close(self) -> None:
        """Close the file; what comes later is not recorded."""
        with self._lock:
            self._file.close()

    def _write(self, line: str) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{line}\n")
                self._file.flush()


def secrets_of(account: Account) -> tuple[str, ...]:
    """The values that no recording of an account may have."""
    return (account.access_key_id, account.access_key_secret, SECURITY_TOKEN)


def scrubbed(exchange: Exchange, scrubber: Scrubber) -> Exchange:
    """The exchange without secrets."""
    request = scrubbed_request(exchange.service, exchange.request, scrubber)
    response = exchange.response and _scrubbed_response(exchange.service, exchange.response, scrubber)
    return replace(exchange, request=request, response=response)


def scrubbed_request(service: str, request: Request, scrubber: Scrubber) -> Request:
    """The request without secrets: its names first, because their values may stand in the rest."""
    headers = scrubber.names(request.headers)
    query = scrubber.names(request.query, address=True)
    opaque = service in OPAQUE
    body = request.body if opaque else scrubber.body(request.body, request.headers.get("content-type", ""))
    return replace(request, headers=headers, query=query, body=body, path=scrubber.path(request.path), target="")


def _scrubbed_response(service: str, response: Response, scrubber: Scrubber) -> Response:
    headers = {
        name: _scrubbed_log(value, scrubber) if name.lower() == LOG else value
        for name, value in scrubber.names(response.headers).items()
    }
    kind = next((value for name, value in response.headers.items() if name.lower() == "content-type"), "")
    body = response.body if service in OPAQUE else scrubber.body(response.body, kind)
    return Response(response.status, headers, body)


def _scrubbed_log(value: str, scrubber: Scrubber) -> str:
    text = scrubber.text(base64.b64decode(value).decode("utf-8", "replace"))
    return base64.b64encode(text.encode()).decode()
