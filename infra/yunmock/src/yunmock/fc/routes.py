"""Which path is which call: the 2016-08-15 API that `aliyun-fc2` uses, the 2023-03-30 API, and HTTP triggers.

fc3 templates have no services: any service name leads to the same functions, and ListServices names one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yunmock.fc import permissions, wire
from yunmock.fc.address import function_of_host
from yunmock.fc.calls import functions, http_trigger, invocations, layers, triggers
from yunmock.routing import is_function_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response

_SERVICE = "/2016-08-15/services/{service}"
_FUNCTION = f"{_SERVICE}/functions/{{function}}"
_FUNCTION_2023 = f"{wire.API_2023}functions/{{function}}"
_LAYER = f"{wire.API_2023}layers/{{layer}}/versions"
_PROXY = "/2016-08-15/proxy/{service}/{function}{path}"
HTTP_TRIGGER = "InvokeHttpTrigger"


@dataclass(frozen=True, slots=True)
class Route:
    """One call.

    Attributes:
        template: the path with its variable parts in braces.
        path: the same as an expression that matches requests.
        operation: the call's name.
        handler: answers it.
        check: checks the signature.
    """

    method: str
    template: str
    path: re.Pattern[str]
    operation: str
    handler: Callable[[FunctionComputeState, Request, dict[str, str]], Response]
    check: Callable[[Request, Account], None]

    def answer(self, state: FunctionComputeState, request: Request) -> Response:
        """Check the signature and the caller's permission, and answer."""
        self.check(request, state.cloud.signer(permissions.caller(request)))
        found = self.path.fullmatch(request.path)
        parts = found.groupdict() if found else {}
        permissions.check(state.cloud, request, self.operation, parts)
        return self.handler(state, request, parts)


def _unchecked(_request: Request, _account: Account) -> None:
    """HTTP triggers decide for themselves who may call."""


def _route(method: str, template: str, operation: str, handler: Callable[..., Response]) -> Route:
    check = wire.check_acs3 if template.startswith(wire.API_2023) else wire.check_signature
    path = template.replace("{path}", r"(?P<path>/.*)?")
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, template, re.compile(path), operation, handler, _unchecked if template == _PROXY else check)


ROUTES: tuple[Route, ...] = (
    _route("POST", f"{_FUNCTION}/invocations", "InvokeFunction", invocations.invoke_function),
    _route("GET", "/2016-08-15/account-settings", "GetAccountSettings", functions.get_account_settings),
    _route("GET", "/2016-08-15/services", "ListServices", functions.list_services),
    _route("GET", _SERVICE, "GetService", functions.get_service),
    _route("GET", f"{_SERVICE}/functions", "ListFunctions", functions.list_functions),
    _route("GET", _FUNCTION, "GetFunction", functions.get_function),
    _route("GET", f"{_FUNCTION}/triggers", "ListTriggers", triggers.list_triggers),
    _route("GET", f"{_FUNCTION}/triggers/{{trigger}}", "GetTrigger", triggers.get_trigger),
    _route("GET", f"{_FUNCTION}/async-invoke-config", "GetAsyncInvokeConfig", invocations.get_async_invoke_config),
    _route("POST", f"{_FUNCTION_2023}/invocations", "InvokeFunction", invocations.invoke_function),
    _route("GET", f"{wire.API_2023}functions", "ListFunctions", functions.list_functions),
    _route("GET", _FUNCTION_2023, "GetFunction", functions.get_function),
    _route("POST", f"{wire.API_2023}functions", "CreateFunction", functions.create_function),
    _route("PUT", _FUNCTION_2023, "UpdateFunction", functions.update_function),
    _route("DELETE", _FUNCTION_2023, "DeleteFunction", functions.delete_function),
    _route("POST", f"{_FUNCTION_2023}/triggers", "CreateTrigger", triggers.create_trigger),
    _route("PUT", f"{_FUNCTION_2023}/triggers/{{trigger}}", "UpdateTrigger", triggers.update_trigger),
    _route("DELETE", f"{_FUNCTION_2023}/triggers/{{trigger}}", "DeleteTrigger", triggers.delete_trigger),
    _route("PUT", f"{_FUNCTION_2023}/async-invoke-config", "PutAsyncInvokeConfig", invocations.put_async_invoke_config),
    _route(
        "DELETE",
        f"{_FUNCTION_2023}/async-invoke-config",
        "DeleteAsyncInvokeConfig",
        invocations.delete_async_invoke_config,
    ),
    _route("GET", f"{_FUNCTION_2023}/triggers", "ListTriggers", triggers.list_triggers),
    _route("GET", f"{_FUNCTION_2023}/triggers/{{trigger}}", "GetTrigger", triggers.get_trigger),
    _route("GET", f"{_FUNCTION_2023}/async-invoke-config", "GetAsyncInvokeConfig", invocations.get_async_invoke_config),
    _route("GET", f"{wire.API_2023}layers", "ListLayers", layers.list_layers),
    _route("GET", _LAYER, "ListLayerVersions", layers.list_layer_versions),
    _route("POST", _LAYER, "CreateLayerVersion", layers.create_layer_version),
    _route("GET", f"{_LAYER}/{{version}}", "GetLayerVersion", layers.get_layer_version),
    _route("DELETE", f"{_LAYER}/{{version}}", "DeleteLayerVersion", layers.delete_layer_version),
    *(
        _route(method, _PROXY, HTTP_TRIGGER, http_trigger.call_function)
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
    ),
)


def find_route(request: Request) -> Route | None:
    """The call that a request makes, None if there is no such call."""
    matching = (route for route in ROUTES if route.method == request.method and route.path.fullmatch(request.path))
    return next(matching, None)


def is_public(request: Request) -> bool:
    """Whether a request was sent to a function's own address."""
    return is_function_host(request.host)


def call_function(state: FunctionComputeState, request: Request) -> Response:
    """Call the function whose own address the request was sent to.

    Function Compute makes browsers download what comes from these addresses
    (https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-triggers-overview).
    """
    name = function_of_host(state.functions, request.host)
    answer = http_trigger.call_function(state, request, {"function": name, "path": request.path})
    kept = {each: value for each, value in answer.headers.items() if each.lower() != "content-disposition"}
    return replace(answer, headers={**kept, "Content-Disposition": "attachment"})
