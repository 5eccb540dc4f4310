"""Roles and functions: who may invoke one, and what a function gets and may do under its role."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests

from yunmock import deploy, local_cloud
from yunmock.acs3 import canonical_request, signature
from yunmock.http import Request
from yunmock.s_yaml import InvalidTemplateError
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.fc.service import FunctionComputeService
    from yunmock.ram.access import AccessControl, Credentials

    Documents = list[dict[str, Any]]

REGION = "cn-hangzhou"
ACCOUNT = f"{REGION}:1000000000000001"
FC_ENDPOINT = f"https://1000000000000001.{REGION}.fc.aliyuncs.com"


def invoke(keys: Credentials, name: str, service: str = "s") -> bytes:
    """Invoke a function with the keys of a role."""
    client = fc2.Client(
        endpoint=FC_ENDPOINT,
        accessKeyID=keys.access_key_id,
        accessKeySecret=keys.access_key_secret,
        securityToken=keys.security_token,
    )
    result: bytes = client.invoke_function(service, name, b"{}").data
    return result


def signed_2023(keys: Credentials, method: str, path: str, **query: str) -> Any:
    """A call of the 2023-03-30 API with the keys of a role."""
    headers = {
        "host": FC_ENDPOINT.split("://")[1],
        "x-acs-action": "Any",
        "x-acs-version": "2023-03-30",
        "x-acs-date": "2026-01-01T00:00:00Z",
        "x-acs-security-token": keys.security_token,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    signed = sorted(headers)
    canonical = canonical_request(Request(method, path, headers, b"", query), signed)
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={keys.access_key_id},SignedHeaders={';'.join(signed)},"
        f"Signature={signature(canonical, keys.access_key_secret)}"
    )
    return requests.request(method, FC_ENDPOINT + path, headers=headers, params=query, timeout=5)


def test_functions_are_invoked_by_the_granted_name_only(
    cloud: Cloud, access: AccessControl, write_template: Callable[..., Path]
) -> None:
    """Function Compute names the missing action and resource."""
    for name in ("echo", "other"):
        deploy(cloud, write_template(name=name))
    keys = access.credentials("invoker")

    assert json.loads(invoke(keys, "echo")) == {"seen": {}}
    with pytest.raises(fc2.FcError) as refused:
        invoke(keys, "other")

    assert (refused.value.status_code, refused.value.err_code) == (403, "AccessDenied")
    assert (
        "the caller is not authorized to perform 'fc:InvokeFunction' on resource "
        f"'acs:fc:{ACCOUNT}:services/s/functions/other'"
    ) in json.loads(refused.value.args[0])["ErrorMessage"]


def test_the_2023_api_has_resources_without_a_service(
    cloud: Cloud, access: AccessControl, write_template: Callable[..., Path]
) -> None:
    """A qualifier is a part of the resource."""
    deploy(cloud, write_template())
    keys, path = access.credentials("invoker"), "/2023-03-30/functions/echo/invocations"

    assert signed_2023(keys, "POST", path).status_code == 200
    qualified = signed_2023(keys, "POST", path, qualifier="LATEST")
    listed = signed_2023(keys, "GET", "/2023-03-30/functions/echo/triggers")

    assert (qualified.status_code, listed.status_code) == (403, 403)
    assert f"on resource 'acs:fc:{ACCOUNT}:functions/echo/LATEST'" in qualified.json()["Message"]
    assert "perform 'fc:ListTriggers'" in listed.json()["Message"]


@pytest.mark.parametrize(("caller", "status"), [("invoker", 200), ("nobody", 403)])
def test_a_signed_http_trigger_needs_the_permission_to_invoke(
    cloud: Cloud, access: AccessControl, write_template: Callable[..., Path], caller: str, status: int
) -> None:
    """One that anybody may call needs none."""
    config = {"authType": "function", "methods": ["GET"]}
    web = {"triggerName": "web", "triggerType": "http", "triggerConfig": config}
    deploy(cloud, write_template(triggers=[web]))
    keys = access.credentials(caller)
    client = fc2.Client(
        endpoint=FC_ENDPOINT,
        accessKeyID=keys.access_key_id,
        accessKeySecret=keys.access_key_secret,
        securityToken=keys.security_token,
    )

    try:
        answered = client.do_http_request("GET", "s", "echo", "/").status_code
    except fc2.FcError as error:
        answered = error.status_code

    assert answered == status


CREDENTIALS = """
import os
def handler(event, context):
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
    seen = [os.environ["ALIBABA_CLOUD_" + name] for name in names]
    given = context.credentials
    assert seen == [given.access_key_id, given.access_key_secret, given.security_token]
    return seen
