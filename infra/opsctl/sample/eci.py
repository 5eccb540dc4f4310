"""Samples of ECI events: a Kubernetes event for each wording, in the forms it is pushed, republished and polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger import timestamps
from opsledger.catalog.eci import content as eci
from opsledger.catalog.eci.samples import sample_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsctl.sample.names import Names
    from opsledger.catalog import EventSpec
    from opsledger.catalog.templates import Template

FORMS = ("cloudevent", "republished", "api")
"""Pushed by kube-eventer, republished with PutEvents, and as DescribeContainerGroupEvents returns it."""
VARIANTS = ("kubernetes", "group-event")
"""The bare Kubernetes event, and an element of DescribeContainerGroups' `Events`."""
STATE_FORMS = ("cloudevent",)
"""A container group's state comes from the poller alone."""

# resource type: the kind of Kubernetes object, and which of the names it goes by
_OBJECTS: dict[str, tuple[str, Callable[[Names], str]]] = {
    "container-group": ("Pod", lambda names: names.container_group_id),
    "image-cache": ("ImageCache", lambda names: names.image_cache_id),
    "data-cache": ("DataCache", lambda names: names.data_cache_id),
    "virtual-node": ("VirtualNode", lambda names: names.virtual_node_id),
}


def templates(spec: EventSpec) -> tuple[Template, ...]:
    """The messages of an event name, one per id: the wording that the service sends."""
    first: dict[str, Template] = {}
    for template in spec.templates:
        first.setdefault(template.id, template)
    return tuple(first.values())


def event(
    spec: EventSpec, status: str, form: str, names: Names, now_ms: int, template: Template | None = None
) -> dict[str, Any]:
    """One event in `form`, with the message of `template` or the name's first."""
    if spec.content is eci.ContainerGroupState:
        return _cloudevent("acs.eci", spec.type, names, now_ms, _state(status, names, now_ms))
    whole = kubernetes_event(spec, status, names, now_ms, template or templates(spec)[0])
    return _FORMS[form](spec, names, now_ms, whole)


def kubernetes_event(spec: EventSpec, status: str, names: Names, now_ms: int, template: Template) -> dict[str, Any]:
    """The event as Kubernetes writes it."""
    seconds = now_ms // 1000
    moment = timestamps.show(seconds * 1000)
    kind, uid = _OBJECTS[spec.kind.resource_type]
    type_ = status if status in eci.OBJECT_NOTICES else spec.word or "Warning"
    return {
        "metadata": {"name": f"{names.pod}.{seconds * 1_000_000_000:x}", "namespace": "default"},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": kind,
            "name": names.pod,
            "namespace": "default",
            "uid": uid(names),
        },
        "reason": _reason(spec),
        "message": sample_message(template),
        "source": {"component": "EciService"},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
        "type": type_,
    }


def _pushed(spec: EventSpec, names: Names, now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    """kube-eventer's EventBridge sink: the whole Kubernetes event as data."""
    kind = whole["involvedObject"]["kind"]
    del spec
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


def _republished(spec: EventSpec, names: Names, now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    return _cloudevent("acs.eci", spec.type, names, now_ms, whole)


def _api(_spec: EventSpec, _names: Names, _now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    """In the casing that the SDK declares: all names capitalised but `involvedObject`."""
    return {("involvedObject" if key == "involvedObject" else _capital(key)): _cased(v) for key, v in whole.items()}


def _group_event(_spec: EventSpec, _names: Names, _now_ms: int, whole: dict[str, Any]) -> dict[str, Any]:
    named = whole["involvedObject"]
    kept = ("type", "reason", "message", "count", "firstTimestamp", "lastTimestamp")
    return {
        **{_capital(key): whole[key] for key in kept},
        "Name": named["name"],
        "ContainerGroupId": named["uid"],
    }


_FORMS: dict[str, Callable[[EventSpec, Names, int, dict[str, Any]], dict[str, Any]]] = {
    "cloudevent": _pushed,
    "republished": _republished,
    "api": _api,
    "kubernetes": lambda _spec, _names, _now_ms, whole: whole,
    "group-event": _group_event,
}


def _state(status: str, names: Names, now_ms: int) -> dict[str, Any]:
    moment = timestamps.show(now_ms // 1000 * 1000)
    dated = {
        "Scheduling": "creationTime",
        "Succeeded": "succeededTime",
        "Failed": "failedTime",
        "Expired": "expiredTime",
    }
    return {
        "containerGroupId": names.container_group_id,
        "containerGroupName": names.pod,
        "status": status,
        dated.get(status, "observedTime"): moment,
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


def _reason(spec: EventSpec) -> str:
    return spec.type.rpartition(":")[2]


def _capital(key: str) -> str:
    return key[:1].upper() + key[1:]


def _cased(value: Any) -> Any:
    return {_capital(key): _cased(item) for key, item in value.items()} if isinstance(value, dict) else value
