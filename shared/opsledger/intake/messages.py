"""Messages of queues and topics, with an event as their body: as a CloudEvent's data, or alone (`RawData`).

Sources: help.aliyun.com/zh/functioncompute, formats of `event` for triggers of SMQ (MNS), Kafka, RocketMQ and RabbitMQ;
help.aliyun.com/zh/mns, JSON notifications of a topic. An event stream of SMQ encodes bodies in base64 unless
`IsBase64Decode` is set. A dead letter of EventBridge is the event itself as such a message
(alibabacloud.com/help/en/eventbridge/user-guide/retry-and-dead-letter).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import UnknownEnvelopeError
from opsledger.intake.delivery import Form, Outer, Part, Wrapper
from opsledger.intake.fields import from_base64, moment, note
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.strict_json import JsonObject, JsonValue

_JSON_STARTS = ("{", "[", '"')
_ENCODINGS = 2
"""How often a body may be encoded in base64: an SDK of SMQ encodes it, and an event stream encodes it again."""


class MessageFormat(NamedTuple):
    """One service's message.

    Attributes:
        form and route: as a `Form` has them.
        body: the field with the event.
        marks: the message has at least one of these fields.
        id: the field with the message's id; empty if there is none.
        sent: the field with the moment at which it was sent; empty if there is none.
    """

    form: str
    route: str
    body: str
    marks: tuple[str, ...]
    id: str = ""
    sent: str = ""


FORMATS = (
    MessageFormat(
        "smq",
        "a queue of SMQ (MNS), through an event stream; dead letters of EventBridge",
        "messageBody",
        ("messageBody",),
        "messageId",
    ),
    MessageFormat(
        "smq-topic",
        "a topic of SMQ (MNS)",
        "Message",
        ("TopicName", "TopicOwner", "SubscriptionName"),
        "MessageId",
        "PublishTime",
    ),
    MessageFormat(
        "kafka", "a topic of Kafka, through an event stream", "value", ("topic", "partition", "offset"), "", "timestamp"
    ),
    MessageFormat(
        "rocketmq",
        "a topic of RocketMQ, through an event stream",
        "body",
        ("systemProperties", "userProperties", "topic"),
        "",
        "bornTimestamp",
    ),
    MessageFormat("rabbitmq", "a queue of RabbitMQ, through an event stream", "body", ("props", "envelope")),
)


def body_parts(body: JsonValue, steps: tuple[str | int, ...]) -> Sequence[Part]:
    """The events in a body: an object, an array of them, or the text of either, which may be encoded in base64.

    Raises:
        UnknownEnvelopeError: the body is empty.
    """
    if isinstance(body, list):
        return [Part(item, (*steps, index)) for index, item in enumerate(body)]
    if body is None or (isinstance(body, str) and not body.strip()):
        raise UnknownEnvelopeError(f"{'.'.join(map(str, steps))} is empty")
    return (Part(_decoded(body), steps),)


def _decoded(body: JsonValue) -> JsonValue | bytes:
    """What a text in base64 encodes; anything else as it is: text that is not JSON is refused as such."""
    found: JsonValue | bytes = body
    for _ in range(_ENCODINGS):
        if not isinstance(found, str) or found.lstrip().startswith(_JSON_STARTS):
            break
        try:
            decoded = from_base64(found)
        except ValueError:
            break
        found = decoded.decode("ascii") if decoded.isascii() else decoded
    return found.encode() if isinstance(found, str) and found is not body else found


def _matches(message: MessageFormat, value: JsonObject) -> bool:
    if message.body not in value:
        return False
    return len(value) == 1 or any(mark in value for mark in message.marks)


def _open(message: MessageFormat, value: JsonObject) -> Wrapper:
    sent = moment(value.get(message.sent))
    outer = Outer(envelope=Envelope(id=note(value.get(message.id)), published_at=sent))
    return Wrapper(message.form, body_parts(value[message.body], (message.body,)), outer)


def _form(message: MessageFormat) -> Form:
    marks = ", ".join(f"`{mark}`" for mark in message.marks if mark != message.body)
    recognised = f"`{message.body}`" + (f" with one of {marks}" if marks else "")
    recognised += ", or alone" if marks else ""
    return Form(message.form, message.route, recognised, partial(_matches, message), partial(_open, message))


WRAPPERS = tuple(map(_form, FORMATS))
