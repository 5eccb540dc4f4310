"""Events of Kubernetes: as kube-eventer, kubectl, a watch and the SLS event centre write them, and as the ECI API does.

Sources: the field names of Kubernetes' `v1.Event`, `v1.List`, watch events and `events.k8s.io/v1`; github
AliyunContainerService/kube-eventer (sinks for EventBridge and SLS); DescribeContainerGroups and
DescribeContainerGroupEvents (alibabacloud.com/help/en/eci/developer-reference).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from opsledger import catalog, timestamps
from opsledger.catalog.eci import reporters
from opsledger.errors import FieldError, MalformedContentError
from opsledger.intake.delivery import Delivery, Form, Outer, Part, Wrapper
from opsledger.intake.fields import either, kind_of, moment, note
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

_TIMES = ("firstTimestamp", "lastTimestamp", "eventTime")
_NANOSECONDS = re.compile(r"[0-9a-f]{15,16}", re.ASCII)

PREFIX = "eci:Event:"
"""An event's type is this and its reason."""


# ------------------------------------------------------------------------------------------------------ one event
def _matches_kubernetes(value: JsonObject) -> bool:
    return ("involvedObject" in value or "InvolvedObject" in value) and ("reason" in value or "Reason" in value)


def _matches_eci_api(value: JsonObject) -> bool:
    return (
        _has(value, "reason")
        and _has(value, "type")
        and any(_has(value, name) for name in ("message", "count", "firstTimestamp", "lastTimestamp"))
    )


def _has(value: JsonObject, name: str) -> bool:
    return name in value or name[:1].upper() + name[1:] in value


def _open(form: str, value: JsonObject) -> Delivery:
    """The event, whose type is its reason."""
    reason = either(value, "reason")
    if not isinstance(reason, str) or not reason:
        raise MalformedContentError("the event has no reason", [FieldError("reason", "is missing or not text")])
    dated = value.get("firstTimestamp") or any(either(value, name) for name in _TIMES)
    envelope = Envelope(level=note(either(value, "type")))
    return Delivery(form, f"{PREFIX}{reason}", value, None if dated else _made_at(value), envelope=envelope)


def _matches_present(value: JsonObject) -> bool:
    return "regarding" in value and "reason" in value


_CORE_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
"""Field of `events.k8s.io/v1` → field of the core `v1.Event` that says the same."""


def _open_present(value: JsonObject) -> Delivery:
    """As the core API would give the same event."""
    return _open("kubernetes-events-v1", {_CORE_NAMES.get(name, name): item for name, item in value.items()})


def _made_at(value: JsonObject) -> int | None:
    """When an event without timestamps was made: by its metadata or, failing that, by its name.

    A name ends in the nanoseconds of that moment, in hex.
    """
    metadata = either(value, "metadata")
    if not isinstance(metadata, dict):
        return None
    made = moment(either(metadata, "creationTimestamp"))
    suffix = (note(either(metadata, "name")) or "").rpartition(".")[2]
    if made is not None or not _NANOSECONDS.fullmatch(suffix):
        return made
    named = int(suffix, 16) // 1_000_000_000 * 1000
    return named if timestamps.EARLIEST_MS <= named < timestamps.LATEST_MS else None


# ------------------------------------------------------------------------------------------------- who reports it
_UNCLAIMED = ("kubernetes", "kubernetes-events-v1")
"""The forms in which anybody's events come."""


def check_reporter(delivery: Delivery) -> None:
    """Refuse a Kubernetes event that is not ECI's; any other delivery passes.

    A republished event is checked too: who republishes it may have taken a scheduler's for ECI's.

    Raises:
        ForeignEventError: who reports it does not speak for ECI, and the reason is not ECI's own.
    """
    type_ = delivery.type or ""
    if type_.startswith(PREFIX):
        reason, claimed = type_.removeprefix(PREFIX), delivery.form not in _UNCLAIMED
        reporters.check(reason, delivery.content, known=catalog.knows(type_), claimed=claimed)


# ------------------------------------------------------------------------------------------------ around an event
def _matches_watch(value: JsonObject) -> bool:
    return ("verb" in value or "type" in value) and (_holds_object(value, "event") or _holds_object(value, "object"))


