"""What is explained is what would be done, and nothing is done."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from opsctl.explain import Explanation, explain
from opsledger.deadline import Deadline
from opsledger.intake.understand import Refused
from opsledger.ledger import state
from opsledger.store.tables import TABLES

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, PipelineHarness, TablestoreHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def explained(harness: PipelineHarness, payload: Any) -> Explanation:
    """Explain a payload on a harness."""
    return explain(json.dumps(payload).encode(), harness.store, Deadline(harness.clock, 10))


def rows(harness: PipelineHarness) -> dict[Any, Any]:
    """All there is."""
    return {row.key: row.columns for table in TABLES for row in harness.store.walk(table, [])}


def test_nothing_is_written(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Not a single write reaches the store."""
    tablestore_harness.process(event(REBOOT, "Scheduled"))
    tablestore_harness.clear_calls()
    explained(tablestore_harness, [event(REBOOT, "Executing"), {"no": "event"}, event(REBOOT, "Scheduled", seed="b")])

    assert set(tablestore_harness.calls()) == {"BatchGetRow"}


def test_the_rows_are_those_that_would_be_written(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Done afterwards, the same payload leaves exactly the rows that were told, column by column."""
    any_harness.process(event(REBOOT, "Scheduled"))
    before = rows(any_harness)
    payload = [event(REBOOT, "Executing"), {"no": "event"}, 7, event(REBOOT, "Scheduled", seed="b")]
    told = {planned.put.key: planned for planned in explained(any_harness, payload).rows}
    any_harness.process(payload, request_id="explain")
    written = {key: columns for key, columns in rows(any_harness).items() if before.get(key) != columns}

    assert {key: dict(planned.put.columns) for key, planned in told.items()} == written
    assert {planned.exists for key, planned in told.items() if key in before} == {True}


def test_each_delivery_is_followed_from_record_to_record(harness: PipelineHarness, event: MakeEvent) -> None:
    """Several deliveries of one thing are decided one after the other, each on what the one before it left."""
    statuses = ("Scheduled", "Executing", "Scheduled", "Inquiring", "Executed")
    steps = explained(desk, [event(REBOOT, status) for status in statuses]).deliveries

    assert [step.disposition.value for step in steps] == [
        "recorded",
        "recorded",
        "duplicate",
        "out_of_order",
        "recorded",
    ]
    assert steps[0].before is None
    assert all(after.before == before.after for before, after in pairwise(steps))
    assert steps[-1].after is not None
    assert state.summarize(steps[-1].after).status == "Executed"


def test_the_decision_is_the_one_that_is_made(harness: PipelineHarness, event: MakeEvent) -> None:
    """What is told of each delivery is what the pipeline then reports of it."""
    harness.process(event(REBOOT, "Executing"))
    payload = [event(REBOOT, "Scheduled"), event(REBOOT, "Executing"), event(REBOOT, "Executed"), "{", 7]
    told = [step.disposition for step in explained(desk, payload).deliveries]

    assert told == [entry.disposition for entry in harness.process(payload).entries]


def test_what_is_refused_is_told_with_its_paths(harness: PipelineHarness, event: MakeEvent) -> None:
    """The errors are the quarantine's own, and so is the row."""
    explanation = explained(desk, event(REBOOT, "Scheduled", instanceId=7, notBefore="soon"))
    (step,), (planned,) = explanation.deliveries, explanation.rows
    desk.process(event(REBOOT, "Scheduled", instanceId=7, notBefore="soon"))
    (entry,) = desk.quarantine()

    assert isinstance(step.understood.result, Refused)
    assert step.understood.result.error.errors == entry.errors
    assert planned.put.key.values[1:] == (0,)
    assert entry.digest in str(planned.put.key.values[0])


def test_a_payload_that_is_no_json_is_explained(harness: PipelineHarness) -> None:
    """Bytes of any kind end in an explanation."""
    told = explain(b"\xff\x00", harness.store, Deadline(harness.clock, 10))

    assert [step.disposition.value for step in told.deliveries] == ["quarantined"]
    assert len(told.rows) == 1
