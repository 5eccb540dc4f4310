"""From bytes to notifications: open every envelope in a payload and read its event. No I/O, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import BadEventError
from opsledger.intake import kubernetes
from opsledger.intake.delivery import Delivery
from opsledger.intake.envelope import open_element
from opsledger.intake.fields import note
from opsledger.intake.notifications import read
from opsledger.intake.payload import Payload
from opsledger.intake.received import Received
from opsledger.intake.unwrap import unwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.intake.unwrap import Found
    from opsledger.ledger.notification import Notification
    from opsledger.strict_json import JsonValue

MAX_TYPE = 128


class Refused(NamedTuple):
    """One event that this version cannot record.

    Attributes:
        received: its text as received; bytes where it is a payload of bytes.
        form and type: the envelope's form and the event's type, as far as they were recognised.
        envelope_id: the id of its envelope, for the log.
    """

    received: bytes | str
    error: BadEventError
    form: str = ""
    type: str = ""
    envelope_id: str | None = None


class Understood(NamedTuple):
    """One event of a payload, and how far it could be read.

    Attributes:
        element: the value of its innermost envelope, or its text where it is JSON in a JSON string or could not be
            parsed.
        delivery: the event out of its envelope; None where it could not be opened.
        result: the notification, or why the event is refused.
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
    found: list[Understood] = []
    for index in range(len(parsed.elements)):
        found += _understand_element(parsed, index, received_at)
    return found


def _understand_element(payload: Payload, index: int, received_at: int) -> list[Understood]:
    """The events in one element: nearly always one, in a wrapper any number."""
    element, plain = payload.elements[index], payload.plain(index)
    try:
        opened = open_element(element, plain=plain)
    except BadEventError as error:
        return [Understood(element, None, Refused(payload.text_of(index), error, envelope_id=_id_of(element)))]
    if isinstance(opened, Delivery):
        return [_understand(element, opened, lambda: payload.text_of(index), received_at)]
    received = Received(lambda: payload.text_of(index))
    return [_understand_found(found, received_at) for found in unwrap(opened, received, plain=plain)]


def _understand_found(found: Found, received_at: int) -> Understood:
    if found.delivery is not None:
        return _understand(found.value, found.delivery, found.received.text, received_at)
    assert found.error is not None
    return Understood(found.value, None, Refused(found.received.text(), found.error, envelope_id=_id_of(found.value)))


def _id_of(element: JsonValue | bytes) -> str | None:
    """The id of an envelope that could not be opened."""
    return note(element.get("id")) if isinstance(element, dict) else None


def _understand(
    element: JsonValue | bytes, delivery: Delivery, received: Callable[[], bytes | str], received_at: int
) -> Understood:
    try:
        kubernetes.check_reporter(delivery)
        return Understood(element, delivery, read(delivery, received_at))
    except BadEventError as error:
        type_ = (delivery.type or "")[:MAX_TYPE]
        refused = Refused(received(), error, delivery.form, type_, delivery.envelope.id)
        return Understood(element, delivery, refused)
