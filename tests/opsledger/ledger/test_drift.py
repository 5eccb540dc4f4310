"""The drift report lists everything that the catalogue does not know, and nothing that it does."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsledger import catalog
from opsledger.ledger import drift
from opsledger.store.tables import BUCKETS

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness, TablestoreHarness

    from opsledger.ledger.drift import DriftFinding
    from opsledger.strict_json import JsonObject

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
OOM = "eci:Event:OOMKilled"


def findings(harness: PipelineHarness, since: int = 0) -> list[tuple[str, str, str, int]]:
    """The findings without their times."""
    return [(f.what, f.type, f.subject, f.seen) for f in drift.report(harness.store, since)]


def unknown_events(event: MakeEvent) -> list[dict[str, Any]]:
    """One event for each kind of finding."""
    return [
        {**event(REBOOT), "type": "ecs:Instance:Brand.New"},
        event(REBOOT, eventStatus="Postponed"),
        event(REBOOT, seed="b", notBefore="tomorrow"),
        event(REBOOT, "Scheduled", seed="c", impactLevel=7),
        event("ecs:Instance:SystemFailure.Stop", "Executing", seed="d", eventStatus="Scheduled"),
        {**event(OOM, None, "kubernetes", seed="e"), "message": "OOM killed 17 processes of container web-1"},
    ]


def test_each_kind_of_finding_is_reported(harness: PipelineHarness, event: MakeEvent) -> None:
    """New types, statuses and fields, refused fields, undocumented statuses and new wordings, in this order."""
    for one in unknown_events(event):
        harness.process(one)

    assert [(what, type_) for what, type_, _, _ in findings(harness)] == [
        ("new type", "ecs:Instance:Brand.New"),
        ("new status", REBOOT),
        ("field refused", REBOOT),
        ("undocumented status", "ecs:Instance:SystemFailure.Stop"),
        ("new message", OOM),
        ("new field", REBOOT),
    ]
    by_what = {what: text for what, _, text, _ in findings(harness)}
    assert "'Postponed'" in by_what["new status"]
    assert by_what["field refused"] == "data.notBefore"
    assert by_what["undocumented status"] == "Scheduled"
    assert by_what["new message"] == "OOM killed %s processes of container %s"
    assert by_what["new field"] == "impactLevel"


def test_the_report_does_not_depend_on_order(make_harness: MakeHarness, event: MakeEvent) -> None:
    """The same deliveries in any order, alone or in a batch, give the same list."""
    events = unknown_events(event)[2:]
    reports = []
    for order in permutations(events):
        harness = make_harness()
        harness.process(list(order))
        reports.append(drift.report(harness.store, 0))

    assert all(report == reports[0] for report in reports)
    assert len(reports[0]) == len(events)


def test_a_finding_has_a_count_and_times(harness: PipelineHarness, event: MakeEvent) -> None:
    """Deliveries of refused payloads, distinct notifications of recorded ones; the first and the last."""
    began = harness.clock.now_ms()
    for seed in ("a", "b", "a"):
        harness.process({**event(REBOOT, seed=seed), "type": "ecs:Instance:Brand.New"})
        harness.process(event(REBOOT, "Scheduled", seed=seed, impactLevel=7))
        harness.clock.seconds += 10
    found = {finding.what: finding for finding in drift.report(harness.store, 0)}

    assert span(found["new type"], began) == (3, 0, 20_000)
    assert span(found["new field"], began) == (2, 0, 10_000)


def span(finding: DriftFinding, began: int) -> tuple[int, int, int]:
    """Count, and first and last time since the beginning."""
    return finding.seen, finding.first - began, finding.last - began


def test_the_catalogues_samples_are_no_drift(harness: PipelineHarness) -> None:
    """Samples of every type, status, form and message give an empty report."""
    for spec in catalog.event_types():
        for case in sample.cases(spec):
            for form in sample.forms(spec):
                made = sample.event(
                    spec, case.status, form, seed=spec.type, now_ms=harness.clock.now, template=case.template
                )
                harness.process(made)

    assert drift.report(harness.store, 0) == []


def test_a_resolved_payload_is_not_reported(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the replay there is nothing to do."""
    from opsctl import quarantine  # noqa: PLC0415 - of this test alone
    from opsledger.deadline import Deadline  # noqa: PLC0415 - the same

    harness.process({**event(REBOOT), "type": "ecs:Instance:Brand.New"})
    (finding,) = drift.report(harness.store, 0)
    spec = catalog.find(REBOOT)[0]._replace(type="ecs:Instance:Brand.New")
    monkeypatch.setitem(catalog._EVENT_TYPES, "ecs:Instance:Brand.New", spec)
    quarantine.replay(harness.store, finding.example, Deadline(harness.clock, 10), "replay")

    assert drift.report(harness.store, 0) == []


def test_older_records_are_not_read(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Records last seen before the period cost nothing."""
    tablestore_harness.process(unknown_events(event))
    tablestore_harness.clear_calls()

    assert drift.report(tablestore_harness.store, tablestore_harness.clock.now + 400 * 86_400_000) == []
    assert "BatchGetRow" not in tablestore_harness.calls()[len(catalog.kinds()) * len(BUCKETS) :]


@pytest.mark.parametrize("casing", [str, lambda name: name[:1].upper() + name[1:]])
def test_fields_are_known_in_either_casing(casing: Any) -> None:
    """The API's page and its SDK use different casing; a new field is found in both, with its path."""
    spec, _ = catalog.find(OOM)
    content: JsonObject = {
        casing("reason"): "OOMKilled",
        casing("involvedObject"): {casing("uid"): "u", casing("colour"): 1},
    }

    assert drift.unknown_fields(spec.content, content) == ["involvedObject.colour"]


def test_every_kind_of_finding_has_a_remedy() -> None:
    """`REMEDIES` has a line for each."""
    assert {*drift._REFUSED.values(), *drift._NOTED.values(), "new field"} == set(drift.REMEDIES)


def test_fields_of_a_notice_that_nobody_looks_for_are_new(harness: PipelineHarness, event: MakeEvent) -> None:
    """A notice takes any field; those that its model does not look for are a to-do, in either casing."""
    harness.process(event("ecs:Instance:AutoReactivateCompleted", InstanceId="i-1", Cause="payment", result="failed"))

    assert [(f.what, f.subject) for f in drift.report(harness.store, 0)] == [("new field", "cause")]


def test_a_state_in_another_case_is_reported_as_received(harness: PipelineHarness, event: MakeEvent) -> None:
    """The record is in the known state; the report has the word that came."""
    harness.process(event("ecs:Disk:StateChange", state="IN_USE"))

    assert [(f.what, f.subject) for f in drift.report(harness.store, 0)] == [("undocumented status", "IN_USE")]
