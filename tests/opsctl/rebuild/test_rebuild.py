"""Rebuilding: a record equals the join of its ledger rows, and new rules reach old events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.rebuild.rebuilding import REBOOT, damage, run

from opsctl import sample
from opsctl.rebuild import Which, rebuild
from opsledger import catalog
from opsledger.catalog.ecs import kinds as ecs
from opsledger.deadline import Deadline
from opsledger.ledger import state
from opsledger.ledger.overdue import sweep
from opsledger.ledger.rows import record_key
from opsledger.store.tables import RECORDS, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conftest import MakeEvent, PipelineHarness, TablestoreHarness


DAY_MS = 86_400_000


def everything() -> Iterable[dict[str, Any]]:
    """A sample of every type, status and message."""
    for spec in catalog.event_types():
        for number, case in enumerate(sample.cases(spec)):
            yield sample.event(
                spec,
                case.status,
                "cloudevent",
                seed=f"{spec.type}{number % 2}",
                now_ms=1_767_225_600_000 + number * 1000,
                template=case.template,
            )


@pytest.mark.parametrize("from_content", [False, True])
def test_rebuilt_records_equal_stored_ones(harness: PipelineHarness, from_content: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """For every type in the catalogue, from the transitions as understood and from the contents."""
    for event in everything():
        harness.process(event)
    found = run(harness, from_content=from_content)

    assert len(found) == len(harness.stored()) > 100
    assert [one for one in found if not one.same or one.notes] == []


@pytest.mark.parametrize("status", ["Scheduled", "Executing"])
def test_the_envelopes_part_is_read_from_the_ledger(harness: PipelineHarness, event: MakeEvent, status: str) -> None:
    """Times, suffixes and anomalies that the content does not have come out the same."""
    cloudmonitor = event(REBOOT, status, "cloudmonitor")
    cloudmonitor["content"].pop("eventStatus", None)
    harness.process(cloudmonitor)
    mismatched = event(REBOOT, "Executed", "cloudmonitor")
    mismatched["name"] = "Instance:SystemMaintenance.Reboot:Executing"
    harness.process(mismatched)
    state = event("ecs:Instance:StateChange", "Running", "cloudmonitor")
    harness.process({**state, "eventTime": "20190409T121826.922+0800"})

    assert [one for one in run(harness, from_content=True) if not one.same or one.notes] == []


def test_a_damaged_record_is_reported_and_repaired(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Differences are reported by column and transition; `apply` writes what the ledger says."""
    for status in ("Scheduled", "Executing"):
        any_harness.process(event(REBOOT, status))
    before = any_harness.dump()
    (row,) = any_harness.store.walk(RECORDS, [])
    state = json.loads(str(row.columns["state"]))
    state["transitions"] = state["transitions"][:1]
    damage(any_harness, {**row.columns, "status": "Scheduled", "state": json.dumps(state)})
    (rebuilt,) = run(any_harness)

    assert rebuilt.columns["status"] == ("Scheduled", "Executing")
    assert (len(rebuilt.gained), rebuilt.lost, rebuilt.applied) == (1, (), False)
    assert any_harness.dump() != before
    (repaired,) = run(any_harness, apply=True)
    assert repaired.applied
    assert any_harness.dump() == before
    assert all(one.same for one in run(any_harness))


def test_a_missing_record_is_made_again(harness: PipelineHarness, event: MakeEvent) -> None:
    """The ledger's partition of the resource has records that the table lacks."""
    made = event(REBOOT, "Scheduled")
    harness.process(made)
    before = harness.dump()
    (record,) = harness.stored()
    del harness.store.rows[record_key(record.key)]  # type: ignore[attr-defined]
    which = Which(resource=record.resource_id)

    (found,) = run(harness, which, apply=True)
    assert (found.applied, len(found.gained)) == (True, 1)
    assert harness.dump() == before


def test_a_record_without_ledger_rows_is_reported(harness: PipelineHarness, event: MakeEvent) -> None:
    """It is a problem for people to look at; the record is never removed."""
    harness.process(event(REBOOT, "Scheduled"))
    (row,) = harness.ledger()
    del harness.store.rows[row.key]  # type: ignore[attr-defined]
    (found,) = run(harness, apply=True)

    assert found.problem == "the ledger has no rows of it"
    assert len(harness.stored()) == 1


