"""Silence is a signal: what should have moved and has not is marked, and any event that moves it takes the mark off."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock, PipelineHarness, make_event
from tests.simulation.memory_store import MemoryStore

from opsctl import sample
from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.ledger import queries, state
from opsledger.ledger.overdue import sweep
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeHarness, TablestoreHarness

    from opsledger.ledger.overdue import Swept
    from opsledger.store import Key, Put, Row, Written

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
SPOT = "eci:Event:SpotToBeReleased"


def swept(harness: PipelineHarness, at_ms: int, seconds: float = 60.0) -> Swept:
    """Sweep at a moment."""
    clock = FakeClock(now=at_ms)
    return sweep(harness.store, Deadline(clock, seconds), f"sweep-{next(PipelineHarness._requests)}")


def the(harness: PipelineHarness) -> dict[str, Any]:
    """The one record."""
    return harness.record()


def due_of(harness: PipelineHarness) -> int:
    """When the one record is due."""
    (stored,) = harness.stored()
    due = state.summarize(stored).due
    assert due is not None
    return due


def test_what_was_announced_and_did_not_come_is_overdue(harness: PipelineHarness) -> None:
    """An hour after its deadline a scheduled event without an execution is overdue, and not a moment before."""
    harness.process(make_event(REBOOT, "Scheduled"))
    due = due_of(harness)

    assert swept(harness, due + HOUR_MS - 1).marked == ()
    assert the(harness)["overdue_since"] is None
    assert len(swept(harness, due + HOUR_MS).marked) == 1
    assert the(harness)["overdue_since"] is not None
    assert (the(harness)["status"], the(harness)["outcome"]) == ("Scheduled", "pending")


@pytest.mark.parametrize("status", ["Executing", "Executed", "Avoided"])
def test_an_event_that_comes_late_takes_the_mark_off(
    harness: PipelineHarness, make_harness: MakeHarness, status: str
) -> None:
    """After it the record is, column by column, what it would be had nobody swept."""
    never = make_harness()
    for one in (harness, never):
        one.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)
    for one in (harness, never):
        one.process(make_event(REBOOT, status))

    assert harness.dump() == never.dump()


def test_what_goes_on_for_too_long_is_overdue(harness: PipelineHarness) -> None:
    """Executing beyond its usual time is overdue since that time ended, whenever the sweep comes by."""
    harness.process(make_event(REBOOT, "Executing"))
    (stored,) = harness.stored()
    began = state.current(stored).at
    assert began is not None
    usual = stored.catalog_kind().max_dwell["Executing"]

    assert swept(harness, began + usual - 1).marked == ()
    (marked,) = swept(harness, began + usual + DAY_MS).marked
    assert marked.overdue_at == began + usual


def test_the_mark_is_the_same_for_every_order_and_every_sweep(make_harness: MakeHarness) -> None:
    """Whatever the order of events and wherever the sweeps fall between them, the records end the same."""
    events = [make_event(REBOOT, status) for status in ("Inquiring", "Scheduled", "Executing")]
    dumps = []
    for order in permutations(events):
        for sweeps in range(4):
            harness = make_harness()
            for number, event in enumerate(order):
                harness.process(event)
                if number < sweeps:
                    swept(harness, NOW_MS + (20 + number) * DAY_MS)
            swept(harness, NOW_MS + 40 * DAY_MS)
            dumps.append(harness.dump())

    assert all(dump == dumps[0] for dump in dumps)
    assert any("overdue_since" in columns for columns in dumps[0].values())


def test_sweeping_twice_writes_once(harness: PipelineHarness) -> None:
    """A record that is marked already is left alone."""
    harness.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)
    (before,) = harness.store.walk(RECORDS, [])

    assert swept(harness, NOW_MS + 31 * DAY_MS).marked == ()
    assert list(harness.store.walk(RECORDS, [])) == [before]


def test_a_duplicate_leaves_the_mark(harness: PipelineHarness) -> None:
    """An event that says nothing new does not undo what silence said."""
    harness.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)

    assert harness.counts(make_event(REBOOT, "Scheduled")) == {"duplicate": 1}
    assert the(harness)["overdue_since"] is not None


def test_a_spot_release_is_presumed_to_have_happened(harness: PipelineHarness) -> None:
    """No event ever confirms it; after its deadline it no longer is what will happen, and never overdue."""
    harness.process(make_event(SPOT))
    due = due_of(harness)
    assert [record.key for record in queries.due(harness.store, due)] == [the(harness)["record"]]
    swept(harness, due)

    assert (the(harness)["outcome"], the(harness)["presumed"], the(harness)["overdue_since"]) == (
        "happened",
        True,
        None,
    )
    assert queries.due(harness.store, due + DAY_MS) == []
    assert queries.overdue(harness.store, due + DAY_MS) == []


def test_a_spot_release_announced_anew_is_pending_again(harness: PipelineHarness) -> None:
    """A later announcement takes the presumption back."""
    harness.process(make_event(SPOT, seed="one"))
    swept(harness, due_of(harness))
    repeat = make_event(SPOT, seed="one", now_ms=NOW_MS + HOUR_MS)
    assert harness.counts(repeat) == {"recorded": 1}

    assert (the(harness)["outcome"], the(harness)["presumed"]) == ("pending", False)


def test_overdue_records_are_listed_longest_first(harness: PipelineHarness) -> None:
    """`records --overdue` asks the index by status, and has nothing that is presumed or closed."""
    for day, seed in enumerate(("b", "a", "c")):
        harness.process(make_event(REBOOT, "Scheduled", seed=seed, now_ms=NOW_MS + day * DAY_MS))
    harness.process(make_event(REBOOT, "Executed", seed="c"))
    harness.process(make_event(SPOT))
    later = NOW_MS + 60 * DAY_MS
    swept(harness, later)
    found = queries.overdue(harness.store, later)

    assert len(found) == 2
    since = [record.overdue_at for record in found if record.overdue_at is not None]
    assert since == sorted(since)


class Racing(MemoryStore):
    """Lets another writer in between a read and the write that follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.between: list[Any] = []
        self.writes = 0

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write, after what comes between."""
        self.writes += 1
        if self.between:
            self.between.pop()()
        return super().write(puts)


def test_a_sweep_that_races_an_event_decides_again(make_harness: MakeHarness) -> None:
    """When the event comes between its read and its write, nothing is marked and nobody tries for long."""
    store = Racing()
    harness = make_harness(store)
    harness.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: harness.process(make_event(REBOOT, "Executed")))
    store.writes = 0

    assert swept(harness, NOW_MS + 30 * DAY_MS).marked == ()
    assert the(harness)["status"] == "Executed"
    assert store.writes == 2  # the sweep's, refused, and the event's


def test_an_event_that_races_a_sweep_is_recorded(make_harness: MakeHarness) -> None:
    """When the mark comes between its read and its write, the event is decided again and takes the mark off."""
    store = Racing()
    harness = make_harness(store)
    harness.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: swept(harness, NOW_MS + 30 * DAY_MS))

    assert harness.counts(make_event(REBOOT, "Executed")) == {"recorded": 1}
    assert (the(harness)["status"], the(harness)["overdue_since"]) == ("Executed", None)


def test_a_mark_whose_reply_was_lost_is_counted_once(tablestore_harness: TablestoreHarness) -> None:
    """A write that landed unseen is known again by its writer."""
    tablestore_harness.process(make_event(REBOOT, "Scheduled"))
    tablestore_harness.fault("BatchWriteRow", action="drop", when="after", times=1)
    found = swept(tablestore_harness, NOW_MS + 30 * DAY_MS)
    (row,) = tablestore_harness.store.walk(RECORDS, [])

    assert (len(found.marked), row.columns["revision"]) == (1, 2)


@pytest.mark.parametrize("type_", [REBOOT, SPOT])
def test_a_sweep_costs_what_is_open(tablestore_harness: TablestoreHarness, type_: str) -> None:
    """Store calls and rows read do not grow with what is closed: ended by an event, or presumed to have ended."""
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

    assert looked == [1, 1, 1]
    assert calls[0] == calls[1] == calls[2]
    assert set(calls[0]) == {"GetRange", "BatchGetRow"}


class Slow(MemoryStore):
    """Takes a minute of a clock for each read."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock, self.slow = clock, False

    def read(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """Read, late."""
        self.clock.seconds += 60.0 if self.slow else 0.0
        return dict(super().read(keys))


def test_a_sweep_stops_before_its_time_is_up() -> None:
    """It begins no batch that it may not finish, says so, and the next one goes on with what is left."""
    clock = FakeClock()
    store = Slow(clock)
    harness = PipelineHarness(store, clock)
    harness.process([make_event(REBOOT, "Scheduled", seed=str(n)) for n in range(150)])
    clock.now, store.slow = NOW_MS + 30 * DAY_MS, True
    first = sweep(store, Deadline(clock, 61.0), "one")
    second = sweep(store, Deadline(clock, 600.0), "two")

    assert (first.finished, len(first.marked)) == (False, 100)
    assert (second.finished, len(second.marked)) == (True, 50)


def test_a_kind_that_the_catalogue_lost_stops_no_sweep(harness: PipelineHarness) -> None:
    """A record that cannot be read is counted, and the others are swept."""
    harness.process(make_event(REBOOT, "Scheduled"))
    harness.process(make_event(REBOOT, "Executing", seed="other"))
    (row,) = (r for r in harness.store.walk(RECORDS, []) if r.columns["status"] == "Executing")
    gone = {**row.columns, "kind": "no-longer-there"}
    harness.store.rows[row.key] = gone  # type: ignore[attr-defined]
    found = swept(harness, NOW_MS + 30 * DAY_MS)

    assert (found.unreadable, len(found.marked)) == (1, 1)


def test_every_open_status_is_overdue_some_time(harness: PipelineHarness) -> None:
    """A record of any type in a pending or active status has a deadline or a longest usual stay."""
    for spec in catalog.event_types():
        for case in sample.cases(spec):
            seed = f"{spec.type}/{case.name}"
            made = sample.event(spec, case.status, "cloudevent", seed=seed, now_ms=NOW_MS, template=case.template)
            harness.process(made)
    is_open = {
        record.key: state.overdue_at(record) is not None
        for record in harness.stored()
        if record.catalog_kind().lifecycle.outcomes[state.current(record).status] in state.OPEN
    }

    assert len(is_open) > 50
    assert all(is_open.values()), is_open


def test_a_longest_stay_is_that_of_an_open_status() -> None:
    """A misspelt status in the table would never be looked at."""
    for kind in catalog.kinds().values():
        assert kind.max_dwell.keys() <= kind.lifecycle.moves.keys()
        assert all(kind.lifecycle.outcomes[status] in state.OPEN for status in kind.max_dwell)


def test_marks_are_outside_what_is_folded(harness: PipelineHarness) -> None:
    """A duplicate leaves the mark of a record, and is no reason to write; what moves the record removes it."""
    harness.process(make_event(REBOOT, "Scheduled"))
    (record,) = harness.stored()
    marked = record._replace(overdue_at=1)
    moved = record._replace(first_at=0)

    assert marked.join(record) is marked
    assert state.apply(marked, []).record is marked
    assert marked.join(moved) == moved
