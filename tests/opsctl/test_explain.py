"""`explain` shows what the pipeline would do, and writes nothing."""

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
    """All rows of all tables."""
    return {row.key: row.columns for table in TABLES for row in harness.store.walk(table, [])}


def test_nothing_is_written(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """No write reaches the store."""
    tablestore_harness.process(event(REBOOT, "Scheduled"))
    tablestore_harness.clear_calls()
    explained(tablestore_harness, [event(REBOOT, "Executing"), {"no": "event"}, event(REBOOT, "Scheduled", seed="b")])

    assert set(tablestore_harness.calls()) == {"BatchGetRow"}


def test_the_rows_equal_those_written(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Processing the payload afterwards writes exactly these rows, column by column."""
    any_harness.process(event(REBOOT, "Scheduled"))
    before = rows(any_harness)
    payload = [event(REBOOT, "Executing"), {"no": "event"}, 7, event(REBOOT, "Scheduled", seed="b")]
    explained_rows = {planned.put.key: planned for planned in explained(any_harness, payload).rows}
    any_harness.process(payload, request_id="explain")
    written = {key: columns for key, columns in rows(any_harness).items() if before.get(key) != columns}

    assert {key: dict(planned.put.columns) for key, planned in explained_rows.items()} == written
    assert {planned.exists for key, planned in explained_rows.items() if key in before} == {True}


def test_each_delivery_starts_from_the_record_before_it(harness: PipelineHarness, event: MakeEvent) -> None:
    """Several deliveries about one record are applied one after the other."""
    statuses = ("Scheduled", "Executing", "Scheduled", "Inquiring", "Executed")
    deliveries = explained(harness, [event(REBOOT, status) for status in statuses]).deliveries

    assert [delivery.disposition.value for delivery in deliveries] == [
        "recorded",
        "recorded",
        "duplicate",
        "out_of_order",
        "recorded",
    ]
    assert deliveries[0].before is None
    assert all(after.before == before.after for before, after in pairwise(deliveries))
    assert deliveries[-1].after is not None
    assert state.summarize(deliveries[-1].after).status == "Executed"


def test_the_outcomes_equal_those_of_the_pipeline(harness: PipelineHarness, event: MakeEvent) -> None:
    """For each delivery of a batch."""
    harness.process(event(REBOOT, "Executing"))
    payload = [event(REBOOT, "Scheduled"), event(REBOOT, "Executing"), event(REBOOT, "Executed"), "{", 7]
    outcomes = [delivery.disposition for delivery in explained(harness, payload).deliveries]

    assert outcomes == [entry.disposition for entry in harness.process(payload).entries]


def test_a_refused_delivery_has_its_errors(harness: PipelineHarness, event: MakeEvent) -> None:
    """The errors and the row are those of the quarantine."""
    explanation = explained(harness, event(REBOOT, "Scheduled", instanceId=7, notBefore="soon"))
    (delivery,), (planned,) = explanation.deliveries, explanation.rows
    harness.process(event(REBOOT, "Scheduled", instanceId=7, notBefore="soon"))
    (entry,) = harness.quarantine()

    assert isinstance(delivery.understood.result, Refused)
    assert delivery.understood.result.error.errors == entry.errors
    assert planned.put.key.values[1:] == (0,)
    assert entry.digest in str(planned.put.key.values[0])


def test_a_payload_that_is_not_json_is_explained(harness: PipelineHarness) -> None:
    """Any bytes give an explanation."""
    explanation = explain(b"\xff\x00", harness.store, Deadline(harness.clock, 10))

    assert [delivery.disposition.value for delivery in explanation.deliveries] == ["quarantined"]
    assert len(explanation.rows) == 1
