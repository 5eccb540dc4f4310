"""Open every shape in which an event reaches a function.

| form         | told by                                    | source |
|--------------|--------------------------------------------|--------|
| cloudevent   | `specversion`, or `type` + `source` + data | help.aliyun.com/document_detail/181428.html |
| cloudmonitor | `product` + `name`, or `name` + `content`  | ECS event notifications; CloudMonitor's push to FC |
| kubernetes   | `involvedObject` + `reason`                | kube-eventer's EventBridge sink |
| eci-api      | `Reason` + `Type`, in either casing        | DescribeContainerGroups, DescribeContainerGroupEvents |
| raw          | any other object: content alone            | a trigger whose `eventSchema` is RawData |

Each may come alone, in an array (event streaming), or as a JSON string (Kafka through event streaming). A CloudEvent
may carry any of the others as its data. Ids, types and names are data here, never a path through the code.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog, strict_json, timestamps
from opsledger.errors import BadEventError, FieldError, MalformedContentError, UnknownEnvelopeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.strict_json import JsonObject, JsonValue


class Delivery(NamedTuple):
    """One event out of its envelope.

    Attributes:
        form: a row of the table above.
        type: `<product>:<name>`, such as `ecs:Instance:StateChange`, a status suffix included; None for raw.
        content: what the product says; the envelope is stripped.
        at: when, by the envelope, in ms; None when it has no time or an unreadable one.
        time_error: why the envelope's time is unreadable.
        account: the owner's account id.
        path: where `content` is in what was received, for error paths.
    """

    form: str
    type: str | None
    content: JsonObject
    at: int | None = None
    time_error: FieldError | None = None
    account: str | None = None
    region: str | None = None
    subject: str | None = None
    path: str = ""


def open_element(element: JsonValue, *, plain: bool) -> Delivery:
    """The event in one element of a payload: an object, or a JSON object as text.

    Args:
        plain: whether `strict_json.is_plain` says so of the element's text.

    Raises:
        BadEventError: it is no JSON object, or has the marks of a form and breaks that form's rules.
    """
    value = strict_json.parse(element) if isinstance(element, str) else element
    if isinstance(value, str):  # JSON in a JSON string, in an array that was cut into texts
        value = strict_json.parse(value)
    strict_json.check(value, plain=plain)
    if not isinstance(value, dict):
        raise UnknownEnvelopeError(f"an event is a JSON object, not {_kind(value)}")
    return open_object(value)


def open_object(value: JsonObject) -> Delivery:
    """The event in one JSON object.

    Raises:
        BadEventError: it has the marks of a form and breaks that form's rules.
    """
    for _form, marks, opener in _FORMS:
        if marks(value):
            return opener(value)
    raise UnknownEnvelopeError("an empty object")


# ---------------------------------------------------------------------------------------------- CloudEvents
_SPECVERSIONS = ("1.0", "0.3")


def _is_cloudevent(value: JsonObject) -> bool:
    if "specversion" in value:
        return True
    return isinstance(value.get("source"), str) and "type" in value and ("data" in value or "data_base64" in value)


_WHOLE_NOTIFICATION = frozenset({"product", "name", "content"})


def _open_cloudevent(value: JsonObject) -> Delivery:
    fields = _Fields(value)
    type_ = fields.text("type", required=True)
    source = fields.text("source", required=True)
    if value.get("specversion", "1.0") not in _SPECVERSIONS:
        fields.wrong("specversion", "is not 1.0 or 0.3")
    if "data" in value and "data_base64" in value:
        fields.wrong("data_base64", "data and data_base64 exclude each other")
    account = fields.text("aliyunoriginalaccountid") or fields.text("aliyunaccountid")
    region, subject = fields.text("aliyunregionid"), fields.text("subject")
    data = _data(value, fields)
    fields.check()
    assert type_ is not None
    assert source is not None
    at, time_error = _time(value.get("time"), "time")
    name = type_ if ":" in type_ and type_.partition(":")[0].islower() else f"{source.rpartition('.')[2]}:{type_}"
    name = name.replace(" ", "")
    # A known type says what the data is, whatever else is in it; only a whole notification is no content of any type.
    if not catalog.knows(name) or data.keys() >= _WHOLE_NOTIFICATION:
        inner = _inner(data)
        if inner is not None:
            return _wrapped(inner, at, account, region)
    return Delivery("cloudevent", name, data, at, time_error, account, region, subject, "data")


def _data(value: JsonObject, fields: _Fields) -> JsonObject:
    data = value.get("data")
    if "data_base64" in value:
        try:
            data = strict_json.read(base64.b64decode(_base64_text(value["data_base64"]), validate=True))
        except (binascii.Error, TypeError, ValueError):
            fields.wrong("data_base64", "is not base64")
            return {}
        except BadEventError as error:
            fields.wrong("data_base64", str(error))
            return {}
    elif isinstance(data, str):  # an event published with text for data
        try:
            data = strict_json.read(data)
        except BadEventError as error:
            fields.wrong("data", str(error))
            return {}
    if not isinstance(data, dict):
        fields.wrong("data", f"is not a JSON object but {_kind(data)}")
        return {}
    return data


def _base64_text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _inner(data: JsonObject) -> Delivery | None:
    """Another form carried whole as a CloudEvent's data."""
    for _form, marks, opener in _FORMS[1:-1]:
        if marks(data):
            return opener(data)
    return None


