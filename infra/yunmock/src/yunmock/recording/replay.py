"""A cloud that answers from a recording: it runs nothing, and keeps nothing."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import parse_qsl

from yunmock.cloud import Cloud
from yunmock.errors import OnlyRecordedError, ReplayMismatchError
from yunmock.http import ConnectionDroppedError
from yunmock.recording.exchange import read
from yunmock.recording.recorder import scrubbed_request, secrets_of
from yunmock.recording.scrub import FORM, Scrubber, json_or_none, without
from yunmock.routing import is_function_host

if TYPE_CHECKING:
    from collections.abc import Collection

    from yunmock.cloud import Account
    from yunmock.http import Request, Response
    from yunmock.recording.exchange import Exchange
    from yunmock.services import Service

Order: TypeAlias = Literal["strict", "any"]
VOLATILE = frozenset({"timestamp"})
"""Parameters that differ at each call and are no secrets; the others are scrubbed."""
SIGNED = {"tablestore": "yunmock.tablestore.wire"}
"""The services whose clients check that the answer is signed: who signs it again."""


class ComparedRequest(NamedTuple):
    """What two requests have in common that are the same call."""

    service: str
    method: str
    host: str
    path: str
    query: object
    body: object


class NoServices(dict[str, "Service"]):
    """The services of a cloud that answers from a recording."""

    def __missing__(self, name: str) -> Service:
        """Say why there are none.

        Raises:
            OnlyRecordedError: always.
        """
        raise OnlyRecordedError(name)


class ReplayedCloud(Cloud):
    """Answers the requests of a recording.

    Args:
        path: the file.
        order: "strict": in the recorded order; "any": in any, each exchange once.
        ignore: names of parameters and JSON fields that are not compared, such as generated ids.
        compare_bodies: whether bodies are compared at all.
        account: whose keys the clients have.

    Raises:
        InvalidRecordingError: the file is not a recording.
        ValueError: the order is unknown.
        OSError: the file cannot be read.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        order: Order = "strict",
        ignore: Collection[str] = (),
        compare_bodies: bool = True,
        account: Account | None = None,
    ) -> None:
        super().__init__(account=account)
        self.services = NoServices()
        if order not in get_args(Order):
            raise ValueError(f"order is one of {get_args(Order)}, not {order!r}")
        self._strict, self._ignore, self._bodies = order == "strict", frozenset(ignore), compare_bodies
        self._left = read(Path(path))
        self._count = 0
        self._tape_lock = threading.Lock()

    @property
    def unused(self) -> list[str]:
        """The operations that were recorded and not asked for; without what functions or deliveries asked."""
        return [exchange.operation for exchange in self._left if not exchange.inside]

    def handle(self, service: str, request: Request) -> Response:
        """Answer one request from the recording.

        Raises:
            ReplayMismatchError: the recording has another request here, or not this one.
            ConnectionDroppedError: the connection was dropped when it was recorded.
        """
        clean = scrubbed_request(service, request, Scrubber(secrets_of(self.account)))
        with self._tape_lock:
            self._count += 1
            found = self._take(self._asked(service, clean))
        if found.response is None:
            raise ConnectionDroppedError("the connection was dropped when this was recorded")
        if service not in SIGNED:
            return found.response
        signed: Response = importlib.import_module(SIGNED[service]).answer(
            request, self.account, found.response.status, found.response.body
        )
        return signed

    def _take(self, asked: ComparedRequest) -> Exchange:
        """Remove the exchange that answers a request from what is left."""
        place = next((n for n, each in enumerate(self._left) if self._fits(each, asked)), None)
        if self._strict:
            ahead = [each for each in self._left[:place] if not each.inside]
            if place is None or ahead:
                raise ReplayMismatchError(
                    self._difference(asked, next((each for each in self._left if not each.inside), None))
                )
        elif place is None:
            alike = next((each for each in self._left if self._of(each)[:4] == asked[:4]), None)
            raise ReplayMismatchError(self._difference(asked, alike))
        return self._left.pop(place)

    def _fits(self, exchange: Exchange, asked: ComparedRequest) -> bool:
        return self._of(exchange) == asked

    def _of(self, exchange: Exchange) -> ComparedRequest:
        return self._asked(exchange.service, exchange.request)

    def _asked(self, service: str, request: Request) -> ComparedRequest:
        host = request.host.partition(":")[0].lower()
        return ComparedRequest(
            service,
            request.method,
            host if is_function_host(host) else "",
            request.path,
            self._kept(dict(request.query)),
            self._body(request) if self._bodies else None,
        )

    def _body(self, request: Request) -> object:
        """A body for comparison: its fields if it has some, else its bytes."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
            return self._kept(dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)))
        content = json_or_none(request.body)
        return request.body if content is None else without(content, self._ignore)

    def _kept(self, fields: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in fields.items() if name.lower() not in VOLATILE | self._ignore}

    def _difference(self, asked: ComparedRequest, expected: Exchange | None) -> str:
        call = f"call {self._count}: {asked.service} {asked.method} {asked.path[:200]}"
        if expected is None:
            return f"{call}: the recording has no such request left"
        recorded = self._of(expected)
        differing = [name for name in ComparedRequest._fields if getattr(asked, name) != getattr(recorded, name)]
        what = f"{recorded.service} {expected.operation} ({recorded.method} {recorded.path[:200]})"
        if differing:
            return f"{call}: the recording has {what} here; these differ: {', '.join(differing)}"
        return f"{call}: the recording has {what} before it"
