"""ModifyInstanceMaintenanceAttributes, and what DescribeInstanceMaintenanceAttributes shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import RefusedError
from tests.yunmock.noon import REGION

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api

    from yunmock.ecs import EcsService

MODIFY = "ModifyInstanceMaintenanceAttributes"


def shown(api: Api, **asked: object) -> list[dict[str, Any]]:
    """The rows of DescribeInstanceMaintenanceAttributes."""
    body = api("DescribeInstanceMaintenanceAttributes", **asked)
    rows: list[dict[str, Any]] = body["MaintenanceAttributes"]["MaintenanceAttribute"]
    return rows


def test_attributes(ecs: EcsService, api: Api, instance: str) -> None:
    """What is given is set, what is not given stays; without any, nobody is notified."""
    other = ecs.create_instance(REGION, "other")
    window = {"MaintenanceWindow.1.StartTime": "23:00:00", "MaintenanceWindow.1.EndTime": "05:00:00"}
    api(MODIFY, InstanceId=[instance], ActionOnMaintenance="AutoRedeploy", **window)
    api(MODIFY, InstanceId=[instance], NotifyOnMaintenance="True")

    (row,) = shown(api, InstanceId=[instance])
    (untouched,) = shown(api, InstanceId=[other])

    assert row == {
        "InstanceId": instance,
        "ActionOnMaintenance": {
            "Value": "AutoRedeploy",
            "DefaultValue": "AutoRecover",
            "SupportedValues": {"SupportedValue": ["Stop", "AutoRecover", "AutoRedeploy"]},
        },
        "MaintenanceWindows": {"MaintenanceWindow": [{"StartTime": "23:00:00", "EndTime": "05:00:00"}]},
        "NotifyOnMaintenance": True,
    }
    assert (untouched["NotifyOnMaintenance"], untouched["MaintenanceWindows"]) == (False, {"MaintenanceWindow": []})
    assert [each["InstanceId"] for each in shown(api, PageSize=1, PageNumber=2)] == [other]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"InstanceId": []}, "400 MissingParameter"),
    ({"InstanceId": ["i-1", "i-none"]}, "404 InvalidInstanceId.NotFound"),
    ({"InstanceId": [f"i-{number}" for number in range(101)]}, "403 InstanceIdLimitExceeded"),
    ({"ActionOnMaintenance": "Pray"}, "400 InvalidParameter"),
    ({"NotifyOnMaintenance": "perhaps"}, "400 InvalidParameter"),
    ({"MaintenanceWindow.1.StartTime": "02:00:00"}, "400 InvalidParameter"),
    ({"MaintenanceWindow.1.StartTime": "02:30:00", "MaintenanceWindow.1.EndTime": "05:00:00"}, "400 InvalidParameter"),
    ({"MaintenanceWindow.1.StartTime": "02:00:00", "MaintenanceWindow.1.EndTime": "02:00:00"}, "400 InvalidParameter"),
    ({"MaintenanceWindow.2.StartTime": "02:00:00"}, "400 InvalidParameter"),
]


@pytest.mark.parametrize(("asked", "refusal"), REFUSED)
def test_refusals(ecs: EcsService, api: Api, asked: dict[str, object], refusal: str) -> None:
    """What is wrong is refused by its code, and no instance is changed."""
    ecs.create_instance(REGION, "a", instance_id="i-1")

    with pytest.raises(RefusedError) as refused:
        api(MODIFY, **{"InstanceId": ["i-1"], "ActionOnMaintenance": "Stop", **asked})

    assert f"{refused.value.status} {refused.value.code}" == refusal
    assert [row["ActionOnMaintenance"]["Value"] for row in shown(api)] == ["AutoRecover"]
