"""Which path is which call: the 2016-08-15 API that `aliyun-fc2` speaks, the 2023-03-30 API, and HTTP triggers.

fc3 templates have no services: any service name leads to the same functions, and the list of services names one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.fc import acs3, calls, webcalls, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account
    from yunmock.fc.service import FunctionComputeService
    from yunmock.http import Request, Response

_NAME = r"[^/]+"
_SERVICE = rf"/2016-08-15/services/(?P<service>{_NAME})"
_FUNCTION = rf"{_SERVICE}/functions/(?P<function>{_NAME})"
_FUNCTION_3 = rf"/2023-03-30/functions/(?P<function>{_NAME})"
_PROXY = rf"/2016-08-15/proxy/(?P<service>{_NAME})/(?P<function>{_NAME})(?P<path>/.*)?"
API_3 = "/2023-03-30/"
PUBLIC_HOST = ".fcapp.run"


@dataclass(frozen=True, slots=True)
class Route:
    """One call: how it is recognised, its name, who checks it and what answers it."""

    method: str
    path: re.Pattern[str]
    operation: str
    handler: Callable[[FunctionComputeService, Request, dict[str, str]], Response]
    check: Callable[[Request, Account], None]

    def answer(self, service: FunctionComputeService, request: Request) -> Response:
        """Check the signature and answer."""
        self.check(request, service.account)
        found = self.path.fullmatch(request.path)
        return self.handler(service, request, found.groupdict() if found else {})


def _unchecked(_request: Request, _account: Account) -> None:
    """HTTP triggers decide for themselves who may call."""


def _route(method: str, path: str, operation: str, handler: Callable[..., Response]) -> Route:
    check = acs3.check_signature if path.startswith(API_3) else wire.check_signature
    return Route(method, re.compile(path), operation, handler, _unchecked if path == _PROXY else check)


ROUTES: tuple[Route, ...] = (
    _route("POST", rf"{_FUNCTION}/invocations", "InvokeFunction", calls.invoke_function),
    _route("GET", r"/2016-08-15/account-settings", "GetAccountSettings", calls.get_account_settings),
    _route("GET", r"/2016-08-15/services", "ListServices", calls.list_services),
    _route("GET", _SERVICE, "GetService", calls.get_service),
    _route("GET", rf"{_SERVICE}/functions", "ListFunctions", calls.list_functions),
    _route("GET", _FUNCTION, "GetFunction", calls.get_function),
    _route("GET", rf"{_FUNCTION}/triggers", "ListTriggers", calls.list_triggers),
    _route("GET", rf"{_FUNCTION}/triggers/(?P<trigger>{_NAME})", "GetTrigger", calls.get_trigger),
    _route("GET", rf"{_FUNCTION}/async-invoke-config", "GetAsyncInvokeConfig", calls.get_async_config),
    _route("POST", rf"{_FUNCTION_3}/invocations", "InvokeFunction", calls.invoke_function),
    _route("GET", r"/2023-03-30/functions", "ListFunctions", calls.list_functions),
    _route("GET", _FUNCTION_3, "GetFunction", calls.get_function),
    _route("GET", rf"{_FUNCTION_3}/triggers", "ListTriggers", calls.list_triggers),
    _route("GET", rf"{_FUNCTION_3}/triggers/(?P<trigger>{_NAME})", "GetTrigger", calls.get_trigger),
    _route("GET", rf"{_FUNCTION_3}/async-invoke-config", "GetAsyncInvokeConfig", calls.get_async_config),
    *(
        _route(method, _PROXY, "InvokeHttpTrigger", webcalls.call_function)
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
    ),
)


def find_route(request: Request) -> Route | None:
    """The call a request makes, None when it is none of these."""
    matching = (route for route in ROUTES if route.method == request.method and route.path.fullmatch(request.path))
    return next(matching, None)


def is_public(request: Request) -> bool:
    """Whether a request was sent to a function's own address."""
    return request.host.partition(":")[0].endswith(PUBLIC_HOST)
