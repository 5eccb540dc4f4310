"""What Function Compute itself wraps: HTTP requests, records of asynchronous invocations, and timers.

Sources: help.aliyun.com/zh/functioncompute (HTTP triggers of built-in runtimes, timer triggers) and
alibabacloud.com/help/en/functioncompute/result-callback (what a destination receives).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from opsledger.errors import FieldError, MalformedContentError, UnknownEnvelopeError
from opsledger.intake.delivery import Form, Outer, Part, Wrapper
from opsledger.intake.fields import arn_parts, from_base64, inner_object, moment, note
from opsledger.intake.messages import body_parts
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

_REQUEST_MARKS = ("headers", "rawPath", "isBase64Encoded")
_MAX_FORM_FIELDS = 100
_CLOUDEVENT_HEADER = "ce-"
"""CloudEvents' HTTP binding in binary mode: the attributes are headers, and the body is the data."""


# ------------------------------------------------------------------------------------------------- HTTP triggers
def _matches_http(value: JsonObject) -> bool:
    return "body" in value and any(mark in value for mark in _REQUEST_MARKS)


def _open_http(value: JsonObject) -> Wrapper:
    body = value["body"]
    if body is None or body == "":
        raise UnknownEnvelopeError("an HTTP request without a body")
    if value.get("isBase64Encoded") is True:
        body = _decoded(body)
    headers = {name.lower(): text for name, text in inner_object(value, "headers").items() if isinstance(text, str)}
    context = inner_object(value, "requestContext")
    sent = moment(context.get("timeEpoch")) or moment(context.get("time"))
    outer = Outer(account=note(context.get("accountId")), envelope=Envelope(published_at=sent))
    if f"{_CLOUDEVENT_HEADER}type" in headers:
        return Wrapper("http", (Part(_cloudevent(headers, body), ("body",)),), outer)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Wrapper("http", (Part(_fields(body), ("body",)),), outer)
    parts = (Part(body, ("body",)),) if isinstance(body, bytes) else body_parts(body, ("body",))
    return Wrapper("http", parts, outer)


def _decoded(body: JsonValue) -> bytes:
    try:
        return from_base64(body)
    except ValueError:
        raise MalformedContentError("the body is not base64", [FieldError("body", "is not base64")]) from None


def _cloudevent(headers: dict[str, str], body: JsonValue | bytes) -> JsonObject:
    named = {name.removeprefix(_CLOUDEVENT_HEADER): text for name, text in headers.items() if name[:3] == "ce-"}
    return {**named, "data": body.decode(errors="surrogateescape") if isinstance(body, bytes) else body}


def _fields(body: JsonValue | bytes) -> JsonObject:
    """The fields of a form, each as text."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        if isinstance(text, str):
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS))
    except ValueError:
        pass
    raise MalformedContentError("the body is no form", [FieldError("body", "is not form-urlencoded")])


# ------------------------------------------------------------------------------------------------- destinations
def _matches_destination(value: JsonObject) -> bool:
    return "requestPayload" in value and ("requestContext" in value or "responseContext" in value)


def _open_destination(value: JsonObject) -> Wrapper:
    """The event that the invocation was for; its function is in the event's account and region."""
    context = inner_object(value, "requestContext")
    region, account, _ = arn_parts(note(context.get("functionArn")))
    envelope = Envelope(id=note(context.get("requestId")), published_at=moment(value.get("timestamp")))
    parts = body_parts(value["requestPayload"], ("requestPayload",))
    return Wrapper("fc-destination", parts, Outer(account, region, envelope=envelope))


# ------------------------------------------------------------------------------------------------------- timers
def _matches_timer(value: JsonObject) -> bool:
    return "triggerTime" in value and "triggerName" in value


def _refuse_timer(value: JsonObject) -> NoReturn:
    name = note(value["triggerName"])
    raise UnknownEnvelopeError(f"a run of the timer trigger {name!r}, which carries no event")


WRAPPERS = (
    Form(
        "fc-destination",
        "the record of an asynchronous invocation, sent to its destination",
        "`requestPayload` with `requestContext`",
        _matches_destination,
        _open_destination,
    ),
    Form(
        "http",
        "a request to an HTTP trigger",
        "`body` with `headers`, `rawPath` or `isBase64Encoded`",
        _matches_http,
        _open_http,
    ),
)
TIMER = Form(
    "timer",
    "a timer trigger; refused, because it carries no event",
    "`triggerTime` and `triggerName`",
    _matches_timer,
    _refuse_timer,
)
