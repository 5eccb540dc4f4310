"""From a delivery to a notification: catalogue, validation and normalisation, without I/O or clock."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from opsledger import catalog, strict_json
from opsledger.catalog.content import Seen
from opsledger.errors import (
    FieldError,
    MalformedContentError,
    OversizeError,
    UnknownStatusError,
    UnknownTypeError,
)
from opsledger.ledger.record import Record, Transition

if TYPE_CHECKING:
    from opsledger.catalog import EventSpec
    from opsledger.catalog.content import Reading
    from opsledger.intake.envelope import Delivery

KEY_DIGITS = 16
MAX_CONTENT_BYTES = 1_000_000
"""A Tablestore cell holds 2 MB; EventBridge lets through 64 KB (256 KB by newer pages). Twice what any event is."""
MAX_DETAIL = 500
"""Characters of one detail: a record keeps those of a hundred transitions in one cell, the ledger the whole content."""


class Notification(NamedTuple):
    """One event, understood: a record with exactly one transition, and what the ledger keeps beside it.

    Attributes:
        record: what this notification alone says of its thing; joining it to a stored record applies it.
        transition: that record's one transition.
        digest: the same for every delivery that says the same, however it was wrapped.
        written: the transition as JSON text.
        content: the content as received, as JSON text.
    """

    record: Record
    transition: Transition
    written: str
    digest: str
    content: str
    form: str

    @property
    def resource(self) -> str:
        """The ledger's partition: `ecs:instance:i-…`."""
        return f"{self.record.product}:{self.record.resource_type}:{self.record.resource_id}"


def read(delivery: Delivery) -> Notification:
    """The notification in `delivery`.

    Raises:
        UnknownTypeError: the catalogue has no such type.
        MalformedContentError: the content is not what the type's model says; all errors, with paths.
        UnknownStatusError: the status is none of the kind's lifecycle.
        OversizeError: the content is larger than a ledger row may be.
    """
    type_ = catalog.of_raw(delivery.content) if delivery.type is None else delivery.type
    spec, suffix = catalog.find(type_)
    reading = _read_content(spec, delivery, suffix)
    status_known(spec, reading, delivery)
    content = strict_json.write_in_order(delivery.content)
    if len(content) > MAX_CONTENT_BYTES or len(content.encode()) > MAX_CONTENT_BYTES:
        raise OversizeError(f"the content is longer than {MAX_CONTENT_BYTES} bytes")
    transition = _transition(spec, reading, delivery)
    record = _record(spec, reading, delivery, transition)
    written = transition.written()
    said = f"{strict_json.write_in_order([record.key, record.account, record.region])[:-1]},{written}]"
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Notification(record, transition, written, digest, content, delivery.form)


def status_known(spec: EventSpec, reading: Reading, delivery: Delivery) -> None:
    """Refuse a status that the lifecycle does not have.

    Raises:
        UnknownStatusError: with the path of the content.
    """
    if reading.status not in spec.kind.lifecycle.moves:
        known = ", ".join(spec.kind.lifecycle.moves)
        raise UnknownStatusError(
            f"{spec.type} has no status {reading.status[:64]!r}",
            [
                FieldError(
                    _path(delivery, spec.content.status_field),
                    f"the status {reading.status[:64]!r} is none of: {known}",
                )
            ],
        )


def _read_content(spec: EventSpec, delivery: Delivery, suffix: str | None) -> Reading:
    try:
        content = spec.content.model_validate(delivery.content)
        reading = content.read(Seen(delivery.at, suffix, spec.templates, spec.word))
    except ValidationError as error:
        errors = [FieldError(_path(delivery, *e["loc"]), _message(e["msg"])) for e in error.errors()]
        raise MalformedContentError(f"{spec.type}: {_summary(errors)}", errors) from None
    except (MalformedContentError, UnknownTypeError) as error:
        errors = [FieldError(_path(delivery, e.path), e.message) for e in error.errors]
        raise type(error)(f"{spec.type}: {error}", errors) from None
    if reading.at is None and delivery.time_error is not None:
        # The content does not say when it happened, and what the envelope says cannot be read.
        raise MalformedContentError(f"{spec.type}: {delivery.time_error.message}", [delivery.time_error])
    return reading


def _transition(spec: EventSpec, reading: Reading, delivery: Delivery) -> Transition:
    anomalies = [*reading.anomalies]
    if delivery.time_error is not None:
        anomalies.append("unreadable_time")
    if spec.statuses and reading.status not in spec.statuses:
        anomalies.append("undocumented_status")
    distinct = strict_json.write_in_order([reading.status, *reading.distinct])
    return Transition(
        key=hashlib.sha256(distinct.encode()).hexdigest()[:KEY_DIGITS],
        status=reading.status,
        type=spec.type,
        severity=spec.levels.get(reading.status, spec.level),
        at=reading.at,
        not_before=reading.not_before,
        due=reading.due,
        notice=reading.notice,
        started_at=reading.started_at,
        finished_at=reading.finished_at,
        count=reading.count,
        last_at=reading.last_at,
        detail={name: text[:MAX_DETAIL] for name, text in reading.detail.items()},
        anomalies=tuple(sorted(set(anomalies))) if anomalies else (),
    )


def _record(spec: EventSpec, reading: Reading, delivery: Delivery, transition: Transition) -> Record:
    return Record(
        key=f"{spec.kind.record_prefix}:{reading.thing}",
        kind=spec.kind.name,
        product=spec.kind.product,
        resource_type=spec.kind.resource_type,
        resource_id=reading.resource_id,
        account=delivery.account,
        region=delivery.region,
        transitions={transition.key: transition},
        first_at=transition.at,
    )


def _path(delivery: Delivery, *parts: str | int) -> str:
    return ".".join(str(part) for part in (delivery.path, *parts) if part != "")


def _message(text: str) -> str:
    return text.removeprefix("Value error, ")


def _summary(errors: list[FieldError]) -> str:
    return "; ".join(f"{path}: {message}" for path, message in errors)
