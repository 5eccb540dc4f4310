"""Open every form in which an event reaches a function.

| form         | recognised by                              | module         |
|--------------|--------------------------------------------|----------------|
| cloudevent   | `specversion`, or `type` + `source` + data | `cloudevents`  |
| cloudmonitor | `product` + `name`, or `name` + `content`  | `cloudmonitor` |
| kubernetes   | `involvedObject` + `reason`                | `kubernetes`   |
| eci-api      | `Reason` + `Type`, in either casing        | `kubernetes`   |
| raw          | any other object: only the content         | here           |

Each may come alone, in an array (event streaming), or as a JSON string (Kafka through event streaming). A CloudEvent
may carry any of the next three as its data. Ids, types and names are treated as data; the code never branches on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import strict_json
from opsledger.errors import UnknownEnvelopeError
from opsledger.intake import cloudevents
from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import kind_of

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

__all__ = ["FORMS", "Delivery", "open_element", "open_object"]


def open_element(element: JsonValue, *, plain: bool) -> Delivery:
    """The event in one element of a payload: an object, or a JSON object as text.

    Args:
        plain: whether `strict_json.is_plain` says so of the element's text.

    Raises:
        BadEventError: it is not a JSON object, or has the marks of a form and breaks that form's rules.
    """
    value: JsonValue = strict_json.parse(element) if isinstance(element, str) else element
    if isinstance(value, str):  # JSON in a JSON string, in an array that was cut into texts
        value = strict_json.parse(value)
    strict_json.check(value, plain=plain)
    if not isinstance(value, dict):
        raise UnknownEnvelopeError(f"an event is a JSON object, not {kind_of(value)}")
    return open_object(value)


def open_object(value: JsonObject) -> Delivery:
    """The event in one JSON object.

    Raises:
        BadEventError: it has the marks of a form and breaks that form's rules.
    """
    for form in FORMS:
        if form.matches(value):
            return form.open(value)
    raise UnknownEnvelopeError("an empty object")


def _open_raw(value: JsonObject) -> Delivery:
    """Content alone, from a trigger whose `eventSchema` is RawData."""
    return Delivery("raw", None, value)


FORMS = (cloudevents.FORM, *cloudevents.INNER_FORMS, Form("raw", bool, _open_raw))
"""Every form; the first that matches opens the object."""
