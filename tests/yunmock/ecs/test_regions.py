"""DescribeRegions: the regions that the account may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.yunmock.ecs.conftest import RefusedError
from tests.yunmock.noon import REGION

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api

    from yunmock.ecs import EcsService


def test_the_regions_are_that_of_the_account_and_those_in_use(ecs: EcsService, api: Api) -> None:
    """Each with its address; a region is known once it has an instance."""

    def regions() -> list[str]:
        return [row["RegionId"] for row in api("DescribeRegions")["Regions"]["Region"]]

    assert regions() == [REGION]
    ecs.create_instance("eu-west-1", "web")

    assert regions() == [REGION, "eu-west-1"]
    assert api("DescribeRegions")["Regions"]["Region"][1]["RegionEndpoint"] == "ecs.eu-west-1.aliyuncs.com"


@pytest.mark.parametrize("name", ["ResourceType", "InstanceChargeType"])
def test_what_is_not_emulated_is_refused_by_name(api: Api, name: str) -> None:
    """An answer that ignores it would be wrong."""
    with pytest.raises(RefusedError, match=name):
        api("DescribeRegions", **{name: "instance"})
