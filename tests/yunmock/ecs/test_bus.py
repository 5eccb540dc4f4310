"""What the event bus hears: the same events as the API, in its own form, a little later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import REBOOT
from tests.yunmock.noon import NOON_MS, REGION

from yunmock.ecs import lives

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api, Bus

    from yunmock import Cloud
    from yunmock.ecs import EcsService

ONE = "2025-01-01T13:00:00Z"


def test_the_whole_event(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str) -> None:
    """The envelope has the moment in milliseconds and the resource as subject; data is the notification's content."""
    cloud.clock.advance(0.922)
    event = ecs.schedule_event(instance, REBOOT, not_before=ONE)
    cloud.advance(1.5)

    (seen,) = bus.events
    identifier = seen.pop("id")

    assert len(identifier) == 36
    assert seen == {
        "source": "acs.ecs",
        "specversion": "1.0",
        "type": f"ecs:Instance:{REBOOT}",
        "subject": f"acs:ecs:{REGION}:{cloud.account.account_id}:instance/{instance}",
        "time": "2025-01-01T20:00:00.922+08:00",
        "datacontenttype": "application/json;charset=utf-8",
        "aliyunaccountid": cloud.account.account_id,
        "aliyunoriginalaccountid": cloud.account.account_id,
        "aliyunpublishtime": "2025-01-01T12:00:02.422Z",
        "aliyuneventbusname": "default",
        "aliyunregionid": REGION,
        "aliyunpublishaddr": "127.0.0.1",
        "data": {
            "eventId": event,
            "publishTime": "2025-01-01T12:00:00Z",
            "notBefore": ONE,
            "instanceId": instance,
            "eventType": REBOOT,
            "eventStatus": "Scheduled",
        },
    }


STEPS: list[tuple[str, dict[str, str]]] = [
    ("Scheduled", {}),
    ("Inquiring", {}),
    ("Executing", {"executeStartTime": "2025-01-01T12:00:00Z"}),
    ("Executed", {"executeStartTime": "2025-01-01T12:00:05Z", "executeFinishTime": "2025-01-01T12:00:05Z"}),
    ("Avoided", {"executeStartTime": "2025-01-01T12:00:05Z", "executeFinishTime": "2025-01-01T12:00:05Z"}),
    ("Canceled", {"executeStartTime": "2025-01-01T12:00:05Z", "executeFinishTime": "2025-01-01T12:00:05Z"}),
    ("Failed", {"executeStartTime": "2025-01-01T12:00:05Z", "executeFinishTime": "2025-01-01T12:00:05Z"}),
]


@pytest.mark.parametrize(("status", "times"), STEPS)
def test_the_times_of_execution(
    cloud: Cloud, ecs: EcsService, bus: Bus, instance: str, status: str, times: dict[str, str]
) -> None:
    """They are there once there is something to execute, and equal the moment of a cancellation or avoidance."""
    if status in lives.FINISHED:
        event = ecs.schedule_event(instance, REBOOT)
        ecs.set_event_status(event, status, at=NOON_MS + 5_000)
    else:
        ecs.schedule_event(instance, REBOOT, status=status)
    cloud.advance(8)

    last = bus.seen(f"Instance:{REBOOT}")[-1]
    assert last["eventStatus"] == status
    assert {name: value for name, value in last.items() if name.startswith("execute")} == times


def test_a_failure_has_no_not_before_on_the_bus(cloud: Cloud, api: Api, bus: Bus, instance: str) -> None:
    """The API shows the NotBefore of a simulated failure, the bus does not."""
    kind = "SystemFailure.Reboot"
    api("CreateSimulatedSystemEvents", EventType=kind, NotBefore=ONE, InstanceId=[instance])
    cloud.advance(2)

    (row,) = api.history(EventCycleStatus="Executing")
    (seen,) = bus.seen(f"Instance:{kind}")
    assert (row["NotBefore"], "notBefore" in seen) == (ONE, False)


def test_the_api_is_first(cloud: Cloud, ecs: EcsService, api: Api, bus: Bus, instance: str) -> None:
    """The API shows an event at once, the bus after the delay, which a test can choose."""
    ecs.set_bus_delay(30)
    ecs.schedule_event(instance, REBOOT)

    assert len(api.history(EventCycleStatus="Scheduled")) == 1
    cloud.advance(29.9)
    assert bus.events == []
    cloud.advance(0.1)
    assert len(bus.events) == 1
    with pytest.raises(ValueError, match="a delay is >= 0 s"):
        ecs.set_bus_delay(-1)


def test_an_event_that_the_bus_misses(cloud: Cloud, ecs: EcsService, api: Api, bus: Bus, instance: str) -> None:
    """With on_bus=False the API alone knows the event, in every status."""
    ecs.schedule_event(instance, "SystemMaintenance.PerformanceImpact", on_bus=False)
    cloud.advance(3600)

    assert [row["EventCycleStatus"]["Name"] for row in api.history()] == ["Executed"]
    assert bus.events == []