def _open_watch(value: JsonObject) -> Wrapper:
    name = "event" if _holds_object(value, "event") else "object"
    return Wrapper("kubernetes-watch", (Part(value[name], (name,)),))


def _holds_object(value: JsonObject, name: str) -> bool:
    """Whether the field is an object, or text that begins as one."""
    item = value.get(name)
    return isinstance(item, dict) or (isinstance(item, str) and item.lstrip()[:1] == "{")


def _matches_list(value: JsonObject) -> bool:
    kind = value.get("kind")
    return "items" in value and isinstance(kind, str) and kind.endswith("List")


def _open_list(value: JsonObject) -> Wrapper:
    return Wrapper("kubernetes-list", _parts(value.get("items"), ("items",)))


def _matches_sls(value: JsonObject) -> bool:
    return _holds_object(value, "eventId")


def _open_sls(value: JsonObject) -> Wrapper:
    cluster = note(value.get("cluster_id")) or note(value.get("clusterId"))
    outer = Outer(cluster=cluster, envelope=Envelope(level=note(value.get("level"))))
    return Wrapper("sls-event-centre", (Part(value["eventId"], ("eventId",)),), outer)


# ------------------------------------------------------------------------------------------------- the ECI API
def _matches_group(value: JsonObject) -> bool:
    """An element of DescribeContainerGroupEvents; one of DescribeContainerGroups also has a status."""
    return _has(value, "containerGroupId") and _has(value, "events") and not _has(value, "status")


def _open_group(value: JsonObject) -> Wrapper:
    """Its events; each says whose it is, as an event that comes alone does."""
    name = "events" if "events" in value else "Events"
    owner = {"containerGroupId": either(value, "containerGroupId")}
    parts = [
        part._replace(value={**owner, **part.value}) if isinstance(part.value, dict) else part
        for part in _parts(value[name], (name,))
    ]
    return Wrapper("eci-events-group", parts)


def _matches_response(value: JsonObject) -> bool:
    return isinstance(either(value, "data"), list) and (_has(value, "requestId") or _has(value, "totalCount"))


def _open_response(value: JsonObject) -> Wrapper:
    name = "data" if "data" in value else "Data"
    return Wrapper("eci-events-response", _parts(value[name], (name,)))


def _parts(items: JsonValue, steps: tuple[str, ...]) -> list[Part]:
    """The items of a list; Go writes an empty one as null."""
    if items is None:
        return []
    if not isinstance(items, list):
        path = ".".join(steps)
        raise MalformedContentError(f"{path} is no list", [FieldError(path, f"is not an array but {kind_of(items)}")])
    return [Part(item, (*steps, index)) for index, item in enumerate(items)]


EVENT = Form(
    "kubernetes",
    "a Kubernetes event: kube-eventer, kubectl",
    "`involvedObject` and `reason`, in either casing",
    _matches_kubernetes,
    partial(_open, "kubernetes"),
)
PRESENT_EVENT = Form(
    "kubernetes-events-v1",
    "a Kubernetes event of the API `events.k8s.io/v1`",
    "`regarding` and `reason`",
    _matches_present,
    _open_present,
)
ECI_EVENT = Form(
    "eci-api",
    "an event in a row of DescribeContainerGroups",
    "`reason` and `type` with `message`, `count` or a timestamp, in either casing",
    _matches_eci_api,
    partial(_open, "eci-api"),
)
WRAPPERS = (
    Form(
        "kubernetes-watch",
        "a watch of Kubernetes events",
        "`verb` or `type`, with `event` or `object`",
        _matches_watch,
        _open_watch,
    ),
    Form(
        "kubernetes-list",
        "`kubectl get events -o json`",
        "`items`, and a `kind` that ends in `List`",
        _matches_list,
        _open_list,
    ),
    Form(
        "sls-event-centre",
        "a row of the Kubernetes event centre of SLS",
        "`eventId` that is an event: an object or JSON text",
        _matches_sls,
        _open_sls,
    ),
    Form(
        "eci-events-group",
        "a row of DescribeContainerGroupEvents",
        "`containerGroupId` and `events`, in either casing",
        _matches_group,
        _open_group,
    ),
    Form(
        "eci-events-response",
        "a response of DescribeContainerGroupEvents",
        "`data`, an array, with `requestId` or `totalCount`",
        _matches_response,
        _open_response,
    ),
)
