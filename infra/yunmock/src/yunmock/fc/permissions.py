"""Which permission each call of Function Compute needs.

https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/policies-and-sample-policies for the 2023-03-30 API, with
resources `acs:fc:<region>:<account>:functions/<function>`; the same page of FC 2.0
(https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/policies) for the 2016-08-15 API, whose
functions are `services/<service>/functions/<function>`. The words of the refusal are those of the first page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock import acs3
from yunmock.fc.errors import FunctionComputeError
from yunmock.ram.access import Caller, PermissionDeniedError
from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.cloud import Cloud
    from yunmock.http import Request

INVOKE, HTTP_TRIGGER = "InvokeFunction", "InvokeHttpTrigger"

# Each call: its action, and the resource, in which {function} has the service before it in the 2016-08-15 API.
ACTIONS = {
    INVOKE: ("fc:InvokeFunction", "{function}{qualifier}"),
    "GetFunction": ("fc:GetFunction", "{function}"),
    "ListFunctions": ("fc:ListFunctions", "{functions}/*"),
    "ListTriggers": ("fc:ListTriggers", "{function}/triggers/*"),
    "GetTrigger": ("fc:GetTrigger", "{function}/triggers/{trigger}"),
    "GetAsyncInvokeConfig": ("fc:GetFunctionAsyncInvokeConfig", "{function}"),
    "CreateFunction": ("fc:CreateFunction", "{functions}/*"),
    "UpdateFunction": ("fc:UpdateFunction", "{function}"),
    "DeleteFunction": ("fc:DeleteFunction", "{function}"),
    "CreateTrigger": ("fc:CreateTrigger", "{function}/triggers/*"),
    "UpdateTrigger": ("fc:UpdateTrigger", "{function}/triggers/{trigger}"),
    "DeleteTrigger": ("fc:DeleteTrigger", "{function}/triggers/{trigger}"),
    "PutAsyncInvokeConfig": ("fc:PutAsyncInvokeConfig", "{function}"),
    "DeleteAsyncInvokeConfig": ("fc:DeleteAsyncInvokeConfig", "{function}"),
    "ListServices": ("fc:ListServices", "services/*"),
    "GetService": ("fc:GetService", "services/{service}"),
    "CreateLayerVersion": ("fc:CreateLayerVersion", "layers/{layer}/versions/*"),
    "DeleteLayerVersion": ("fc:DeleteLayerVersion", "layers/{layer}/versions/{version}"),
    "GetLayerVersion": ("fc:GetLayerVersion", "layers/{layer}/versions/{version}"),
    "ListLayerVersions": ("fc:ListLayerVersions", "layers/{layer}/versions/*"),
    "ListLayers": ("fc:ListLayers", "layers/*"),
    "GetAccountSettings": ("fc:GetAccountSettings", "account-settings"),
}


DESTINATIONS = {"mns": "mns:SendMessage", "fc": "fc:InvokeFunction", "eventbridge": "eventbridge:PutEvents"}
"""What it takes to send a result to a destination, by the service in its ARN."""


def caller(request: Request) -> Caller:
    """Who says to have signed the request."""
    given = request.headers.get("authorization", "")
    signed = acs3.parse_authorization(given)
    if signed is not None:
        return Caller(signed.key, request.headers.get(acs3.SECURITY_TOKEN, ""))
    return Caller(given.partition(" ")[2].partition(":")[0], request.headers.get("x-fc-security-token", ""))


def check(cloud: Cloud, request: Request, operation: str, parts: Mapping[str, str]) -> None:
    """Refuse a call that its caller's role may not make.

    Args:
        operation: the call; that of an HTTP trigger needs nothing, because the trigger itself says who may call.
        parts: what the path names: `function`, `service`, `trigger`, `layer`, `version`.

    Raises:
        FunctionComputeError: AccessDenied.
    """
    if operation == HTTP_TRIGGER:
        return
    try:
        cloud.authorize(caller(request), _asked(cloud, request, operation, parts))
    except PermissionDeniedError as error:
        action, resource = error.permission
        message = f"the caller is not authorized to perform '{action}' on resource '{resource}'"
        raise FunctionComputeError("AccessDenied", message) from None


def check_send(cloud: Cloud, role: str, arn: str) -> None:
    """Check that Function Compute, with a function's role, may send an invocation's result to a destination.

    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-a-destination-service-for-an-asynchronous-invocation.

    Raises:
        PermissionDeniedError: it may not.
    """
    service = arn.split(":")[1] if ":" in arn else ""
    action = DESTINATIONS.get(service, f"{service}:SendMessage")
    credentials = cloud.credentials(role)
    cloud.authorize(Caller(credentials.access_key_id, credentials.security_token), [Permission(action, arn)])


def _asked(cloud: Cloud, request: Request, operation: str, parts: Mapping[str, str]) -> Iterator[Permission]:
    arn = f"acs:fc:{cloud.account.region}:{cloud.account.account_id}:"
    if operation not in ACTIONS:
        raise PermissionDeniedError(Permission(f"fc:{operation}", f"{arn}*"), None)
    action, form = ACTIONS[operation]
    service = f"services/{parts['service']}/" if "service" in parts else ""
    functions = f"{service}functions"
    qualifier = request.query.get("qualifier")
    resource = form.format(
        functions=functions,
        function=f"{functions}/{parts.get('function') or ''}",
        qualifier=f"/{qualifier}" if qualifier and not service else "",
        service=parts.get("service") or "",
        trigger=parts.get("trigger") or "",
        layer=parts.get("layer") or "",
        version=parts.get("version") or "",
    )
    yield Permission(action, arn + resource)
