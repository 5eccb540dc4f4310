"""Read events in any form, and make of each the CloudEvent that the product would publish."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsledger import catalog, strict_json, timestamps
from opsledger.errors import BadEventError, UnknownTypeError
from opsledger.intake import envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Read every event in a file's text: one, or a list of them."""
    try:
        value = strict_json.read(text)
    except BadEventError as error:
        yield Publication(source, error=f"{error}; only `invoke` takes a payload that is not JSON")
        return
    elements = value if isinstance(value, list) else [value]
    for number, element in enumerate(elements, start=1):
        yield _publication(element, source if len(elements) == 1 else f"{source}[{number}]")


def _publication(element: JsonValue, source: str) -> Publication:
    try:
        event, note = as_cloudevent(element)
    except BadEventError as error:
        return Publication(source, error=str(error))
    return Publication(source, event, note)


def as_cloudevent(value: JsonValue) -> tuple[JsonObject, str]:
    """Return `value` as the CloudEvent that the product itself would publish, and a note if it had another form.

    Raises:
        BadEventError: the form is not known.
    """
    if isinstance(value, str):
        value = strict_json.read(value)
    if isinstance(value, dict) and "specversion" in value:
        return value, ""
    opened = envelope.open_element(value, plain=False)
    if opened.form == "cloudevent" and isinstance(value, dict):
        return dict(value), ""
    return _wrapped(opened, value), f"{opened.form} form, published as the CloudEvent with the same content"


def _wrapped(opened: envelope.Delivery, value: JsonValue) -> JsonObject:
    type_ = opened.type or catalog.of_raw(opened.content)
    with suppress(UnknownTypeError):  # an unknown type is published too: its way to quarantine is worth seeing
        type_ = catalog.find(type_)[0].type  # a CloudEvent's type has no status suffix
    product = type_.partition(":")[0]
    digest = hashlib.sha256(strict_json.write(value).encode()).hexdigest()[:32]
    given = value.get("id") if isinstance(value, dict) else None
    event: dict[str, JsonValue] = {
        "id": f"{given[:90]}-{digest[:8]}" if isinstance(given, str) and _ID.fullmatch(given) else digest,
        "source": f"acs.{product}",
        "specversion": "1.0",
        "type": type_,
        "datacontenttype": "application/json",
        "data": dict(opened.content),
    }
    if opened.at is not None:
        event["time"] = timestamps.show(opened.at)
    if opened.account is not None:
        event["aliyunoriginalaccountid"] = opened.account
    return event
