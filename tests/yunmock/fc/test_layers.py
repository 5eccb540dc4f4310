"""Layers by the API of 2023-03-30, called through the vendor's core library."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.deploy.remote import FUNCTION_COMPUTE
from opsctl.deploy.rest import RestClient
from opsledger.errors import StoreRefusedError
from opsledger.settings import AccessKeys
from yunmock import Cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.strict_json import JsonObject

REGION = "cn-hangzhou"
ARCHIVE = base64.b64encode(b"PK\x05\x06").decode()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud."""
    with mock_aliyun() as made:
        yield made


@pytest.fixture
def client(cloud: Cloud) -> RestClient:
    """The account's client."""
    return RestClient(
        FUNCTION_COMPUTE, REGION, AccessKeys(cloud.account.access_key_id, cloud.account.access_key_secret)
    )


def publish(client: RestClient, name: str = "shop", **more: Any) -> JsonObject:
    """Publish a version."""
    body = {"code": {"zipFile": ARCHIVE}, "compatibleRuntime": ["python3.10"], **more}
    return client.request("CreateLayerVersion", "POST", f"/layers/{name}/versions", {}, body)


def numbers(client: RestClient, **query: str) -> list[int]:
    """The numbers of the versions that a page lists."""
    answer: Any = client.request("ListLayerVersions", "GET", "/layers/shop/versions", query)
    return [each["version"] for each in answer["layers"]]


def test_versions_are_numbered_and_listed(client: RestClient) -> None:
    """Each publication makes the next version, with what was said of it."""
    first, second = publish(client, description="one"), publish(client, description="two", license="MIT")

    assert (first["version"], second["version"]) == (1, 2)
    assert second["layerVersionArn"] == "acs:fc:cn-hangzhou:1000000000000001:layers/shop/versions/2"
    shown = client.request("GetLayerVersion", "GET", "/layers/shop/versions/2", {})
    assert (shown["description"], shown["license"], shown["compatibleRuntime"], shown["codeSize"]) == (
        "two",
        "MIT",
        ["python3.10"],
        4,
    )
    assert numbers(client) == [1, 2]


def test_pages(client: RestClient) -> None:
    """A page says where the next begins."""
    for _ in range(3):
        publish(client)

    answer: Any = client.request("ListLayerVersions", "GET", "/layers/shop/versions", {"limit": "2"})

    assert ([each["version"] for each in answer["layers"]], answer["nextVersion"]) == ([1, 2], 3)
    assert numbers(client, limit="2", startVersion="3") == [3]


def test_a_deleted_version_keeps_its_number(client: RestClient) -> None:
    """A number is given once; deleting twice is no error."""
    publish(client)
    for _ in range(2):
        client.request("DeleteLayerVersion", "DELETE", "/layers/shop/versions/1", {})

    assert numbers(client) == []
    assert publish(client)["version"] == 2


def test_layers_are_listed_by_prefix(client: RestClient) -> None:
    """The list has the newest version of each layer."""
    publish(client, "shop")
    publish(client, "shop")
    publish(client, "bank")

    answer: Any = client.request("ListLayers", "GET", "/layers", {"prefix": "s"})

    assert [(each["layerName"], each["version"]) for each in answer["layers"]] == [("shop", 2)]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("1st", {"code": {"zipFile": ARCHIVE}}),
        ("shop", {"code": {"zipFile": "no base64!"}}),
        ("shop", {"code": {"ossBucketName": "bucket"}}),
        ("shop", {"code": {"zipFile": ARCHIVE}, "compatibleRuntime": ["python3.10"] * 21}),
    ],
)
def test_what_is_wrong_is_refused(client: RestClient, name: str, body: dict[str, Any]) -> None:
    """A name, an archive or runtimes that the API does not take."""
    with pytest.raises(StoreRefusedError, match="InvalidArgument"):
        client.request("CreateLayerVersion", "POST", f"/layers/{name}/versions", {}, body)


def test_a_version_that_is_not_there(client: RestClient) -> None:
    """It is refused with its code."""
    with pytest.raises(StoreRefusedError, match="LayerVersionNotFound"):
        client.request("GetLayerVersion", "GET", "/layers/shop/versions/1", {})
