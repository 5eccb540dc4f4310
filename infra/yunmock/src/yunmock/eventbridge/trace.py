"""What happened to each event: for every rule whether it matched and why not, for every target each attempt.

Traces are kept in the cloud's storage, so they can be read later and by another process.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.storage import Space

_STAMP = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver.

    Attributes:
        at_ms: when, since the epoch.
        ok: whether the target accepted it; an invocation that was only queued (202) counts as accepted.
        status: the target's HTTP status, None if it was not reached.
        request_id: the target's own id for the call.
        response: the target's answer, as text.
        error: the error in one line; also that of a queued invocation that has failed by now.
        log: what the function printed and logged.
        duration_ms: how long the function ran.
    """

    at_ms: int
    ok: bool
    status: int | None = None
    request_id: str = ""
    response: str = ""
    error: str = ""
    log: str = ""
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One target's share of an event: `state` is delivered, retrying, dead-lettered, dropped or held."""

    target: str
    endpoint: str
    state: str
    attempts: tuple[Attempt, ...] = ()
    next_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule's part: whether it matched, the reasons when not, and its targets."""

    rule: str
    matched: bool
    reasons: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class EventTrace:
    """Everything that happened to one published event; `event` is the stamped event. Do not change it."""

    id: str
    bus: str
    received_ms: int
    event: Event
    rules: tuple[Judgement, ...]
    key: str = ""

    @property
    def matched(self) -> list[str]:
        """The names of the rules that matched."""
        return [rule.rule for rule in self.rules if rule.matched]


class Traces:
    """The traces of a cloud, by bus, event id and time of arrival."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._space: Space[EventTrace] = cloud.storage.space("eventbridge.trace", _encode, _decode)
        self._times: Space[bytes] = cloud.storage.space("eventbridge.trace.time", bytes, bytes)

    def open(self, bus: str, event: Event, received_ms: int, rules: tuple[Judgement, ...] = ()) -> EventTrace:
        """Start the trace of an event; a second event with the same id gets its own trace."""
        with self._cloud.storage.atomic():
            number = sum(1 for _ in self._space.scan(*_range(f"{bus}\0{event['id']}\0")))
            key = f"{bus}\0{event['id']}\0{number:08}"
            trace = EventTrace(str(event["id"]), bus, received_ms, event, rules, key)
            self.save(trace)
            stamp = bus.encode() + b"\0" + _STAMP.pack(received_ms)
            order = sum(1 for _ in self._times.scan(stamp, stamp + b"\xff"))
            self._times.put(stamp + struct.pack(">H", order), key.encode())
        return trace

    def save(self, trace: EventTrace) -> None:
        """Store the trace."""
        self._space.put(trace.key.encode(), trace)

    def get(self, key: str) -> EventTrace | None:
        """The trace with this key, None if it is gone."""
        return self._space.get(key.encode())

    def change(self, key: str, change: Callable[[EventTrace], EventTrace]) -> None:
        """Replace a trace by the result of `change`; do nothing if it is gone."""
        with self._cloud.storage.atomic():
            trace = self.get(key)
            if trace is not None:
                self.save(change(trace))

    def of_event(self, bus: str, event_id: str) -> list[EventTrace]:
        """The traces of one event id on a bus, first arrival first."""
        return [trace for _, trace in self._space.scan(*_range(f"{bus}\0{event_id}\0"))]

    def between(self, bus: str, start_ms: int, end_ms: int) -> Iterator[EventTrace]:
        """The traces of events received from `start_ms` up to and including `end_ms`, in that order."""
        prefix = bus.encode() + b"\0"
        for _, key in self._times.scan(prefix + _STAMP.pack(start_ms), prefix + _STAMP.pack(end_ms + 1)):
            trace = self._space.get(key)
            if trace is not None:
                yield trace


def _encode(trace: EventTrace) -> bytes:
    return json.dumps(trace, default=_fields).encode()


def _fields(row: EventTrace | Judgement | Delivery | Attempt) -> dict[str, object]:
    """A row's fields; `asdict` would copy the event deeply at each save."""
    return {name: getattr(row, name) for name in row.__slots__}


def _range(prefix: str) -> tuple[bytes, bytes]:
    return prefix.encode(), prefix[:-1].encode() + b"\1"


def _decode(text: bytes) -> EventTrace:
    fields = json.loads(text)
    return EventTrace(**{**fields, "rules": tuple(_judgement(rule) for rule in fields["rules"])})


def _judgement(fields: Mapping[str, Any]) -> Judgement:
    deliveries = tuple(
        Delivery(**{**item, "attempts": tuple(Attempt(**attempt) for attempt in item["attempts"])})
        for item in fields["deliveries"]
    )
    return Judgement(fields["rule"], fields["matched"], tuple(fields["reasons"]), deliveries)
