"""Rebuilding while events arrive: none is written away, and what only the record has stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.rebuild.rebuilding import REBOOT, damage, run

from opsctl.rebuild import Which
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, PipelineHarness


def test_a_record_that_changes_meanwhile_is_rebuilt_again(harness: PipelineHarness, event: MakeEvent) -> None:
    """The event that arrives between reading and writing is in the written record."""
    harness.process(event(REBOOT, "Scheduled"))
    (row,) = harness.store.walk(RECORDS, [])
    damage(harness, {**row.columns, "status": "Avoided"})
    write, late = harness.store.write, [event(REBOOT, "Executing")]

    def interrupted(puts: Any) -> Any:
        if late:
            harness.process(late.pop())
        return write(puts)

    harness.store.write = interrupted  # type: ignore[method-assign]
    run(harness, apply=True)

    assert harness.record()["status"] == "Executing"
    assert [one.same for one in run(harness)] == [True]


def test_an_event_between_the_two_reads_is_no_difference(harness: PipelineHarness, event: MakeEvent) -> None:
    """A difference is compared again before it is reported."""
    harness.process(event(REBOOT, "Scheduled"))
    walk, late, walked = harness.store.walk, [event(REBOOT, "Executing")], []

    def interrupted(index: Any, prefix: Any, **options: Any) -> Any:
        walked.append(index)
        if late and index is LEDGER:
            harness.process(late.pop())
        return walk(index, prefix, **options)

    harness.store.walk = interrupted  # type: ignore[method-assign]
    found = run(harness)

    assert [one.same for one in found] == [True]
    assert walked.count(LEDGER) == 2
    assert harness.record()["status"] == "Executing"


def test_an_event_between_the_reads_is_not_written_away(harness: PipelineHarness, event: MakeEvent) -> None:
    """The record is read before its ledger rows: an event that comes between them is in what is written."""
    harness.process(event(REBOOT, "Scheduled"))
    (row,) = harness.store.walk(RECORDS, [])
    damage(harness, {**row.columns, "status": "Avoided"})
    walk, late = harness.store.walk, [event(REBOOT, "Executing"), event(REBOOT, "Executed")]

    def interrupted(index: Any, prefix: Any, **options: Any) -> Any:
        rows = list(walk(index, prefix, **options))
        if index is LEDGER and late:  # after the ledger was read
            harness.process(late.pop(0))
        return iter(rows)

    harness.store.walk = interrupted  # type: ignore[method-assign]
    run(harness, apply=True)
    harness.store.walk = walk  # type: ignore[method-assign]

    assert [step["status"] for step in harness.record()["transitions"]] == ["Scheduled", "Executing", "Executed"]
    assert [one.same for one in run(harness)] == [True]


@pytest.mark.parametrize("from_content", [False, True])
def test_a_rebuild_beside_handlers_loses_no_event(
    make_harness: Any,
    event: MakeEvent,
    from_content: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Whatever call of the rebuild an event comes before: it is in the record at the end."""
    for number in range(1, 25):
        harness = make_harness()
        harness.process(event(REBOOT, "Scheduled"))
        (row,) = harness.store.walk(RECORDS, [])
        damage(harness, {**row.columns, "status": "Avoided"})
        late = [event(REBOOT, "Executing")]
        calls = interrupt(harness, number, lambda harness=harness, late=late: harness.process(late.pop()))
        run(harness, Which(record=harness.stored()[0].key), apply=True, from_content=from_content)
        if late:
            assert 5 < calls[0] < number
            return
        assert [step["status"] for step in harness.record()["transitions"]] == ["Scheduled", "Executing"], number
    raise AssertionError("a rebuild makes fewer calls than that")


def interrupt(harness: PipelineHarness, number: int, act: Any) -> list[int]:
    """Do something before the store's call `number`; the number of calls so far."""
    calls, store = [0], harness.store

    def before(perform: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            calls[0] += 1
            if calls[0] == number:
                act()
            return perform(*arguments, **options)

        return call

    for name in ("read", "write", "walk"):
        setattr(store, name, before(getattr(store, name)))
    return calls


def test_a_precision_that_only_the_record_has_is_kept(harness: PipelineHarness, event: MakeEvent) -> None:
    """A handler died before its ledger row, and the redelivery, which finds the record complete, writes it alone."""
    rough = event("ecs:Instance:StateChange", "Running")
    harness.process(rough)
    known = {row.key for row in harness.ledger()}
    precise = rough["time"].replace(".000+", ".007+")
    harness.process({**rough, "time": precise, "data": {**rough["data"], "note": "another content"}})
    (row,) = harness.store.walk(RECORDS, [])
    for late in [row.key for row in harness.ledger() if row.key not in known]:
        del harness.store.rows[late]  # type: ignore[attr-defined]
    damage(harness, {**row.columns, "severity": "critical"})

    (found,) = run(harness, apply=True)
    (repaired,) = harness.store.walk(RECORDS, [])

    assert found.applied
    assert "007" in str(row.columns["state"])
    assert {**repaired.columns, "revision": 0, "writer": ""} == {**row.columns, "revision": 0, "writer": ""}


def test_a_transition_that_only_the_record_has_is_kept(harness: PipelineHarness, event: MakeEvent) -> None:
    """Its ledger row may be on its way, or expired: it is reported and never removed."""
    harness.process(event(REBOOT, "Scheduled"))
    harness.process(event(REBOOT, "Executing"))
    (gone,) = (row for row in harness.ledger() if row.columns["status"] == "Executing")
    del harness.store.rows[gone.key]  # type: ignore[attr-defined]
    (row,) = harness.store.walk(RECORDS, [])
    before = dict(row.columns)
    damage(harness, {**row.columns, "severity": "info"})
    (found,) = run(harness, apply=True)
    (row,) = harness.store.walk(RECORDS, [])

    assert (len(found.lost), found.applied) == (1, True)
    assert {**row.columns, "revision": 0, "writer": ""} == {**before, "revision": 0, "writer": ""}
    (again,) = run(harness, apply=True)
    assert (again.lost, again.applied, again.same) == (found.lost, False, False)
