"""The envelopes of ECI events: as they are pushed, republished and polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsctl.sample import contents
from opsledger import timestamps
from opsledger.catalog.eci.content import EciEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsctl.sample.names import Names
    from opsledger.catalog import EventType
    from opsledger.catalog.templates import Template

FORMS = ("cloudevent", "republished", "api")
"""Pushed by kube-eventer, republished with PutEvents, and as DescribeContainerGroupEvents returns it."""
FURTHER_FORMS = ("kubernetes", "group-event")
"""The bare Kubernetes event, and an element of DescribeContainerGroups' `Events`."""
OTHER_FORMS = ("cloudevent",)
"""What is no Kubernetes event comes from the poller alone."""


def templates(row: EventType) -> tuple[Template, ...]:
    """The messages of an event name, one per id: the wording that the service sends."""
    first: dict[str, Template] = {}
    for template in row.templates:
        first.setdefault(template.id, template)
    return tuple(first.values())


def event(
    row: EventType, status: str, form: str, names: Names, now_ms: int, template: Template | None = None
) -> dict[str, Any]:
    """One event in `form`, with the message of `template` or the type's first."""
    whole = contents.make(row, status, names, now_ms, template)
    if not from_kubernetes(row):
        return _republished(row, names, now_ms, whole)
    return _FORMS[form](row, names, now_ms, whole)


def from_kubernetes(row: EventType) -> bool:
    """Whether events of this type are Kubernetes events."""
    return issubclass(row.content, EciEvent)


def _pushed(row: EventType, names: Names, now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    """kube-eventer's EventBridge sink: the whole Kubernetes event as data."""
    kind = whole["involvedObject"]["kind"]
    del row
    return _cloudevent(
        "acs.cs",
        f"cs:k8s:{kind}RelatedEvent",
        names,
        now_ms,
        whole,
        subject=(
            f"acs:cs:{names.region}:{names.account}:{names.cluster}"
            f"/apis/v1/namespaces/default/{kind.lower()}s/{names.pod}"
        ),
    )


def _republished(row: EventType, names: Names, now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    return _cloudevent("acs.eci", row.type, names, now_ms, whole)


def _api(_row: EventType, _names: Names, _now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    """In the casing that the SDK declares: all names capitalised but `involvedObject`."""
    return {("involvedObject" if key == "involvedObject" else _capital(key)): _cased(v) for key, v in whole.items()}


def _group_event(_row: EventType, _names: Names, _now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    named = whole["involvedObject"]
    kept = ("type", "reason", "message", "count", "firstTimestamp", "lastTimestamp")
    return {
        **{_capital(key): whole[key] for key in kept},
        "Name": named["name"],
        "ContainerGroupId": named["uid"],
    }


_FORMS: dict[str, Callable[[EventType, Names, int, dict[str, Any]], dict[str, Any]]] = {
    "cloudevent": _pushed,
    "republished": _republished,
    "api": _api,
    "kubernetes": lambda _row, _names, _now_ms, whole: whole,
    "group-event": _group_event,
}


def _cloudevent(
    source: str, type_: str, names: Names, now_ms: int, data: dict[str, Any], subject: str | None = None
) -> dict[str, Any]:
    return {
        "id": names.envelope_id,
        "source": source,
        "specversion": "1.0",
        "type": type_,
        "datacontenttype": "application/json",
        **({"subject": subject} if subject else {}),
        "time": timestamps.show(now_ms // 1000 * 1000),
        "aliyunaccountid": names.account,
        "aliyunregionid": names.region,
        "data": data,
    }


def _capital(key: str) -> str:
    return key[:1].upper() + key[1:]


def _cased(value: Any) -> Any:
    return {_capital(key): _cased(item) for key, item in value.items()} if isinstance(value, dict) else value
