"""Calls of ECS and ECI through the generic client, against a local cloud, and what becomes of their failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsledger.errors import (
    MisconfiguredError,
    StoreRefusedError,
    ThrottledError,
    UnavailableError,
    WorldFailedError,
)
from opsledger.rpc import ECI, ECS, RpcClient, RpcService, TokenRefusedError
from opsledger.settings import AccessKeys
from yunmock import mock_aliyun
from yunmock.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud

REGION = "cn-hangzhou"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud that checks signatures."""
    with mock_aliyun(strict_keys=True) as running:
        yield running


def client(cloud: Cloud, service: RpcService = ECS, **changed: str) -> RpcClient:
    """A client with the account's keys; `changed` replaces some of them, or the address."""
    address = changed.pop("address", "")
    keys = AccessKeys(cloud.account.access_key_id, cloud.account.access_key_secret)
    return RpcClient(service, REGION, keys._replace(**changed), address)


def names(cloud: Cloud, **query: Any) -> list[str]:
    """The names of the instances that DescribeInstances finds."""
    answer: Any = client(cloud).call("DescribeInstances", {"RegionId": REGION, **query})
    return [row["InstanceName"] for row in answer["Instances"]["Instance"]]


def test_one_client_serves_several_services(cloud: Cloud) -> None:
    """The service's version and host are all that differs."""
    ecs: Any = cloud.services["ecs"]
    ecs.create_instance(REGION, "web-1")
    eci: Any = cloud.services["eci"]
    group = eci.create_container_group(REGION, "batch")

    found: Any = client(cloud, ECI).call("DescribeContainerGroups", {"RegionId": REGION})

    assert names(cloud) == ["web-1"]
    assert [row["ContainerGroupId"] for row in found["ContainerGroups"]] == [group]


def test_lists_and_objects_are_flattened(cloud: Cloud) -> None:
    """A list becomes `Name.1`, an object in it `Name.1.Key`, and what is None is not sent."""
    ecs: Any = cloud.services["ecs"]
    ecs.create_instance(REGION, "web-1", tags={"team": "shop", "tier": "1"})
    ecs.create_instance(REGION, "web-2", tags={"team": "shop"})

    tags = [{"Key": "team", "Value": "shop"}, {"Key": "tier", "Value": "1"}]

    assert names(cloud, Tag=tags, NextToken=None) == ["web-1"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("ecs", "DescribeInstances", code="Throttling.User", status=400), ThrottledError),
        (Fault("ecs", "DescribeInstances", code="ServiceUnavailable", status=503), UnavailableError),
        (Fault("ecs", "DescribeInstances", code="Odd", status=500), UnavailableError),
        (Fault("ecs", "DescribeInstances", code="Odd", status=400), StoreRefusedError),
        (Fault("ecs", "DescribeInstances", code="Forbidden.RAM", status=403), MisconfiguredError),
        (Fault("ecs", "DescribeInstances", code="InvalidParameter.NextToken", status=400), TokenRefusedError),
    ],
    ids=lambda value: value.code if isinstance(value, Fault) else value.__name__,
)
def test_a_refusal_becomes_the_error_for_its_code(fault: Fault, error: type[WorldFailedError], cloud: Cloud) -> None:
    """What may pass is worth another try; the message names the service, the action and the code."""
    cloud.faults.add(fault)

    with pytest.raises(error, match=r"ECS .*DescribeInstances.*" + str(fault.code)) as caught:
        names(cloud)

    assert caught.type is error


def test_wrong_keys_are_a_fault_of_the_configuration(cloud: Cloud) -> None:
    """The message has neither the secret nor the key."""
    with pytest.raises(MisconfiguredError, match="ECS answered DescribeInstances with") as caught:
        client(cloud, secret="a-secret").call("DescribeInstances", {"RegionId": REGION})

    assert "a-secret" not in str(caught.value)
    assert cloud.account.access_key_id not in str(caught.value)


def test_no_answer_is_worth_another_try() -> None:
    """Nobody listens at the address, which may have a port and no TLS."""
    nobody = RpcClient(ECS, REGION, AccessKeys("id", "secret"), "http://127.0.0.1:1")

    with pytest.raises(UnavailableError, match="no answer from ECS: "):
        nobody.call("DescribeInstances", {"RegionId": REGION})
