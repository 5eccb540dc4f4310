"""The traces of a cloud: stored by bus, event id and time of arrival, and bounded in number and bytes.

The cost of a trace does not depend on how many there are, nor on how many events arrive in one millisecond.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.eventbridge.trace import EventTrace, attempts_size, decode, encode, trace_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.trace import Judgement
    from yunmock.storage import Space

MAX_TRACES = 20_000
MAX_TRACE_BYTES = 64 * 2**20

_STAMP = struct.Struct(">Q")
_TOTAL = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Total:
    """How many traces a bus has, and about how many bytes they have."""

    count: int
    size: int

    def plus(self, count: int, size: int) -> Total:
        """The total after a change."""
        return Total(max(0, self.count + count), max(0, self.size + size))


class Traces:
    """The traces of a cloud.

    Attributes:
        max_traces: when a bus has more traces, its oldest are dropped. Deliveries go on without them.
        max_bytes: the same for their size.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.max_traces, self.max_bytes = MAX_TRACES, MAX_TRACE_BYTES
        self._cloud = cloud
        self._space: Space[EventTrace] = cloud.storage.space("eventbridge.trace", encode, decode)
        self._times: Space[bytes] = cloud.storage.space("eventbridge.trace.time", bytes, bytes)
        self._totals: Space[Total] = cloud.storage.space("eventbridge.trace.total", _encode_total, _decode_total)

    def open(self, bus: str, event: Event, received_ms: int, rules: tuple[Judgement, ...] = ()) -> EventTrace:
        """Start the trace of an event; a second event with the same id gets its own trace."""
        with self._cloud.storage.atomic():
            total = self._total(bus)
            ids = f"{bus}\0{event['id']}\0".encode()
            key = ids + b"%08d" % next_number(self._space, ids, int)
            trace = EventTrace(str(event["id"]), bus, received_ms, event, rules, key.decode())
            self._space.put(key, trace)
            stamp = bus.encode() + b"\0" + _STAMP.pack(received_ms)
            place = stamp + _STAMP.pack(next_number(self._times, stamp, _read_big))
            self._times.put(place, key)
            self._totals.put(bus.encode(), self._trim(bus, total.plus(1, trace_size(trace)), place))
        return trace

    def get(self, key: str) -> EventTrace | None:
        """The trace with this key, None if it is gone."""
        return self._space.get(key.encode())

    def change(self, key: str, change: Callable[[EventTrace], EventTrace]) -> None:
        """Replace a trace by the result of `change`; do nothing if it is gone."""
        with self._cloud.storage.atomic():
            before = self.get(key)
            if before is None:
                return
            after = change(before)
            self._space.put(key.encode(), after)
            grown = self._total(after.bus).plus(0, attempts_size(after) - attempts_size(before))
            newest = next((place for place, _ in self.newest(after.bus)), b"")
            self._totals.put(after.bus.encode(), self._trim(after.bus, grown, newest))

    def of_event(self, bus: str, event_id: str) -> list[EventTrace]:
        """The traces of one event id on a bus, first arrival first."""
        ids = f"{bus}\0{event_id}\0".encode()
        return [trace for _, trace in self._space.scan(ids, _after(ids))]

    def between(self, bus: str, start_ms: int, end_ms: int) -> Iterator[EventTrace]:
        """The traces of events received from `start_ms` up to and including `end_ms`, in that order."""
        prefix = bus.encode() + b"\0"
        for _, key in self._times.scan(prefix + _STAMP.pack(start_ms), prefix + _STAMP.pack(end_ms + 1)):
            trace = self._space.get(key)
            if trace is not None:
                yield trace

    def newest(self, bus: str, before: bytes | None = None) -> Iterator[tuple[bytes, EventTrace]]:
        """The traces of a bus, the newest first, each with its place; with `before` those behind that place."""
        prefix = bus.encode() + b"\0"
        for place, key in self._times.scan(prefix, before or _after(prefix), reverse=True):
            trace = self._space.get(key)
            if trace is not None:
                yield place, trace

    def count(self, bus: str) -> int:
        """How many traces a bus has."""
        return self._total(bus).count

    def _trim(self, bus: str, total: Total, newest: bytes) -> Total:
        """Drop the oldest traces of a bus until the rest is within the limits; the total of what is left."""
        prefix = bus.encode() + b"\0"
        while total.count > self.max_traces or total.size > self.max_bytes:
            oldest = next((item for item in self._times.scan(prefix, _after(prefix)) if item[0] != newest), None)
            if oldest is None:
                break
            place, key = oldest
            dropped = self._space.get(key)
            self._times.delete(place)
            self._space.delete(key)
            total = total.plus(-1, -trace_size(dropped) if dropped else 0)
        return total

    def _total(self, bus: str) -> Total:
        """The total of a bus; counted once in a file of an earlier version, which has none."""
        known = self._totals.get(bus.encode())
        if known is not None:
            return known
        prefix = bus.encode() + b"\0"
        sizes = [trace_size(trace) for _, trace in self._space.scan(prefix, _after(prefix))]
        return Total(len(sizes), sum(sizes))


def next_number(space: Space[bytes] | Space[EventTrace], prefix: bytes, read: Callable[[bytes], int]) -> int:
    """The number after that of the last key with a prefix; `read` reads what follows the prefix. 0 is the first."""
    last = next((key for key, _ in space.scan(prefix, _after(prefix), reverse=True)), None)
    return 0 if last is None else read(last[len(prefix) :]) + 1


def _read_big(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def _after(prefix: bytes) -> bytes | None:
    """The first key behind all keys with a prefix; None for the empty prefix."""
    return (int.from_bytes(prefix, "big") + 1).to_bytes(len(prefix), "big") if prefix else None


def _encode_total(total: Total) -> bytes:
    return _TOTAL.pack(total.count, total.size)


def _decode_total(text: bytes) -> Total:
    return Total(*_TOTAL.unpack(text))
