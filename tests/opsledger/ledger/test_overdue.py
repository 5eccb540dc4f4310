"""Overdue records: marked when they should have moved and have not; an event that moves them removes the mark."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.ledger.sweeping import DAY_MS, HOUR_MS, REBOOT, SPOT, due_of, swept

from opsctl import sample
from opsledger import catalog
from opsledger.catalog.transition import Transition
from opsledger.ledger import queries, state
from opsledger.ledger.changes import armed
from opsledger.ledger.record import Record
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from tests.conftest import MakeHarness


def test_a_scheduled_event_is_overdue_an_hour_after_its_deadline(harness: PipelineHarness) -> None:
    """And not a millisecond before."""
    harness.process(make_event(REBOOT, "Scheduled"))
    due = due_of(harness)

    assert swept(harness, due + HOUR_MS - 1).marked == ()
    assert harness.record()["overdue_since"] is None
    assert len(swept(harness, due + HOUR_MS).marked) == 1
    assert harness.record()["overdue_since"] is not None
    assert (harness.record()["status"], harness.record()["outcome"]) == ("Scheduled", "pending")


@pytest.mark.parametrize("status", ["Executing", "Executed", "Avoided"])
def test_an_event_removes_the_mark(harness: PipelineHarness, make_harness: MakeHarness, status: str) -> None:
    """The record then equals, column by column, one that was never swept."""
    never = make_harness()
    for one in (harness, never):
        one.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)
    for one in (harness, never):
        one.process(make_event(REBOOT, status))

    assert harness.dump() == never.dump()


def test_a_status_is_overdue_after_its_max_dwell(harness: PipelineHarness) -> None:
    """Since the end of that time, whenever the sweep runs."""
    harness.process(make_event(REBOOT, "Executing"))
    (stored,) = harness.stored()
    began = state.current(stored).at
    assert began is not None
    usual = stored.catalog_kind().max_dwell["Executing"]

    assert swept(harness, began + usual - 1).marked == ()
    (marked,) = swept(harness, began + usual + DAY_MS).marked
    assert marked.overdue_at == began + usual


def test_the_mark_is_the_same_for_every_order_and_every_sweep(make_harness: MakeHarness) -> None:
    """The records are equal for every order of events, with any number of sweeps between them."""
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


def test_a_second_sweep_writes_nothing(harness: PipelineHarness) -> None:
    """A record that is marked already is left as it is."""
    harness.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)
    (before,) = harness.store.walk(RECORDS, [])

    assert swept(harness, NOW_MS + 31 * DAY_MS).marked == ()
    assert list(harness.store.walk(RECORDS, [])) == [before]


def test_a_duplicate_does_not_remove_the_mark(harness: PipelineHarness) -> None:
    """Only an event that moves the record does."""
    harness.process(make_event(REBOOT, "Scheduled"))
    swept(harness, NOW_MS + 30 * DAY_MS)

    assert harness.counts(make_event(REBOOT, "Scheduled")) == {"duplicate": 1}
    assert harness.record()["overdue_since"] is not None


def test_a_spot_release_is_presumed_to_have_happened(harness: PipelineHarness) -> None:
    """No event ever confirms it, so after its deadline it is neither due nor overdue."""
    harness.process(make_event(SPOT))
    due = due_of(harness)
    assert [record.key for record in queries.due(harness.store, due)] == [harness.record()["record"]]
    swept(harness, due)

    assert (harness.record()["outcome"], harness.record()["presumed"], harness.record()["overdue_since"]) == (
        "happened",
        True,
        None,
    )
    assert list(queries.due(harness.store, due + DAY_MS)) == []
    assert list(queries.overdue(harness.store)) == []


def test_a_spot_release_announced_again_is_pending_again(harness: PipelineHarness) -> None:
    """A later announcement removes the presumption."""
    harness.process(make_event(SPOT, seed="one"))
    swept(harness, due_of(harness))
    repeat = make_event(SPOT, seed="one", now_ms=NOW_MS + HOUR_MS)
    assert harness.counts(repeat) == {"recorded": 1}

    assert (harness.record()["outcome"], harness.record()["presumed"]) == ("pending", False)


def test_overdue_records_are_listed_longest_first(harness: PipelineHarness) -> None:
    """Without those that are presumed or closed."""
    for day, seed in enumerate(("b", "a", "c")):
        harness.process(make_event(REBOOT, "Scheduled", seed=seed, now_ms=NOW_MS + day * DAY_MS))
    harness.process(make_event(REBOOT, "Executed", seed="c", now_ms=NOW_MS + 3 * DAY_MS))
    harness.process(make_event(SPOT))
    later = NOW_MS + 60 * DAY_MS
    swept(harness, later)
    found = list(queries.overdue(harness.store))

    assert len(found) == 2
    since = [record.overdue_at for record in found if record.overdue_at is not None]
    assert since == sorted(since)


def test_every_open_status_can_become_overdue(harness: PipelineHarness) -> None:
    """A record of any type in a pending or active status has a deadline or a maximum dwell time."""
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


def test_max_dwell_is_of_open_statuses() -> None:
    """A misspelt status would have no effect."""
    for kind in catalog.kinds().values():
        assert kind.max_dwell.keys() <= kind.lifecycle.moves.keys()
        assert all(kind.lifecycle.outcomes[status] in state.OPEN for status in kind.max_dwell)


def test_the_mark_is_no_part_of_the_join(harness: PipelineHarness) -> None:
    """A duplicate keeps the record as it is, mark included; an update that moves it removes the mark."""
    harness.process(make_event(REBOOT, "Scheduled"))
    (record,) = harness.stored()
    marked = record._replace(overdue_at=1)
    moved = record._replace(first_at=0)

    assert marked.join(record) is marked
    assert state.apply(marked, []).record is marked
    assert marked.join(moved) == moved


def test_a_repetition_that_moves_the_deadline_makes_the_record_due_again() -> None:
    """Once it was notified as overdue, nothing else would tell people when the new deadline has passed, too."""
    step = Transition("SandboxNotReady", "1-a", "eci:Event:SandboxNotReady", "critical", at=NOW_MS, received_at=NOW_MS)
    before = Record("one", "container-group-maintenance", "eci", "container-group", "one", transitions={"1-a": step})
    repeated = before.join(before._replace(transitions={"1-a": step._replace(count=2, last_at=NOW_MS + HOUR_MS)}))

    assert armed(repeated, before).notify_at == state.overdue_at(repeated) != state.overdue_at(before)
    assert armed(before.join(before), before).notify_at is None
    assert armed(repeated._replace(notify_at=NOW_MS), before).notify_at == NOW_MS
