"""The newest requests that were refused, with the answers that said why; the request log has no answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Call
    from yunmock.http import Request, Response

KEPT = 1000
KEPT_BYTES = 2 * 1024 * 1024
KEPT_BODY = 4 * 1024
"""How much of an answer is kept; errors are short."""
ENTRY_BYTES = 300
"""About what an entry takes without its texts."""
FIRST_ERROR = 400


class RefusedRequest(NamedTuple):
    """A request that was refused.

    Attributes:
        service: empty if no service was asked.
        path: without the query, which may hold a signature.
        status: the HTTP status, None if the connection was dropped.
        body: the first 4 KB of the answer.
    """

    at_ms: int
    service: str
    operation: str
    method: str
    path: str
    status: int | None
    body: bytes = b""


class RefusedRequests:
    """The newest refused requests: a thousand, or 2 MB of them."""

    def __init__(self) -> None:
        self._kept: Recent[RefusedRequest] = Recent(KEPT, KEPT_BYTES)

    def add(self, at_ms: int, request: Request, response: Response | None, call: Call | None = None) -> None:
        """Keep a refused request; `call` is its line in the request log, if a service was asked."""
        status, body = (response.status, response.body[:KEPT_BODY]) if response else (None, b"")
        service, operation = (call.service, call.operation) if call else ("", "")
        path = request.path[:KEPT_BODY]
        one = RefusedRequest(at_ms, service, operation, request.method[:20], path, status, body)
        self._kept.add(one, ENTRY_BYTES + len(path) + len(operation) + len(body))

    def listen(self, call: Call) -> Callable[[Response | None], None]:
        """A listener for `Cloud.on_call`: keeps the call if its answer is an error, or if it gets none."""
        return lambda response: self._ended(call, response)

    def items(self) -> list[RefusedRequest]:
        """What is kept, the oldest first."""
        return self._kept.items()

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def _ended(self, call: Call, response: Response | None) -> None:
        if response is None or response.status >= FIRST_ERROR:
            self.add(call.at_ms, call.request, response, call)