def test_other_regions_do_not_reach_this_bus(cloud: Cloud, ecs: EcsService, bus: Bus) -> None:
    """Each region has its own bus."""
    far = ecs.create_instance("cn-beijing", "far")
    ecs.schedule_event(far, REBOOT)
    ecs.stop_instance(far)
    cloud.advance(60)

    assert bus.events == []


OPERATIONS: list[tuple[str, str, list[str]]] = [
    ("start_instance", "Stopped", ["Starting", "Running"]),
    ("start_instance", "Pending", ["Starting", "Running"]),
    ("stop_instance", "Running", ["Stopping", "Stopped"]),
    ("reboot_instance", "Running", ["Stopping", "Starting", "Running"]),
    ("redeploy_instance", "Stopped", ["Stopping", "Starting", "Running"]),
    ("release_instance", "Running", ["Deleted"]),
]


@pytest.mark.parametrize(("operation", "status", "states"), OPERATIONS)
def test_state_changes(cloud: Cloud, ecs: EcsService, bus: Bus, operation: str, status: str, states: list[str]) -> None:
    """Every state that an instance reaches is on the bus, in order, and the API shows the last."""
    instance = ecs.create_instance(REGION, "web", status=status)
    getattr(ecs, operation)(instance)
    cloud.advance(60)

    kind = "ALIYUN::ECS::Instance"
    assert bus.seen("Instance:StateChange") == [
        {"resourceId": instance, "resourceType": kind, "state": state} for state in states
    ]
    shown = [row["Status"] for row in ecs.list_instances()]
    assert shown == ([] if states[-1] == "Deleted" else states[-1:])


def test_a_newer_operation_ends_an_older_one(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str) -> None:
    """The steps that an operation has left are void when the next one begins."""
    ecs.stop_instance(instance)
    cloud.advance(10)
    ecs.start_instance(instance)
    cloud.advance(20)
    ecs.reboot_instance(instance)
    cloud.advance(60)

    states = [step["state"] for step in bus.seen("Instance:StateChange")]
    assert states == ["Stopping", "Stopped", "Starting", "Running", "Stopping", "Starting", "Running"]


@pytest.mark.parametrize(("behavior", "action", "end"), [("Terminate", "delete", []), ("Stop", "stop", ["Stopped"])])
def test_an_interrupted_spot_instance(
    cloud: Cloud, ecs: EcsService, api: Api, bus: Bus, behavior: str, action: str, end: list[str]
) -> None:
    """Notified and locked for five minutes, then released or stopped; a stopped one can be interrupted again."""
    spot = ecs.create_instance(
        REGION, "batch", spot_strategy="SpotAsPriceGo", spot_interruption_behavior=behavior, zone_id="cn-hangzhou-b"
    )
    ecs.interrupt_instance(spot)

    (row,) = api.instances(LockReason="Recycling")
    assert row["OperationLocks"] == {"LockReason": [{"LockReason": "Recycling"}]}
    assert (row["SpotStrategy"], row["SpotInterruptionBehavior"]) == ("SpotAsPriceGo", behavior)
    with pytest.raises(ValueError, match="interrupted already"):
        ecs.interrupt_instance(spot)

    cloud.advance(299)
    assert [each["Status"] for each in api.instances()] == ["Running"]
    cloud.advance(30)

    assert bus.seen("Instance:PreemptibleInstanceInterruption") == [{"instanceId": spot, "action": action}]
    assert [each["Status"] for each in api.instances()] == end
    assert api.instances(LockReason="Recycling") == []
    if end:
        ecs.start_instance(spot)
        cloud.advance(60)
        ecs.interrupt_instance(spot)
        cloud.advance(2)
        assert len(bus.seen("Instance:PreemptibleInstanceInterruption")) == 2


@pytest.mark.parametrize("kind", lives.DISK_EVENTS)
def test_disk_events(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str, kind: str) -> None:
    """A disk's event is notified when it begins and when it ends, with its own fields; slowness under one type."""
    disk = ecs.create_disk(REGION, "data", instance_id=instance)
    event = ecs.start_disk_event(disk, kind)
    cloud.advance(60)
    ecs.finish_disk_event(event)
    cloud.advance(60)

    begun: dict[str, Any] = {
        "eventId": event,
        "diskId": disk,
        "device": "/dev/xvdb",
        "eventType": kind,
        "executeStartTime": "2025-01-01T12:00:00Z",
        "ecsInstanceId": instance,
        "ecsInstanceName": "web-1",
    }
    name = "ErrorDetected" if kind == "ErrorDetected" else "Stalled"
    assert bus.seen(f"Disk:{name}") == [begun, {**begun, "executeFinishTime": "2025-01-01T12:01:00Z"}]
    assert bus.events[0]["subject"].endswith(f":disk/{disk}")


def test_every_type_fits_the_bus(cloud: Cloud, ecs: EcsService, bus: Bus, instance: str) -> None:
    """No type with a known life is longer than EventBridge's 64 characters."""
    for kind in lives.LIVES:
        ecs.schedule_event(instance, kind, status="Failed")
    cloud.advance(10)

    assert len(bus.events) == len(lives.LIVES)
    assert max(len(event["type"]) for event in bus.events) <= 64
