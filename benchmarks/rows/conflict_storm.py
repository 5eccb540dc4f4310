"""Eight handlers, all with events of one record, against a server on loopback."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from benchmarks import servers, workload
from benchmarks.measure import Line, Row, Side
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.store.tables import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.sizes import Sizes
    from opsledger.store import Key, Put, Store, Written
    from opsledger.store import Row as StoredRow
    from opsledger.store.tables import Index, Table

HANDLERS = 8
SECONDS = 59.0
"""What a function has of its timeout of 60 s."""


class Counted:
    """A store that counts its calls."""

    def __init__(self, under: Store) -> None:
        self.under = under
        self.calls = 0

    def read(self, keys: Sequence[Key]) -> Mapping[Key, StoredRow]:
        """As the store below."""
        self.calls += 1
        return self.under.read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """As the store below."""
        self.calls += 1
        return self.under.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], *, reverse: bool = False) -> Iterator[StoredRow]:
        """As the store below."""
        return self.under.walk(index, prefix, reverse=reverse)


def measure(sizes: Sizes) -> Iterator[Row]:
    """Calls an event, and whether all were recorded."""
    with servers.yunmock_served() as environment:
        shared = servers.store(environment)
        stores = [Counted(shared) for _ in range(HANDLERS)]
        events = workload.moments(sizes.storm_events)
        handlers = [
            threading.Thread(target=_handle, args=(store, events, number)) for number, store in enumerate(stores)
        ]
        for handler in handlers:
            handler.start()
        for handler in handlers:
            handler.join()
        recorded = sum(1 for _ in shared.walk(LEDGER, []))
    calls = sum(store.calls for store in stores)
    yield Row(
        f"conflict storm: {HANDLERS} handlers, one record, {len(events)} events",
        "calls/event",
        (Side("ours", (calls / len(events),)), Side("without conflict", (2.0,))),
        (
            Line("store calls ÷ events", calls / len(events), 4),
            Line("events recorded ÷ events", recorded / len(events), 1, at_least=True),
        ),
    )


def _handle(store: Counted, events: Sequence[bytes], first: int) -> None:
    for number in range(first, len(events), HANDLERS):
        pipeline.process(events[number], store, Deadline(SystemClock(), SECONDS), f"request {number}")
