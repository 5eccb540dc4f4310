"""A record is what its ledger rows make it: rebuilt it is the same, and new rules reach old events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsctl.rebuild import Rebuilt, Which, rebuild
from opsledger import catalog
from opsledger.catalog.ecs import specs as ecs
from opsledger.deadline import Deadline
from opsledger.ledger import state
from opsledger.ledger.overdue import sweep
from opsledger.ledger.rows import record_key
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conftest import Bench, Desk, MakeEvent

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
DAY_MS = 86_400_000


def run(desk: Desk, which: Which | None = None, **options: Any) -> list[Rebuilt]:
    """Rebuild on a desk."""
    return list(rebuild(desk.store, which or Which(), lambda: Deadline(desk.clock, 10), **options))


def everything() -> Iterable[dict[str, Any]]:
    """A sample of every type, status and message."""
    for spec in catalog.specs():
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
def test_nothing_differs(desk: Desk, from_content: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Of every type in the catalogue the record is the join of its ledger rows, as understood and as read anew."""
    for event in everything():
        desk.process(event)
    found = run(desk, from_content=from_content)

    assert len(found) == len(desk.stored()) > 100
    assert [one for one in found if not one.same or one.notes] == []


@pytest.mark.parametrize("status", ["Scheduled", "Executing"])
def test_what_an_envelope_contributed_is_read_anew(desk: Desk, event: MakeEvent, status: str) -> None:
    """Times, suffixes and oddities that the content alone does not tell come out the same from the ledger."""
    told = event(REBOOT, status, "cloudmonitor")
    told["content"].pop("eventStatus", None)
    desk.process(told)
    mismatched = event(REBOOT, "Executed", "cloudmonitor")
    mismatched["name"] = "Instance:SystemMaintenance.Reboot:Executing"
    desk.process(mismatched)
    state = event("ecs:Instance:StateChange", "Running", "cloudmonitor")
    desk.process({**state, "eventTime": "20190409T121826.922+0800"})

    assert [one for one in run(desk, from_content=True) if not one.same or one.notes] == []


def test_a_damaged_record_is_told_and_mended(any_desk: Desk, event: MakeEvent) -> None:
    """What differs is told column by column and transition by transition; --apply writes what the ledger says."""
    for status in ("Scheduled", "Executing"):
        any_desk.process(event(REBOOT, status))
    before = any_desk.dump()
    (row,) = any_desk.store.walk(RECORDS, [])
    state = json.loads(str(row.columns["state"]))
    state["transitions"] = state["transitions"][:1]
    damage(any_desk, {**row.columns, "status": "Scheduled", "state": json.dumps(state)})
    (told,) = run(any_desk)

    assert told.columns["status"] == ("Scheduled", "Executing")
    assert (len(told.gained), told.lost, told.applied) == (1, (), False)
    assert any_desk.dump() != before
    (mended,) = run(any_desk, apply=True)
    assert mended.applied
    assert any_desk.dump() == before
    assert all(one.same for one in run(any_desk))


def damage(desk: Desk, columns: dict[str, Any]) -> None:
    """Overwrite the one record."""
    from opsledger.store import Put  # noqa: PLC0415 - what no other test should do

    (row,) = desk.store.walk(RECORDS, [])
    revision = int(row.columns["revision"])
    desk.store.write([Put(row.key, {**columns, "revision": revision + 1}, revision)])


def test_a_record_that_is_gone_is_made_again(desk: Desk, event: MakeEvent) -> None:
    """The ledger's partition of the resource knows records that the table lacks."""
    told = event(REBOOT, "Scheduled")
    desk.process(told)
    before = desk.dump()
    (record,) = desk.stored()
    del desk.store.rows[record_key(record.key)]  # type: ignore[attr-defined]
    which = Which(resource=record.resource_id)

    (found,) = run(desk, which, apply=True)
    assert (found.applied, len(found.gained)) == (True, 1)
    assert desk.dump() == before


def test_a_record_without_ledger_is_told_and_left(desk: Desk, event: MakeEvent) -> None:
    """What the ledger has nothing of is a problem for people, never a reason to remove anything."""
    desk.process(event(REBOOT, "Scheduled"))
    (row,) = desk.ledger()
    del desk.store.rows[row.key]  # type: ignore[attr-defined]
    (found,) = run(desk, apply=True)

    assert found.problem == "the ledger has nothing of it"
    assert len(desk.stored()) == 1


def test_one_event_about_two_resources_is_rebuilt_from_both(desk: Desk, event: MakeEvent) -> None:
    """The same event id told of two instances is one record; its rows lie in two partitions of the ledger."""
    desk.process(event(REBOOT, "Scheduled", instanceId="i-b"))
    desk.process(event(REBOOT, "Executing", instanceId="i-a"))
    (record,) = desk.stored()

    assert (record.resource_id, record.also) == ("i-a", ("i-b",))
    assert [one.same for one in run(desk)] == [True]
    assert [one.same for one in run(desk, Which(record=record.key))] == [True]


