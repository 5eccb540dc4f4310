"""Our own code from the bytes of a payload to the values of its rows, without a client and a store."""

from __future__ import annotations

from benchmarks import workload
from opsledger.intake.understand import Refused, understand
from opsledger.ledger.changes import ApplyNotifications
from opsledger.ledger.rows import ledger_put
from opsledger.store import Put


def values(payload: bytes) -> list[Put]:
    """The rows of a payload of distinct new entities."""
    puts = []
    for notification in understand(payload, workload.NOW_MS):
        assert not isinstance(notification, Refused)
        extra = ledger_put(notification, "request")
        change = ApplyNotifications([notification], [extra])
        columns = {"revision": 1, "writer": "request", **change.encode(change.decide(None))}
        puts += [Put(change.key, columns), extra]
    return puts
