"""DescribeInstances: names, tags, groups, locks; filters and pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import RefusedError
from tests.yunmock.noon import NOON_MS, REGION

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api

    from yunmock import Cloud
    from yunmock.ecs import EcsService


def names(rows: list[dict[str, Any]]) -> list[str]:
    """The names of rows."""
    return [row["InstanceName"] for row in rows]


def test_a_row(ecs: EcsService, api: Api) -> None:
    """A row has what the control interface was given, and times in whole minutes."""
    name = "网站 <3>\n"
    instance = ecs.create_instance(
        REGION,
        name,
        host_name="web3",
        description="of the shop",
        instance_type="ecs.g6e.xlarge",
        zone_id="cn-hangzhou-b",
        resource_group_id="rg-shop",
        expires_at="2026-01-01T00:00:00Z",
        tags={"owner": "shop", "empty": ""},
        attributes={"ImageId": "m-mine"},
    )
    ecs.lock_instance(instance, ["financial", "security"])

    (row,) = api.instances()

    assert row == ecs.instance(instance)
    assert (
        row
        | {
            "InstanceId": instance,
            "InstanceName": name,
            "HostName": "web3",
            "Description": "of the shop",
            "RegionId": REGION,
            "ZoneId": "cn-hangzhou-b",
            "InstanceType": "ecs.g6e.xlarge",
            "InstanceTypeFamily": "ecs.g6e",
            "Status": "Running",
            "ResourceGroupId": "rg-shop",
            "Tags": {"Tag": [{"TagKey": "owner", "TagValue": "shop"}, {"TagKey": "empty", "TagValue": ""}]},
            "InstanceChargeType": "PrePaid",
            "CreationTime": "2025-01-01T12:00Z",
            "StartTime": "2025-01-01T12:00Z",
            "ExpiredTime": "2026-01-01T00:00Z",
            "SpotStrategy": "NoSpot",
            "OperationLocks": {"LockReason": [{"LockReason": "financial"}, {"LockReason": "security"}]},
            "ImageId": "m-mine",
        }
        == row
    )
    assert "SpotInterruptionBehavior" not in row


FILTERS: list[tuple[dict[str, object], list[str]]] = [
    ({}, ["web-1", "web-2", "db"]),
    ({"InstanceIds": json.dumps(["i-3", "i-1", "i-none", "i-far"])}, ["web-1", "db"]),
    ({"InstanceIds": "[]"}, ["web-1", "web-2", "db"]),
    ({"InstanceName": "web-*"}, ["web-1", "web-2"]),
    ({"InstanceName": "*b*"}, ["web-1", "web-2", "db"]),
    ({"InstanceName": "web"}, []),
    ({"Status": "Stopped"}, ["web-2"]),
    ({"ZoneId": "cn-hangzhou-b"}, ["db"]),
    ({"InstanceType": "ecs.r7.large"}, ["db"]),
    ({"InstanceTypeFamily": "ecs.g7"}, ["web-1", "web-2"]),
    ({"ResourceGroupId": "rg-1"}, ["web-1"]),
    ({"InstanceChargeType": "PrePaid"}, ["db"]),
    ({"Tag.1.Key": "owner"}, ["web-1", "web-2"]),
    ({"Tag.1.Key": "owner", "Tag.1.Value": "shop", "Tag.2.Key": "tier"}, ["web-2"]),
    ({"LockReason": "security"}, ["web-2"]),
    ({"LockReason": "recycling"}, []),
    ({"RegionId": "cn-beijing"}, ["far"]),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_filters(ecs: EcsService, api: Api, asked: dict[str, object], found: list[str]) -> None:
    """Each filter lets through what it names."""
    ecs.create_instance(REGION, "web-1", instance_id="i-1", tags={"owner": "ops"}, resource_group_id="rg-1")
    ecs.create_instance(REGION, "web-2", instance_id="i-2", tags={"owner": "shop", "tier": "1"}, status="Stopped")
    settings: dict[str, Any] = {"instance_type": "ecs.r7.large", "zone_id": "cn-hangzhou-b"}
    ecs.create_instance(REGION, "db", instance_id="i-3", expires_at=NOON_MS, **settings)
    ecs.create_instance("cn-beijing", "far", instance_id="i-far")
    ecs.lock_instance("i-2", ["security"])

    assert names(api.instances(**asked)) == found


def test_a_changed_name_and_tags(ecs: EcsService, api: Api, instance: str) -> None:
    """The next answer has the new ones; a released instance is in none."""
    ecs.rename_instance(instance, "web-9")
    ecs.set_tags(instance, {"owner": "new"})
    (row,) = api.instances()
    assert (row["InstanceName"], row["Tags"]) == ("web-9", {"Tag": [{"TagKey": "owner", "TagValue": "new"}]})

    ecs.release_instance(instance)

    assert api.instances(InstanceIds=json.dumps([instance])) == []


def test_pages(ecs: EcsService, api: Api) -> None:
    """Tokens lead through all instances, once each, while some are released and created."""
    made = [ecs.create_instance(REGION, f"n-{number:02}") for number in range(25)]
    first = api("DescribeInstances", MaxResults=10)
    ecs.release_instance(made[3])
    ecs.release_instance(made[12])
    ecs.create_instance(REGION, "new")

    second = api("DescribeInstances", MaxResults=100, NextToken=first["NextToken"])

    assert names(first["Instances"]["Instance"]) == [f"n-{number:02}" for number in range(10)]
    assert names(second["Instances"]["Instance"]) == [
        *(f"n-{number:02}" for number in range(10, 25) if number != 12),
        "new",
    ]
    assert "NextToken" not in second
    assert len(first["NextToken"]) == 32


def walked(api: Api, **asked: object) -> int:
    """How many instances the pages have that tokens lead to."""
    count, token = 0, ""
    while True:
        body = api("DescribeInstances", MaxResults=100, NextToken=token, **asked)
        count += len(body["Instances"]["Instance"])
        token = body.get("NextToken", "")
        if not token:
            return count


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
def test_a_filter_by_tag_finds_at_most_a_thousand(ecs: EcsService, api: Api) -> None:
    """More cannot be reached by a tag or a resource group; without such a filter they can."""
    for number in range(1_001):
        ecs.create_instance(REGION, f"n-{number}", tags={"owner": "shop"}, resource_group_id="rg-1")

    for asked in ({"Tag.1.Key": "owner"}, {"ResourceGroupId": "rg-1"}):
        assert api("DescribeInstances", **asked)["TotalCount"] == 1_000
        assert walked(api, **asked) == 1_000
    assert walked(api) == 1_001
    assert api("DescribeInstances", PageNumber=1)["TotalCount"] == 1_001


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"RegionId": ""}, "400 MissingParameter"),
    ({"InstanceIds": "i-1"}, "400 InvalidParameter"),
    ({"InstanceIds": json.dumps([f"i-{number}" for number in range(101)])}, "400 InvalidParameter"),
    ({"Status": "Asleep"}, "404 InvalidStatus.NotFound"),
    ({"LockReason": "none"}, "404 InvalidLockReason.NotFound"),
    ({"Tag.1.Value": "shop"}, "400 InvalidTag.Mismatch"),
    ({f"Tag.{number}.Key": f"k{number}" for number in range(1, 22)}, "400 InvalidTagCount"),
    ({"DryRun": "true"}, "400 DryRunOperation"),
    ({"VpcId": "vpc-1"}, "400 ParameterNotSupported"),
    ({"Filter.1.Key": "CreationStartTime"}, "400 ParameterNotSupported"),
    ({"MaxResults": "many"}, "400 InvalidParameter"),
    ({"PageSize": 101}, "400 InvalidParameter"),
    ({"PageNumber": 0}, "400 InvalidParameter"),
    ({"NextToken": "made-up"}, "400 InvalidParameter"),
]


@pytest.mark.parametrize(("asked", "refusal"), REFUSED)
def test_refusals(api: Api, instance: str, asked: dict[str, object], refusal: str) -> None:
    """What is wrong, or is not supported here, is refused by its code."""
    assert instance
    with pytest.raises(RefusedError) as refused:
        api.instances(**asked)

    assert f"{refused.value.status} {refused.value.code}" == refusal


def test_a_token_of_another_region(cloud: Cloud, ecs: EcsService, api: Api) -> None:
    """A token leads on only in the list that it was issued for."""
    assert cloud.clock.frozen
    for number in range(11):
        ecs.create_instance(REGION, f"n-{number}")
    token = api("DescribeInstances", MaxResults=10)["NextToken"]

    for call, asked in (("DescribeInstances", {"RegionId": "cn-beijing"}), ("DescribeInstanceHistoryEvents", {})):
        with pytest.raises(RefusedError, match="InvalidParameter"):
            api(call, NextToken=token, **asked)
