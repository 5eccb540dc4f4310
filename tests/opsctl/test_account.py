"""What `doctor --remote` finds in an account: by calls of the ECS API, against the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fc3lint import DeployedTarget
from opsctl.account import PAGE_ROWS, SHOWN, EcsAccount, findings
from opsledger.rpc import ECS, RpcClient
from opsledger.settings import AccessKeys
from yunmock import Cloud, Fault, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsctl.account import AccountFinding

HOME, AWAY = "cn-hangzhou", "cn-beijing"
OURS = DeployedTarget(
    "ecs", enabled=True, endpoint="acs:fc:r:1:functions/opsledger-ecs-events/LATEST", invocation="Async"
)
OTHER = OURS._replace(endpoint="acs:fc:r:1:functions/somebody-elses/LATEST")


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud without instances."""
    with mock_aliyun() as made:
        yield made


def found(
    cloud: Cloud, targets: dict[str, Sequence[DeployedTarget] | None] | None = None, tag: str = "owner"
) -> list[AccountFinding]:
    """What is wrong; each region has a rule of ours unless it is given."""
    keys = AccessKeys(cloud.account.access_key_id, cloud.account.access_key_secret)
    account = EcsAccount(lambda region: RpcClient(ECS, region, keys), HOME)
    return findings(account, lambda region: (targets or {}).get(region, [OURS]), tag)


def instance(cloud: Cloud, region: str = HOME, *, notify: bool = True, **tags: str) -> str:
    """A new instance, of whose maintenance ECS notifies unless it does not."""
    ecs: Any = cloud.services["ecs"]
    made: str = ecs.create_instance(region, "web", tags=tags)
    keys = AccessKeys(cloud.account.access_key_id, cloud.account.access_key_secret)
    query = {"RegionId": region, "InstanceId": [made], "NotifyOnMaintenance": str(notify).lower()}
    RpcClient(ECS, region, keys).call("ModifyInstanceMaintenanceAttributes", query)
    return made


def test_an_account_without_instances_is_right(cloud: Cloud) -> None:
    """There is nobody to notify."""
    assert found(cloud, {HOME: []}) == []


def test_an_account_in_order_is_right(cloud: Cloud) -> None:
    """Owned, notified of, and with a rule in each region that has instances."""
    instance(cloud, owner="shop")
    instance(cloud, AWAY, owner="shop")

    assert found(cloud) == []


def test_instances_that_nobody_owns_are_found(cloud: Cloud) -> None:
    """By the tag that is configured; an empty owner is none. It says how many and what to do."""
    first, second = instance(cloud, team="shop"), instance(cloud, owner="")
    instance(cloud, owner="shop")
    (one,) = found(cloud)
    (other,) = found(cloud, tag="team")

    assert (one.region, one.code, one.severity, one.instances) == (HOME, "no-owner", "warning", (first, second))
    assert one.message.startswith(f"2 of 3 instances ({first}, {second}) have no tag 'owner'")
    assert "OPSLEDGER_OWNER_TAG" in one.fix
    assert other.message.startswith("2 of 3 instances")


def test_instances_of_which_ecs_does_not_notify_are_found(cloud: Cloud) -> None:
    """The default; the fix is the call that turns it on."""
    silent = instance(cloud, notify=False, owner="shop")
    instance(cloud, owner="shop")
    (one,) = found(cloud)

    assert (one.code, one.instances) == ("notify-off", (silent,))
    assert f"ModifyInstanceMaintenanceAttributes --RegionId {HOME} --InstanceId.1 {silent}" in one.fix
    assert one.fix.endswith("--NotifyOnMaintenance true")


RULES: list[tuple[Sequence[DeployedTarget] | None, str | None]] = [
    ([OURS], None),
    ([OTHER, OURS], None),
    ([], "no-rule"),
    ([OTHER], "no-rule"),
    ([OURS._replace(enabled=False)], "no-rule"),
    (None, "not-asked"),
]


@pytest.mark.parametrize(("targets", "code"), RULES, ids=str)
def test_regions_without_a_rule_are_found(
    cloud: Cloud, targets: Sequence[DeployedTarget] | None, code: str | None
) -> None:
    """Where there are instances, and no rule that is on leads to our function; each region by itself."""
    instance(cloud, owner="shop")
    instance(cloud, AWAY, owner="shop")

    assert [(one.region, one.code) for one in found(cloud, {AWAY: targets})] == ([(AWAY, code)] if code else [])


def test_large_regions_are_read_to_the_end(cloud: Cloud) -> None:
    """Page by page; a finding counts all, and names the first."""
    for _ in range(PAGE_ROWS):
        instance(cloud, notify=False, owner="shop")
    for _ in range(PAGE_ROWS // 2):
        instance(cloud, notify=False)
    by_code = {one.code: one for one in found(cloud)}

    assert by_code["no-owner"].message.startswith("50 of 150 instances")
    assert by_code["notify-off"].message.startswith("150 of 150 instances")
    assert len(by_code["no-owner"].instances) == SHOWN
    assert " …)" in by_code["no-owner"].message


@pytest.mark.parametrize("call", ["DescribeRegions", "DescribeInstances", "DescribeInstanceMaintenanceAttributes"])
def test_what_cannot_be_asked_is_said(cloud: Cloud, call: str) -> None:
    """A key without the permission ends nothing: the finding names it."""
    instance(cloud, owner="shop")
    cloud.faults.add(Fault("ecs", call, code="Forbidden.RAM", status=403, times=-1))
    (one,) = found(cloud)

    assert (one.region, one.code) == (HOME, "not-asked")
    assert "Forbidden.RAM" in one.message


def test_a_finding_for_programs(cloud: Cloud) -> None:
    """Its fields, and its severity."""
    made = instance(cloud)
    (one,) = found(cloud)

    assert one.to_json() == {
        "region": HOME,
        "code": "no-owner",
        "message": one.message,
        "fix": one.fix,
        "instances": [made],
        "severity": "warning",
    }
    assert str(one).splitlines()[0] == f"{HOME}: warning: {one.message} [no-owner]"
