"""CloudEvents: what EventBridge delivers, with the event or another form as its data.

Source: help.aliyun.com/document_detail/181428.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from opsledger import catalog
from opsledger.intake import cloudmonitor, kubernetes
from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import Fields, read_time

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

INNER_FORMS = (cloudmonitor.FORM, *kubernetes.FORMS)
"""The forms that a CloudEvent may carry whole as its data."""

_SPECVERSIONS = ("1.0", "0.3")
_WHOLE_NOTIFICATION = frozenset({"product", "name", "content"})


def _matches(value: JsonObject) -> bool:
    if "specversion" in value:
        return True
    return isinstance(value.get("source"), str) and "type" in value and ("data" in value or "data_base64" in value)


def _open(value: JsonObject) -> Delivery:
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
    name = _name(type_, source)
    # A known type says what the data is, whatever else is in it; only a whole notification is never its content.
    if not catalog.knows(name) or data.keys() >= _WHOLE_NOTIFICATION:
        for form in INNER_FORMS:
            if form.matches(data):
                return _wrapped(form.open(data), at, account, region)
    return Delivery("cloudevent", name, data, at, time_error, account, region, subject, "data")


def _name(type_: str, source: str) -> str:
    """The type with its product in front; where it has none, the last part of the source."""
    has_product = ":" in type_ and type_.partition(":")[0].islower()
    return (type_ if has_product else f"{source.rpartition('.')[2]}:{type_}").replace(" ", "")


def _data(value: JsonObject, fields: Fields) -> JsonObject:
    if "data_base64" not in value:
        return fields.json_object("data", fields.parsed("data", value.get("data")))
    try:
        decoded = _decode(value["data_base64"])
    except ValueError:
        fields.wrong("data_base64", "is not base64")
        return {}
    return fields.json_object("data", fields.parsed("data_base64", decoded))


def _decode(value: JsonValue) -> bytes:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - the value came from outside
    return base64.b64decode(value, validate=True)


def _wrapped(inner: Delivery, at: int | None, account: str | None, region: str | None) -> Delivery:
    """The event of an inner form, with the CloudEvent's attributes where it has none."""
    return inner._replace(
        at=at if inner.at is None else inner.at,
        account=inner.account or account,
        region=inner.region or region,
        path=f"data.{inner.path}" if inner.path else "data",
    )


FORM = Form("cloudevent", _matches, _open)
