"""A cloud in memory and one on SQLite, its ECI, and the vendor's SDK talking to it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_eci20180808.client import Client
from alibabacloud_tea_openapi import models as open_api
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.exceptions import TeaException
from tests.yunmock.noon import REGION, STORAGES, cloud_at_noon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.eci import EciService


@dataclass
class Sdk:
    """The vendor's client, and the two calls in both forms: the SDK's models, and the body as it was sent."""

    client: Any

    def groups(self, region: str | None = REGION, **query: Any) -> Any:
        """DescribeContainerGroups; answers the SDK's model of the body."""
        return self.client.describe_container_groups(
            models.DescribeContainerGroupsRequest(region_id=region, **query)
        ).body

    def events(self, region: str | None = REGION, **query: Any) -> Any:
        """DescribeContainerGroupEvents; answers the SDK's model of the body."""
        return self.client.describe_container_group_events(
            models.DescribeContainerGroupEventsRequest(region_id=region, **query)
        ).body

    def ids(self, **query: Any) -> list[str]:
        """The ids that DescribeContainerGroups answers."""
        return [group.container_group_id for group in self.groups(**query).container_groups]

    def raw(self, action: str, version: str = "2018-08-08", method: str = "POST", **where: Any) -> dict[str, Any]:
        """Any action through `call_api`, `query=` and `body=` as given; answers the body as it was sent."""
        params = open_api.Params(
            action=action,
            version=version,
            protocol="HTTPS",
            pathname="/",
            method=method,
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        answer = self.client.call_api(params, open_api.OpenApiRequest(**where), RuntimeOptions())
        return cast("dict[str, Any]", answer["body"])

    def raw_events(self, **query: str) -> dict[str, Any]:
        """DescribeContainerGroupEvents as it was sent."""
        return self.raw("DescribeContainerGroupEvents", query={"RegionId": REGION, **query})


@pytest.fixture(params=STORAGES)
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud at noon, once in memory and once on SQLite, that the SDK reaches."""
    yield from cloud_at_noon(request.param, tmp_path)


@pytest.fixture
def eci(cloud: Cloud) -> EciService:
    """The cloud's ECI."""
    return cast("EciService", cloud.services["eci"])


@pytest.fixture
def make_sdk(cloud: Cloud) -> Callable[..., Sdk]:
    """Makes clients; keyword arguments are fields of the SDK's Config."""

    def make(**settings: Any) -> Sdk:
        account = cloud.account
        config = {
            "access_key_id": account.access_key_id,
            "access_key_secret": account.access_key_secret,
            "endpoint": "eci.cn-hangzhou.aliyuncs.com",
            **settings,
        }
        return Sdk(Client(open_api.Config(**config)))

    return make


@pytest.fixture
def sdk(make_sdk: Callable[..., Sdk]) -> Sdk:
    """A client as most programs make it."""
    return make_sdk()


@pytest.fixture
def group(eci: EciService) -> str:
    """A running container group."""
    return eci.create_container_group(REGION, "web", status="Running")


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """Expects ECI to refuse with a code and a status, and to name something in its message."""

    @contextmanager
    def expect(code: str, status: int = 400, naming: str = "") -> Iterator[None]:
        with pytest.raises(TeaException) as caught:
            yield
        error = caught.value
        assert (error.code, error.data["statusCode"]) == (code, status)
        assert naming in error.message
        assert {"Code", "Message", "RequestId", "HostId"} <= error.data.keys()

    return expect
