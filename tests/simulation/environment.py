"""What all handlers of one schedule share: the store, the time, the trace and the writes that are still in flight."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsledger.ledger.rows import record_key
from opsledger.store import Written
from opsledger.store.tables import RECORDS, TABLES, unhashed

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

    from tests.simulation.channels import Channels
    from tests.simulation.interleaver import Interleaver
    from tests.simulation.schedule import Schedule

    from opsledger.ledger.notification import Notification
    from opsledger.store import Put, Row, Store

RowsByTable = dict[str, list["Row"]]


def _no_channels() -> Channels:
    from tests.simulation.channels import Channels  # noqa: PLC0415 - it needs the injector, which needs this

    return Channels()


@dataclass
class Environment:
    """The state of one run.

    Attributes:
        store: where the rows are, without faults.
        interleaver: None when one worker runs alone.
        seconds: simulated time since the start.
        step: the number of calls begun so far.
        trace: everything that happened, one line each. It is hashed: the same seed gives the same lines.
        faults: how often each fault was injected.
        acknowledged: record key → the keys of its transitions of which a delivery was acknowledged.
        undone: where a write left one of them out.
        channels: those that notifiers send to.
        reads_old_tables: whether functions read the tables of version 0.1, too: until its rows are moved.
        in_flight: writes that got no reply and land later, each with the step at which it lands.
    """

    schedule: Schedule
    store: Store
    rng: random.Random
    interleaver: Interleaver | None = None
    seconds: float = 0.0
    step: int = 0
    trace: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    channels: Channels = field(default_factory=_no_channels)
    reads_old_tables: bool = False
    in_flight: list[tuple[int, list[Put]]] = field(default_factory=list)

    def log(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.step} {line}")

    def land_due_writes(self, *, everything: bool = False) -> None:
        """Perform the writes in flight that are due, or all of them."""
        due = [item for item in self.in_flight if everything or item[0] <= self.step]
        if due:
            self.in_flight = [item for item in self.in_flight if item not in due]
            for _, puts in due:
                self.log(f"in flight no more: {join_outcomes(self.write(puts))}")

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows without a fault, and see that no acknowledged transition is undone."""
        outcomes = self.store.write(puts)
        for put, outcome in zip(puts, outcomes, strict=True):
            if outcome is Written.LANDED and put.key.table is RECORDS:
                self._see(put)
        return outcomes

    def acknowledge(self, notifications: Iterable[Notification]) -> None:
        """From now on the records of these must have their transitions.

        A duplicate of what only version 0.1 has is not counted: it is in the new table after the last migration.
        """
        for notification in notifications:
            if self.reads_old_tables and not self._is_stored(notification):
                continue
            self.acknowledged.setdefault(notification.record.key, set()).add(notification.transition.key)

    def _is_stored(self, notification: Notification) -> bool:
        key = record_key(notification.record.key)
        row = self.store.read([key]).get(key)
        return row is not None and notification.transition.key in str(row.columns["state"])

    def _see(self, put: Put) -> None:
        record = unhashed(str(put.key.values[0]))
        if record in self.acknowledged:
            state = json.loads(str(put.columns["state"]))
            missing = self.acknowledged[record] - {transition["key"] for transition in state["transitions"]}
            if missing and not state["truncated"]:
                self.undone.append(f"{record} lost {', '.join(sorted(missing))} at step {self.step}")

    def rows(self) -> RowsByTable:
        """All stored rows."""
        return {table.name: list(self.store.walk(table, [])) for table in TABLES}


def join_outcomes(outcomes: Sequence[Written]) -> str:
    """The outcomes of a write as one line of the trace."""
    return ", ".join(outcome.value for outcome in outcomes)
