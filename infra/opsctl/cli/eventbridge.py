"""Events onto the local bus through the vendor's SDK, and what each rule and function made of them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent, Config

from opsctl.cli.local import endpoint
from opsledger import catalog, strict_json, timestamps
from opsledger.errors import BadEventError, UnknownTypeError
from opsledger.intake import envelope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yunmock import Cloud
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.eventbridge.trace import Attempt, EventTrace, Judgement

BUS = "default"
PUT_EVENTS_ENTRIES = 16
"""EventBridge's limit of one PutEvents call."""
PUT_EVENTS_BYTES = 200_000
"""Below the limit of a call's body by either of the vendor's pages (256 KB)."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}", re.ASCII)
_ATTRIBUTES = ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time")


@dataclass(slots=True)
class Published:
    """One event and what became of it.

    Attributes:
        note: what had to be done to it before it could be published.
        error: why it could not be published.
        accepted: whether EventBridge took it.
        rules: per rule, whether it matched, why not, and what each function answered.
    """

    source: str
    id: str = ""
    type: str = ""
    note: str = ""
    error: str = ""
    accepted: bool = False
    rules: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {n: getattr(self, n) for n in ("source", "id", "type", "note", "error", "rules") if getattr(self, n)}


def read_events(text: str, source: str) -> Iterator[tuple[Published, dict[str, Any] | None]]:
    """Every event in a file, as the CloudEvent to publish; None where there is none to be had, with the error told."""
    try:
        value = strict_json.read(text)
    except BadEventError as error:
        yield Published(source, error=f"{error}; only `invoke` takes what is not JSON"), None
        return
    elements = value if isinstance(value, list) else [value]
    for number, element in enumerate(elements, start=1):
        told = Published(source if len(elements) == 1 else f"{source}[{number}]")
        try:
            event, told.note = as_cloudevent(element)
            told.id, told.type = str(event.get("id", "")), str(event.get("type", ""))
        except BadEventError as error:
            told.error = str(error)
            yield told, None
        else:
            yield told, event


def as_cloudevent(value: Any) -> tuple[dict[str, Any], str]:
    """`value` as the CloudEvent that the product itself would publish, and a note if it was in another form.

    Raises:
        BadEventError: it is no event of a form or type that is known.
    """
    if isinstance(value, str):
        value = strict_json.read(value)
    if isinstance(value, dict) and "specversion" in value:
        return value, ""
    opened = envelope.open_element(value, plain=False)
    if opened.form == "cloudevent":
        return dict(value), ""
    return _wrapped(opened, value), f"{opened.form} form, published as the CloudEvent of the same content"


def _wrapped(opened: envelope.Delivery, value: Any) -> dict[str, Any]:
    type_ = opened.type or catalog.of_raw(opened.content)
    with suppress(UnknownTypeError):  # an unknown type is published all the same: what becomes of it is the story
        type_ = catalog.find(type_)[0].type  # no status suffix in a CloudEvent's type
    product = type_.partition(":")[0]
    digest = hashlib.sha256(strict_json.write(value).encode()).hexdigest()[:32]
    claimed = value.get("id") if isinstance(value, dict) else None
    event = {
        "id": f"{claimed[:90]}-{digest[:8]}" if isinstance(claimed, str) and _ID.fullmatch(claimed) else digest,
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


def publish(cloud: Cloud, events: Iterable[tuple[Published, dict[str, Any] | None]]) -> Iterator[Published]:
    """Put the events on the local bus and tell of each what became of it, in order."""
    client = Client(
        Config(
            access_key_id=cloud.account.access_key_id,
            access_key_secret=cloud.account.access_key_secret,
            endpoint=endpoint(cloud, "eventbridge"),
        )
    )
    for told in put(client, events, BUS):
        if told.accepted:
            told.rules = [_rule(judged) for judged in _trace(cloud, told.id).rules]
        yield told


def put(client: Client, events: Iterable[tuple[Published, dict[str, Any] | None]], bus: str) -> Iterator[Published]:
    """Put the events on a bus, sixteen a call, and tell of each whether it was accepted, in order."""
    batch: list[tuple[Published, dict[str, Any] | None]] = []
    size = 0
    for told, event in events:
        weight = len(json.dumps(event))
        if batch and (len(batch) == PUT_EVENTS_ENTRIES or size + weight > PUT_EVENTS_BYTES):
            yield from _put(client, batch, bus)
            batch, size = [], 0
        batch.append((told, event))
        size += weight
    yield from _put(client, batch, bus)


def _put(client: Client, batch: list[tuple[Published, dict[str, Any] | None]], bus: str) -> Iterator[Published]:
    sent = []
    for told, event in batch:
        if event is not None:
            try:
                model = _model(event, bus)
                model.validate()
                sent.append((told, model))
            except Exception as error:  # noqa: BLE001 - the SDK raises bare exceptions of many kinds for a bad event
                told.error = f"the SDK refuses it: {error}"
    if sent:
        answer = client.put_events([model for _, model in sent])
        for (told, _), entry in zip(sent, answer.entry_list, strict=True):
            told.accepted = entry.error_code in (None, "", "Success")
            if not told.accepted:
                told.error = f"{entry.error_code}: {entry.error_message}"
    yield from (told for told, _ in batch)


def _model(event: dict[str, Any], bus: str) -> CloudEvent:
    extensions = {n: v for n, v in event.items() if n not in (*_ATTRIBUTES, "data", "data_base64")}
    encoded = "data_base64" in event
    data = base64.b64decode(event["data_base64"]) if encoded else json.dumps(event.get("data")).encode()
    attributes = {n: event.get(n) for n in _ATTRIBUTES}
    if not encoded:  # the SDK sends base64 for every other content type
        attributes["datacontenttype"] = "application/json"
    return CloudEvent(**attributes, data=data, extensions={"aliyuneventbusname": bus, **extensions})


def _trace(cloud: Cloud, event_id: str) -> EventTrace:
    return cast("EventBridgeService", cloud.services["eventbridge"]).traces.of_event(BUS, event_id)[-1]


def _rule(judged: Judgement) -> dict[str, Any]:
    told: dict[str, Any] = {"rule": judged.rule, "matched": judged.matched}
    if not judged.matched:
        told["reasons"] = list(judged.reasons)
    told["deliveries"] = [
        {
            "target": d.endpoint.rpartition("/")[2],
            "state": d.state,
            "attempts": [_attempt(a) for a in d.attempts],
        }
        for d in judged.deliveries
    ]
    return told


def _attempt(attempt: Attempt) -> dict[str, Any]:
    # An asynchronous invocation is delivered once it is accepted; `error` tells how it went on from there.
    return {"ok": attempt.ok and not attempt.error, "result": _json(attempt.response), "error": attempt.error}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None
