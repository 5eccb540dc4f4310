"""Under roles, each call of ECS needs `ecs:` and its name, on the resources that it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import REBOOT, Api, RefusedError
from tests.yunmock.noon import NOON_MS, REGION

from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud

ACCOUNT = f"{REGION}:1000000000000001"


def allow(actions: list[str], on: str) -> list[dict[str, Any]]:
    """The policy documents of a role with one grant."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": on}
    return [{"Version": "1", "Statement": [statement]}]


ROLES = {
    "reader": allow(["ecs:Describe*"], f"acs:ecs:{ACCOUNT}:*"),
    "driller": allow(["ecs:CreateSimulatedSystemEvents"], f"acs:ecs:{ACCOUNT}:instance/i-1"),
    "accepter": allow(["ecs:AcceptInquiredSystemEvent", "ecs:CancelSimulatedSystemEvents"], "*"),
}
DRILL = {"EventType": REBOOT, "NotBefore": "2025-01-01T13:00:00Z"}
OK, FORBIDDEN = "OK", "403 Forbidden.RAM"

ASKED: list[tuple[str, str, dict[str, object], str]] = [
    ("reader", "DescribeInstances", {}, OK),
    ("reader", "DescribeInstances", {"InstanceIds": json.dumps(["i-1"])}, OK),
    ("reader", "DescribeInstances", {"RegionId": "cn-beijing"}, FORBIDDEN),
    ("reader", "DescribeInstanceHistoryEvents", {"ResourceId": ["i-1"]}, OK),
    ("reader", "DescribeInstancesFullStatus", {}, OK),
    ("reader", "DescribeDisksFullStatus", {"DiskId": ["d-1"]}, OK),
    ("reader", "CreateSimulatedSystemEvents", {**DRILL, "InstanceId": ["i-1"]}, FORBIDDEN),
    ("driller", "CreateSimulatedSystemEvents", {**DRILL, "InstanceId": ["i-1"]}, OK),
    ("driller", "CreateSimulatedSystemEvents", {**DRILL, "InstanceId": ["i-1", "i-2"]}, FORBIDDEN),
    ("driller", "DescribeInstances", {}, FORBIDDEN),
    ("accepter", "AcceptInquiredSystemEvent", {"EventId": "e-1"}, OK),
    ("reader", "AcceptInquiredSystemEvent", {"EventId": "e-1"}, FORBIDDEN),
]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud that enforces `ROLES`, with two instances and an event to accept."""
    cloud = local_cloud(roles=ROLES)
    cloud.clock.freeze(NOON_MS)
    ecs: Any = cloud.services["ecs"]
    for name in ("i-1", "i-2"):
        ecs.create_instance(REGION, name, instance_id=name)
    ecs.schedule_event("i-1", "SystemMaintenance.IsolateErrorDisk", event_id="e-1")
    with mock_aliyun(cloud):
        yield cloud
    cloud.close()


@pytest.mark.parametrize(("role", "call", "asked", "answer"), ASKED)
def test_roles(cloud: Cloud, role: str, call: str, asked: dict[str, object], answer: str) -> None:
    """A role may do what it is granted, and is refused with 403 Forbidden.RAM what it is not."""
    assert cloud.access is not None
    keys = cloud.access.credentials(role)
    api = Api(keys.access_key_id, keys.access_key_secret)

    try:
        found = "OK" if api(call, **asked, SecurityToken=keys.security_token)["RequestId"] else ""
    except RefusedError as refused:
        found = f"{refused.status} {refused.code}"

    assert found == answer
