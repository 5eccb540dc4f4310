"""Events of one entity, in every order in which they can arrive."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
SPOT = "ecs:Instance:PreemptibleInstanceInterruption"
ECI_SPOT = "eci:Event:SpotToBeReleased"
PLAN, FAULT, BACK = (
    f"eci:Event:{n}" for n in ("ScheduledMaintenance", "SystemFailureReboot", "SandboxRebootSucceeded")
)


def iso(moment: int) -> str:
    """A moment as contents have it."""
    return timestamps.show(moment)


def system(status: str, at: int = NOW_MS, *, sent: int | None = None, **fields: Any) -> dict[str, Any]:
    """A system event that was issued or reached `at`, in an envelope of `sent`."""
    times = {"publishTime": iso(at)} if status in ("Inquiring", "Scheduled") else {}
    event = make_event(REBOOT, status, now_ms=at, **{**times, **fields})
    return {**event, "time": iso(at if sent is None else sent)}


def of(type_: str, at: int, status: str | None = None, form: str = "cloudevent", **fields: Any) -> dict[str, Any]:
    """An event of the one entity."""
    return make_event(type_, status, form=form, now_ms=at, **fields)


def in_every_order(events: Sequence[dict[str, Any]], received_ms: int = NOW_MS) -> dict[str, Any]:
    """The record of `events`, delivered in every order and each twice; it is the same for all of them."""
    records = []
    for order in permutations(events):
        harness = PipelineHarness()
        harness.clock.now = received_ms
        for event in (*order, *order):
            harness.process(event)
        records.append(harness.record())
    assert all(record == records[0] for record in records)
    return records[0]


def anomalies(record: dict[str, Any]) -> list[str]:
    """The names of a record's anomalies."""
    return [anomaly["anomaly"] for anomaly in record["anomalies"]]


def episodes(record: dict[str, Any]) -> list[tuple[str, int]]:
    """Each transition's status and episode."""
    return [(step["status"], step["episode"]) for step in record["transitions"]]
