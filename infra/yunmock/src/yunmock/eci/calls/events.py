"""DescribeContainerGroupEvents: the events of the groups of a region.

The vendor's page: https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroupevents.

The console's sample of an event is in lower camelCase (help.aliyun.com, "ECI events"); the vendor's SDK declares
PascalCase except for `involvedObject` and `uuid`. Which of them the service sends is not known, so
`EciService.set_casing` chooses.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from yunmock.eci.calls.arguments import selection
from yunmock.eci.calls.paging import page
from yunmock.eci.group_json import kubernetes_event
from yunmock.eci.model import EVENT_SOURCES, PASCAL
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from yunmock.eci.model import ContainerGroup, GroupEvent
    from yunmock.eci.state import EciState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

MAX_PAGE = 200
"""The default Limit, in groups; a higher one is refused."""

ACTION = "DescribeContainerGroupEvents"
FILTERS = ("ZoneId", "VSwitchId", "ResourceGroupId")

_MAX_SINCE_S = 10**9
_SAME_IN_BOTH = frozenset({"involvedObject"})


def describe_container_group_events(state: EciState, arguments: Arguments) -> JsonObject:
    """The latest events of the groups of a region that pass the filters, 200 groups to a page.

    Raises:
        RpcError: MissingParameter, InvalidParameter.
    """
    region = parameters.region(arguments)
    limit = parameters.number(arguments, "Limit", MAX_PAGE, 1, MAX_PAGE)
    since_ms = _since_ms(state, arguments)
    source = parameters.choice(arguments, "EventSource", EVENT_SOURCES)
    selected = selection(arguments, FILTERS)

    def shown(event: GroupEvent) -> bool:
        return (since_ms is None or event.last_ms >= since_ms) and source in ("", event.component)

    with state.atomic():
        found = [group for group in state.groups(region) if selected(group)]
        part = page(found, f"{ACTION}/{region}", limit, arguments.get("NextToken", ""))
        events = {group.id: list(filter(shown, state.events(group.id))) for group in part.groups}
    rows = [_row(group, events[group.id], state.casing) for group in part.groups]
    return {"Data": [*rows], "NextToken": part.next_token, "TotalCount": sum(map(len, events.values()))}


def _since_ms(state: EciState, arguments: Arguments) -> int | None:
    """The time that SinceSecond names, which counts back from now; None when it is absent."""
    if not arguments.get("SinceSecond"):
        return None
    return state.now_ms() - 1000 * parameters.number(arguments, "SinceSecond", 0, 0, _MAX_SINCE_S)


def _row(group: ContainerGroup, events: list[GroupEvent], casing: str) -> JsonObject:
    spell = _pascal if casing == PASCAL else dict
    return {
        "ContainerGroupId": group.id,
        "Name": group.name,
        "Namespace": group.namespace,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, group.id)),
        "Annotations": group.annotations,
        "Events": [spell(kubernetes_event(group, event)) for event in events],
    }


def _pascal(content: JsonObject) -> JsonObject:
    return {
        name if name in _SAME_IN_BOTH else name[0].upper() + name[1:]: _pascal(value)
        if isinstance(value, dict)
        else value
        for name, value in content.items()
    }
