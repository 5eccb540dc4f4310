"""The control interface: by name, later, over HTTP; what it refuses; what survives a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tests.yunmock.ecs.conftest import REBOOT
from tests.yunmock.noon import NOON_MS, REGION

from yunmock import local_cloud
from yunmock.ecs import EventNotFoundError, ResourceNotFoundError
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.yunmock.ecs.conftest import Api

    from yunmock import Cloud
    from yunmock.ecs import EcsService

WRONG: list[tuple[Callable[[EcsService, str], Any], type[Exception], str]] = [
    (lambda ecs, _: ecs.create_instance("", "a"), ValueError, "not a region"),
    (lambda ecs, _: ecs.create_instance(REGION, "a", status="Asleep"), ValueError, "status must be one of"),
    (lambda ecs, _: ecs.create_instance(REGION, "a", spot_strategy="Cheap"), ValueError, "spot_strategy"),
    (lambda ecs, i: ecs.create_instance(REGION, "a", instance_id=i), ValueError, "already"),
    (lambda ecs, _: ecs.create_disk(REGION, "d", instance_id="i-none"), ResourceNotFoundError, "i-none"),
    (lambda ecs, _: ecs.create_disk(REGION, "d", kind="tape"), ValueError, "kind"),
    (lambda ecs, _: ecs.create_disk(REGION, "d", status="Broken"), ValueError, "status"),
    (lambda ecs, i: ecs.start_instance(i), ValueError, "is Running: start needs Stopped or Pending"),
    (lambda ecs, _: ecs.stop_instance("i-none"), ResourceNotFoundError, "i-none"),
    (lambda ecs, i: ecs.interrupt_instance(i), ValueError, "no spot instance"),
    (lambda ecs, i: ecs.lock_instance(i, ["whim"]), ValueError, "reasons"),
    (lambda ecs, _: ecs.schedule_event("i-none", REBOOT), ResourceNotFoundError, "i-none"),
    (lambda ecs, i: ecs.schedule_event(i, REBOOT, status="Done"), ValueError, "status"),
    (lambda ecs, i: ecs.schedule_event(i, REBOOT, event_id="e-1"), ValueError, "already"),
    (lambda ecs, i: ecs.schedule_event(i, REBOOT, not_before="2025-01-01T12:00:00"), ValueError, "offset"),
    (lambda ecs, _: ecs.set_event_status("e-1", "Scheduled"), ValueError, "Scheduled cannot follow Scheduled"),
    (lambda ecs, _: ecs.set_event_status("e-none", "Failed"), EventNotFoundError, "e-none"),
    (lambda ecs, _: ecs.move_event("e-none", NOON_MS), EventNotFoundError, "e-none"),
    (lambda ecs, _: ecs.start_disk_event("d-none", "Stalled"), ResourceNotFoundError, "d-none"),
    (lambda ecs, _: ecs.start_disk_event("d-1", "Slow"), ValueError, "event_type"),
    (lambda ecs, _: ecs.start_disk_event("d-1", "Stalled", event_id="e-2"), ValueError, "already"),
    (lambda ecs, _: ecs.finish_disk_event("e-none"), EventNotFoundError, "e-none"),
    (lambda ecs, _: ecs.finish_disk_event("e-3"), ValueError, "has ended"),
    (lambda ecs, _: ecs.control("explode", {}), ValueError, "call must be one of"),
    (lambda ecs, _: ecs.after(-1, "stop_instance"), ValueError, "seconds >= 0"),
    (lambda ecs, _: ecs.after(1, "explode"), ValueError, "call must be one of"),
]


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
@pytest.mark.parametrize(("call", "error", "words"), WRONG)
def test_wrong_arguments(
    ecs: EcsService, instance: str, call: Callable[[EcsService, str], Any], error: type[Exception], words: str
) -> None:
    """Each wrong argument is an error that names it, and nothing is changed."""
    ecs.create_disk(REGION, "d", disk_id="d-1")
    ecs.schedule_event(instance, REBOOT, event_id="e-1")
    ecs.start_disk_event("d-1", "Stalled", event_id="e-2")
    ecs.start_disk_event("d-1", "Stalled", event_id="e-3")
    ecs.finish_disk_event("e-3")
    before = (ecs.list_instances(), ecs.list_events())

    with pytest.raises(error, match=words):
        call(ecs, instance)

    assert (ecs.list_instances(), ecs.list_events()) == before


def test_an_event_that_is_finished_cannot_be_moved(ecs: EcsService, instance: str) -> None:
    """Neither to another time nor to another status."""
    event = ecs.schedule_event(instance, REBOOT)
    ecs.set_event_status(event, "Failed")

    with pytest.raises(ValueError, match="only one that waits"):
        ecs.move_event(event, NOON_MS)
    with pytest.raises(ValueError, match="Executed cannot follow Failed"):
        ecs.set_event_status(event, "Executed")


def test_later(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """A call can be put off by the cloud's clock; if its instance is gone by then, nothing happens."""
    ecs.after(60, "schedule_event", instance_id=instance, event_type=REBOOT)
    ecs.after(120, "release_instance", instance_id=instance)
    ecs.after(180, "stop_instance", instance_id=instance)

    cloud.advance(90)
    assert [row["EventPublishTime"] for row in api.history(EventCycleStatus="Scheduled")] == ["2025-01-01T12:01:00Z"]
    cloud.advance(600)

    assert [row["EventCycleStatus"]["Name"] for row in api.history()] == ["Avoided"]


