"""The pipeline gives the same rows on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger import catalog
from opsledger.ledger import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
MINUTE = 60_000
NOW_MS = 1_767_225_600_000


def test_every_store_holds_the_same_rows(
    any_harness: PipelineHarness, make_harness: MakeHarness, vendor_samples: Sequence[dict[str, Any]], event: MakeEvent
) -> None:
    """Samples, a batch with a stranger, a repetition: the rows are those of memory."""
    memory = make_harness()
    stranger = {"surprise": "重启", "half": "\\ud800"}
    for payload in (*vendor_samples, [event(seed="b"), stranger, event(STATE, "Running")], vendor_samples[1], b"\xff"):
        assert any_harness.counts(payload) == memory.counts(payload)

    assert any_harness.dump() == memory.dump()
    assert any_harness.quarantine() == memory.quarantine()


def test_a_life_is_followed_through_the_store(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Each notification in an invocation of its own, the last one first: late, and in its place."""
    told = [event(REBOOT, status) for status in ("Executed", "Scheduled", "Executing")]
    counted = [any_harness.counts(one) for one in (*told, told[0])]

    assert counted == [{"recorded": 1}, {"late": 1}, {"late": 1}, {"duplicate": 1}]
    assert [step["status"] for step in any_harness.record()["transitions"]] == ["Scheduled", "Executing", "Executed"]


def test_a_record_grown_beyond_its_limit_keeps_the_newest(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """A restless instance: the record has the newest hundred steps, the ledger all."""
    told = [event(STATE, ("Running", "Stopped")[n % 2], now_ms=NOW_MS + n * MINUTE) for n in range(120)]
    any_harness.process(told[60:])
    any_harness.process(told[:60])

    record = any_harness.record()
    assert (len(record["transitions"]), record["truncated"], record["status"]) == (100, True, "Stopped")
    assert record["first_seen"] == "2026-01-01T00:00:00Z"
    assert len(any_harness.ledger()) == 120
    assert len(list(queries.history(any_harness.store, any_harness.stored()[0]))) == 120


def test_records_are_found_by_key_and_filter(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """By whole key, by what identifies the thing, and by each filter alone and together."""
    first, second = event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Avoided", seed="b")
    running = {**event(STATE, "Running", seed="a"), "aliyunregionid": "cn-beijing"}
    any_harness.process([first, second, running])
    event_id, instance = first["data"]["eventId"], first["data"]["instanceId"]

    def keys(**asked: str) -> list[str]:
        return sorted(r.key.rpartition(":")[0] for r in queries.records(any_harness.store, queries.Filter(**asked)))

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


def test_records_of_a_kind_come_newest_first(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """By when they were last heard of."""
    moments = {"a": 5, "b": 9, "c": 1}
    any_harness.process([event(STATE, "Running", seed=s, now_ms=NOW_MS + n * MINUTE) for s, n in moments.items()])

    found = queries.records(any_harness.store, queries.Filter(kind="instance-state"))

    assert [r.first_at for r in found] == [NOW_MS + n * MINUTE for n in (9, 5, 1)]


def test_every_type_of_the_catalogue_is_stored(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """One event of each ECS type: columns, indexes and keys fit the store's limits."""
    types = [spec.type for spec in catalog.specs() if spec.kind.product == "ecs"]

    assert any_harness.counts([event(type_, seed=type_) for type_ in types]) == {"recorded": len(types)}
    assert len(any_harness.records()) == len(types)


def test_the_largest_values_that_are_taken_fit_the_store(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """The longest ids, words and attributes that validation lets through are no burden to any table."""
    largest = event(
        REBOOT, "Scheduled", eventId="*" * 128, instanceId="i" * 128, eventType="T" * 128, padding="重" * 300_000
    )
    disk = event("ecs:Disk:Stalled", eventId="e" * 128, diskId="d" * 128, device="重" * 256, eventType="重" * 256)
    largest.update(aliyunregionid="重" * 1024, aliyunaccountid="重" * 1024)

    assert any_harness.counts([largest, disk]) == {"recorded": 2}
