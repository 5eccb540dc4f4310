"""From bytes to notifications: open every envelope in a payload and read its event. No I/O, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import BadEventError
from opsledger.intake import kubernetes
from opsledger.intake.envelope import Delivery, open_element
from opsledger.intake.notifications import read
from opsledger.intake.payload import Payload

if TYPE_CHECKING:
    from opsledger.ledger.notification import Notification
    from opsledger.strict_json import JsonValue

MAX_TYPE = 128


class Refused(NamedTuple):
    """One element that this version cannot record.

    Attributes:
        received: the element's text as received; bytes where it is a payload of bytes.
        form and type: the envelope's form and the event's type, as far as they were recognised.
    """

    received: bytes | str
    error: BadEventError
    form: str = ""
    type: str = ""


class Understood(NamedTuple):
    """One element of a payload, and how far it could be read.

    Attributes:
        element: its value, or its text where it is JSON in a JSON string or could not be parsed.
        delivery: the event out of its envelope; None where it could not be opened.
        result: the notification, or why the element is refused.
    """

    element: JsonValue | bytes
    delivery: Delivery | None
    result: Notification | Refused


def understand(payload: bytes | str, received_at: int) -> list[Notification | Refused]:
    """Every event in `payload`, in order, as a notification or a refusal.

    Args:
        received_at: when the payload was received, in ms.
    """
    return [understood.result for understood in understand_each(payload, received_at)]


def understand_each(payload: bytes | str, received_at: int) -> list[Understood]:
    """As `understand`, with the opened delivery beside each result."""
    try:
        parsed = Payload(payload)
    except BadEventError as error:
        return [Understood(payload, None, Refused(payload, error))]
    return [_understand_element(parsed, index, received_at) for index in range(len(parsed.elements))]


def _understand_element(payload: Payload, index: int, received_at: int) -> Understood:
    element, delivery = payload.elements[index], None
    try:
        delivery = open_element(element, plain=payload.plain(index))
        kubernetes.check_reporter(delivery)
        return Understood(element, delivery, read(delivery, received_at))
    except BadEventError as error:
        received = payload.text_of(index)
        form, type_ = ("", "") if delivery is None else (delivery.form, (delivery.type or "")[:MAX_TYPE])
        return Understood(element, delivery, Refused(received, error, form, type_))
