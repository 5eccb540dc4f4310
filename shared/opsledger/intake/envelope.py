"""Open every form in which an event reaches a function.

`FORMS` lists them in the order in which they are tried: a CloudEvent, what nearly every event is, comes first. The page
`docs/routes.md` is made from it. Each form may come alone, in an array (event streaming), or as a JSON string (Kafka
through event streaming), and inside any wrapper; `unwrap` opens what is inside. Ids, types and names are treated as
data; the code never branches on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import strict_json
from opsledger.errors import NotJsonError, UnknownEnvelopeError
from opsledger.intake import cloudevents, function_compute
from opsledger.intake.delivery import Delivery, Form, Wrapper
from opsledger.intake.fields import kind_of

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

__all__ = ["FORMS", "Delivery", "Wrapper", "open_element"]


def open_element(element: JsonValue, *, plain: bool) -> Delivery | Wrapper:
    """The event in one element of a payload, or a wrapper: an object, or a JSON object as text.

    Args:
        plain: whether `strict_json.is_plain` says so of the element's text.

    Raises:
        BadEventError: it is not a JSON object, or has the marks of a form and breaks that form's rules.
    """
    value: JsonValue = strict_json.parse(element) if isinstance(element, str) else element
    if isinstance(value, str):  # JSON in a JSON string, in an array that was cut into texts
        value = strict_json.parse(value)
    if not isinstance(value, dict):
        strict_json.check(value, plain=plain)
        raise UnknownEnvelopeError(f"an event is a JSON object, not {kind_of(value)}")
    form = _form_of(value)
    try:
        strict_json.check(value, plain=plain)
    except NotJsonError:
        # In a wrapper, what cannot be stored is one event's fault, and not that of the others beside it.
        opened = form.open(value)
        if isinstance(opened, Delivery):
            raise
        return opened
    return form.open(value)


def _form_of(value: JsonObject) -> Form:
    for form in FORMS:
        if form.matches(value):
            return form
    raise UnknownEnvelopeError("an empty object")


def _open_raw(value: JsonObject) -> Delivery:
    """Content alone, from a trigger whose `eventSchema` is RawData."""
    return Delivery("raw", None, value)


FORMS = (
    cloudevents.FORM,
    *cloudevents.EVENTS,
    *cloudevents.WRAPPERS,
    function_compute.TIMER,
    Form(
        "raw",
        "a trigger or target that passes on only the data",
        "any other object; its fields tell its type",
        bool,
        _open_raw,
    ),
)
"""Every form; the first that matches opens the object."""
