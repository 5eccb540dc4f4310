"""CloudEvents: what EventBridge delivers, with the event or another form as its data.

Source: help.aliyun.com/document_detail/181428.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from opsledger import catalog
from opsledger.errors import BadEventError
from opsledger.intake import cloudmonitor, ecs_api, function_compute, kubernetes, messages, responses
from opsledger.intake.delivery import Delivery, Form, Outer, Part, Wrapper
from opsledger.intake.fields import Fields, arn_parts, from_base64, moment, note, read_time
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject

EVENTS = (kubernetes.EVENT, kubernetes.PRESENT_EVENT, *cloudmonitor.FORMS, *ecs_api.FORMS, kubernetes.ECI_EVENT)
"""The forms of one event beside a CloudEvent, which may carry one whole as its data: kube-eventer's do."""
WRAPPERS = (*messages.WRAPPERS, *function_compute.WRAPPERS, *kubernetes.WRAPPERS, *responses.WRAPPERS)
"""The forms with other envelopes inside, which a CloudEvent may carry, too."""

_SPECVERSIONS = ("1.0", "0.3")
_WHOLE_NOTIFICATION = frozenset({"product", "name", "content"})
_CLUSTER_SUBJECT = "acs:cs:"
"""kube-eventer's subject: `acs:cs:<region>:<account>:<cluster>/apis/…` (github AliyunContainerService/kube-eventer)."""


def _matches(value: JsonObject) -> bool:
    if "specversion" in value:
        return True
    return isinstance(value.get("source"), str) and "type" in value and ("data" in value or "data_base64" in value)


def _open(value: JsonObject) -> Delivery | Wrapper:
    fields = Fields(value)
    type_, source = fields.required_text("type"), fields.required_text("source")
    if value.get("specversion", "1.0") not in _SPECVERSIONS:
        fields.wrong("specversion", "is not 1.0 or 0.3")
    if "data" in value and "data_base64" in value:
        fields.wrong("data_base64", "data and data_base64 exclude each other")
    account = fields.text("aliyunoriginalaccountid") or fields.text("aliyunaccountid") or None
    region, subject = fields.text("aliyunregionid") or None, fields.text("subject") or None
    data = _data(value, fields)
    fields.check()
    at, time_error = read_time(value.get("time"), "time")
    envelope = Envelope(
        note(value.get("id")),
        source,
        subject,
        note(data.get("instanceName")),
        None,
        at,
        moment(value.get("aliyunpublishtime")),
    )
    cluster = None
    if subject is not None and subject.startswith(_CLUSTER_SUBJECT):
        region, account, cluster = _of_cluster(subject, region, account)
    name = _name(type_, source)
    # A known type says what the data is, whatever else is in it; only a whole notification is never its content.
    if not catalog.knows(name) or data.keys() >= _WHOLE_NOTIFICATION:
        found = _inside(value, data, Outer(account, region, cluster, envelope, at, time_error))
        if found is not None:
            return found
    return Delivery("cloudevent", name, data, at, time_error, account, region, subject, "data", cluster, envelope)


def _inside(value: JsonObject, data: JsonObject, outer: Outer) -> Delivery | Wrapper | None:
    """What the data is in another form; None if it is the content itself.

    Around one event this envelope is the event's own. Around anything else it is a carrier's: its time is when the
    message was published, and its source and subject are those of a queue.
    """
    for form in EVENTS:
        if form.matches(data):
            return _filled(form, data, outer)
    if any(form.matches(data) for form in (FORM, *WRAPPERS)):
        sent = outer.envelope
        carried = Envelope(id=sent.id, published_at=sent.published_at or sent.sent_at)
        steps = ("data",) if "data" in value else ("data_base64",)
        return Wrapper("cloudevent", (Part(data, steps),), Outer(outer.account, outer.region, envelope=carried))
    return None


def _filled(form: Form, data: JsonObject, outer: Outer) -> Delivery | Wrapper:
    try:
        inner = form.open(data)
    except BadEventError as error:
        raise error.under("data") from None
    return outer.fill(inner, "cloudevent", "data") if isinstance(inner, Delivery) else inner


def _of_cluster(subject: str, region: str | None, account: str | None) -> tuple[str | None, str | None, str | None]:
    """Region, account and cluster, the first two as given or else by the subject."""
    named_region, named_account, rest = arn_parts(subject)
    return region or named_region, account or named_account, (rest or "").partition("/")[0] or None


@lru_cache(maxsize=256)
def _name(type_: str, source: str) -> str:
    """The type with its product in front; where it has none, the last part of the source."""
    has_product = ":" in type_ and type_.partition(":")[0].islower()
    return (type_ if has_product else f"{source.rpartition('.')[2]}:{type_}").replace(" ", "")


def _data(value: JsonObject, fields: Fields) -> JsonObject:
    if "data_base64" not in value:
        return fields.json_object("data", fields.parsed("data", value.get("data")))
    try:
        decoded = from_base64(value["data_base64"])
    except ValueError:
        fields.wrong("data_base64", "is not base64")
        return {}
    return fields.json_object("data", fields.parsed("data_base64", decoded))


FORM = Form(
    "cloudevent",
    "EventBridge: rules, event streams and triggers",
    "`specversion`, or `type`, `source` and `data`",
    _matches,
    _open,
)
