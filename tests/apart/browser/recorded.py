"""What the browser looks at: a morning of a small fleet, made of the catalogue's own sample events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.conftest import judged

from opsctl import notes
from opsledger.deadline import Deadline
from opsledger.ledger import overdue
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.ledger.resources import CloudResource, save
from opsledger.notify.deliveries import PlanDelivery, planned
from opsledger.notify.exchange import Receipt, Result
from opsledger.notify.plan import Intent, Stage, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.record import Record

HOUR_MS = 3_600_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
REDEPLOY = "ecs:Instance:SystemMaintenance.Redeploy"
FAILURE = "ecs:Instance:SystemFailure.Reboot"
SPOT = "ecs:Instance:PreemptibleInstanceInterruption"
EVENTS: tuple[tuple[str, str | None, str, str, float], ...] = (
    (REBOOT, "Scheduled", "api-3", "cn-hangzhou", -60),
    (SPOT, None, "batch-17", "cn-beijing", -0.05),
    (FAILURE, "Executing", "db-2", "cn-shanghai", -0.5),
    (REBOOT, "Executing", "web-1", "cn-hangzhou", -1.5),
    (REBOOT, "Scheduled", "web-2", "cn-hangzhou", -30),
    (REDEPLOY, "Scheduled", "queue-1", "ap-southeast-1", -22),
    (REBOOT, "Scheduled", "web-3", "cn-hangzhou", -9),
    (REDEPLOY, "Scheduled", "db-1", "cn-shanghai", -2),
    (REBOOT, "Scheduled", "cache-1", "eu-central-1", -1),
    (REBOOT, "Executed", "web-4", "cn-hangzhou", -40),
    ("ecs:Instance:StateChange", "Stopped", "web-4", "cn-hangzhou", -41),
)
"""Type, status, the resource's name, its region, and hours from now."""
NOTED, DRILL = 0, 1
"""Which of the announced records has a note, and which is a drill."""
OWNERS = {"api": "team-api", "web": "team-web", "db": "team-data", "queue": "team-data", "batch": "team-ml"}


def recorded() -> PipelineHarness:
    """A store with the events, refused payloads, deliveries, names and notes."""
    harness = PipelineHarness()
    deadline = Deadline(harness.clock, 60)
    for type_, status, name, region, hours in EVENTS:
        now_ms = NOW_MS + round(hours * HOUR_MS)
        harness.process(make_event(type_, status, seed=name, now_ms=now_ms) | {"aliyunregionid": region})
    harness.process(b"<html>502 Bad Gateway</html>")
    harness.process([{"type": "ecs:Instance:New"}, make_event(REBOOT, "Scheduled", seed="?", eventId="<b>")])
    harness.process(make_event(REBOOT, "Scheduled", seed="new", newField="?"))
    overdue.sweep(harness.store, deadline, "test")
    open_records = announced(harness)
    save(harness.store, list(_named(harness)), deadline, "test")
    commit(harness.store, list(_delivered(open_records)), deadline, "test")
    said = notes.made(
        open_records[NOTED].key, NOW_MS, "Li", acknowledged=True, assigned_to="Chen", comment="moved already"
    )
    notes.add(harness.store, said, deadline, "test")
    commit(harness.store, [MarkDrill(Drill(open_records[DRILL].key, NOW_MS, "Wang", ("ops",)))], deadline, "test")
    for record in open_records[2:5]:
        judged(harness, record)
    return harness


def announced(harness: PipelineHarness) -> list[Record]:
    """The records of system events, as they are stored."""
    return [record for record in harness.stored() if record.key.startswith("ecs:event")]


def _named(harness: PipelineHarness) -> Iterator[CloudResource]:
    names = {make_event(type_, status, seed=name)["data"].get("instanceId"): name for type_, status, name, *_ in EVENTS}
    for record in harness.stored():
        if name := names.get(record.resource_id):
            owner = OWNERS.get(name.partition("-")[0], "")
            tags = {"owner": owner, "stage": "live"}
            yield CloudResource(record.partition, name, owner, record.region or "", tags=tags, as_of=NOW_MS)


def _delivered(records: list[Record]) -> Iterator[PlanDelivery]:
    for number, record in enumerate(records[:4]):
        stage = Stage(StageKind.STEP, "Scheduled", NOW_MS, "critical")
        claimed = planned(Intent(f"i{number}", record.key, stage, "ops", NOW_MS, "g"), NOW_MS, muted=False)
        sending = claimed.claimed("worker", NOW_MS)
        assert sending is not None
        result = Receipt(Result.REFUSED, "310000", "keywords not in content") if number == 3 else Receipt(Result.SENT)
        yield PlanDelivery(sending.answered(result, NOW_MS, f"m{number}"))
