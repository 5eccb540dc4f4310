"""From an opened delivery to a notification: find the event type, validate the content, name its record.

No I/O, no clock: when a delivery was received is an argument.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from opsledger import catalog, strict_json
from opsledger.catalog.content import ReadContext
from opsledger.catalog.transition import Transition
from opsledger.errors import FieldError, MalformedContentError, OversizeError, UnknownStatusError, UnknownTypeError
from opsledger.ledger import codec
from opsledger.ledger.notification import Notification
from opsledger.ledger.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.catalog import EventType
    from opsledger.catalog.content import Reading
    from opsledger.intake.delivery import Delivery

MAX_CONTENT_BYTES = 1_000_000
"""A Tablestore cell holds 2 MB; EventBridge accepts events of 64 KB, by newer pages 256 KB."""
MAX_DETAIL = 500
"""Characters of one detail: one cell of a record holds the details of a hundred transitions."""
MAX_QUALIFIER = 64
MAX_SOURCE = 128
CLOUDEVENT = "cloudevent"
"""The form whose own type and source name the event; in others they are those of what carried it."""


def read(delivery: Delivery, received_at: int) -> Notification:
    """The notification in `delivery`.

    Args:
        received_at: when the delivery was received, in ms.

    Raises:
        UnknownTypeError: the catalogue has no such type.
        MalformedContentError: the content does not match the type's model; with every error and its path.
        UnknownStatusError: the status is not in the kind's lifecycle.
        OversizeError: the content is larger than a ledger row may hold.
    """
    type_ = catalog.of_raw(delivery.content) if delivery.type is None else delivery.type
    spec, suffix = catalog.find(type_)
    reading = _read_content(spec, delivery, suffix)
    reading = _in_known_status(spec, reading, delivery)
    content = strict_json.write_in_order(delivery.content)
    if len(content) > MAX_CONTENT_BYTES or len(content.encode()) > MAX_CONTENT_BYTES:
        raise OversizeError(f"the content is longer than {MAX_CONTENT_BYTES} bytes")
    transition = _transition(spec, reading, delivery, received_at)
    record = _record(spec, reading, delivery, transition)
    return Notification(
        record,
        transition,
        codec.digest(record.key, transition.key),
        codec.content_digest(delivery.account, delivery.region, transition, delivery.content),
        content,
        delivery.form,
        delivery.envelope,
        delivery.cluster,
        reading.former,
    )


def _in_known_status(spec: EventType, reading: Reading, delivery: Delivery) -> Reading:
    """The reading in a status of the kind's lifecycle, under the name that the status has there."""
    received, lifecycle = reading.transition.status, spec.kind.lifecycle
    if received in lifecycle.moves:
        return reading
    status = lifecycle.spelling(spec.kind.spellings.get(received, received))
    if lifecycle.accepts(status):
        return _renamed(reading, status, known=received in (status, *spec.kind.spellings))
    known = ", ".join(spec.kind.lifecycle.moves)
    path = _path(delivery, spec.content.status_field)
    raise UnknownStatusError(
        f"{spec.type} has no status {status[:64]!r}",
        [FieldError(path, f"the status {status[:64]!r} is none of: {known}")],
    )


def _renamed(reading: Reading, status: str, *, known: bool) -> Reading:
    """The reading in `status`; the word that was received is an anomaly unless the vendor is `known` to send it."""
    anomalies = () if known else (f"undocumented_status:received as {reading.transition.status}",)
    transition = reading.transition
    renamed = transition._replace(status=status, anomalies=(*transition.anomalies, *anomalies))
    return reading._replace(transition=renamed)


