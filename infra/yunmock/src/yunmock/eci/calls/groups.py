"""DescribeContainerGroups: the groups of a region.

The vendor's page: https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci.calls.arguments import FILTERS, selection
from yunmock.eci.calls.paging import page
from yunmock.eci.group_json import group_json
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from yunmock.eci.state import EciState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

MAX_PAGE = 20
"""Both the default and the highest Limit."""

ACTION = "DescribeContainerGroups"


def describe_container_groups(state: EciState, arguments: Arguments) -> JsonObject:
    """The groups of a region that pass the filters, oldest first, 20 to a page.

    Raises:
        RpcError: MissingParameter, InvalidParameter.
    """
    region = parameters.region(arguments)
    limit = parameters.number(arguments, "Limit", MAX_PAGE, 1, MAX_PAGE)
    with_event = parameters.boolean(arguments, "WithEvent")
    selected = selection(arguments, tuple(FILTERS))
    with state.atomic():
        found = [group for group in state.groups(region) if selected(group)]
        shown = page(found, f"{ACTION}/{region}", limit, arguments.get("NextToken", ""))
        rows = [group_json(group, state.events(group.id) if with_event else None) for group in shown.groups]
    return {"TotalCount": shown.total, "NextToken": shown.next_token, "ContainerGroups": [*rows]}
