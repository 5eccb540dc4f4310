"""Signatures: both that the vendor's SDK can make are let in, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock import Cloud
    from yunmock.http import Request

pytestmark = pytest.mark.parametrize("cloud", ["memory"], indirect=True)

ALGORITHMS = (None, "v2")
AWKWARD = "a b+c/d=e&f~*'()%41 群组 é"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_in_process(make_sdk: Callable[..., Any], group: str, algorithm: str | None) -> None:
    """ACS3-HMAC-SHA256, the default, and HMAC-SHA1 (`v2`) are let in."""
    assert make_sdk(signature_algorithm=algorithm).ids() == [group]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_over_loopback(cloud: Cloud, make_sdk: Callable[..., Any], group: str, algorithm: str | None) -> None:
    """The same are let in by the server."""
    with Server(cloud) as server:
        sdk = make_sdk(signature_algorithm=algorithm, endpoint=server.endpoints["eci"], protocol="http")

        assert sdk.ids() == [group]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_awkward_characters(make_sdk: Callable[..., Any], eci: Any, algorithm: str | None) -> None:
    """Characters that need escaping are signed alike on both sides."""
    group = eci.create_container_group("cn-hangzhou", AWKWARD)

    assert make_sdk(signature_algorithm=algorithm).ids(container_group_name=AWKWARD) == [group]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("where", ["query", "body"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_places(make_sdk: Callable[..., Any], group: str, algorithm: str | None, where: str, method: str) -> None:
    """Parameters may lie in the query or in a form, and the method may be GET."""
    sdk = make_sdk(signature_algorithm=algorithm)

    body = sdk.raw("DescribeContainerGroups", method=method, **{where: {"RegionId": "cn-hangzhou"}})

    assert [row["ContainerGroupId"] for row in body["ContainerGroups"]] == [group]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_temporary_credentials(make_sdk: Callable[..., Any], group: str, algorithm: str | None) -> None:
    """The account's key is let in with a security token too, as functions have one."""
    assert make_sdk(signature_algorithm=algorithm, security_token="token", type="sts").ids() == [group]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_wrong_secret(make_sdk: Callable[..., Any], refused: Callable[..., Any], algorithm: str | None) -> None:
    """Another secret's signature does not match."""
    with refused("SignatureDoesNotMatch"):
        make_sdk(signature_algorithm=algorithm, access_key_secret="wrong").groups()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_unknown_key(make_sdk: Callable[..., Any], refused: Callable[..., Any], algorithm: str | None) -> None:
    """Another account's key is not found."""
    with refused("InvalidAccessKeyId.NotFound", 404):
        make_sdk(signature_algorithm=algorithm, access_key_id="wrong").groups()


def test_another_algorithm(make_sdk: Callable[..., Any], refused: Callable[..., Any]) -> None:
    """The SDK's third algorithm is refused by name, not taken for a wrong signature."""
    with refused("InvalidParameter", naming="SignatureMethod"):
        make_sdk(signature_algorithm="ACS3-HMAC-SM3").groups()


def without(request: Request, *names: str) -> Request:
    """A request that lacks some headers."""
    return replace(request, headers={name: text for name, text in request.headers.items() if name not in names})


def with_header(request: Request, name: str, text: str) -> Request:
    """A request with one header changed or added."""
    return replace(request, headers={**request.headers, name: text})


def with_query(request: Request, **query: str) -> Request:
    """A request with parameters changed or added."""
    return replace(request, query={**request.query, **query})


TAMPERED: list[tuple[str | None, Any, str]] = [
    (None, lambda request: with_query(request, RegionId="cn-beijing"), "SignatureDoesNotMatch"),
    (None, lambda request: with_query(request, Status="Running"), "SignatureDoesNotMatch"),
    (
        None,
        lambda request: with_header(request, "x-acs-action", "DescribeContainerGroupEvents"),
        "SignatureDoesNotMatch",
    ),
    (None, lambda request: replace(request, body=b"Status=Running"), "SignatureDoesNotMatch"),
    (None, lambda request: replace(request, method="GET"), "SignatureDoesNotMatch"),
    (None, lambda request: replace(request, path="/x y"), "SignatureDoesNotMatch"),
    (None, lambda request: with_header(request, "x-acs-security-token", "t"), "IncompleteSignature"),
    (None, lambda request: with_header(request, "authorization", "Bearer x"), "IncompleteSignature"),
    (None, lambda request: without(request, "authorization"), "MissingParameter"),
    ("v2", lambda request: with_query(request, RegionId="cn-beijing"), "SignatureDoesNotMatch"),
    ("v2", lambda request: with_query(request, Signature="x"), "SignatureDoesNotMatch"),
    ("v2", lambda request: with_query(request, Signature="é"), "SignatureDoesNotMatch"),
    ("v2", lambda request: with_query(request, SignatureMethod="HMAC-SHA256"), "InvalidParameter"),
    ("v2", lambda request: with_query(request, Signature=""), "MissingParameter"),
]


@pytest.mark.parametrize(("algorithm", "tamper", "code"), TAMPERED)
def test_tampered(
    cloud: Cloud, make_sdk: Callable[..., Any], algorithm: str | None, tamper: Callable[[Request], Request], code: str
) -> None:
    """A signed request that was changed on its way is refused, and the secret is in no answer."""
    make_sdk(signature_algorithm=algorithm).groups()
    request = cloud.calls[-1].request

    response = cloud.handle("eci", tamper(request))
    content = json.loads(response.body)

    assert cloud.handle("eci", request).status == 200
    assert (response.status, content["Code"]) == (400, code)
    assert sorted(content) == ["Code", "HostId", "Message", "RequestId"]
    assert cloud.account.access_key_secret not in response.body.decode()
