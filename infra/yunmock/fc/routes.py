"""Which path is which call of the 2016-08-15 API, the one `aliyun-fc2` speaks.

fc3 templates have no services: any service name leads to the same functions, and the list of services names one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yunmock.fc import calls
from yunmock.fc.wire import check_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.fc.service import FunctionComputeService
    from yunmock.http import Request, Response

_NAME = r"[^/]+"
_SERVICE = rf"/2016-08-15/services/(?P<service>{_NAME})"
_FUNCTION = rf"{_SERVICE}/functions/(?P<function>{_NAME})"


@dataclass(frozen=True, slots=True)
class Route:
    """One call: how it is recognised, its name, and what answers it."""

    method: str
    path: re.Pattern[str]
    operation: str
    handler: Callable[[FunctionComputeService, Request, dict[str, Any]], Response]

    def answer(self, service: FunctionComputeService, request: Request) -> Response:
        """Check the signature and answer."""
        found = self.path.fullmatch(request.path)
        check_signature(request, service.account, query="/proxy/" in request.path)
        return self.handler(service, request, found.groupdict() if found else {})


def _route(
    method: str, path: str, operation: str, handler: Callable[[FunctionComputeService, Request, Any], Response]
) -> Route:
    return Route(method, re.compile(path), operation, handler)


ROUTES: tuple[Route, ...] = (
    _route("POST", rf"{_FUNCTION}/invocations", "InvokeFunction", calls.invoke_function),
    _route("GET", r"/2016-08-15/account-settings", "GetAccountSettings", calls.get_account_settings),
    _route("GET", r"/2016-08-15/services", "ListServices", calls.list_services),
    _route("GET", _SERVICE, "GetService", calls.get_service),
    _route("GET", rf"{_SERVICE}/functions", "ListFunctions", calls.list_functions),
    _route("GET", _FUNCTION, "GetFunction", calls.get_function),
    _route("GET", rf"{_FUNCTION}/triggers", "ListTriggers", calls.list_triggers),
    _route("GET", rf"{_FUNCTION}/triggers/(?P<trigger>{_NAME})", "GetTrigger", calls.get_trigger),
)


def find_route(request: Request) -> Route | None:
    """The call a request makes, None when it is none of these."""
    matching = (route for route in ROUTES if route.method == request.method and route.path.fullmatch(request.path))
    return next(matching, None)
