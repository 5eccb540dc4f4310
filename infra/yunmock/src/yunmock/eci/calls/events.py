"""DescribeContainerGroupEvents: the events of the groups of a region.

The vendor's page: https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroupevents.

The console's sample of an event is in lower camelCase (help.aliyun.com, "ECI events"), the vendor's SDK declares
PascalCase but for `involvedObject` and `uuid`. Which of them the service sends is not known: `EciService.casing` picks.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from yunmock.eci.calls import arguments as parameters
from yunmock.eci.calls.paging import page
from yunmock.eci.model import EVENT_SOURCES
from yunmock.eci.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.eci.calls.arguments import Arguments
    from yunmock.eci.model import Event, Group
    from yunmock.eci.service import EciService

MAX_PAGE = 200
"""The default Limit, in groups; a higher one is refused."""

ACTION = "DescribeContainerGroupEvents"
FILTERS = ("ZoneId", "VSwitchId", "ResourceGroupId")
PASCAL, CAMEL = "pascal", "camel"
CASINGS = (PASCAL, CAMEL)

_LONGEST_S = 10**9
_SAME_IN_BOTH = frozenset({"involvedObject"})


def describe_container_group_events(service: EciService, arguments: Arguments) -> dict[str, Any]:
    """The latest events of the groups of a region that pass the filters, 200 groups to a page.

    Raises:
        EciError: MissingParameter, InvalidParameter.
    """
    region = parameters.region(arguments)
    limit = parameters.number(arguments, "Limit", MAX_PAGE, 1, MAX_PAGE)
    since_ms = _since_ms(service, arguments)
    source = parameters.choice(arguments, "EventSource", EVENT_SOURCES)
    selected = parameters.selection(arguments, FILTERS)

    def shown(event: Event) -> bool:
        return (since_ms is None or event.last_ms >= since_ms) and source in ("", event.component)

    with service.atomic():
        found = [group for group in service.registry.groups(region) if selected(group)]
        part = page(found, f"{ACTION}/{region}", limit, arguments.get("NextToken", ""))
        events = {group.id: list(filter(shown, service.registry.events(group.id))) for group in part.groups}
    rows = [_row(group, events[group.id], service.casing) for group in part.groups]
    return {"Data": rows, "NextToken": part.next_token, "TotalCount": sum(map(len, events.values()))}


def _since_ms(service: EciService, arguments: Arguments) -> int | None:
    """The moment that SinceSecond names, relative to now; None when it is absent."""
    if not arguments.get("SinceSecond"):
        return None
    return service.now_ms() - 1000 * parameters.number(arguments, "SinceSecond", 0, 0, _LONGEST_S)


def kubernetes_event(group: Group, event: Event) -> dict[str, Any]:
    """An event as a Kubernetes Event, in lower camelCase and without the fields that are empty."""
    return {
        "count": event.count,
        "firstTimestamp": rfc3339(event.first_ms),
        "lastTimestamp": rfc3339(event.last_ms),
        "involvedObject": {
            "apiVersion": "v1",
            "kind": event.kind,
            "name": event.object_name,
            "namespace": group.namespace,
            "uid": group.id,
        },
        "message": event.message,
        "metadata": {"name": event.name, "namespace": group.namespace},
        "reason": event.reason,
        "source": _given({"component": event.component, "host": event.host}),
        "type": event.type,
        **_given({"reportingComponent": event.reporting_component, "reportingInstance": event.reporting_instance}),
    }


def _row(group: Group, events: list[Event], casing: str) -> dict[str, Any]:
    spell = _pascal if casing == PASCAL else dict
    return {
        "ContainerGroupId": group.id,
        "Name": group.name,
        "Namespace": group.namespace,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, group.id)),
        "Annotations": group.annotations,
        "Events": [spell(kubernetes_event(group, event)) for event in events],
    }


def _given(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _pascal(content: dict[str, Any]) -> dict[str, Any]:
    return {
        name if name in _SAME_IN_BOTH else name[0].upper() + name[1:]: _pascal(value)
        if isinstance(value, dict)
        else value
        for name, value in content.items()
    }
