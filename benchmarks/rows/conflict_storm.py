"""Eight handlers that all write one record, with a server on loopback."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from benchmarks import servers, workload
from benchmarks.measure import Measurement, Side, Threshold
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.store.tables import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.sizes import Sizes
    from opsledger.store import Key, Put, Row, Store, Written
    from opsledger.store.tables import Index, Table

HANDLERS = 8
SECONDS = 59.0
"""What remains of a timeout of 60 s for the handler."""


class CountingStore:
    """A store that counts its calls and passes them on."""

    def __init__(self, under: Store) -> None:
        self.under = under
        self.calls = 0

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Pass the call on."""
        self.calls += 1
        return self.under.read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Pass the call on."""
        self.calls += 1
        return self.under.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Pass the call on."""
        return self.under.walk(index, prefix, **options)


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """The calls per event, and the share of events that were recorded."""
    with servers.yunmock_served() as environment:
        shared = servers.store(environment)
        stores = [CountingStore(shared) for _ in range(HANDLERS)]
        events = workload.state_changes(sizes.storm_events)
        handlers = [
            threading.Thread(target=_handle, args=(store, events, number)) for number, store in enumerate(stores)
        ]
        for handler in handlers:
            handler.start()
        for handler in handlers:
            handler.join()
        recorded = sum(1 for _ in shared.walk(LEDGER, []))
    calls = sum(store.calls for store in stores)
    yield Measurement(
        f"conflict storm: {HANDLERS} handlers, one record, {len(events)} events",
        "calls/event",
        (Side("ours", (calls / len(events),)), Side("without conflict", (2.0,))),
        (
            Threshold("store calls ÷ events", calls / len(events), 4),
            Threshold("events recorded ÷ events", recorded / len(events), 1, at_least=True),
        ),
    )


def _handle(store: CountingStore, events: Sequence[bytes], first: int) -> None:
    for number in range(first, len(events), HANDLERS):
        pipeline.process(events[number], store, Deadline(SystemClock(), SECONDS), f"request {number}")
