"""A cloud, and the vendor's OpenAPI client, which calls ROS by the names of its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
from alibabacloud_tea_openapi import models
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.exceptions import TeaException

from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud

REGION = "cn-hangzhou"


class Ros(Protocol):
    """Calls one action of ROS and answers what came back."""

    def __call__(self, action: str, template: str | None = None, **sent: object) -> dict[str, Any]:
        """Call `action`; `template` goes into the body, as the vendor's SDK sends it."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud whose roles are enforced; none is given."""
    with mock_aliyun(roles={}) as made:
        yield made


@pytest.fixture
def ros(cloud: Cloud) -> Ros:
    """The account's own calls in one region."""
    config = models.Config(
        access_key_id=cloud.account.access_key_id,
        access_key_secret=cloud.account.access_key_secret,
        endpoint="ros.aliyuncs.com",
        region_id=REGION,
    )
    client = Client(config)

    def call(action: str, template: str | None = None, **sent: object) -> dict[str, Any]:
        query = {name.replace("__", "."): str(value) for name, value in {"RegionId": REGION, **sent}.items()}
        body = None if template is None else {"TemplateBody": template}
        answer: dict[str, Any] = client.call_api(
            models.Params(
                action=action,
                version="2019-09-10",
                protocol="HTTPS",
                pathname="/",
                method="POST",
                auth_type="AK",
                style="RPC",
                req_body_type="formData",
                body_type="json",
            ),
            models.OpenApiRequest(query=query, body=body),
            RuntimeOptions(),
        )["body"]
        return answer

    return call


def code_of(ros: Ros, action: str, template: str | None = None, **sent: object) -> str:
    """The code that a call is refused with."""
    with pytest.raises(TeaException) as refused:
        ros(action, template, **sent)
    return str(refused.value.code)
