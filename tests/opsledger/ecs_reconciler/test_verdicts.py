"""The verdict on an event: what the API says of it against what arrived, as time goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.opsledger.ecs_reconciler.scene import DAY_S, HOUR_S, MINUTE_S, PATIENCE_S, REGION

from opsledger.ledger.verdicts import VerdictKind

if TYPE_CHECKING:
    from tests.opsledger.ecs_reconciler.scene import Scene


def test_what_happened_before_the_first_round_is_not_missed(scene: Scene) -> None:
    """Nobody knows whether a push was due then."""
    name = scene.maintenance(in_s=DAY_S)
    scene.advance(2 * PATIENCE_S)
    scene.reconcile()
    scene.advance(2 * PATIENCE_S)
    scene.reconcile()

    assert scene.verdict(name).verdict is VerdictKind.BEFORE
    assert scene.problems == []


def test_what_was_pushed_before_the_first_round_agrees(scene: Scene) -> None:
    """The ledger has been there for longer than the reconciler."""
    name = scene.maintenance()
    scene.advance(5)
    scene.push()
    scene.reconcile()

    assert scene.verdict(name).verdict is VerdictKind.AGREES


def test_a_push_that_comes_in_time_agrees(scene: Scene) -> None:
    """Until then the verdict waits."""
    scene.reconcile()
    name = scene.maintenance()
    scene.advance(5)
    scene.reconcile()
    waiting = scene.verdict(name).verdict
    scene.push()
    scene.advance(PATIENCE_S)
    scene.reconcile()

    assert (waiting, scene.verdict(name).verdict) == (VerdictKind.WAITING, VerdictKind.AGREES)
    assert scene.problems == []


def test_a_push_that_does_not_come_in_time_was_missed(scene: Scene) -> None:
    """People are notified once; when it comes after all, it was late."""
    scene.reconcile()
    name = scene.maintenance(in_s=DAY_S)
    scene.advance(5)
    scene.reconcile()
    scene.advance(PATIENCE_S)
    scene.reconcile()
    missed = scene.verdict(name)
    scene.advance(HOUR_S)
    scene.reconcile()

    assert (missed.verdict, missed.note) == (VerdictKind.MISSED, "Scheduled")
    assert missed.notify_at == missed.since
    assert [problem.record for problem in scene.problems] == [name]
    scene.push()
    scene.advance(HOUR_S)
    scene.reconcile()
    assert (scene.verdict(name).verdict, scene.verdict(name).notify_at) == (VerdictKind.LATE, None)
    assert len(scene.problems) == 1


def test_each_step_is_looked_for(scene: Scene) -> None:
    """The announcement was pushed, the end was not."""
    scene.reconcile()
    name = scene.maintenance()
    scene.advance(5)
    scene.push()
    scene.reconcile()
    scene.advance(2 * HOUR_S)
    scene.reconcile()
    scene.advance(PATIENCE_S)
    scene.reconcile()

    assert (scene.verdict(name).verdict, scene.verdict(name).note) == (VerdictKind.MISSED, "Executed")


def test_a_push_without_a_time_of_its_own_is_one(scene: Scene) -> None:
    """CloudMonitor's may have none: the ledger says that it came."""
    scene.reconcile()
    name = scene.maintenance(in_s=DAY_S)
    scene.advance(5)
    (event,) = scene.pushed()
    scene.reconcile()
    content = {"product": "ECS", "name": f"Instance:{event['data']['eventType']}:Scheduled", "content": event["data"]}
    assert scene.deliver([content]).counts()["duplicate"] == 1
    scene.advance(PATIENCE_S)
    scene.reconcile()

    assert scene.verdict(name).verdict is VerdictKind.AGREES


def test_the_row_of_an_api_is_no_push(scene: Scene) -> None:
    """An operator may hand a whole answer of the API to the function."""
    scene.reconcile()
    name = scene.maintenance(in_s=DAY_S)
    scene.advance(5)
    scene.reconcile()
    scene.deliver(list(scene.api().history().items))
    scene.advance(PATIENCE_S)
    scene.reconcile()

    assert scene.verdict(name).verdict is VerdictKind.MISSED


