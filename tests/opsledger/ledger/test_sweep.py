"""The sweep: beside events, over unreadable records, within its time, at the cost of what is newly due."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock, PipelineHarness, make_event
from tests.opsledger.ledger.sweeping import DAY_MS, REBOOT, SPOT, swept
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.overdue import Stopped, _NoteStopped, stopped, sweep
from opsledger.ledger.rows import MARKED
from opsledger.store.tables import BUCKETS, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.conftest import MakeHarness, TablestoreHarness

    from opsledger.store import Key, Put, Row, Written
    from opsledger.store.tables import Index, Table


class RacingStore(MemoryStore):
    """Calls the functions in `between` before a write."""

    def __init__(self) -> None:
        super().__init__()
        self.between: list[Any] = []
        self.writes = 0

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write, after the last function in `between`."""
        self.writes += 1
        if self.between:
            self.between.pop()()
        return super().write(puts)


def test_a_sweep_decides_again_after_an_event_in_between(make_harness: MakeHarness) -> None:
    """An event between its read and its write: nothing is marked, and the sweep does not write again."""
    store = RacingStore()
    harness = make_harness(store)
    harness.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: harness.process(make_event(REBOOT, "Executed")))
    store.writes = 0

    assert swept(harness, NOW_MS + 30 * DAY_MS).marked == ()
    assert harness.record()["status"] == "Executed"
    assert store.writes == 3  # the sweep's, refused; the event's; and where the sweep stopped


def test_an_event_is_recorded_after_a_sweep_in_between(make_harness: MakeHarness) -> None:
    """A mark between its read and its write: the event is decided again and removes the mark."""
    store = RacingStore()
    harness = make_harness(store)
    harness.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: swept(harness, NOW_MS + 30 * DAY_MS))

    assert harness.counts(make_event(REBOOT, "Executed")) == {"recorded": 1}
    assert (harness.record()["status"], harness.record()["overdue_since"]) == ("Executed", None)


def test_a_mark_whose_reply_was_lost_is_counted_once(tablestore_harness: TablestoreHarness) -> None:
    """The sweep recognises its own write."""
    tablestore_harness.process(make_event(REBOOT, "Scheduled"))
    tablestore_harness.fault("BatchWriteRow", action="drop", when="after", times=1)
    found = swept(tablestore_harness, NOW_MS + 30 * DAY_MS)
    (row,) = tablestore_harness.store.walk(RECORDS, [])

    assert (len(found.marked), row.columns["revision"]) == (1, 2)


@pytest.mark.parametrize("type_", [REBOOT, SPOT])
def test_a_sweep_costs_what_is_newly_due(tablestore_harness: TablestoreHarness, type_: str) -> None:
    """Store calls and rows read grow neither with closed records nor with those that are marked already."""
    tablestore_harness.process(make_event(REBOOT, "Scheduled", seed="open"))
    later = NOW_MS + 30 * DAY_MS
    swept(tablestore_harness, later)
    looked, calls = [], []
    for closed in (0, 30, 210):
        events = [make_event(type_, seed=f"{closed}-{n}") for n in range(closed)]
        if type_ == REBOOT:
            events += [make_event(REBOOT, "Executed", seed=f"{closed}-{n}") for n in range(closed)]
        tablestore_harness.process(json.dumps(events).encode()) if events else None
        swept(tablestore_harness, later)  # what is due ends here
        tablestore_harness.clear_calls()
        looked.append(swept(tablestore_harness, later).looked)
        calls.append(tablestore_harness.calls())

    assert looked == [0, 0, 0]  # what is marked need not be looked at again
    assert calls[0] == calls[1] == calls[2]
    due, settled, again = (["GetRange"] * len(BUCKETS) * indexes for indexes in (1, 1, 3))
    own = ["BatchGetRow", "BatchGetRow"]  # the one open record, and what may settle it
    assert calls[0] == ["BatchGetRow", *due, *settled, *own, *again, "BatchGetRow"]


class MovingStore(MemoryStore):
    """Calls `move` once, after the first walk that finds a row."""

    def __init__(self) -> None:
        super().__init__()
        self.move: Callable[[], object] | None = None

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """The rows as they were before `move`."""
        rows = list(super().walk(index, prefix, **options))
        if rows and self.move is not None:
            move, self.move = self.move, None
            move()
        return iter(rows)


def test_a_record_that_moves_during_a_sweep_is_swept_once(make_harness: MakeHarness) -> None:
    """It is found in the index under both of its statuses, and Tablestore refuses a row that is twice in a write."""
    store = MovingStore()
    harness = make_harness(store)
    harness.process(make_event(REBOOT, "Scheduled"))
    store.move = lambda: harness.process(make_event(REBOOT, "Executing"))
    found = swept(harness, NOW_MS + 30 * DAY_MS)

    assert (found.looked, len(found.marked)) == (1, 1)
    assert harness.record()["status"] == "Executing"


