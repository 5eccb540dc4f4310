"""A message as XML: read from a request, written into an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns.attributes import (
    DEFAULT_PRIORITY,
    DELAY,
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    Limits,
    number,
)
from yunmock.mns.documents import is_writable, local_name, texts
from yunmock.mns.errors import MnsError, not_supported, out_of_range
from yunmock.mns.model import NewMessage
from yunmock.mns.receipt import write_handle

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as XmlElement

    from yunmock.mns.documents import Element
    from yunmock.mns.model import MessageQueue, Properties, QueueMessage

PROPERTIES = {"UserProperties": "PropertyValue", "SystemProperties": "SystemPropertyValue"}
"""The elements that hold a message's properties, and the element of each."""
PROPERTY = ("Name", "Value", "Type")
TEXTS = ("MessageBody", "DelaySeconds", "Priority", "MessageGroupId")

_PRIORITY = Limits(HIGHEST_PRIORITY, LOWEST_PRIORITY, DEFAULT_PRIORITY)


def read_message(element: XmlElement) -> NewMessage:
    """A message to be sent.

    Raises:
        MnsError: InvalidArgument.
    """
    properties = tuple(found for child in list(element) if local_name(child) in PROPERTIES for found in _read(child))
    for child in [child for child in element if local_name(child) in PROPERTIES]:
        element.remove(child)
    given = texts(element, TEXTS)
    if given.get("MessageGroupId"):
        raise not_supported("MessageGroupId", "it has no FIFO queues")
    delay, priority = given.get("DelaySeconds"), given.get("Priority")
    return NewMessage(
        given.get("MessageBody", ""),
        None if delay is None else number("DelaySeconds", delay.strip(), DELAY),
        DEFAULT_PRIORITY if priority is None else number("Priority", priority.strip(), _PRIORITY),
        properties,
    )


def check_size(queue: MessageQueue, new: NewMessage) -> None:
    """Check that a message fits into a queue.

    Raises:
        MnsError: InvalidArgument for a body that is empty or too large, MalformedXML for one that XML cannot hold.
    """
    highest = queue.attributes["MaximumMessageSize"]
    if not is_writable(new.body):
        raise MnsError("MalformedXML")
    if not 1 <= len(new.body.encode()) <= highest:
        raise out_of_range("MessageBody", 1, highest)


def peeked(message: QueueMessage) -> list[Element]:
    """What PeekMessage answers of a message."""
    return [
        ("MessageId", message.id),
        ("MessageBodyMD5", message.body_md5),
        ("MessageBody", message.body),
        ("EnqueueTime", message.sent_ms),
        ("FirstDequeueTime", message.first_ms),
        ("DequeueCount", message.received),
        ("Priority", message.priority),
        *_written(message.properties),
    ]


def received(message: QueueMessage) -> list[Element]:
    """What ReceiveMessage answers of a message."""
    return [("ReceiptHandle", write_handle(message)), ("NextVisibleTime", message.visible_ms), *peeked(message)]


def _read(element: XmlElement) -> Properties:
    holder = local_name(element)
    found = []
    for child in element:
        if local_name(child) != PROPERTIES[holder]:
            raise MnsError("InvalidArgument", local_name(child)[:100])
        given = texts(child, PROPERTY)
        found.append((holder, *(given.get(name, "") for name in PROPERTY)))
    return tuple((holder, name, value, kind) for holder, name, value, kind in found)


def _written(properties: Properties) -> list[Element]:
    rows: list[Element] = []
    for holder, inner in PROPERTIES.items():
        own: list[Element] = [
            (inner, [("Name", name), ("Value", value), ("Type", kind)])
            for held_by, name, value, kind in properties
            if held_by == holder
        ]
        rows += [(holder, own)] if own else []
    return rows
