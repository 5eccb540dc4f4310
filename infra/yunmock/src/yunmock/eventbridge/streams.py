"""Event streams: messages in, batches out to a function, in order.

A stream whose source is a queue takes the messages out of it as soon as they can be received; a test feeds any other.

A failed batch is retried on the cloud's clock; later events wait behind it. After the last retry a tolerant stream
sends the events to its dead-letter queue, or drops them, and goes on; one with ErrorsTolerance NONE stops (READY) and
retries the same batch when it is started again. A batch is part of the stream's stored state until it is delivered, so
it is delivered again if the process dies.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.errors import RefusalError
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.queue_source import queue_of, take_events
from yunmock.eventbridge.stream import READY, RUNNING, TEXT_ELEMENTS, Batch, Stream, check_settings, decode, encode
from yunmock.eventbridge.wire import request_id
from yunmock.exact_json import load_object, store_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation
    from yunmock.storage import Space

SERVICE = "eventbridge"
_NUMBER = struct.Struct(">QQ")


class Streams:
    """The event streams of a cloud.

    Args:
        cloud: the cloud they are part of.
        dead_letter: sends an event to a dead-letter queue: its ARN, the stream, the error, the event. It answers why
            the event is lost, or an empty text.
    """

    def __init__(self, cloud: Cloud, dead_letter: Callable[[str, str, str, Event], str]) -> None:
        self._cloud, self._dead_letter = cloud, dead_letter
        self._streams: Space[Stream] = cloud.storage.space("eventbridge.stream", encode, decode)
        self._waiting: Space[bytes] = cloud.storage.space("eventbridge.stream.waiting", bytes, bytes)
        self._lock = threading.RLock()
        self._pumping: set[str] = set()
        for stream in self.all():
            if stream.batch is not None:
                cloud.scheduler.add(SERVICE, stream.batch.due_ms, {"stream": stream.name})
            elif queue_of(stream, cloud.account):
                cloud.scheduler.add(SERVICE, cloud.clock.now_ms(), {"stream": stream.name})
        cloud.on_message.append(self._message_sent)

    def get(self, name: str) -> Stream:
        """The stream called `name`.

        Raises:
            EventBridgeError: EventStreamingNotExist.
        """
        found = self._streams.get(name.encode())
        if found is None:
            raise EventBridgeError("EventStreamingNotExist", name)
        return found

    def all(self) -> list[Stream]:
        """All streams by name."""
        return [stream for _, stream in self._streams.scan()]

    def create(self, name: str, settings: JsonObject, *, status: str = READY, replace_it: bool = False) -> Stream:
        """Create a stream.

        Raises:
            EventBridgeError: the name is taken, or the settings are invalid.
        """
        check_settings(name, settings)
        with self._cloud.storage.atomic():
            if not replace_it and self._streams.get(name.encode()) is not None:
                raise EventBridgeError("EventStreamingAlreadyExist", name)
            made = self._put(Stream(name, settings, status, created_ms=self._cloud.clock.now_ms()))
        if queue_of(made, self._cloud.account):
            self.work({"stream": name}, made.created_ms)
        return made

    def update(self, name: str, settings: JsonObject) -> None:
        """Replace the given settings of a stream.

        Raises:
            EventBridgeError: the stream does not exist, or the settings are invalid.
        """
        stream = self.get(name)
        merged = {**stream.settings, **{key: value for key, value in settings.items() if value is not None}}
        check_settings(name, merged)
        self._put(replace(stream, settings=merged))

    def delete(self, name: str) -> None:
        """Delete a stream with all events that wait in it.

        Raises:
            EventBridgeError: the stream does not exist.
        """
        self.get(name)
        with self._cloud.storage.atomic():
            self._streams.delete(name.encode())
            for key, _ in list(self._queue(name)):
                self._waiting.delete(key)

    def start(self, name: str) -> None:
        """Start a stream; a batch that stopped it is tried again."""
        with self._lock:
            stream, now = self.get(name), self._cloud.clock.now_ms()
            batch = replace(stream.batch, retries=0, due_ms=now) if stream.batch else None
            self._put(replace(stream, status=RUNNING, batch=batch))
            self._pump(name, now)

    def pause(self, name: str) -> None:
        """Stop delivering; events keep being collected."""
        self._put(replace(self.get(name), status=READY))

    def feed(self, name: str, messages: Sequence[Event]) -> None:
        """Put messages into a stream, as its source would: CloudEvents of which only `data` is required.

        Raises:
            EventBridgeError: the stream does not exist.
        """
        stream = self.get(name)
        pattern, now = Pattern.parse(stream.pattern), self._cloud.clock.now_ms()
        with self._lock:
            for message in messages:
                event = _event(stream, message)
                if pattern.match(event):
                    self._append(name, event, now)
            self._pump(name, now)

    def work(self, payload: JsonObject, due_ms: int) -> None:
        """Deliver what is due: a batch window has closed, or a retry is due."""
        name = str(payload["stream"])
        with self._lock:
            if self._streams.get(name.encode()) is not None:
                self._pump(name, due_ms)

    def waiting(self, name: str, most: int | None = None) -> int:
        """How many events wait in a stream, counted up to `most`."""
        return sum(1 for _ in islice(self._queue(name), most))

    def _pump(self, name: str, now_ms: int) -> None:
        """Deliver what is due: the batch that waits for a retry, then every batch that is complete, until one fails.

        A delivery may run jobs, one of which may be due for this stream: the batch must not go out a second time.
        """
        if name in self._pumping:
            return
        self._pumping.add(name)
        try:
            self._deliver_all(name, now_ms)
        finally:
            self._pumping.discard(name)

    def _deliver_all(self, name: str, now_ms: int) -> None:
        while (stream := self.get(name)).status == RUNNING:
            self._pull(stream, now_ms)
            batch = stream.batch or self._take(stream, now_ms)
            if batch is None or batch.due_ms > now_ms:
                return
            self._deliver(stream, batch, now_ms)

    def _message_sent(self, region: str, name: str, visible_ms: int) -> None:
        """A queue has a message: the streams that read it will, as soon as it can be received."""
        for stream in self.all():
            queue = queue_of(stream, self._cloud.account)
            if queue and (queue.region, queue.name) == (region, name):
                self._cloud.scheduler.add(SERVICE, visible_ms, {"stream": stream.name})
        self._cloud.run_due()

    def _pull(self, stream: Stream, now_ms: int) -> None:
        """Move what the stream's queue has into the stream; what its pattern does not match is dropped."""
        queue = queue_of(stream, self._cloud.account) if stream.status == RUNNING else None
        if queue is None:
            return
        pattern = Pattern.parse(stream.pattern)
        try:
            with self._cloud.storage.atomic():
                for event in take_events(self._cloud, stream, queue):
                    if pattern.match(event):
                        self._append(stream.name, event, now_ms)
        except RefusalError as error:
            self._put(replace(stream, last_error=f"{error.code}: {error}"))

    def _take(self, stream: Stream, now_ms: int) -> Batch | None:
        """Move a batch from the waiting events into the stream's state; None if none is complete."""
        count, seconds = stream.window
        with self._cloud.storage.atomic():
            items = list(islice(self._queue(stream.name), count))
            if not items:
                return None
            oldest_ms = _NUMBER.unpack(items[0][0][-_NUMBER.size :])[0]
            closes_ms = oldest_ms + round(seconds * 1000)
            if len(items) < count and now_ms < closes_ms:
                items = items[: self._full(stream, [text for _, text in items])]
            if not items:
                self._cloud.scheduler.add(SERVICE, closes_ms, {"stream": stream.name})
                return None
            batch = Batch([load_object(text) for _, text in items], 0, now_ms)
            self._put(replace(stream, batch=batch))
            for key, _ in items:
                self._waiting.delete(key)
        return batch

    def _full(self, stream: Stream, stored: list[bytes]) -> int:
        """How many of the first events make a full invocation; 0 if all of them do not."""
        if sum(map(len, stored)) < stream.max_bytes:
            return 0
        fitting = len(self._texts(stream, [load_object(text) for text in stored]))
        return fitting if fitting < len(stored) else 0

    def _deliver(self, stream: Stream, batch: Batch, at_ms: int) -> None:
        """Invoke the function once, with as much of the batch as one invocation may have."""
        texts = self._texts(stream, batch.events)
        sent, rest = batch.events[: len(texts)], batch.events[len(texts) :]
        left = Batch(rest, 0, at_ms) if rest else None
        body = f"[{','.join(texts)}]".encode()
        result = self._cloud.invoker.invoke(stream.function, body, asynchronous=stream.asynchronous)
        if self._cloud.readings.delivers(result):
            self._put(replace(stream, batch=left, delivered=stream.delivered + len(sent), last_error=result.error))
            return
        failed = replace(stream, failed=stream.failed + 1, last_error=result.error)
        wait = stream.wait_s(batch.retries + 1)
        if wait is not None:
            due = at_ms + round(wait * 1000)
            self._put(replace(failed, batch=Batch(batch.events, batch.retries + 1, due)))
            self._cloud.scheduler.add(SERVICE, due, {"stream": stream.name})
        elif not stream.tolerant:
            self._put(replace(failed, status=READY, batch=Batch(batch.events, 0, at_ms)))
        else:
            self._give_up(replace(failed, batch=left), sent, result)

    def _give_up(self, stream: Stream, events: list[Event], result: Invocation) -> None:
        sent = events if stream.dead_letter else []
        answers = [self._dead_letter(stream.dead_letter, stream.name, result.error, event) for event in sent]
        lost = [answer for answer in answers if answer]
        dropped = len(events) - len(sent) + len(lost)
        error = f"{stream.last_error}; the dead letter is lost: {lost[-1]}" if lost else stream.last_error
        self._put(replace(stream, dropped=stream.dropped + dropped, last_error=error))

    def _texts(self, stream: Stream, events: list[Event]) -> list[str]:
        """What the function receives of the first events, as many as one invocation may have; of one at least."""
        texts: list[str] = []
        size = 2  # the brackets
        for event in events:
            text = stream.transform.apply(event)
            text = write_json(text) if stream.source == TEXT_ELEMENTS else text
            size += len(text.encode()) + 1
            if texts and size - 1 > stream.max_bytes:
                break
            texts.append(text)
        return texts

    def _append(self, name: str, event: Event, now_ms: int) -> None:
        """Put an event behind the last, also when the clock has gone back since."""
        with self._cloud.storage.atomic():
            last = next((key for key, _ in self._queue(name, reverse=True)), None)
            last_ms, number = _NUMBER.unpack(last[-_NUMBER.size :]) if last else (now_ms, -1)
            key = name.encode() + b"\0" + _NUMBER.pack(max(now_ms, last_ms), number + 1)
            self._waiting.put(key, store_json(event))

    def _queue(self, name: str, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        return self._waiting.scan(name.encode() + b"\0", name.encode() + b"\1", reverse=reverse)

    def _put(self, stream: Stream) -> Stream:
        self._streams.put(stream.name.encode(), stream)
        return stream


def _event(stream: Stream, message: Event) -> Event:
    """A message as a CloudEvent of its source."""
    kind = stream.source.removeprefix("Source").removesuffix("Parameters").lower()
    head: Event = {"id": request_id(), "source": f"acs.{kind}", "specversion": "1.0", "type": f"{kind}:Message"}
    return {**head, "datacontenttype": "application/json; charset=utf-8", **message}