"""


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("acs:ram::1000000000000001:role/publisher", "publisher"),
        ("acs:ram::1000000000000001:role/Publisher", "publisher"),
        ("", ""),
    ],
)
def test_a_function_gets_the_credentials_of_its_role(
    cloud: Cloud, access: AccessControl, write_template: Callable[..., Path], given: str, name: str
) -> None:
    """In its environment and its context; without a role they are empty."""
    deploy(cloud, write_template(CREDENTIALS, role=given))
    keys = access.credentials(name)

    seen = json.loads(invoke(access.credentials("invoker"), "echo"))

    assert seen == [keys.access_key_id, keys.access_key_secret, keys.security_token]
    assert seen[0] != cloud.account.access_key_id


def test_a_function_with_an_unknown_role_is_not_deployed(cloud: Cloud, write_template: Callable[..., Path]) -> None:
    """Function Compute could not assume it."""
    with pytest.raises(InvalidTemplateError, match=r"role of function echo: unknown role .*/stranger"):
        deploy(cloud, write_template(role="acs:ram::1000000000000001:role/stranger"))


@pytest.mark.parametrize(("name", "sent"), [("sender", 1), ("nobody", 0)])
def test_a_failed_invocation_is_sent_on_with_the_functions_role(
    cloud: Cloud, write_template: Callable[..., Path], name: str, sent: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the permission it is lost, and yunmock logs why."""
    failure = {"onFailure": {"destination": f"acs:mns:{ACCOUNT}:/queues/failed/messages"}}
    config = {"maxAsyncRetryAttempts": 0, "destinationConfig": failure}
    arn = f"acs:ram::1000000000000001:role/{name}"
    deploy(cloud, write_template("def handler(event, context): 1 / 0", role=arn, asyncInvokeConfig=config))
    functions: FunctionComputeService = cloud.services["fc"]  # type: ignore[assignment]

    functions.invoke("echo", b"{}", asynchronous=True)

    assert len(functions.queue.delivered) == sent
    assert ("mns:SendMessage" in caplog.text) is (not sent)


LISTS_TABLES = """
import os
from tablestore import OTSClient
def handler(event, context):
    client = OTSClient(os.environ["OTS_ENDPOINT"], context.credentials.access_key_id,
                       context.credentials.access_key_secret, "ledger",
                       sts_token=context.credentials.security_token)
    return list(client.list_table())
"""


def test_roles_are_enforced_over_the_network(
    roles: dict[str, list[dict[str, Any]]], write_template: Callable[..., Path]
) -> None:
    """A function with no grant is refused by the same server that invokes it."""
    cloud = local_cloud(roles=roles, function_environment={"OTS_INSTANCE": "ledger"})
    with Server(cloud):
        functions = cloud.services["fc"]
        results = []
        for name in ("lister", "nobody"):
            deploy(cloud, write_template(LISTS_TABLES, name=name, role=f"acs:ram::1000000000000001:role/{name}"))
            results.append(functions.invoke(name, b"{}"))
    cloud.close()

    assert results[0].body == b"[]"
    assert "OTSNoPermissionAccess" in results[1].body.decode()


def test_permissions_over_http(roles: dict[str, list[dict[str, Any]]], write_template: Callable[..., Path]) -> None:
    """`GET /_yunmock/permissions` tells of each function what its role was asked for, granted or refused."""
    cloud = local_cloud(roles=roles, function_environment={"OTS_INSTANCE": "ledger"})
    with Server(cloud) as server:
        for name in ("lister", "nobody"):
            deploy(cloud, write_template(LISTS_TABLES, name=name, role=f"acs:ram::1000000000000001:role/{name}"))
            cloud.invoker.invoke(name, b"{}")
        deploy(cloud, write_template(name="plain"))
        url = f"http://{server.address}/_yunmock/permissions"
        every, one = requests.get(url, timeout=5).json(), requests.get(url, {"function": "nobody"}, timeout=5).json()
        unknown = requests.get(url, {"function": "other"}, timeout=5)
    cloud.close()

    asked = [{"action": "ots:ListTable", "resource": f"acs:ots:{ACCOUNT}:instance/ledger"}]
    assert every == {
        "enforced": True,
        "functions": {
            "lister": {"role": "lister", "allowed": asked, "denied": [], "unused": []},
            "nobody": {"role": "nobody", "allowed": [], "denied": asked, "unused": []},
            "plain": {"role": ""},
        },
    }
    assert one["functions"].keys() == {"nobody"}
    assert (unknown.status_code, "lister, nobody, plain" in unknown.json()["error"]) == (400, True)


def test_permissions_without_roles() -> None:
    """A cloud that enforces no roles says so."""
    with Server(local_cloud()) as server:
        answer = requests.get(f"http://{server.address}/_yunmock/permissions", timeout=5)

    assert answer.json() == {"enforced": False, "functions": {}}
