"""A cloud that enforces roles, each with one grant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud
    from yunmock.ram.access import AccessControl

    Documents = list[dict[str, Any]]

REGION = "cn-hangzhou"
ACCOUNT = f"{REGION}:1000000000000001"
INSTANCE = f"acs:ots:{ACCOUNT}:instance/ledger"


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    """A policy document with one statement."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}
    return {"Version": "1", "Statement": [statement]}


ROLES: dict[str, Documents] = {
    "index-reader": [allow("ots:GetRange", "ots:BatchGetRow", on=f"{INSTANCE}/table/by_kind")],
    "lister": [allow("ots:List*", on=INSTANCE)],
    "publisher": [allow("eventbridge:PutEvents", on=f"acs:eventbridge:{ACCOUNT}:eventbus/mine")],
    "invoker": [
        allow(
            "fc:InvokeFunction", on=[f"acs:fc:{ACCOUNT}:functions/echo", f"acs:fc:{ACCOUNT}:services/s/functions/echo"]
        )
    ],
    "sender": [allow("mns:SendMessage", on=f"acs:mns:{ACCOUNT}:/queues/failed/messages")],
    "eci-reader": [allow("eci:DescribeContainerGroups", on=f"acs:eci:{ACCOUNT}:containergroup/*")],
    "until-noon": [allow("eci:*", Condition={"DateLessThan": {"acs:CurrentTime": "2026-01-01T12:00:00Z"}})],
    "nobody": [],
}


@pytest.fixture
def roles() -> dict[str, Documents]:
    """The roles that `cloud` enforces."""
    return ROLES


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud in this process that enforces `ROLES`."""
    cloud = local_cloud(roles=ROLES)
    with mock_aliyun(cloud):
        yield cloud
    cloud.close()


@pytest.fixture
def access(cloud: Cloud) -> AccessControl:
    """The cloud's roles."""
    assert cloud.access is not None
    return cloud.access