def test_an_event_that_the_api_does_not_know(scene: Scene) -> None:
    """It arrived, and the API, asked for it by its id, has nothing; once it has, the verdict is another."""
    event = scene.maintenance(in_s=DAY_S)
    scene.advance(5)
    (pushed,) = scene.pushed()
    unknown = json.loads(json.dumps(pushed).replace(event.rpartition(":")[2], "e-nobody"))
    unknown["aliyunregionid"] = REGION
    scene.deliver([unknown])
    scene.advance(5 * MINUTE_S)
    scene.reconcile()
    early = scene.verdicts().get("ecs:event:e-nobody")
    scene.advance(PATIENCE_S)
    scene.reconcile()
    scene.reconcile()

    assert early is None
    assert scene.verdict("ecs:event:e-nobody").verdict is VerdictKind.UNKNOWN
    assert [problem.record for problem in scene.problems] == ["ecs:event:e-nobody"]
    scene.ecs.schedule_event(scene.instance(), "SystemFailure.Reboot", event_id="e-nobody")
    scene.reconcile()
    assert scene.verdict("ecs:event:e-nobody").verdict is not VerdictKind.UNKNOWN


def test_absence_beyond_the_horizon_proves_nothing(scene: Scene) -> None:
    """The API has forgotten what ended more than thirty days ago."""
    name = scene.maintenance()
    scene.advance(2 * HOUR_S)
    scene.push()
    scene.advance(40 * DAY_S)

    scene.reconcile()

    assert scene.api().history().items == []
    assert scene.verdicts() == {}
    assert scene.statuses(name)[-1] == "Executed"


@pytest.mark.parametrize("region", ["cn-beijing", None])
def test_an_event_of_another_region_is_not_asked_for(scene: Scene, region: str | None) -> None:
    """Nor one that does not say where it was."""
    scene.maintenance()
    scene.advance(5)
    (pushed,) = scene.pushed()
    pushed = json.loads(json.dumps(pushed).replace(pushed["data"]["eventId"], "e-elsewhere"))
    del pushed["aliyunregionid"]
    scene.deliver([{**pushed, **({"aliyunregionid": region} if region else {})}])
    scene.advance(PATIENCE_S + 60)
    scene.reconcile()

    assert "ecs:event:e-elsewhere" not in scene.verdicts()


def test_statuses_that_differ(scene: Scene) -> None:
    """The record never goes back; the verdict says so once both have had time, and is good again when they agree."""
    scene.reconcile()
    name = scene.maintenance(in_s=DAY_S)
    scene.advance(5)
    (pushed,) = scene.pushed()
    scene.reconcile()
    ended = {**pushed["data"], "eventStatus": "Canceled", "executeFinishTime": "2026-01-01T00:10:00Z"}
    scene.deliver([pushed, {**pushed, "data": ended, "time": "2026-01-01T00:10:00Z"}])
    scene.reconcile()
    early = scene.verdict(name).verdict
    scene.advance(PATIENCE_S + 60)
    scene.reconcile()

    assert early in (VerdictKind.WAITING, VerdictKind.AGREES)
    assert scene.verdict(name).verdict is VerdictKind.DIFFERS
    assert scene.verdict(name).note == "the record says Canceled"
    assert scene.statuses(name)[-1] == "Canceled"
    scene.ecs.set_event_status(name.rpartition(":")[2], "Canceled")
    scene.reconcile()
    scene.push()
    scene.advance(PATIENCE_S + 60)
    scene.reconcile()
    assert scene.verdict(name).verdict is VerdictKind.AGREES


def test_a_disk_and_a_spot_instance_have_verdicts_too(scene: Scene) -> None:
    """Their events have no place in the history of instances."""
    scene.reconcile()
    spot = scene.instance("spot", spot_strategy="SpotAsPriceGo")
    disk = scene.ecs.create_disk(REGION, "data", instance_id=scene.instance())
    event = scene.ecs.start_disk_event(disk, "Degraded")
    scene.ecs.interrupt_instance(spot)
    names = (f"ecs:disk-event:{event}+{disk}", f"ecs:interruption:{spot}")
    scene.advance(MINUTE_S)
    scene.reconcile()
    scene.advance(PATIENCE_S)
    scene.reconcile()
    missed = [scene.verdict(name).verdict for name in names]
    scene.push()
    scene.advance(HOUR_S)
    scene.reconcile()

    assert missed == [VerdictKind.MISSED] * 2
    assert [scene.verdict(name).verdict for name in names] == [VerdictKind.LATE] * 2
