"""Queues and messages as they are kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TypeAlias

from yunmock.mns.attributes import DEFAULT_PRIORITY

Properties: TypeAlias = "tuple[tuple[str, str, str, str], ...]"
"""The properties of a message: the element that holds each (UserProperties, SystemProperties), name, value and type."""


@dataclass(frozen=True, slots=True)
class MessageQueue:
    """A queue.

    Attributes:
        attributes: what a user sets, by the API's names; do not change it.
        created_s, modified_s: in seconds since the epoch.
    """

    region: str
    name: str
    attributes: dict[str, int]
    created_s: int
    modified_s: int

    @property
    def key(self) -> bytes:
        """The queue's key in its space, and the beginning of its messages' keys."""
        return queue_key(self.region, self.name)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be sent; `delay_s` None takes the queue's."""

    body: str
    delay_s: int | None = None
    priority: int = DEFAULT_PRIORITY
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message in a queue; times are in milliseconds since the epoch.

    Attributes:
        sequence: its number in the order of sending, over all queues.
        priority: 1 is received first, 16 last.
        visible_ms: from when on it can be received.
        first_ms: when it was first received; 0 if never.
        received: how many times it has been received.
    """

    id: str
    sequence: int
    body: str
    body_md5: str
    priority: int
    sent_ms: int
    visible_ms: int
    first_ms: int = 0
    received: int = 0
    properties: Properties = ()


def queue_key(region: str, name: str) -> bytes:
    """The key of a queue."""
    return f"{region}\0{name}".encode()


def encode_queue(queue: MessageQueue) -> bytes:
    """A queue as bytes."""
    return json.dumps(asdict(queue)).encode()


@lru_cache(maxsize=256)
def decode_queue(text: bytes) -> MessageQueue:
    """A queue from its bytes."""
    return MessageQueue(**json.loads(text))


def encode_message(message: QueueMessage) -> bytes:
    """A message as bytes."""
    return json.dumps(asdict(message)).encode()


def decode_message(text: bytes) -> QueueMessage:
    """A message from its bytes."""
    fields = json.loads(text)
    return QueueMessage(**{**fields, "properties": tuple(tuple(each) for each in fields["properties"])})