def _read_content(spec: EventType, delivery: Delivery, suffix: str | None) -> Reading:
    try:
        content = spec.content.model_validate(delivery.content)
        subject = delivery.envelope.subject or delivery.subject or ""
        context = ReadContext(delivery.at, suffix, spec.templates, spec.source_severity, subject, spec.name)
        reading = content.read(context)
    except ValidationError as error:
        errors = [FieldError(_path(delivery, *e["loc"]), _message(e["msg"])) for e in error.errors()]
        raise MalformedContentError(f"{spec.type}: {_summary(errors)}", errors) from None
    except (MalformedContentError, UnknownTypeError) as error:
        errors = [FieldError(_path(delivery, e.path), e.message) for e in error.errors]
        raise type(error)(f"{spec.type}: {error}", errors) from None
    if reading.transition.moment is None and delivery.time_error is not None:
        # The content does not say when it happened, and the envelope's time cannot be read.
        raise MalformedContentError(f"{spec.type}: {delivery.time_error.message}", [delivery.time_error])
    return reading


def _transition(spec: EventType, reading: Reading, delivery: Delivery, received_at: int) -> Transition:
    """The content's transition, completed from the event type, the envelope and the receipt."""
    said = reading.transition
    sent_at = _sent_at(delivery)
    anomalies = [*said.anomalies, *_anomalies(spec, said.status, delivery)]
    # Spelt out in the order of the fields: `_replace` takes twice as long, and every event comes here.
    return Transition(
        said.status,
        codec.transition_key(said.status, said.at if reading.keyed_at is None else reading.keyed_at, reading.distinct),
        spec.type,
        spec.levels.get(said.status, spec.level),
        said.at,
        said.not_before,
        said.due,
        said.notice_period,
        said.started_at,
        said.finished_at,
        said.count,
        said.last_at,
        {name: text[:MAX_DETAIL] for name, text in said.detail.items()},
        tuple(sorted(set(anomalies))) if anomalies else (),
        said.issued_at,
        sent_at,
        sent_at,
        received_at,
    )


def _sent_at(delivery: Delivery) -> int | None:
    """When the delivery's content was sent, by its envelope, in ms; resends of the platform keep it."""
    envelope = delivery.envelope
    sent_at = delivery.at if envelope.sent_at is None else envelope.sent_at
    return envelope.published_at if sent_at is None else sent_at


def _anomalies(spec: EventType, status: str, delivery: Delivery) -> Iterator[str]:
    if delivery.time_error is not None:
        yield "unreadable_time"
    if status not in (spec.statuses or spec.kind.lifecycle.moves):
        yield "undocumented_status"
    source = delivery.envelope.source
    if delivery.form == CLOUDEVENT and source and source.rpartition(".")[2] != spec.kind.product:
        yield f"unexpected_source:an event of {spec.kind.product} that says it is from {source[:MAX_SOURCE]}"


def _record(spec: EventType, reading: Reading, delivery: Delivery, transition: Transition) -> Record:
    entity_id = reading.entity_id if reading.is_global else f"{_place(delivery)}/{reading.entity_id}"
    return Record(
        key=f"{spec.kind.record_prefix}:{entity_id}",
        kind=spec.kind.name,
        product=spec.kind.product,
        resource_type=spec.kind.resource_type,
        resource_id=reading.resource_id,
        account=delivery.account,
        region=delivery.region,
        transitions={transition.key: transition},
    )


def _place(delivery: Delivery) -> str:
    """Account, region and cluster, as far as they are known, to qualify an id that others may have, too."""
    return "/".join(_short(part or "") for part in (delivery.account, delivery.region, delivery.cluster))


def _short(part: str) -> str:
    """`part` as it is put into a record's key: three of them and the id leave room within 1 KB."""
    if len(part) <= MAX_QUALIFIER and part.isascii():
        return part
    return hashlib.sha256(part.encode()).hexdigest()[:MAX_QUALIFIER]


def _path(delivery: Delivery, *parts: str | int) -> str:
    return ".".join(str(part) for part in (delivery.path, *parts) if part != "")


def _message(text: str) -> str:
    return text.removeprefix("Value error, ")


def _summary(errors: list[FieldError]) -> str:
    return "; ".join(f"{path}: {message}" for path, message in errors)
