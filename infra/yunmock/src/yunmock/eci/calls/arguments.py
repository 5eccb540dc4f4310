"""Select the groups that the parameters of a call ask for.

Parameters and limits: DescribeContainerGroups and DescribeContainerGroupEvents
(https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups and
-describecontainergroupevents).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci.model import COMPUTE_CATEGORIES, NEXT_STATUS
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from yunmock.eci.model import ContainerGroup
    from yunmock.rpc.arguments import Arguments

MAX_IDS = 20

FILTERS: dict[str, Callable[[ContainerGroup], str]] = {
    "ZoneId": lambda group: group.zone_id,
    "VSwitchId": lambda group: group.v_switch_id,
    "SecurityGroupId": lambda group: group.security_group_id,
    "ResourceGroupId": lambda group: group.resource_group_id,
    "ContainerGroupName": lambda group: group.name,
    "Status": lambda group: group.status,
    "ComputeCategory": lambda group: group.compute_category,
}
"""The parameters that filter groups by an equal value; an empty parameter does not filter."""

VALUES: dict[str, Collection[str]] = {"Status": tuple(NEXT_STATUS), "ComputeCategory": COMPUTE_CATEGORIES}
"""The parameters that have a fixed set of values."""


def selection(arguments: Arguments, names: Collection[str]) -> Callable[[ContainerGroup], bool]:
    """A test for the groups that the call asks for.

    Args:
        names: those of `FILTERS` that this call has.

    Raises:
        RpcError: InvalidParameter.
    """
    for name, values in VALUES.items():
        parameters.choice(arguments, name, values)
    wanted = {name: arguments[name] for name in names if arguments.get(name)}
    ids = parameters.ids(arguments, "ContainerGroupIds", MAX_IDS)
    tags = parameters.tags(arguments)

    def selected(group: ContainerGroup) -> bool:
        return (
            (not ids or group.id in ids)
            and all(FILTERS[name](group) == value for name, value in wanted.items())
            and parameters.tagged(group.tags, tags)
        )

    return selected
