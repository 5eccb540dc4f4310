"""How long ended groups are kept: all for an hour, then the newest 100 of a region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from yunmock.eci import ContainerGroupNotFoundError

if TYPE_CHECKING:
    from yunmock import Cloud
    from yunmock.eci import EciService

REGION = "cn-hangzhou"


def total(sdk: Any, region: str = REGION) -> int:
    """How many groups a region has."""
    return int(sdk.groups(region=region).total_count)


def test_kept_in_full_for_an_hour(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """For an hour after their end all terminal groups are answered, a moment later the newest 100."""
    for _ in range(130):
        eci.create_container_group(REGION, "job", status="Succeeded")
    cloud.advance(3600)

    assert total(sdk) == 130

    cloud.advance(1)

    assert total(sdk) == 100


def test_newest_by_their_end(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """Those that ended last stay, whenever they were created; their events go with the others."""
    first = eci.create_container_group(REGION, "oldest", status="Running")
    second = eci.create_container_group(REGION, "first to end", status="Failed")
    eci.add_event(second, "OOMKilled", "Warning", "Out of memory")
    cloud.advance(1)
    for _ in range(99):
        eci.create_container_group(REGION, "job", status="Expired")
    cloud.advance(1)
    eci.set_status(first, "Succeeded")
    cloud.advance(3601)

    assert total(sdk) == 100
    assert sdk.groups().container_groups[0].container_group_name == "oldest"
    with pytest.raises(ContainerGroupNotFoundError, match=second):
        eci.list_events(second)


def test_the_control_interface_forgets_alike(cloud: Cloud, eci: EciService) -> None:
    """A group that is not kept any longer is gone for the control interface too, without a query in between."""
    oldest = eci.create_container_group(REGION, "job", status="Failed", at="2025-01-01T11:00:00Z")
    for _ in range(100):
        eci.create_container_group(REGION, "job", status="Failed")
    cloud.advance(3601)

    with pytest.raises(ContainerGroupNotFoundError, match=oldest):
        eci.add_event(oldest, "OOMKilled", "Warning", "Out of memory")


@pytest.mark.parametrize("status", ["Running", "ScheduleFailed", "Terminating"])
def test_other_statuses_stay(cloud: Cloud, eci: EciService, sdk: Any, status: str) -> None:
    """Groups that are in no terminal status are kept however many and however old."""
    for _ in range(101):
        eci.create_container_group(REGION, "web", status=status)
    cloud.advance(30 * 86_400)

    assert total(sdk) == 101


def test_revived_groups_stay(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """A group that left its terminal status is kept like one that never was in any."""
    for _ in range(101):
        eci.set_status(eci.create_container_group(REGION, "job", status="Failed"), "Restarting")
    cloud.advance(3601)

    assert total(sdk) == 101


def test_counted_by_region(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """The 100 are counted for each region on its own."""
    for region in (REGION, "cn-beijing"):
        for _ in range(101):
            eci.create_container_group(region, "job", status="Succeeded")
    cloud.advance(3601)

    assert (total(sdk), total(sdk, "cn-beijing")) == (100, 100)
