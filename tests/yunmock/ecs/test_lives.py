"""The lives of events on the cloud's clock: simulated and real, moved, avoided, accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import REBOOT, RefusedError
from tests.yunmock.noon import NOON_MS, REGION

from yunmock.ecs import lives

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api, Bus

    from yunmock import Cloud
    from yunmock.ecs import EcsService

ONE = "2025-01-01T13:00:00Z"
HOUR_S = 3_600
FAILURES = [kind for kind in lives.SIMULATED_TYPES if "Failure" in kind]
PLANNED = [kind for kind in lives.SIMULATED_TYPES if kind not in FAILURES]


def simulate(api: Api, instance: str, kind: str = REBOOT, **more: object) -> str:
    """Make a simulated event for one o'clock."""
    body = api("CreateSimulatedSystemEvents", EventType=kind, NotBefore=ONE, InstanceId=[instance], **more)
    (event,) = body["EventIdSet"]["EventId"]
    return str(event)


@pytest.mark.parametrize("kind", PLANNED)
def test_a_simulated_maintenance_waits_and_is_executed(cloud: Cloud, api: Api, instance: str, kind: str) -> None:
    """Scheduled until NotBefore, then Executed at that second, without Executing and without an effect."""
    event = simulate(api, instance, kind)
    cloud.clock.advance(HOUR_S - 0.001)
    assert api.status(event) == "Scheduled"

    cloud.clock.advance(0.001)

    (row,) = api.history()
    assert (row["EventCycleStatus"]["Name"], row["EventFinishTime"]) == ("Executed", ONE)
    assert row["Reason"] == "A simulated event."
    assert [each["Status"] for each in api.instances()] == ["Running"]


@pytest.mark.parametrize("kind", FAILURES)
def test_a_simulated_failure_is_executed_from_the_start(cloud: Cloud, api: Api, instance: str, kind: str) -> None:
    """A failure has no time to wait: it is in Executing until NotBefore."""
    event = simulate(api, instance, kind)
    assert api.status(event) == "Executing"

    cloud.clock.advance(HOUR_S)

    assert api.status(event) == "Executed"


@pytest.mark.parametrize("kind", [REBOOT, "SystemFailure.Stop"])
def test_a_simulated_event_is_canceled(cloud: Cloud, api: Api, instance: str, kind: str) -> None:
    """Canceled, it stays so when its time comes."""
    event = simulate(api, instance, kind)

    api("CancelSimulatedSystemEvents", EventId=[event])
    cloud.clock.advance(2 * HOUR_S)

    (row,) = api.history()
    assert (row["EventCycleStatus"]["Name"], row["EventFinishTime"]) == ("Canceled", "2025-01-01T12:00:00Z")


