"""What Simple Message Queue keeps: queues and their messages, by region.

A message's key begins with its queue, priority and the time from which it can be received. So finding the next message,
hiding it and finding it again by its handle cost the same in a short queue and in a long one.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.identifiers import new_uuid
from yunmock.mns.attributes import HIGHEST_PRIORITY, LOWEST_PRIORITY
from yunmock.mns.errors import MnsError
from yunmock.mns.model import (
    MessageQueue,
    NewMessage,
    QueueMessage,
    decode_message,
    decode_queue,
    encode_message,
    encode_queue,
    queue_key,
)
from yunmock.mns.receipt import read_handle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.storage import Space

LONGEST_WAIT_S = 1.0
"""A waiting receiver looks again after this time, because another process may have sent a message."""

_PLACE = struct.Struct(">BQQ")
_SENT = struct.Struct(">QQ")
_NUMBER = struct.Struct(">Q")
_COUNTER = b"message"


class MnsState:
    """The queues of one cloud.

    Attributes:
        account: whose queues these are.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.account = cloud.account
        self._clock, self._storage, self._listeners = cloud.clock, cloud.storage, cloud.on_message
        self._queues: Space[MessageQueue] = cloud.storage.space("mns.queue", encode_queue, decode_queue)
        self._messages: Space[QueueMessage] = cloud.storage.space("mns.message", encode_message, decode_message)
        self._sent: Space[bytes] = cloud.storage.space("mns.sent", bytes, bytes)
        self._counter: Space[bytes] = cloud.storage.space("mns.counter", bytes, bytes)
        self._changed = threading.Condition()
        self._changes = 0
        cloud.clock.moved.append(self._wake)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._storage.atomic()

    def now_ms(self) -> int:
        """The cloud's time in milliseconds."""
        return self._clock.now_ms()

    def find(self, region: str, name: str) -> MessageQueue | None:
        """The queue of this name, None if there is none."""
        return self._queues.get(queue_key(region, name))

    def queue(self, region: str, name: str) -> MessageQueue:
        """The queue of this name, without the messages whose retention has ended.

        Raises:
            MnsError: QueueNotExist.
        """
        found = self.find(region, name)
        if found is None:
            raise MnsError("QueueNotExist")
        self._expire(found)
        return found

    def queues(self, region: str, after: str = "") -> Iterator[MessageQueue]:
        """The queues of a region by name, those behind the name `after`."""
        start = queue_key(region, f"{after}\0" if after else "")
        return (queue for _, queue in self._queues.scan(start, f"{region}\1".encode()))

    def all_queues(self) -> list[MessageQueue]:
        """The queues of all regions."""
        return [queue for _, queue in self._queues.scan()]

    def peek(self, queue: MessageQueue, most: int) -> list[QueueMessage]:
        """The first messages of a queue by priority, those that are hidden too; they stay as they are."""
        found = self._messages.scan(queue.key + b"\0", queue.key + b"\1")
        return [message for _, message in itertools.islice(found, most)]

    def put_queue(self, queue: MessageQueue) -> None:
        """Add or replace a queue."""
        self._queues.put(queue.key, queue)

    def delete_queue(self, queue: MessageQueue) -> None:
        """Delete a queue with its messages."""
        with self._storage.atomic():
            self._queues.delete(queue.key)
            for space in (self._messages, self._sent):
                for key in [key for key, _ in space.scan(queue.key + b"\0", queue.key + b"\1")]:
                    space.delete(key)

    def send(self, queue: MessageQueue, new: NewMessage) -> QueueMessage:
        """Put a message into a queue."""
        now = self._clock.now_ms()
        delay_s = queue.attributes["DelaySeconds"] if new.delay_s is None else new.delay_s
        md5 = hashlib.md5(new.body.encode(), usedforsecurity=False).hexdigest().upper()
        with self._storage.atomic():
            number = self._next_number()
            visible = now + delay_s * 1000
            id_ = new_uuid().hex.upper()
            message = QueueMessage(id_, number, new.body, md5, new.priority, now, visible, properties=new.properties)
            self._put(queue, message)
        self._wake()
        for listener in list(self._listeners):
            listener(queue.region, queue.name, message.visible_ms)
        return message

    def active(self, queue: MessageQueue, limit: int) -> list[QueueMessage]:
        """The next messages that can be received, by priority and by how long they have been waiting."""
        end = self._clock.now_ms() + 1
        by_priority = (
            self._messages.scan(_place(queue, priority, 0, 0), _place(queue, priority, end, 0))
            for priority in range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1)
        )
        found = itertools.chain.from_iterable(by_priority)
        return [message for _, message in itertools.islice(found, limit)]

    def receive(self, queue: MessageQueue, limit: int) -> list[QueueMessage]:
        """Hide the next messages for the queue's visibility timeout, and return them as they are then."""
        with self._storage.atomic():
            return [self._received(queue, message) for message in self.active(queue, limit)]

    def by_handle(self, queue: MessageQueue, handle: str) -> QueueMessage:
        """The hidden message that a handle was issued for.

        Raises:
            MnsError: ReceiptHandleError, or MessageNotExist if the handle has ended.
        """
        receipt = read_handle(handle)
        message = self._messages.get(_place(queue, receipt.priority, receipt.visible_ms, receipt.sequence))
        if message is None or message.visible_ms <= self._clock.now_ms():
            raise MnsError("MessageNotExist")
        return message

    def hide(self, queue: MessageQueue, message: QueueMessage, seconds: int) -> QueueMessage:
        """Hide a message from now on for `seconds`; the message as it is then."""
        return self._move(queue, message, replace(message, visible_ms=self._clock.now_ms() + seconds * 1000))

    def remove(self, queue: MessageQueue, message: QueueMessage) -> None:
        """Delete a message."""
        with self._storage.atomic():
            self._messages.delete(_key(queue, message))
            self._sent.delete(_sent_key(queue, message))

    def messages(self, queue: MessageQueue) -> list[QueueMessage]:
        """All messages of a queue, those that are hidden too, in the order of sending."""
        found = [message for _, message in self._messages.scan(queue.key + b"\0", queue.key + b"\1")]
        return sorted(found, key=lambda message: message.sequence)

    def counts(self, queue: MessageQueue) -> Counter[str]:
        """How many messages are active, inactive (received) and delayed, by the API's names."""
        now = self._clock.now_ms()
        return Counter(condition(message, now) for message in self.messages(queue))

    def wait(self, attempt: Callable[[], list[QueueMessage]], seconds: int) -> list[QueueMessage]:
        """Try until there is a message or `seconds` have passed; once only if the clock is frozen."""
        deadline = self._clock.now_ms() + seconds * 1000
        while True:
            seen = self._changes
            found = attempt()
            left_s = (deadline - self._clock.now_ms()) / 1000
            if found or left_s <= 0 or self._clock.frozen:
                return found
            self._await_change(seen, min(left_s, LONGEST_WAIT_S))

    def _await_change(self, seen: int, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._changes != seen, timeout_s)

    def _received(self, queue: MessageQueue, message: QueueMessage) -> QueueMessage:
        now = self._clock.now_ms()
        visible = now + queue.attributes["VisibilityTimeout"] * 1000
        first = message.first_ms or now
        taken = replace(message, visible_ms=visible, first_ms=first, received=message.received + 1)
        return self._move(queue, message, taken)

    def _move(self, queue: MessageQueue, before: QueueMessage, after: QueueMessage) -> QueueMessage:
        with self._storage.atomic():
            self._messages.delete(_key(queue, before))
            self._put(queue, after)
        return after

    def _put(self, queue: MessageQueue, message: QueueMessage) -> None:
        key = _key(queue, message)
        self._messages.put(key, message)
        self._sent.put(_sent_key(queue, message), key)

    def _expire(self, queue: MessageQueue) -> None:
        """Delete the messages that were sent longer ago than the queue's retention."""
        end = self._clock.now_ms() - queue.attributes["MessageRetentionPeriod"] * 1000 + 1
        until = queue.key + b"\0" + _SENT.pack(max(0, end), 0)
        with self._storage.atomic():
            for place, key in list(self._sent.scan(queue.key + b"\0", until)):
                self._messages.delete(key)
                self._sent.delete(place)

    def _next_number(self) -> int:
        last = self._counter.get(_COUNTER)
        number = 1 if last is None else _NUMBER.unpack(last)[0] + 1
        self._counter.put(_COUNTER, _NUMBER.pack(number))
        return int(number)

    def _wake(self) -> None:
        """Let waiting receivers look again: a message was sent, or the clock was moved."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()


def _place(queue: MessageQueue, priority: int, visible_ms: int, sequence: int) -> bytes:
    return queue.key + b"\0" + _PLACE.pack(priority, visible_ms, sequence)


def _key(queue: MessageQueue, message: QueueMessage) -> bytes:
    return _place(queue, message.priority, message.visible_ms, message.sequence)


def _sent_key(queue: MessageQueue, message: QueueMessage) -> bytes:
    return queue.key + b"\0" + _SENT.pack(message.sent_ms, message.sequence)


def condition(message: QueueMessage, now_ms: int) -> str:
    """The attribute of its queue that counts a message: whether it can be received, was received, or is delayed."""
    if message.visible_ms <= now_ms:
        return "ActiveMessages"
    return "InactiveMessages" if message.received else "DelayMessages"
