"""A CloudEvent on its way in: read from one of the three bindings, checked, and stamped by the bus.

Attributes and limits: https://help.aliyun.com/document_detail/163289.html and
https://help.aliyun.com/en/eventbridge/putevents (the older, smaller numbers, so that what passes here passes there);
how a size is counted: https://www.alibabacloud.com/help/en/eventbridge/use-cases/calculate-the-size-of-events-published-by-putevents.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.exact_json import read_json, write_json
from yunmock.json_types import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account
    from yunmock.http import Request
    from yunmock.json_types import JsonValue

Event = JsonObject
"""A CloudEvent as JSON, with its data inline."""

MAX_EVENTS = 16
MAX_EVENT_BYTES = 64 * 1024
MAX_REQUEST_BYTES = 256 * 1024
TIME_BYTES = 36
JSON_TYPES = ("application/json", "text/json", "")
BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
BUS_ATTRIBUTE = "aliyuneventbusname"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}")
_EXTENSION = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What one attribute of a CloudEvent must be, and the error when it is not."""

    error: str
    valid: Callable[[JsonValue], bool]
    required: bool = True


def _text(limit: int) -> Callable[[JsonValue], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= limit


ATTRIBUTES: dict[str, Attribute] = {
    "id": Attribute("EventIdInvalid", lambda value: isinstance(value, str) and bool(_ID.fullmatch(value))),
    "source": Attribute("EventSourceInvalid", _text(128)),
    "type": Attribute("EventTypeInvalid", _text(64)),
    "subject": Attribute("EventSubjectInvalid", _text(512), required=False),
    "time": Attribute("EventTimeInvalid", _text(64), required=False),
    "specversion": Attribute("EventSpecversionInvalid", lambda value: value in ("1.0", "0.3")),
    "dataschema": Attribute("EventInvalid", _text(512), required=False),
}
PAYLOAD = frozenset({"data", "data_base64", "datacontenttype"})


def read_entries(request: Request) -> list[JsonValue]:
    """The events of a PutEvents request, in the binding that the request uses.

    Raises:
        EventBridgeError: the body is not what its content type says.
    """
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media == STRUCTURED:
        return [_json(request.body)]
    if media == BATCH:
        return _batch(_json(request.body))
    if "ce-specversion" in request.headers:
        return [_binary(request)]
    if media in JSON_TYPES:
        body = _json(request.body)
        return [body] if isinstance(body, dict) else _batch(body)
    raise EventBridgeError("EventContentTypeInvalid", media, f"{BATCH}, {STRUCTURED}, application/json")


def checked(entry: JsonValue, data_bytes: int) -> Event:
    """One event, valid and with its data inline; `data_bytes` is the size of its data.

    If `data_base64` holds JSON, it becomes `data`; otherwise it stays. What the real bus does is not documented.

    Raises:
        EventBridgeError: the first error found.
    """
    if not isinstance(entry, dict):
        raise EventBridgeError("EventInvalid", "an event must be a JSON object")
    event: Event = {
        key: value for key, value in entry.items() if value is not None and (key, value) != ("extensions", {})
    }
    event.setdefault("specversion", "1.0")
    _check_size(attributes_bytes(event) + data_bytes)
    if not event.get("id"):
        raise EventBridgeError("EventIdEmpty")
    for name, attribute in ATTRIBUTES.items():
        if (attribute.required or name in event) and not attribute.valid(event.get(name)):
            raise EventBridgeError(attribute.error, event.get(name, ""))
    for name in event.keys() - ATTRIBUTES.keys() - PAYLOAD:
        _check_extension(name, event[name])
    return _with_data(event)


def stamped(event: Event, account: Account, bus: str, now_ms: int) -> Event:
    """The event as targets receive it: with the attributes that the bus adds."""
    published = datetime.fromtimestamp(now_ms / 1000, tz=timezone.utc).isoformat(timespec="milliseconds")
    published = published.replace("+00:00", "Z")
    added = {
        "aliyunaccountid": account.account_id,
        "aliyunpublishtime": published,
        "aliyuneventbusname": bus,
        "aliyunregionid": account.region,
        "aliyunpublishaddr": "127.0.0.1",
    }
    data: Event = {key: event[key] for key in ("data", "data_base64") if key in event}
    attributes = {key: value for key, value in event.items() if key not in data}
    attributes.setdefault("time", published)
    attributes.setdefault("aliyunoriginalaccountid", account.account_id)
    attributes.setdefault("datacontenttype", "application/json;charset=utf-8")
    return {**attributes, **added, **data}


def attributes_bytes(entry: JsonValue) -> int:
    """Bytes that an event's attributes count for, 36 of them for the time."""
    if not isinstance(entry, dict):
        return 0
    uncounted = ("data", "data_base64", "time")
    return TIME_BYTES + sum([len(str(value).encode()) for key, value in entry.items() if key not in uncounted])


def data_bytes(entry: JsonValue) -> int:
    """Bytes that an event's data counts for; of what is not an event, all of it."""
    if not isinstance(entry, dict):
        return len(write_json(entry).encode())
    if entry.get("data_base64") is not None:
        return len(str(entry["data_base64"]).rstrip("=")) * 3 // 4
    data = entry.get("data")
    return len((data if isinstance(data, str) else write_json(data)).encode())


def _check_size(counted: int) -> None:
    if counted > MAX_EVENT_BYTES:
        raise EventBridgeError("EventSizeExceed", counted, MAX_EVENT_BYTES)


def _check_extension(name: str, value: JsonValue) -> None:
    if not _EXTENSION.fullmatch(name):
        raise EventBridgeError("EventExtensionsAttributeInvalid", f"{name}: lower-case letters and digits only")
    if isinstance(value, (dict, list)):
        raise EventBridgeError("EventExtensionsAttributeInvalid", f"{name}: not a single value")


def _with_data(event: Event) -> Event:
    media = str(event.get("datacontenttype", "")).split(";")[0].strip().lower()
    if media not in JSON_TYPES:
        raise EventBridgeError("EventContentTypeInvalid", media, "application/json, text/json")
    if "data" in event and "data_base64" in event:
        raise EventBridgeError("EventInvalid", "data and data_base64 exclude each other")
    if "data" in event:
        return event
    if not event.get("data_base64"):
        raise EventBridgeError("EventDataEmpty")
    return _decoded(event)


def _decoded(event: Event) -> Event:
    try:
        raw = base64.b64decode(str(event["data_base64"]), validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise EventBridgeError("EventInvalid", "data_base64 is not base64") from None
    try:
        data = read_json(raw)
    except ValueError:
        return event
    return {**{key: value for key, value in event.items() if key != "data_base64"}, "data": data}


def _batch(body: JsonValue) -> list[JsonValue]:
    if not isinstance(body, list) or not body:
        raise EventBridgeError("JsonAttributeInvalid", "a batch must be a JSON array of events")
    return body


def _binary(request: Request) -> Event:
    """The binary binding: attributes in ce-* headers, the body is the data."""
    event: Event = {key[3:]: value for key, value in request.headers.items() if key.startswith("ce-")}
    event["datacontenttype"] = request.headers.get("content-type", "application/json")
    event["data_base64"] = base64.b64encode(request.body).decode()
    return event


def _json(body: bytes) -> JsonValue:
    try:
        return read_json(body)
    except ValueError as error:
        raise EventBridgeError("JsonAttributeInvalid", str(error)[:200]) from None