def test_one_event_about_two_resources_is_rebuilt_from_both(harness: PipelineHarness, event: MakeEvent) -> None:
    """One event id on two instances is one record; its rows are in two partitions of the ledger."""
    harness.process(event(REBOOT, "Scheduled", instanceId="i-b"))
    harness.process(event(REBOOT, "Executing", instanceId="i-a"))
    (record,) = harness.stored()

    assert (record.resource_id, record.also) == ("i-a", ("i-b",))
    assert [one.same for one in run(harness)] == [True]
    assert [one.same for one in run(harness, Which(record=record.key))] == [True]


def test_a_changed_lifecycle_reaches_old_records(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`apply` gives statuses and deadlines by the new rules, from the transitions as understood."""
    harness.process(event(REBOOT, "Scheduled"))
    kind = ecs.SYSTEM_EVENT
    outcomes = {**kind.lifecycle.outcomes, "Scheduled": catalog.Outcome.NOTED}
    changed = kind._replace(lifecycle=kind.lifecycle._replace(outcomes=outcomes))
    monkeypatch.setitem(catalog._KINDS, kind.name, changed)
    (rebuilt,) = run(harness, apply=True)
    (row,) = harness.store.walk(RECORDS, [])

    assert rebuilt.columns["outcome"] == ("pending", "noted")
    assert rebuilt.columns.keys() == {"outcome", "move_by"}
    assert "move_by" not in row.columns
    assert row.columns["outcome"] == "noted"


def test_a_changed_catalogue_reaches_old_contents(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only `from_content` reads the contents again; the ledger does not change."""
    harness.process(event(REBOOT, "Scheduled"))
    spec, _ = catalog.find(REBOOT)
    monkeypatch.setitem(catalog._EVENT_TYPES, REBOOT, spec._replace(level="warning", levels={}))
    ledger = harness.ledger()

    assert [one.same for one in run(harness)] == [True]
    (rebuilt,) = run(harness, from_content=True, apply=True)
    assert rebuilt.columns["severity"] == ("critical", "warning")
    assert harness.record()["severity"] == "warning"
    assert [one.same for one in run(harness, from_content=True)] == [True]
    assert harness.ledger() == ledger


def test_a_row_refused_today_counts_as_understood_on_arrival(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No history is lost: the row is reported and kept."""
    harness.process(event(REBOOT, "Scheduled"))
    spec, _ = catalog.find("ecs:Instance:StateChange")
    monkeypatch.setitem(catalog._EVENT_TYPES, REBOOT, catalog.find(REBOOT)[0]._replace(content=spec.content))
    (rebuilt,) = run(harness, from_content=True)

    assert rebuilt.same
    assert "refused today: malformed_content" in rebuilt.notes[0]


def test_a_status_missing_from_the_lifecycle_is_reported(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record cannot be compared; the others are."""
    harness.process(event(REBOOT, "Inquiring"))
    harness.process(event("ecs:Instance:StateChange", "Running"))
    kind = ecs.SYSTEM_EVENT
    moves = {status: to - {"Inquiring"} for status, to in kind.lifecycle.moves.items() if status != "Inquiring"}
    monkeypatch.setitem(catalog._KINDS, kind.name, kind._replace(lifecycle=kind.lifecycle._replace(moves=moves)))
    found = {one.key.rpartition(":")[0]: one for one in run(harness)}

    assert found["ecs:event"].problem == "its kind, type or status 'Inquiring' is not in the catalogue"
    assert found["ecs:state"].same


def test_the_overdue_mark_is_no_difference(harness: PipelineHarness, event: MakeEvent) -> None:
    """The sweeper's mark is not in the ledger; a rebuild keeps it while it is right."""
    harness.process(event(REBOOT, "Scheduled"))
    (record,) = harness.stored()
    harness.clock.now = (state.overdue_at(record) or 0) + DAY_MS
    sweep(harness.store, Deadline(harness.clock, 60), "sweep")

    assert [one.same for one in run(harness)] == [True]
    assert harness.record()["overdue_since"] is not None


def test_which_records_are_compared(harness: PipelineHarness, event: MakeEvent) -> None:
    """One, those of a resource, those of a kind, or all."""
    harness.process(event(REBOOT, "Scheduled", seed="a"))
    harness.process(event(REBOOT, "Scheduled", seed="b"))
    harness.process(event("ecs:Instance:StateChange", "Running", seed="a"))
    record = harness.stored()[0]

    assert len(run(harness)) == 3
    assert [one.key for one in run(harness, Which(record=record.key.rpartition(":")[2]))] == [record.key]
    assert len(run(harness, Which(kind=REBOOT))) == len(run(harness, Which(kind="system-event"))) == 2
    assert {one.key for one in run(harness, Which(resource=record.resource_id))} >= {record.key}


def test_the_ledger_is_read_by_partition(
    tablestore_harness: TablestoreHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All records come from their own table, those of a kind from its index; the ledger is never walked."""
    for seed in range(3):
        tablestore_harness.process(event(REBOOT, "Scheduled", seed=str(seed)))
    asked: list[Any] = []
    walk = tablestore_harness.store.walk

    def watched(index: Any, prefix: Any, **options: Any) -> Any:
        asked.append((index.name, prefix))
        return walk(index, prefix, **options)

    monkeypatch.setattr(tablestore_harness.store, "walk", watched)
    for which, index in ((Which(), "records"), (Which(kind=REBOOT), "records_v3_by_kind")):
        asked.clear()
        assert [one.same for one in run(tablestore_harness, which)] == [True] * 3
        assert {name for name, _ in asked} == {index, "ledger"}
        assert all(prefix for name, prefix in asked if name != "records")


def test_a_record_costs_about_one_call(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Of all records or of one kind, up to 5 % more for the records themselves; and nothing is read ahead of need."""
    for start in range(0, 120, 40):
        tablestore_harness.process([event(REBOOT, "Scheduled", seed=str(n)) for n in range(start, start + 40)])
    one_page = 16  # buckets of the index by kind
    for which, own in ((Which(), 0), (Which(kind=REBOOT), one_page)):
        tablestore_harness.clear_calls()
        assert sum(one.same for one in run(tablestore_harness, which)) == 120
        assert len(tablestore_harness.calls()) <= 1.05 * 120 + own
    tablestore_harness.clear_calls()
    next(rebuild(tablestore_harness.store, Which(), lambda: Deadline(tablestore_harness.clock, 10)))
    assert len(tablestore_harness.calls()) == 2


def test_a_rebuild_goes_on_behind_a_record(harness: PipelineHarness, event: MakeEvent) -> None:
    """Records come in an order that stays, so the key of the last one says where to go on."""
    for number in range(7):
        harness.process(event(REBOOT, "Scheduled", seed=str(number)))
    every = [one.key for one in run(harness)]

    assert len(every) == 7
    for number, key in enumerate(every, start=1):
        assert [one.key for one in run(harness, after=key)] == every[number:]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("kind", "of-tomorrow", "its kind, type or status 'of-tomorrow' is not in the catalogue"),
        ("state", "{", "its row or one of its ledger rows is damaged: "),
        ("state", "{}", "its row or one of its ledger rows is damaged: "),
    ],
)
def test_an_unreadable_record_does_not_end_a_rebuild(
    harness: PipelineHarness, event: MakeEvent, column: str, value: str, problem: str
) -> None:
    """It is reported and left alone, and the others are compared."""
    harness.process(event(REBOOT, "Scheduled"))
    (row,) = harness.store.walk(RECORDS, [])
    damage(harness, {**row.columns, column: value})
    damaged = harness.store.read([row.key])
    harness.process(event(REBOOT, "Scheduled", seed="b"))
    found = {one.key: one for one in run(harness, apply=True)}

    assert found.pop(unhashed(str(row.key.values[0]))).problem.startswith(problem)
    assert [one.same for one in found.values()] == [True]
    assert harness.store.read([row.key]) == damaged