class SlowStore(MemoryStore):
    """Takes a minute of the clock for each read while `slow` is set."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock, self.slow = clock, False

    def read(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """Read, a minute later."""
        self.clock.seconds += 60.0 if self.slow else 0.0
        return dict(super().read(keys))


def test_a_sweep_stops_before_its_deadline() -> None:
    """It says that it is not finished, and the next one marks the rest."""
    clock = FakeClock()
    store = SlowStore(clock)
    harness = PipelineHarness(store, clock)
    harness.process([make_event(REBOOT, "Scheduled", seed=str(n)) for n in range(150)])
    clock.now, store.slow = NOW_MS + 30 * DAY_MS, True
    first = sweep(store, Deadline(clock, 121.0), "one")
    noted = stopped(store)
    second = sweep(store, Deadline(clock, 600.0), "two")

    assert (first.finished, len(first.marked)) == (False, 100)
    assert noted is not None
    assert noted.position
    assert (second.finished, len(second.marked)) == (True, 50)
    began = clock.now_ms() - 7 * 60_000  # a minute for each of its reads, four of them for what may be settled
    assert stopped(store) == Stopped(began)


UNREADABLE: dict[str, Callable[[dict[str, Any]], None]] = {
    "kind": lambda columns: columns.update(kind="no-longer-there"),
    "status": lambda columns: columns.update(state=columns["state"].replace("Executing", "Teleporting")),
    "type": lambda columns: columns.update(state=columns["state"].replace(REBOOT, "ecs:Instance:Teleport")),
    "state": lambda columns: columns.update(state="{"),
    "no state": lambda columns: columns.pop("state"),
}
"""What makes a record unreadable for this version."""


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_record_does_not_stop_a_sweep(
    harness: PipelineHarness, damage: Callable[[dict[str, Any]], None]
) -> None:
    """It is counted and left as it is, and the others are swept."""
    harness.process(make_event(REBOOT, "Scheduled"))
    harness.process(make_event(REBOOT, "Executing", seed="other"))
    (row,) = (r for r in harness.store.walk(RECORDS, []) if r.columns["status"] == "Executing")
    columns: dict[str, Any] = dict(row.columns)
    damage(columns)
    harness.store.rows[row.key] = columns  # type: ignore[attr-defined]
    found = swept(harness, NOW_MS + 30 * DAY_MS)

    assert (found.unreadable, len(found.marked)) == (1, 1)
    assert harness.store.read([row.key])[row.key].columns == columns


def test_unreadable_records_do_not_keep_a_sweep_from_the_others() -> None:
    """They come first and stay there; sweeps that are too short to pass them come to the others all the same."""
    clock = FakeClock()
    store = SlowStore(clock)
    harness = PipelineHarness(store, clock)
    harness.process([make_event(REBOOT, "Scheduled", seed=str(n)) for n in range(250)])
    for row in list(store.walk(RECORDS, [])):
        store.rows[row.key] = {**row.columns, "kind": "no-longer-there"}
    harness.process([make_event(REBOOT, "Scheduled", seed="late", now_ms=NOW_MS + DAY_MS)])
    clock.now, store.slow = NOW_MS + 30 * DAY_MS, True
    sweeps = [sweep(store, Deadline(clock, 121.0), str(n)) for n in range(4)]

    assert [len(one.marked) for one in sweeps] == [0, 0, 1, 0]
    assert [one.unreadable for one in sweeps] == [100, 100, 50, 100]


def test_a_sweep_that_goes_on_comes_to_what_is_before_its_start() -> None:
    """A record that became due behind the place where the last sweep stopped is found by the next one."""
    clock = FakeClock()
    store = SlowStore(clock)
    harness = PipelineHarness(store, clock)
    harness.process([make_event(REBOOT, "Scheduled", seed=str(n), now_ms=NOW_MS + DAY_MS) for n in range(150)])
    clock.now, store.slow = NOW_MS + 30 * DAY_MS, True
    first = sweep(store, Deadline(clock, 121.0), "one")
    store.slow = False
    harness.process([make_event(REBOOT, "Scheduled", seed="before", now_ms=NOW_MS)])
    second = sweep(store, Deadline(clock, 600.0), "two")

    assert (len(first.marked), len(second.marked), second.finished) == (100, 51, True)


def test_a_sweep_that_got_nowhere_does_not_keep_the_next_from_its_work(any_harness: PipelineHarness) -> None:
    """Where time ran short before the first row, the next begins there: nothing is before it, and no range is empty."""
    any_harness.process(make_event(REBOOT, "Scheduled"))
    later = NOW_MS + 30 * DAY_MS

    assert not swept(any_harness, later, seconds=1.0).finished
    assert stopped(any_harness.store) == Stopped(later, (0,), (MARKED,))
    found = swept(any_harness, later)
    assert (len(found.marked), found.finished) == (1, True)


def test_a_sweep_beside_a_clock_that_is_behind(any_harness: PipelineHarness) -> None:
    """The place where the last one stopped may be behind the moment up to which this one looks."""
    for day in range(3):
        any_harness.process(make_event(REBOOT, "Scheduled", seed=str(day)))
    commit(
        any_harness.store, [_NoteStopped(Stopped(NOW_MS, (NOW_MS + 90 * DAY_MS, "x")))], Deadline(FakeClock(), 9), "w"
    )

    found = swept(any_harness, NOW_MS + 30 * DAY_MS)

    assert (len(found.marked), found.finished) == (3, True)
