"""The cloud's own controls, over HTTP under `/_yunmock/`; in Python the same are methods of `Cloud`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from yunmock.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud

PREFIX = "/_yunmock/"


class Control:
    """Answers the control calls of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._calls: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "reset"): self._reset,
            ("POST", "run-due"): self._run_due,
            ("GET", "health"): self._health,
        }

    def handle(self, request: Request) -> Response:
        """Answer one control call; an unknown one is answered by the list of those there are."""
        call = self._calls.get((request.method, request.path.removeprefix(PREFIX)))
        if call is None:
            known = sorted(f"{method} {PREFIX}{name}" for method, name in self._calls)
            return _json(HTTPStatus.NOT_FOUND, {"error": "no such control", "known": known})
        try:
            arguments = json.loads(request.body or b"{}")
            return _json(HTTPStatus.OK, call({**request.query, **arguments}) or {})
        except (ValueError, TypeError, KeyError) as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"})

    def _reset(self, _arguments: dict[str, Any]) -> None:
        self._cloud.reset()

    def _run_due(self, _arguments: dict[str, Any]) -> None:
        self._cloud.run_due()

    def _health(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok", "now_ms": self._cloud.clock.now_ms()}


def _json(status: HTTPStatus, content: Any) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