def test_over_http(cloud: Cloud) -> None:
    """Every call is reachable by its name, with JSON."""
    with Server(cloud) as server:

        def control(call: str, **arguments: object) -> Any:
            url = f"http://{server.address}/_yunmock/ecs/{call}"
            return requests.post(url, data=json.dumps(arguments), timeout=5).json()

        made = control("create_instance", region=REGION, name="web")["result"]
        event = control("schedule_event", instance_id=made, event_type=REBOOT, not_before="2025-01-01T13:00:00Z")[
            "result"
        ]
        control("reboot_instance", instance_id=made)
        assert control("event", event_id=event)["result"]["EventCycleStatus"]["Name"] == "Avoided"
        assert control("instance", instance_id=made)["result"]["Status"] == "Stopping"
        assert "no event" in control("event", event_id="e-none")["error"]


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    """Instances, events, what is due and what is on its way to the bus are in the data file."""
    path = tmp_path / "cloud.sqlite"

    def opened() -> tuple[Cloud, Any]:
        cloud = local_cloud(data=path)
        cloud.clock.freeze(NOON_MS)
        return cloud, cloud.services["ecs"]

    cloud, ecs = opened()
    instance = ecs.create_instance(REGION, "web", tags={"owner": "shop"}, spot_strategy="SpotAsPriceGo")
    disk = ecs.create_disk(REGION, "data", instance_id=instance)
    stalled = ecs.start_disk_event(disk, "Stalled")
    event = ecs.schedule_event(instance, REBOOT, not_before="2025-01-01T13:00:00Z")
    ecs.interrupt_instance(instance)
    before = (ecs.instance(instance), ecs.event(event))
    cloud.close()

    cloud, ecs = opened()
    assert (ecs.instance(instance), ecs.event(event)) == before
    cloud.advance(301)
    assert ecs.list_instances() == []
    assert ecs.event(event)["EventCycleStatus"]["Name"] == "Avoided"
    ecs.finish_disk_event(stalled)
    cloud.advance(2)
    bridge: Any = cloud.services["eventbridge"]
    kinds = [trace.event["type"].removeprefix("ecs:") for trace in bridge.traces.between("default", 0, 10**14)]
    assert kinds == [
        "Disk:Stalled",
        f"Instance:{REBOOT}",
        "Instance:PreemptibleInstanceInterruption",
        f"Instance:{REBOOT}",
        "Instance:StateChange",
        "Disk:Stalled",
    ]
    cloud.close()


def test_snapshots(cloud: Cloud, ecs: EcsService, api: Api, instance: str) -> None:
    """A restored snapshot has the instances and events of its time, and reset leaves none."""
    before = cloud.snapshot()
    ecs.schedule_event(instance, REBOOT, status="Failed")
    cloud.restore(before)
    assert (len(api.instances()), api.history()) == (1, [])

    cloud.reset()

    assert api.instances() == []