def test_a_reboot_avoids_a_simulated_reboot_alone(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """Of the simulated types only SystemMaintenance.Reboot can be avoided, by a reboot in time."""
    events = {kind: simulate(api, instance, kind) for kind in lives.SIMULATED_TYPES}

    ecs.reboot_instance(instance)

    assert {kind for kind, event in events.items() if api.status(event) == "Avoided"} == {REBOOT}
    cloud.clock.advance(2 * HOUR_S)
    assert api.status(events[REBOOT]) == "Avoided"


def test_real_operations_of_a_simulated_event(cloud: Cloud, api: Api, instance: str) -> None:
    """With TriggerRealOps=true, the instance is really stopped."""
    simulate(api, instance, "SystemMaintenance.Stop", TriggerRealOps="true")

    cloud.clock.advance(HOUR_S)
    assert [each["Status"] for each in api.instances()] == ["Stopping"]
    cloud.clock.advance(10)

    assert [each["Status"] for each in api.instances()] == ["Stopped"]


def test_a_real_reboot(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """Scheduled, Executing while the instance reboots, Executed two minutes later."""
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)
    seen = []
    for seconds in (0, HOUR_S, 10, 20, 90):
        cloud.clock.advance(seconds)
        seen.append((api.status(event), api.instances()[0]["Status"]))

    assert seen == [
        ("Scheduled", "Running"),
        ("Executing", "Stopping"),
        ("Executing", "Starting"),
        ("Executing", "Running"),
        ("Executed", "Running"),
    ]


def test_a_jump_of_the_clock_skips_no_state(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str) -> None:
    """After a day at once, every state has been reached at its own time, and the bus has heard of each."""
    ecs.schedule_event(instance, REBOOT, not_before=ONE)

    cloud.advance(24 * HOUR_S)

    steps = bus.seen(f"Instance:{REBOOT}")
    assert [step["eventStatus"] for step in steps] == ["Scheduled", "Executing", "Executed"]
    assert (steps[2]["executeStartTime"], steps[2]["executeFinishTime"]) == (ONE, "2025-01-01T13:02:00Z")
    assert [step["state"] for step in bus.seen("Instance:StateChange")] == ["Stopping", "Starting", "Running"]


def test_an_answer_is_not_behind_the_clock(cloud: Cloud, ecs: EcsService, api: Api, bus: Bus, instance: str) -> None:
    """A call does what is due before it answers, also where no server runs the jobs; each thing happens once."""
    ecs.schedule_event(instance, REBOOT, not_before=ONE)
    cloud.clock.freeze(NOON_MS + 24 * HOUR_S * 1000)  # no listener is called, as in real time

    assert [row["EventFinishTime"] for row in api.history()] == ["2025-01-01T13:02:00Z"]
    assert ecs.instance(instance)["Status"] == "Running"
    assert bus.events == []
    cloud.run_due()
    assert [step["eventStatus"] for step in bus.seen(f"Instance:{REBOOT}")] == ["Scheduled", "Executing", "Executed"]
    assert [step["state"] for step in bus.seen("Instance:StateChange")] == ["Stopping", "Starting", "Running"]


def test_a_release_by_the_cloud(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """SystemFailure.Delete releases the instance after five minutes; its event stays."""
    event = ecs.schedule_event(instance, "SystemFailure.Delete")

    cloud.clock.advance(299)
    assert (api.status(event), len(api.instances())) == ("Executing", 1)
    cloud.clock.advance(1)

    assert (api.status(event), api.instances()) == ("Executed", [])


AVOIDED: list[tuple[str, str, str]] = [
    (REBOOT, "reboot_instance", "Avoided"),
    (REBOOT, "stop_instance", "Scheduled"),
    ("SystemMaintenance.Stop", "stop_instance", "Avoided"),
    ("SystemMaintenance.Redeploy", "redeploy_instance", "Avoided"),
    ("SystemMaintenance.Redeploy", "reboot_instance", "Scheduled"),
    (REBOOT, "release_instance", "Avoided"),
    ("SystemFailure.Delete", "release_instance", "Avoided"),
    ("SystemFailure.Reboot", "release_instance", "Executing"),
    ("SystemMaintenance.IsolateErrorDisk", "release_instance", "Avoided"),
    ("Brand.NewType", "release_instance", "Avoided"),
    ("Brand.NewType", "reboot_instance", "Scheduled"),
]


@pytest.mark.parametrize(("kind", "operation", "status"), AVOIDED)
def test_what_avoids_an_event(ecs: EcsService, api: Api, instance: str, kind: str, operation: str, status: str) -> None:
    """Each type is avoided by what makes it needless, and by nothing else."""
    event = ecs.schedule_event(instance, kind, not_before=ONE)

    getattr(ecs, operation)(instance)

    assert api.status(event) == status


def test_an_event_in_execution_is_not_avoided(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """A reboot that comes too late avoids nothing."""
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)
    cloud.clock.advance(HOUR_S + 60)

    ecs.reboot_instance(instance)

    assert api.status(event) == "Executing"


@pytest.mark.parametrize(("to", "due_s"), [("2025-01-01T12:30:00Z", HOUR_S // 2), ("2025-01-01T15:00:00Z", 3 * HOUR_S)])
def test_a_moved_event(cloud: Cloud, ecs: EcsService, api: Api, bus: Bus, instance: str, to: str, due_s: int) -> None:
    """Forward or back, it is executed at its new time alone, and remembers the first; the bus does not hear of it."""
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)
    ecs.move_event(event, "2025-01-02T00:00:00Z")
    ecs.move_event(event, to)

    (row,) = api.history(EventCycleStatus="Scheduled")
    assert (row["NotBefore"], row["ExtendedAttribute"]) == (to, {"InitialNotBefore": ONE})
    cloud.advance(due_s - 1)
    assert (api.status(event), len(bus.events)) == ("Scheduled", 1)
    cloud.advance(1)
    assert api.status(event) == "Executing"


def test_a_move_that_is_notified(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str) -> None:
    """Whether ECS notifies of a move is not known; a test can have it."""
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)

    ecs.move_event(event, NOON_MS + 60_000, notify=True)
    cloud.advance(10)

    assert [step["notBefore"] for step in bus.seen(f"Instance:{REBOOT}")] == [ONE, "2025-01-01T12:01:00Z"]


ISOLATE = "SystemMaintenance.RebootAndIsolateErrorDisk"


def test_an_inquired_event_is_accepted(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """It waits without limit, is executed at once when accepted, and cannot be accepted twice."""
    event = ecs.schedule_event(instance, ISOLATE)
    cloud.clock.advance(90 * 24 * HOUR_S)
    (row,) = api.history(EventCycleStatus="Inquiring")
    assert (row["EventId"], row["ExtendedAttribute"]["CanAccept"]) == (event, "true")

    api("AcceptInquiredSystemEvent", EventId=event)

    assert (api.status(event), api.instances()[0]["Status"]) == ("Executing", "Stopping")
    with pytest.raises(RefusedError, match="403 OperationConflict"):
        api("AcceptInquiredSystemEvent", EventId=event)
    cloud.clock.advance(120)
    assert api.status(event) == "Executed"
    with pytest.raises(RefusedError, match=r"404 InvalidEventId\.NoInquiringEventFound"):
        api("AcceptInquiredSystemEvent", EventId=event)


ACCEPTED: list[tuple[dict[str, Any], str, str]] = [
    ({"can_accept": False}, "", "403 OperationDenied.AcceptNotSupported"),
    ({}, "reboot_instance", "403 OperationFail.InstanceStatusNotSupported"),
    ({"attributes": {"DiskId": "d-loose"}}, "", "403 OperationFail.DiskStatusNotSupported"),
    ({"status": "Scheduled"}, "", "404 InvalidEventId.NoInquiringEventFound"),
]


@pytest.mark.parametrize(("settings", "operation", "refusal"), ACCEPTED)
def test_what_cannot_be_accepted(
    ecs: EcsService, api: Api, instance: str, settings: dict[str, Any], operation: str, refusal: str
) -> None:
    """Each condition has its code, and the event stays as it is."""
    ecs.create_disk(REGION, "loose", disk_id="d-loose")
    event = ecs.schedule_event(instance, ISOLATE, **settings)
    if operation:
        getattr(ecs, operation)(instance)

    with pytest.raises(RefusedError, match=refusal):
        api("AcceptInquiredSystemEvent", EventId=event)

    assert api.status(event) == settings.get("status", "Inquiring")


def test_an_event_of_a_released_instance_cannot_be_accepted(ecs: EcsService, api: Api) -> None:
    """The documented 400 comes back for an instance that is gone."""
    gone = ecs.create_instance(REGION, "gone")
    event = ecs.schedule_event(gone, ISOLATE)
    ecs.state.instances.delete(ecs.state.instance(gone))

    with pytest.raises(RefusedError, match="400 IncorrectInstanceStatus"):
        api("AcceptInquiredSystemEvent", EventId=event)
