"""Read events in any form, and make of each the CloudEvent that the product would publish."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsledger import catalog, strict_json, timestamps
from opsledger.deadline import SystemClock
from opsledger.errors import BadEventError, UnknownTypeError
from opsledger.intake.understand import Refused, understand_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.intake.delivery import Delivery
    from opsledger.intake.understand import Understood
    from opsledger.strict_json import JsonObject, JsonValue
    from yunmock.eventbridge.trace import Judgement

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}", re.ASCII)


@dataclass(slots=True)
class Publication:
    """One event to publish and, once it is published, the result.

    Attributes:
        source: the file's name, with the event's position where there are several.
        event: the CloudEvent; None if there is none, and `error` says why.
        note: how the event was changed before it could be published.
        error: why it could not be published.
        accepted: whether EventBridge accepted it.
        rules: on the local cloud, each rule's verdict and each function's answer.
    """

    source: str
    event: JsonObject | None = None
    note: str = ""
    error: str = ""
    accepted: bool = False
    rules: tuple[Judgement, ...] = ()

    @property
    def id(self) -> str:
        """The event's id; empty if it has none."""
        return self._attribute("id")

    @property
    def type(self) -> str:
        """The event's type; empty if it has none."""
        return self._attribute("type")

    def _attribute(self, name: str) -> str:
        return str(self.event.get(name, "")) if self.event is not None else ""


def read_events(text: str, source: str) -> Iterator[Publication]:
    """Read every event in a file's text: one, a list of them, or what a wrapper holds."""
    try:
        strict_json.read(text)
    except BadEventError as error:
        yield Publication(source, error=f"{error}; only `invoke` takes a payload that is not JSON")
        return
    events = understand_each(text, SystemClock().now_ms())
    for number, event in enumerate(events, start=1):
        yield _publication(event, source if len(events) == 1 else f"{source}[{number}]")


def _publication(understood: Understood, source: str) -> Publication:
    try:
        event, note = as_cloudevent(understood)
    except BadEventError as error:
        return Publication(source, error=str(error))
    return Publication(source, event, note)


def as_cloudevent(understood: Understood) -> tuple[JsonObject, str]:
    """Return the event as the CloudEvent that the product itself would publish, and a note if it had another form.

    Raises:
        BadEventError: it has no form that can be opened.
    """
    delivery, value = understood.delivery, understood.element
    if isinstance(value, str | bytes):
        value = strict_json.read(value)
    if isinstance(value, str):
        value = strict_json.read(value)
    if isinstance(value, dict) and "specversion" in value:
        # Also one that is refused: its way to quarantine is worth seeing.
        return value, ""
    if delivery is None:
        assert isinstance(understood.result, Refused)
        raise understood.result.error
    if delivery.form == "cloudevent" and isinstance(value, dict):
        return dict(value), ""
    form = " in ".join((delivery.form, *reversed(delivery.via)))
    return _wrapped(delivery, value), f"{form} form, published as the CloudEvent with the same content"


def _wrapped(delivery: Delivery, value: JsonValue) -> JsonObject:
    type_ = delivery.type or catalog.of_raw(delivery.content)
    with suppress(UnknownTypeError):  # an unknown type is published too: its way to quarantine is worth seeing
        type_ = catalog.find(type_)[0].type  # a CloudEvent's type has no status suffix
    product = type_.partition(":")[0]
    digest = hashlib.sha256(strict_json.write(value).encode()).hexdigest()[:32]
    given = delivery.envelope.id or ""
    event: dict[str, JsonValue] = {
        "id": f"{given[:90]}-{digest[:8]}" if _ID.fullmatch(given) else digest,
        "source": f"acs.{product}",
        "specversion": "1.0",
        "type": type_,
        "datacontenttype": "application/json",
        "data": dict(delivery.content),
    }
    if delivery.at is not None:
        event["time"] = timestamps.show(delivery.at)
    if delivery.account is not None:
        event["aliyunoriginalaccountid"] = delivery.account
    return event
