"""What a record says of the set of its transitions: status, deadlines, severity, oddities."""

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

# what comes, the status it ends in, the oddities
LIVES: list[tuple[list[str], str, list[str]]] = [
    (["Scheduled"], "Scheduled", []),
    (["Scheduled", "Executing", "Executed"], "Executed", []),
    (["Inquiring", "Scheduled", "Avoided"], "Avoided", []),
    (["Executed"], "Executed", ["missed_start"]),
    (["Scheduled", "Executed"], "Executed", []),
    (["Executing", "Failed"], "Failed", []),
    (["Scheduled", "Avoided", "Executing"], "Avoided", []),
]


def anomalies(record: dict[str, Any]) -> list[str]:
    """Their names."""
    return [anomaly["anomaly"] for anomaly in record["anomalies"]]


@pytest.mark.parametrize(("statuses", "status", "odd"), LIVES)
def test_a_system_event_ends_where_its_life_leads(
    harness: PipelineHarness, event: MakeEvent, statuses: list[str], status: str, odd: list[str]
) -> None:
    """By progress, whatever the order of arrival."""
    for told in statuses:
        harness.process(event(REBOOT, told))

    record = harness.record()
    assert (record["status"], anomalies(record)) == (status, odd)


def test_the_first_of_two_ends_stands(harness: PipelineHarness, event: MakeEvent) -> None:
    """The other is kept and flagged, and does not change what the record says."""
    harness.process(event(REBOOT, "Executed", now_ms=NOW_MS + 9 * MINUTE))
    harness.process(event(REBOOT, "Avoided"))

    record = harness.record()
    assert (record["status"], record["outcome"], record["terminal"]) == ("Avoided", "averted", True)
    assert anomalies(record) == ["missed_start", "unexpected_move"]
    assert [step["status"] for step in record["transitions"]] == ["Avoided", "Executed"]


def test_a_schedule_that_moves_is_restated(harness: PipelineHarness, event: MakeEvent) -> None:
    """The same status with another date is a transition of its own; the newest date is the record's."""
    harness.process(event(REBOOT, "Scheduled", notBefore="2026-01-09T00:00:00Z", publishTime="2026-01-02T00:00:00Z"))
    harness.process(event(REBOOT, "Scheduled", notBefore="2026-01-05T00:00:00Z"))

    record = harness.record()
    assert (record["not_before"], record["due"]) == ("2026-01-09T00:00:00Z", "2026-01-09T00:00:00Z")
    assert anomalies(record) == ["restated"]
    assert (record["first_seen"], record["last_seen"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")


def test_what_was_averted_is_no_longer_critical(harness: PipelineHarness, event: MakeEvent) -> None:
    """Critical while it is to come; nothing to worry about once it is not."""
    harness.process(event(REBOOT, "Scheduled"))
    assert harness.record()["severity"] == "critical"

    harness.process(event(REBOOT, "Canceled"))
    assert harness.record()["severity"] == "info"


def test_states_follow_time(harness: PipelineHarness, event: MakeEvent) -> None:
    """An instance may stop and run again and again; the last moment counts, not the last delivery."""
    told = [event(STATE, s, now_ms=NOW_MS + n * MINUTE) for n, s in enumerate(("Running", "Stopping", "Stopped"))]
    counted = [harness.counts(one) for one in (told[2], told[0], told[1])]

    record = harness.record()
    assert counted == [{"recorded": 1}, {"out_of_order": 1}, {"out_of_order": 1}]
    assert (record["status"], record["status_at"]) == ("Stopped", "2026-01-01T00:02:00Z")
    assert record["count"] == 3


def test_a_release_is_due_five_minutes_after_its_notice(harness: PipelineHarness, event: MakeEvent) -> None:
    """As the vendor promises."""
    harness.process(event("ecs:Instance:PreemptibleInstanceInterruption"))

    record = harness.record()
    assert (record["outcome"], record["due"]) == ("pending", "2026-01-01T00:05:00Z")


def test_each_hour_of_a_restriction_is_a_step_of_one_record(harness: PipelineHarness, event: MakeEvent) -> None:
    """And the same hour told twice is one."""
    restricted = "ecs:Instance:BurstablePerformanceRestricted"
    hours = [event(restricted, now_ms=NOW_MS + n * 60 * MINUTE) for n in range(3)]

    assert harness.counts([*hours, hours[0]]) == {"recorded": 3, "duplicate": 1}
    assert (harness.record()["started_at"], harness.record()["finished_at"]) == (
        "2025-12-31T23:00:00Z",
        "2026-01-01T02:00:00Z",
    )


def test_a_disk_and_its_instance_are_two_things(harness: PipelineHarness, event: MakeEvent) -> None:
    """A stall is about the disk; the instance is a detail."""
    harness.process(event("ecs:Disk:Stalled", "Executed"))

    record = harness.record()
    assert (record["resource_type"], record["resource_id"][:2]) == ("disk", "d-")
    assert record["transitions"][0]["detail"]["instance"].startswith("i-")


def test_one_stall_of_two_disks_is_two_records(harness: PipelineHarness, event: MakeEvent) -> None:
    """They share the event's id and not the disk."""
    disks = [event("ecs:Disk:Stalled", diskId=f"d-{n}") for n in range(2)]

    assert harness.counts(disks) == {"recorded": 2}
    assert len(harness.records()) == 2


def test_one_event_id_of_two_instances_is_one_record_in_every_order(harness: PipelineHarness, event: MakeEvent) -> None:
    """The vendor's ids are unique; should one not be, the record is the same whichever came first."""
    told = [event(REBOOT, "Scheduled", instanceId="i-b"), event(REBOOT, "Avoided", instanceId="i-a")]
    for one in told:
        harness.process(one)
    first = harness.record()
    other = type(harness)()
    for one in reversed(told):
        other.process(one)

    assert other.record() == first
    assert first["resource_id"] == "i-a"


def test_a_name_that_contradicts_its_content_is_told(harness: PipelineHarness, event: MakeEvent) -> None:
    """The content wins."""
    told = event(REBOOT, "Avoided", "cloudmonitor")
    told["name"] = "Instance:SystemMaintenance.Reboot:Executed"
    harness.process(told)

    record = harness.record()
    assert record["status"] == "Avoided"
    assert "status_mismatch" in anomalies(record)
    assert any("Executed" in anomaly["note"] for anomaly in record["anomalies"])


def test_deciding_is_pure(harness: PipelineHarness, event: MakeEvent) -> None:
    """A decision leaves the record it was given as it was."""
    harness.process(event(REBOOT, "Scheduled"))
    (record,) = harness.stored()
    before = state.to_json(record)
    told = type(harness)()
    told.process(event(REBOOT, "Avoided"))

    joined = record.join(told.stored()[0])

    assert state.to_json(record) == before
    assert state.summarize(joined).status == "Avoided"
    assert {d.value for d in Disposition} == {"recorded", "duplicate", "out_of_order", "quarantined"}
