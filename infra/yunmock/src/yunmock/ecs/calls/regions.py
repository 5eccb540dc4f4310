"""DescribeRegions: the regions that the account may use.

The vendor's page: https://help.aliyun.com/document_detail/25609.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.calls import arguments as ecs_parameters

if TYPE_CHECKING:
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

UNSUPPORTED = ("InstanceChargeType", "ResourceType")
"""The parameters of the SDK that are refused by name."""


def describe_regions(state: EcsState, arguments: Arguments) -> JsonObject:
    """The account's own region, and every other one that has instances.

    Raises:
        EcsError: ParameterNotSupported.
    """
    ecs_parameters.refuse_unsupported(arguments, UNSUPPORTED)
    with state.atomic():
        names = sorted({state.home, *state.instances.regions()})
    rows: list[JsonObject] = [
        {"RegionId": name, "LocalName": name, "RegionEndpoint": f"ecs.{name}.aliyuncs.com", "Status": "available"}
        for name in names
    ]
    return {"Regions": {"Region": [*rows]}}
