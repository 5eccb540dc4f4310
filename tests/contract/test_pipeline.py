"""The pipeline writes the same rows to every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger import catalog
from opsledger.ledger import queries, state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
MINUTE = 60_000
NOW_MS = 1_767_225_600_000


def test_all_stores_hold_the_same_rows(
    any_harness: PipelineHarness, make_harness: MakeHarness, vendor_samples: Sequence[dict[str, Any]], event: MakeEvent
) -> None:
    """Samples, a batch with an unknown event and a duplicate leave the same rows as in memory."""
    memory = make_harness()
    unknown = {"surprise": "重启", "half": "\\ud800"}
    for payload in (*vendor_samples, [event(seed="b"), unknown, event(STATE, "Running")], vendor_samples[1], b"\xff"):
        assert any_harness.counts(payload) == memory.counts(payload)

    assert any_harness.dump() == memory.dump()
    assert any_harness.quarantine() == memory.quarantine()


def test_notifications_of_one_event_are_put_in_order(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Notifications that arrive in separate invocations, the last one first, end up in the order of the lifecycle."""
    events = [event(REBOOT, status) for status in ("Executed", "Scheduled", "Executing")]
    counted = [any_harness.counts(one) for one in (*events, events[0])]

    assert counted == [{"recorded": 1}, {"out_of_order": 1}, {"out_of_order": 1}, {"duplicate": 1}]
    assert [step["status"] for step in any_harness.record()["transitions"]] == ["Scheduled", "Executing", "Executed"]


def test_record_keeps_its_newest_hundred_transitions(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Of 120 state changes, the record keeps the newest hundred and the ledger keeps all."""
    events = [event(STATE, ("Running", "Stopped")[n % 2], now_ms=NOW_MS + n * MINUTE) for n in range(120)]
    any_harness.process(events[60:])
    any_harness.process(events[:60])

    record = any_harness.record()
    assert (len(record["transitions"]), record["truncated"], record["status"]) == (100, True, "Stopped")
    assert record["first_seen"] == "2026-01-01T00:00:00Z"
    assert len(any_harness.ledger()) == 120
    assert len(list(queries.history(any_harness.store, any_harness.stored()[0]))) == 120


def test_records_are_found_by_key_and_by_filter(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Records are found by the whole key, by the entity id, and by each filter alone and combined."""
    first, second = event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Avoided", seed="b")
    running = {**event(STATE, "Running", seed="a"), "aliyunregionid": "cn-beijing"}
    any_harness.process([first, second, running])
    event_id, instance = first["data"]["eventId"], first["data"]["instanceId"]

    def keys(**filters: Any) -> list[str]:
        return sorted(r.key.rpartition(":")[0] for r in queries.records(any_harness.store, queries.Filter(**filters)))

    assert [r.key for r in queries.find(any_harness.store, event_id)] == [f"ecs:event:{event_id}"]
    assert [r.key for r in queries.find(any_harness.store, f"ecs:event:{event_id}")] == [f"ecs:event:{event_id}"]
    assert queries.find(any_harness.store, "e-none") == []
    assert keys() == ["ecs:event", "ecs:event", "ecs:state"]
    assert keys(status="scheduled") == ["ecs:event"]
    assert keys(resource=instance) == ["ecs:event", "ecs:state"]
    assert keys(kind="system-event") == ["ecs:event", "ecs:event"]
    assert keys(kind="Instance:StateChange") == keys(kind="ECS:instance:STATECHANGE") == ["ecs:state"]
    assert keys(region="cn-beijing") == ["ecs:state"]
    assert keys(resource=instance, status="Running", kind="instance-state", region="cn-beijing") == ["ecs:state"]
    assert keys(resource=instance, status="Avoided") == []
    assert keys(kind="no such kind") == keys(status="No such status") == keys(region="mars") == []


def test_records_of_a_kind_are_listed_newest_first(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """The records of a kind are sorted by when they were last seen."""
    minutes = {"a": 5, "b": 9, "c": 1}
    any_harness.process([event(STATE, "Running", seed=s, now_ms=NOW_MS + n * MINUTE) for s, n in minutes.items()])

    found = queries.records(any_harness.store, queries.Filter(kind="instance-state"))

    assert [state.summarize(r).first_seen for r in found] == [NOW_MS + n * MINUTE for n in (9, 5, 1)]


def test_every_ecs_type_is_stored(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """The columns, indexes and keys of every ECS type are within the limits of the store."""
    types = [spec.type for spec in catalog.event_types() if spec.kind.product == "ecs"]

    assert any_harness.counts([event(type_, seed=type_) for type_ in types]) == {"recorded": len(types)}
    assert len(any_harness.records()) == len(types)


def test_largest_valid_values_fit_the_store(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """The longest ids, texts and attributes that validation accepts fit every table."""
    largest = event(
        REBOOT, "Scheduled", eventId="*" * 128, instanceId="i" * 128, eventType="T" * 128, padding="重" * 300_000
    )
    disk = event("ecs:Disk:Stalled", eventId="e" * 128, diskId="d" * 128, device="重" * 256, eventType="重" * 256)
    largest.update(aliyunregionid="重" * 1024, aliyunaccountid="重" * 1024)

    assert any_harness.counts([largest, disk]) == {"recorded": 2}
