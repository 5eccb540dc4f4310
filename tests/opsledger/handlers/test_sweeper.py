"""Silence is a signal: what should have moved and has not is marked, and any event that moves it takes the mark off."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, Desk, FakeClock, make_event
from tests.simulation.memory_store import MemoryStore

from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.ledger import queries, state
from opsledger.ledger.overdue import sweep
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Bench, MakeDesk

    from opsledger.ledger.overdue import Swept
    from opsledger.store import Key, Put, Row, Written

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
SPOT = "eci:Event:SpotToBeReleased"


def swept(desk: Desk, at_ms: int, seconds: float = 60.0) -> Swept:
    """Sweep at a moment."""
    clock = FakeClock(now=at_ms)
    return sweep(desk.store, Deadline(clock, seconds), f"sweep-{next(Desk._requests)}")


def the(desk: Desk) -> dict[str, Any]:
    """The one record."""
    return desk.record()


def due_of(desk: Desk) -> int:
    """When the one record is due."""
    (stored,) = desk.stored()
    due = state.summarize(stored).due
    assert due is not None
    return due


def test_what_was_announced_and_did_not_come_is_overdue(desk: Desk) -> None:
    """An hour after its deadline a scheduled event without an execution is overdue, and not a moment before."""
    desk.process(make_event(REBOOT, "Scheduled"))
    due = due_of(desk)

    assert swept(desk, due + HOUR_MS - 1).marked == ()
    assert the(desk)["overdue_since"] is None
    assert len(swept(desk, due + HOUR_MS).marked) == 1
    assert the(desk)["overdue_since"] is not None
    assert (the(desk)["status"], the(desk)["outcome"]) == ("Scheduled", "pending")


@pytest.mark.parametrize("status", ["Executing", "Executed", "Avoided"])
def test_an_event_that_comes_late_takes_the_mark_off(desk: Desk, make_desk: MakeDesk, status: str) -> None:
    """After it the record is, column by column, what it would be had nobody swept."""
    never = make_desk()
    for one in (desk, never):
        one.process(make_event(REBOOT, "Scheduled"))
    swept(desk, NOW_MS + 30 * DAY_MS)
    for one in (desk, never):
        one.process(make_event(REBOOT, status))

    assert desk.dump() == never.dump()


def test_what_goes_on_for_too_long_is_overdue(desk: Desk) -> None:
    """Executing beyond its usual time is overdue since that time ended, whenever the sweep comes by."""
    desk.process(make_event(REBOOT, "Executing"))
    (stored,) = desk.stored()
    began = state.current(stored).at
    assert began is not None
    usual = stored.catalog_kind().stays["Executing"]

    assert swept(desk, began + usual - 1).marked == ()
    (marked,) = swept(desk, began + usual + DAY_MS).marked
    assert marked.overdue_at == began + usual


def test_the_mark_is_the_same_for_every_order_and_every_sweep(make_desk: MakeDesk) -> None:
    """Whatever the order of events and wherever the sweeps fall between them, the records end the same."""
    events = [make_event(REBOOT, status) for status in ("Inquiring", "Scheduled", "Executing")]
    dumps = []
    for order in permutations(events):
        for sweeps in range(4):
            desk = make_desk()
            for number, event in enumerate(order):
                desk.process(event)
                if number < sweeps:
                    swept(desk, NOW_MS + (20 + number) * DAY_MS)
            swept(desk, NOW_MS + 40 * DAY_MS)
            dumps.append(desk.dump())

    assert all(dump == dumps[0] for dump in dumps)
    assert any("overdue_since" in columns for columns in dumps[0].values())


def test_sweeping_twice_writes_once(desk: Desk) -> None:
    """A record that is marked already is left alone."""
    desk.process(make_event(REBOOT, "Scheduled"))
    swept(desk, NOW_MS + 30 * DAY_MS)
    (before,) = desk.store.walk(RECORDS, [])

    assert swept(desk, NOW_MS + 31 * DAY_MS).marked == ()
    assert list(desk.store.walk(RECORDS, [])) == [before]


def test_a_duplicate_leaves_the_mark(desk: Desk) -> None:
    """An event that says nothing new does not undo what silence said."""
    desk.process(make_event(REBOOT, "Scheduled"))
    swept(desk, NOW_MS + 30 * DAY_MS)

    assert desk.counts(make_event(REBOOT, "Scheduled")) == {"duplicate": 1}
    assert the(desk)["overdue_since"] is not None


def test_a_spot_release_is_presumed_to_have_happened(desk: Desk) -> None:
    """No event ever confirms it; after its deadline it no longer is what will happen, and never overdue."""
    desk.process(make_event(SPOT))
    due = due_of(desk)
    assert [record.key for record in queries.due(desk.store, due)] == [the(desk)["record"]]
    swept(desk, due)

    assert (the(desk)["outcome"], the(desk)["presumed"], the(desk)["overdue_since"]) == ("happened", True, None)
    assert queries.due(desk.store, due + DAY_MS) == []
    assert queries.overdue(desk.store, due + DAY_MS) == []


def test_a_spot_release_announced_anew_is_pending_again(desk: Desk) -> None:
    """A later announcement takes the presumption back."""
    desk.process(make_event(SPOT, seed="one"))
    swept(desk, due_of(desk))
    repeat = make_event(SPOT, seed="one", now_ms=NOW_MS + HOUR_MS)
    assert desk.counts(repeat) == {"recorded": 1}

    assert (the(desk)["outcome"], the(desk)["presumed"]) == ("pending", False)


def test_overdue_records_are_listed_longest_first(desk: Desk) -> None:
    """`records --overdue` asks the index by status, and has nothing that is presumed or closed."""
    for day, seed in enumerate(("b", "a", "c")):
        desk.process(make_event(REBOOT, "Scheduled", seed=seed, now_ms=NOW_MS + day * DAY_MS))
    desk.process(make_event(REBOOT, "Executed", seed="c"))
    desk.process(make_event(SPOT))
    later = NOW_MS + 60 * DAY_MS
    swept(desk, later)
    found = queries.overdue(desk.store, later)

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


def test_a_sweep_that_races_an_event_decides_again(make_desk: MakeDesk) -> None:
    """When the event comes between its read and its write, nothing is marked and nobody tries for long."""
    store = Racing()
    desk = make_desk(store)
    desk.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: desk.process(make_event(REBOOT, "Executed")))
    store.writes = 0

    assert swept(desk, NOW_MS + 30 * DAY_MS).marked == ()
    assert the(desk)["status"] == "Executed"
    assert store.writes == 2  # the sweep's, refused, and the event's


def test_an_event_that_races_a_sweep_is_recorded(make_desk: MakeDesk) -> None:
    """When the mark comes between its read and its write, the event is decided again and takes the mark off."""
    store = Racing()
    desk = make_desk(store)
    desk.process(make_event(REBOOT, "Scheduled"))
    store.between.append(lambda: swept(desk, NOW_MS + 30 * DAY_MS))

    assert desk.counts(make_event(REBOOT, "Executed")) == {"recorded": 1}
    assert (the(desk)["status"], the(desk)["overdue_since"]) == ("Executed", None)


def test_a_mark_whose_reply_was_lost_is_counted_once(bench: Bench) -> None:
    """A write that landed unseen is known again by its writer."""
    bench.desk.process(make_event(REBOOT, "Scheduled"))
    bench.fault("BatchWriteRow", action="drop", when="after", times=1)
    found = swept(bench.desk, NOW_MS + 30 * DAY_MS)
    (row,) = bench.store.walk(RECORDS, [])

    assert (len(found.marked), row.columns["revision"]) == (1, 2)


@pytest.mark.parametrize("type_", [REBOOT, SPOT])
def test_a_sweep_costs_what_is_open(bench: Bench, type_: str) -> None:
    """Store calls and rows read do not grow with what is closed: ended by an event, or presumed to have ended."""
    bench.desk.process(make_event(REBOOT, "Scheduled", seed="open"))
    later = NOW_MS + 30 * DAY_MS
    swept(bench.desk, later)
    looked, calls = [], []
    for closed in (0, 30, 210):
        events = [make_event(type_, seed=f"{closed}-{n}") for n in range(closed)]
        if type_ == REBOOT:
            events += [make_event(REBOOT, "Executed", seed=f"{closed}-{n}") for n in range(closed)]
        bench.desk.process(json.dumps(events).encode()) if events else None
        swept(bench.desk, later)  # what is due ends here
        bench.forget()
        looked.append(swept(bench.desk, later).looked)
        calls.append(bench.calls())

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
    desk = Desk(store, clock)
    desk.process([make_event(REBOOT, "Scheduled", seed=str(n)) for n in range(150)])
    clock.now, store.slow = NOW_MS + 30 * DAY_MS, True
    first = sweep(store, Deadline(clock, 61.0), "one")
    second = sweep(store, Deadline(clock, 600.0), "two")

    assert (first.finished, len(first.marked)) == (False, 100)
    assert (second.finished, len(second.marked)) == (True, 50)


def test_a_kind_that_the_catalogue_lost_stops_no_sweep(desk: Desk) -> None:
    """A record that cannot be read is counted, and the others are swept."""
    desk.process(make_event(REBOOT, "Scheduled"))
    desk.process(make_event(REBOOT, "Executing", seed="other"))
    (row,) = (r for r in desk.store.walk(RECORDS, []) if r.columns["status"] == "Executing")
    gone = {**row.columns, "kind": "no-longer-there"}
    desk.store.rows[row.key] = gone  # type: ignore[attr-defined]
    found = swept(desk, NOW_MS + 30 * DAY_MS)

    assert (found.unreadable, len(found.marked)) == (1, 1)


def test_every_open_status_lapses_some_time() -> None:
    """Each status that is pending or active has a deadline of its own or a longest usual stay."""
    dated = {"ScheduledMaintenance", "SystemReboot", "SpotToBeReleased", "delete"}
    timeless = {
        (kind.name, status)
        for kind in catalog.kinds().values()
        for status, outcome in kind.lifecycle.outcomes.items()
        if outcome in state.OPEN and status not in kind.stays and status not in dated
    }

    assert timeless == set()


def test_the_table_of_stays_names_statuses_there_are() -> None:
    """A misspelt status in the table would never be looked at."""
    for kind in catalog.kinds().values():
        assert kind.stays.keys() <= kind.lifecycle.moves.keys()
        assert all(kind.lifecycle.outcomes[status] in state.OPEN for status in kind.stays)


def test_marks_are_outside_what_is_folded(desk: Desk) -> None:
    """A duplicate leaves the mark of a record, and is no reason to write; what moves the record removes it."""
    desk.process(make_event(REBOOT, "Scheduled"))
    (record,) = desk.stored()
    marked = record._replace(overdue_at=1)
    moved = record._replace(first_at=0)

    assert marked.join(record) is marked
    assert state.apply(marked, []).record is marked
    assert marked.join(moved) == moved