def test_a_changed_lifecycle_reaches_old_records(desk: Desk, event: MakeEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statuses and deadlines follow the rules of today once they are applied, from the transitions as understood."""
    desk.process(event(REBOOT, "Scheduled"))
    kind = ecs.SYSTEM_EVENT
    outcomes = {**kind.lifecycle.outcomes, "Scheduled": catalog.Outcome.NOTED}
    changed = kind._replace(lifecycle=kind.lifecycle._replace(outcomes=outcomes))
    monkeypatch.setitem(catalog._KINDS, kind.name, changed)
    (told,) = run(desk, apply=True)
    (row,) = desk.store.walk(RECORDS, [])

    assert told.columns == {"outcome": ("pending", "noted")}
    assert row.columns["outcome"] == "noted"


def test_a_changed_catalogue_reaches_old_contents(
    desk: Desk, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only `from_content` reads what was received anew; the ledger keeps what was understood at first."""
    desk.process(event(REBOOT, "Scheduled"))
    spec, _ = catalog.find(REBOOT)
    monkeypatch.setitem(catalog._SPECS, REBOOT, spec._replace(level="warning", levels={}))
    ledger = desk.ledger()

    assert [one.same for one in run(desk)] == [True]
    (told,) = run(desk, from_content=True, apply=True)
    assert told.columns["severity"] == ("critical", "warning")
    assert desk.record()["severity"] == "warning"
    assert [one.same for one in run(desk, from_content=True)] == [True]
    assert desk.ledger() == ledger


def test_what_is_refused_today_counts_as_it_was_understood(
    desk: Desk, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type that the catalogue lost loses no history: the row is named and kept as it was."""
    desk.process(event(REBOOT, "Scheduled"))
    spec, _ = catalog.find("ecs:Instance:StateChange")
    monkeypatch.setitem(catalog._SPECS, REBOOT, catalog.find(REBOOT)[0]._replace(content=spec.content))
    (told,) = run(desk, from_content=True)

    assert told.same
    assert "refused today: malformed_content" in told.notes[0]


def test_a_status_that_the_lifecycle_lost_is_told(
    desk: Desk, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that cannot be compared is a problem of its own; the others are compared."""
    desk.process(event(REBOOT, "Inquiring"))
    desk.process(event("ecs:Instance:StateChange", "Running"))
    kind = ecs.SYSTEM_EVENT
    moves = {status: to - {"Inquiring"} for status, to in kind.lifecycle.moves.items() if status != "Inquiring"}
    monkeypatch.setitem(catalog._KINDS, kind.name, kind._replace(lifecycle=kind.lifecycle._replace(moves=moves)))
    found = {one.key.rpartition(":")[0]: one for one in run(desk)}

    assert found["ecs:event"].problem == "its kind, type or status 'Inquiring' is not in the catalogue"
    assert found["ecs:state"].same


def test_an_overdue_record_is_no_difference(desk: Desk, event: MakeEvent) -> None:
    """The sweeper's mark is outside the ledger, and stays through a rebuild while it is right."""
    desk.process(event(REBOOT, "Scheduled"))
    (record,) = desk.stored()
    desk.clock.now = (state.overdue_at(record) or 0) + DAY_MS
    sweep(desk.store, Deadline(desk.clock, 60), "sweep")

    assert [one.same for one in run(desk)] == [True]
    assert desk.record()["overdue_since"] is not None


def test_which_records_are_compared(desk: Desk, event: MakeEvent) -> None:
    """One, those of a resource, those of a kind, or all."""
    desk.process(event(REBOOT, "Scheduled", seed="a"))
    desk.process(event(REBOOT, "Scheduled", seed="b"))
    desk.process(event("ecs:Instance:StateChange", "Running", seed="a"))
    record = desk.stored()[0]

    assert len(run(desk)) == 3
    assert [one.key for one in run(desk, Which(record=record.key.rpartition(":")[2]))] == [record.key]
    assert len(run(desk, Which(kind=REBOOT))) == len(run(desk, Which(kind="system-event"))) == 2
    assert {one.key for one in run(desk, Which(resource=record.resource_id))} >= {record.key}


def test_no_table_is_read_through(bench: Bench, event: MakeEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each range that is read is of an index, or of one partition of the ledger."""
    for seed in range(3):
        bench.desk.process(event(REBOOT, "Scheduled", seed=str(seed)))
    asked: list[Any] = []
    walk = bench.store.walk

    def watched(index: Any, prefix: Any, **options: Any) -> Any:
        asked.append((index.name, prefix))
        return walk(index, prefix, **options)

    monkeypatch.setattr(bench.store, "walk", watched)
    assert all(one.same for one in rebuild(bench.store, Which(), lambda: Deadline(bench.desk.clock, 10)))

    assert {name for name, _ in asked} == {"records_by_kind", "ledger"}
    assert all(prefix for _, prefix in asked)


def test_a_record_that_moves_meanwhile_is_rebuilt_again(desk: Desk, event: MakeEvent) -> None:
    """The event that comes between reading and writing is in the record that is written."""
    desk.process(event(REBOOT, "Scheduled"))
    (row,) = desk.store.walk(RECORDS, [])
    damage(desk, {**row.columns, "status": "Avoided"})
    write, late = desk.store.write, [event(REBOOT, "Executing")]

    def interrupted(puts: Any) -> Any:
        if late:
            desk.process(late.pop())
        return write(puts)

    desk.store.write = interrupted  # type: ignore[method-assign]
    run(desk, apply=True)

    assert desk.record()["status"] == "Executing"
    assert [one.same for one in run(desk)] == [True]


def test_an_event_between_ledger_and_record_is_no_difference(desk: Desk, event: MakeEvent) -> None:
    """What looks different because an event came between the two reads is compared again before it is told."""
    desk.process(event(REBOOT, "Scheduled"))
    read, walk, late, walked = desk.store.read, desk.store.walk, [event(REBOOT, "Executing")], []

    def watched(index: Any, prefix: Any, **options: Any) -> Any:
        walked.append(index)
        return walk(index, prefix, **options)

    def interrupted(keys: Any) -> Any:
        if late and LEDGER in walked:
            desk.process(late.pop())
        return read(keys)

    desk.store.walk, desk.store.read = watched, interrupted  # type: ignore[method-assign]
    found = run(desk)

    assert [one.same for one in found] == [True]
    assert walked.count(LEDGER) == 2
    assert desk.record()["status"] == "Executing"
