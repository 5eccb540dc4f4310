"""Handlers that all write one record, with a server on loopback: a few that go on, and many at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import servers, workload
from benchmarks.measure import Measurement, Side, Threshold
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.sizes import Sizes
    from opsledger.store import Key, Put, Row, Store, Written
    from opsledger.store.tables import Index, Table

HANDLERS, MANY = 8, 64
SECONDS = 59.0
"""What remains of a timeout of 60 s for the handler."""
CALL_S = 0.01
"""What a call takes longer than on loopback, as in a region."""


class CountingStore:
    """A store that counts its calls and passes them on, each after a while."""

    def __init__(self, under: Store, call_s: float = 0.0) -> None:
        self.under, self.call_s = under, call_s
        self.calls = 0

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Pass the call on."""
        self._count()
        return self.under.read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Pass the call on."""
        self._count()
        return self.under.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Pass the call on; each is one page here."""
        self._count()
        return self.under.walk(index, prefix, **options)

    def _count(self) -> None:
        self.calls += 1
        time.sleep(self.call_s)


class Storm(NamedTuple):
    """What a storm took.

    Attributes:
        calls: of the store, for each event.
        took_s: how long each event took, the slowest last.
        recorded: which part of the events is in the record's ledger and, of the newest, in the record.
    """

    calls: float
    took_s: tuple[float, ...]
    recorded: float


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Eight handlers with many events, and 64 handlers with one each."""
    storm = _storm(HANDLERS, sizes.storm_events)
    yield Measurement(
        f"conflict storm: {HANDLERS} handlers, one record, {sizes.storm_events} events",
        "calls/event",
        (Side("ours", (storm.calls,)), Side("without conflict", (2.0,))),
        (
            Threshold("store calls ÷ events", storm.calls, 4),
            Threshold("events recorded ÷ events", storm.recorded, 1, at_least=True),
        ),
    )
    storms = [_storm(MANY, MANY, CALL_S) for _ in range(sizes.rounds)]
    calls = Side("ours", tuple(s.calls for s in storms))
    slowest = Side("ours: the slowest", tuple(s.took_s[-1] for s in storms))
    everything = sorted(took for s in storms for took in s.took_s)
    p99 = Side("ours: 99 % of all rounds' events, at most", (everything[len(everything) * 99 // 100 - 1],))
    lost = sum(1 - s.recorded for s in storms)
    note = (
        f"Each handler has one event, and each call takes {CALL_S * 1000:.0f} ms longer than on loopback. Who loses a "
        "race takes along what others have left in the ledger."
    )
    what = f"conflict storm: {MANY} handlers at once, one record"
    yield Measurement(
        what,
        "calls/event",
        (calls, Side("without conflict", (2.0,))),
        (Threshold("store calls ÷ events", calls.median, 5), Threshold("events lost", lost, 0)),
        note,
    )
    yield Measurement(
        f"{what}: the slowest",
        "s",
        (slowest, p99),
        (Threshold("seconds, in any round", max(slowest.samples), 8),),
        note,
    )


def _storm(handlers: int, count: int, call_s: float = 0.0) -> Storm:
    with servers.yunmock_served() as environment:
        shared = servers.store(environment)
        stores = [CountingStore(shared, call_s) for _ in range(handlers)]
        events = workload.state_changes(count)
        took: list[float] = []
        threads = [
            threading.Thread(target=_handle, args=(store, events[number::handlers], number, took))
            for number, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (record,) = shared.walk(RECORDS, [])
        kept = str(record.columns["state"]).count('"status"')
        whole = kept == min(count, 100)
        recorded = sum(1 for _ in shared.walk(LEDGER, [])) / count if whole else 0.0
    return Storm(sum(store.calls for store in stores) / count, tuple(sorted(took)), recorded)


def _handle(store: CountingStore, events: Sequence[bytes], handler: int, took: list[float]) -> None:
    for number, event in enumerate(events):
        started = time.perf_counter()
        pipeline.process(event, store, Deadline(SystemClock(), SECONDS), f"request {handler} {number}")
        took.append(time.perf_counter() - started)