def _wrapped(inner: Delivery, at: int | None, account: str | None, region: str | None) -> Delivery:
    return Delivery(
        inner.form,
        inner.type,
        inner.content,
        at if inner.at is None else inner.at,
        inner.time_error,
        inner.account or account,
        inner.region or region,
        inner.subject,
        f"data.{inner.path}" if inner.path else "data",
    )


# --------------------------------------------------------------------------------------------- CloudMonitor
_ARN_FIELDS = 5


def _is_cloudmonitor(value: JsonObject) -> bool:
    return "name" in value and ("product" in value or "content" in value)


def _open_cloudmonitor(value: JsonObject) -> Delivery:
    fields = _Fields(value)
    name = fields.text("name", required=True)
    product = fields.text("product") or "ECS"
    arn = (fields.text("resourceId") or "").split(":", _ARN_FIELDS - 1)
    region, account = (arn[2], arn[3]) if len(arn) == _ARN_FIELDS else ("", "")
    account = fields.text("userId") or account
    region = fields.text("regionId") or region
    content = value.get("content")
    if isinstance(content, str):  # DescribeSystemEventAttribute gives the content as text
        try:
            content = strict_json.read(content)
        except BadEventError as error:
            fields.wrong("content", str(error))
    if not isinstance(content, dict):
        fields.wrong("content", f"is not a JSON object but {_kind(content)}")
    fields.check()
    assert name is not None
    assert isinstance(content, dict)
    path = "eventTime" if "eventTime" in value else "time"
    at, time_error = _time(value.get(path), path)
    type_ = f"{product.lower()}:{name}".replace(" ", "")
    return Delivery(
        "cloudmonitor",
        type_,
        content,
        at,
        time_error,
        account or None,
        region or None,
        None,
        "content",
    )


# ------------------------------------------------------------------------------------ Kubernetes and ECI API
def _is_kubernetes(value: JsonObject) -> bool:
    lowered = {key.lower() for key in value}
    return "involvedobject" in lowered and "reason" in lowered


def _is_eci_api(value: JsonObject) -> bool:
    lowered = {key.lower() for key in value}
    return {"reason", "type"} <= lowered and bool(lowered & {"message", "count", "firsttimestamp", "lasttimestamp"})


def _open_event(form: str) -> Callable[[JsonObject], Delivery]:
    """An event of Kubernetes: its type is its reason."""

    def opener(value: JsonObject) -> Delivery:
        reason = value.get("reason", value.get("Reason"))
        if not isinstance(reason, str) or not reason:
            raise MalformedContentError("the event has no reason", [FieldError("reason", "is missing or not text")])
        return Delivery(form, f"eci:Event:{reason}", value)

    return opener


def _open_raw(value: JsonObject) -> Delivery:
    return Delivery("raw", None, value)


_FORMS: tuple[tuple[str, Callable[[JsonObject], bool], Callable[[JsonObject], Delivery]], ...] = (
    ("cloudevent", _is_cloudevent, _open_cloudevent),
    ("cloudmonitor", _is_cloudmonitor, _open_cloudmonitor),
    ("kubernetes", _is_kubernetes, _open_event("kubernetes")),
    ("eci-api", _is_eci_api, _open_event("eci-api")),
    ("raw", bool, _open_raw),
)


# ------------------------------------------------------------------------------------------------- Fields
MAX_ATTRIBUTE = 1024
"""No attribute of the vendor's is longer; account and region become columns, and a column holds 2 MB."""


class _Fields:
    """Reads an envelope's own attributes and gathers all that is wrong with them."""

    __slots__ = ("errors", "value")

    def __init__(self, value: JsonObject) -> None:
        self.value = value
        self.errors: list[FieldError] = []

    def text(self, name: str, *, required: bool = False) -> str | None:
        found = self.value.get(name)
        if isinstance(found, int) and not isinstance(found, bool):  # account ids are sometimes numbers
            found = str(found)
        if isinstance(found, str):
            if len(found) > MAX_ATTRIBUTE:
                self.wrong(name, f"is longer than {MAX_ATTRIBUTE} characters")
                return None
            if text := found.strip():
                return text
        if found is not None and found != "":
            self.wrong(name, f"is not text but {_kind(found)}")
        elif required:
            self.wrong(name, "is missing")
        return None

    def wrong(self, path: str, message: str) -> None:
        self.errors.append(FieldError(path, message))

    def check(self) -> None:
        if self.errors:
            shown = "; ".join(f"{path} {message}" for path, message in self.errors)
            raise MalformedContentError(f"the envelope is ill-formed: {shown}", self.errors)


def _time(value: JsonValue, path: str) -> tuple[int | None, FieldError | None]:
    if value in (None, ""):
        return None, None
    try:
        return timestamps.parse(value if isinstance(value, str) else str(value)), None
    except ValueError as error:
        return None, FieldError(path, str(error))


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (dict, "an object"),
    (list, "an array"),
    (str, "text"),
    (int, "a number"),
    (float, "a number"),
)


def _kind(value: object) -> str:
    return next((name for type_, name in _KINDS if isinstance(value, type_)), "null")
