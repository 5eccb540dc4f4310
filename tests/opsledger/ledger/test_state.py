"""The state of a record: status, deadlines, severity and anomalies, from the set of its transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsledger.ledger import state
from opsledger.ledger.state import Disposition

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
MINUTE = 60_000
NOW_MS = 1_767_225_600_000

# statuses in their order of arrival, the last status, the anomalies
HISTORIES: list[tuple[list[str], str, list[str]]] = [
    (["Scheduled"], "Scheduled", []),
    (["Scheduled", "Executing", "Executed"], "Executed", []),
    (["Inquiring", "Scheduled", "Avoided"], "Avoided", []),
    (["Executed"], "Executed", ["missed_start"]),
    (["Scheduled", "Executed"], "Executed", []),
    (["Executing", "Failed"], "Failed", []),
    (["Scheduled", "Avoided", "Executing"], "Avoided", []),
]


def anomalies(record: dict[str, Any]) -> list[str]:
    """The names of a record's anomalies."""
    return [anomaly["anomaly"] for anomaly in record["anomalies"]]


@pytest.mark.parametrize(("statuses", "status", "expected"), HISTORIES)
def test_the_status_of_a_system_event_follows_its_lifecycle(
    harness: PipelineHarness, event: MakeEvent, statuses: list[str], status: str, expected: list[str]
) -> None:
    """In the order of progress, not of arrival."""
    for one in statuses:
        harness.process(event(REBOOT, one))

    record = harness.record()
    assert (record["status"], anomalies(record)) == (status, expected)


def test_the_first_of_two_ends_stands(harness: PipelineHarness, event: MakeEvent) -> None:
    """The other is kept as an anomaly and does not change the status."""
    harness.process(event(REBOOT, "Executed", now_ms=NOW_MS + 9 * MINUTE))
    harness.process(event(REBOOT, "Avoided"))

    record = harness.record()
    assert (record["status"], record["outcome"], record["terminal"]) == ("Avoided", "averted", True)
    assert anomalies(record) == ["missed_start", "unexpected_move"]
    assert [step["status"] for step in record["transitions"]] == ["Avoided", "Executed"]


def test_a_new_date_of_a_schedule_is_a_restated_transition(harness: PipelineHarness, event: MakeEvent) -> None:
    """The record has the newest date."""
    harness.process(event(REBOOT, "Scheduled", notBefore="2026-01-09T00:00:00Z", publishTime="2026-01-02T00:00:00Z"))
    harness.process(event(REBOOT, "Scheduled", notBefore="2026-01-05T00:00:00Z"))

    record = harness.record()
    assert (record["not_before"], record["due"]) == ("2026-01-09T00:00:00Z", "2026-01-09T00:00:00Z")
    assert anomalies(record) == ["restated"]
    assert (record["first_seen"], record["last_seen"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")


def test_an_averted_event_is_not_critical(harness: PipelineHarness, event: MakeEvent) -> None:
    """It is critical while it is scheduled, and info once it is cancelled."""
    harness.process(event(REBOOT, "Scheduled"))
    assert harness.record()["severity"] == "critical"

    harness.process(event(REBOOT, "Canceled"))
    assert harness.record()["severity"] == "info"


def test_instance_states_are_ordered_by_time(harness: PipelineHarness, event: MakeEvent) -> None:
    """The last moment counts, not the last delivery."""
    events = [event(STATE, s, now_ms=NOW_MS + n * MINUTE) for n, s in enumerate(("Running", "Stopping", "Stopped"))]
    counted = [harness.counts(one) for one in (events[2], events[0], events[1])]

    record = harness.record()
    assert counted == [{"recorded": 1}, {"out_of_order": 1}, {"out_of_order": 1}]
    assert (record["status"], record["status_at"]) == ("Stopped", "2026-01-01T00:02:00Z")
    assert record["count"] == 3


def test_a_release_is_due_five_minutes_after_its_notice(harness: PipelineHarness, event: MakeEvent) -> None:
    """As the vendor documents."""
    harness.process(event("ecs:Instance:PreemptibleInstanceInterruption"))

    record = harness.record()
    assert (record["outcome"], record["due"]) == ("pending", "2026-01-01T00:05:00Z")


def test_each_hour_of_a_restriction_is_a_step_of_one_record(harness: PipelineHarness, event: MakeEvent) -> None:
    """The same hour twice is one."""
    restricted = "ecs:Instance:BurstablePerformanceRestricted"
    hours = [event(restricted, now_ms=NOW_MS + n * 60 * MINUTE) for n in range(3)]

    assert harness.counts([*hours, hours[0]]) == {"recorded": 3, "duplicate": 1}
    assert (harness.record()["started_at"], harness.record()["finished_at"]) == (
        "2025-12-31T23:00:00Z",
        "2026-01-01T02:00:00Z",
    )


def test_a_disk_stall_is_a_record_of_the_disk(harness: PipelineHarness, event: MakeEvent) -> None:
    """The instance is a detail."""
    harness.process(event("ecs:Disk:Stalled", "Executed"))

    record = harness.record()
    assert (record["resource_type"], record["resource_id"][:2]) == ("disk", "d-")
    assert record["transitions"][0]["detail"]["instance"].startswith("i-")


def test_one_stall_of_two_disks_is_two_records(harness: PipelineHarness, event: MakeEvent) -> None:
    """They share the event's id."""
    disks = [event("ecs:Disk:Stalled", diskId=f"d-{n}") for n in range(2)]

    assert harness.counts(disks) == {"recorded": 2}
    assert len(harness.records()) == 2


def test_one_event_id_of_two_instances_is_one_record_in_every_order(harness: PipelineHarness, event: MakeEvent) -> None:
    """The vendor's ids are unique; if one is not, the record does not depend on the order."""
    events = [event(REBOOT, "Scheduled", instanceId="i-b"), event(REBOOT, "Avoided", instanceId="i-a")]
    for one in events:
        harness.process(one)
    first = harness.record()
    other = type(harness)()
    for one in reversed(events):
        other.process(one)

    assert other.record() == first
    assert first["resource_id"] == "i-a"


def test_a_name_that_contradicts_its_content_is_an_anomaly(harness: PipelineHarness, event: MakeEvent) -> None:
    """The content takes precedence."""
    sent = event(REBOOT, "Avoided", "cloudmonitor")
    sent["name"] = "Instance:SystemMaintenance.Reboot:Executed"
    harness.process(sent)

    record = harness.record()
    assert record["status"] == "Avoided"
    assert "status_mismatch" in anomalies(record)
    assert any("Executed" in anomaly["note"] for anomaly in record["anomalies"])


def test_a_join_does_not_change_its_records(harness: PipelineHarness, event: MakeEvent) -> None:
    """Both are as they were before."""
    harness.process(event(REBOOT, "Scheduled"))
    (record,) = harness.stored()
    before = state.to_json(record)
    other = type(harness)()
    other.process(event(REBOOT, "Avoided"))

    joined = record.join(other.stored()[0])

    assert state.to_json(record) == before
    assert state.summarize(joined).status == "Avoided"
    assert {d.value for d in Disposition} == {"recorded", "duplicate", "out_of_order", "quarantined"}
