"""What ECS refuses: wrong parameters by the codes of each call's page, other calls by name, strangers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.yunmock.ecs.conftest import REBOOT, Api, RefusedError
from tests.yunmock.noon import REGION

from yunmock import Fault
from yunmock.ecs import api_2014
from yunmock.server import Server

if TYPE_CHECKING:
    from yunmock import Cloud
    from yunmock.ecs import EcsService

CREATE, CANCEL, HISTORY = "CreateSimulatedSystemEvents", "CancelSimulatedSystemEvents", "DescribeInstanceHistoryEvents"
FULL, DISKS, ACCEPT = "DescribeInstancesFullStatus", "DescribeDisksFullStatus", "AcceptInquiredSystemEvent"
GOOD: dict[str, object] = {"EventType": REBOOT, "NotBefore": "2025-01-01T13:00:00Z", "InstanceId": ["i-1"]}
MANY = [f"x-{number}" for number in range(101)]

REFUSED: list[tuple[str, dict[str, object], str]] = [
    (CREATE, {**GOOD, "RegionId": ""}, "404 MissingParameter"),
    (CREATE, {**GOOD, "EventType": ""}, "404 MissingParameter"),
    (CREATE, {**GOOD, "NotBefore": ""}, "404 MissingParameter"),
    (CREATE, {**GOOD, "InstanceId": []}, "404 MissingParameter"),
    (CREATE, {**GOOD, "EventType": "SystemFailure.Delete"}, "403 InvalidParameter"),
    (CREATE, {**GOOD, "NotBefore": "2025-01-01 13:00"}, "403 InvalidParameter"),
    (CREATE, {**GOOD, "NotBefore": "2025-01-01T11:59:59Z"}, "403 InvalidNotBefore.Passed"),
    (CREATE, {**GOOD, "InstanceId": ["i-1", "i-none"]}, "404 InvalidInstanceId.NotFound"),
    (CREATE, {**GOOD, "InstanceId": ["i-far"]}, "404 InvalidInstanceId.NotFound"),
    (CREATE, {**GOOD, "InstanceId": MANY}, "403 InstanceIdLimitExceeded"),
    (CREATE, {**GOOD, "TriggerRealOps": "maybe"}, "403 InvalidParameter"),
    (CANCEL, {}, "404 MissingParameter"),
    (CANCEL, {"EventId": MANY}, "400 EventIdLimitExceeded"),
    (CANCEL, {"EventId": ["e-none"]}, "403 InvalidEventId.NotFound"),
    (CANCEL, {"EventId": ["e-real"]}, "403 CannotCancelSystemEvent.NotSimulated"),
    (HISTORY, {"RegionId": ""}, "404 MissingParameter"),
    (HISTORY, {"EventId": MANY}, "403 EventIdLimitExceeded"),
    (HISTORY, {"ResourceId": MANY}, "403 InvalidParameter"),
    (HISTORY, {"InstanceEventType": MANY[:31]}, "403 InvalidParameter"),
    (HISTORY, {"InstanceEventCycleStatus": ["Scheduled"] * 8}, "403 InvalidParameter"),
    (HISTORY, {"InstanceEventCycleStatus": ["Avoidated"]}, "403 InvalidParameter"),
    (HISTORY, {"EventCycleStatus": "Done"}, "403 InvalidParameter"),
    (HISTORY, {"ResourceType": "pod"}, "403 InvalidParameter"),
    (HISTORY, {"NotBefore.Start": "yesterday"}, "403 InvalidParameter"),
    (
        HISTORY,
        {"NotBefore.Start": "2025-01-02T00:00:00Z", "NotBefore.End": "2025-01-01T00:00:00Z"},
        "403 InvalidParameter.TimeEndBeforeStart",
    ),
    (FULL, {"RegionId": ""}, "404 MissingParameter"),
    (FULL, {"InstanceId": MANY}, "403 InstanceIdLimitExceeded"),
    (FULL, {"EventId": MANY}, "403 EventIdLimitExceeded"),
    (FULL, {"HealthStatus": "fine"}, "403 InvalidParameter"),
    (FULL, {"PageSize": 101}, "403 InvalidParameter"),
    (DISKS, {"RegionId": ""}, "404 MissingParameter"),
    (DISKS, {"DiskId": MANY}, "403 DiskIdLimitExceeded"),
    (DISKS, {"EventType": "Slow"}, "403 InvalidParameter"),
    (ACCEPT, {"RegionId": "", "EventId": "e-real"}, "400 MissingParameter"),
    (ACCEPT, {}, "400 MissingParameter"),
    (ACCEPT, {"EventId": "e-none"}, "404 InvalidEventId.NoInquiringEventFound"),
    (ACCEPT, {"EventId": "e-real", "Choice": "hide"}, "400 ParameterNotSupported"),
    ("RebootInstance", {"InstanceId": "i-1"}, "404 ActionNotSupported"),
    ("DescribeFoo", {}, "404 InvalidAction.NotFound"),
    ("", {}, "400 MissingParameter"),
    (HISTORY, {"Version": "2018-08-08"}, "400 InvalidVersion"),
]


def refusal_of(api: Api, call: str, asked: dict[str, object]) -> str:
    """The status and code that a call is refused with."""
    with pytest.raises(RefusedError) as refused:
        api(call, **asked)
    assert {"Code", "Message", "RequestId", "HostId"} == refused.value.body.keys()
    return f"{refused.value.status} {refused.value.code}"


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
@pytest.mark.parametrize(("call", "asked", "refusal"), REFUSED)
def test_refusals(ecs: EcsService, api: Api, call: str, asked: dict[str, object], refusal: str) -> None:
    """What is wrong is refused with the status and the code of the call's page, and nothing is changed."""
    ecs.create_instance(REGION, "a", instance_id="i-1")
    ecs.create_instance("cn-beijing", "far", instance_id="i-far")
    ecs.schedule_event("i-1", REBOOT, event_id="e-real")

    assert refusal_of(api, call, asked) == refusal

    assert [row["EventId"] for row in ecs.list_events()] == ["e-real"]


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
def test_a_hundred_of_each(ecs: EcsService, api: Api) -> None:
    """A hundred instances and a hundred events are within the limits; a finished event is not canceled again."""
    made = [ecs.create_instance(REGION, f"n-{number}") for number in range(100)]
    body = api(CREATE, **{**GOOD, "InstanceId": made})
    events = body["EventIdSet"]["EventId"]
    assert len(set(events)) == 100

    api(CANCEL, EventId=events)

    assert len(api.history(MaxResults=100)) == 100
    assert refusal_of(api, CANCEL, {"EventId": events[:1]}) == "403 InvalidEventId.NotFound"


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
def test_strangers(api: Api, instance: str) -> None:
    """Another key, another secret, a changed parameter: each is refused in the words of RPC APIs."""
    assert instance
    assert refusal_of(replace(api, secret="wrong"), HISTORY, {}) == "400 SignatureDoesNotMatch"
    assert refusal_of(replace(api, key="stranger"), HISTORY, {}) == "404 InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("cloud", ["memory"], indirect=True)
@pytest.mark.parametrize("place", ["query", "form"])
def test_over_loopback(cloud: Cloud, api: Api, ecs: EcsService, instance: str, place: str) -> None:
    """A server tells ECS from ECI by the API's version, in the query or in a form."""
    ecs.schedule_event(instance, REBOOT)
    with Server(cloud) as server:
        far = replace(api, url=f"http://{server.endpoints['ecs']}/", form=place == "form")

        assert len(far.history(InstanceEventCycleStatus=["Scheduled", "Inquiring"])) == 1
        assert [call.service for call in cloud.calls] == ["ecs"]


def test_faults(cloud: Cloud, api: Api, instance: str) -> None:
    """A fault answers a code of ECS with its own status, and any other code as it is asked."""
    assert instance
    cloud.faults.add(Fault("ecs", HISTORY, code="Throttling.User"))
    cloud.faults.add(Fault("ecs", HISTORY, code="IncorrectInstanceStatus"))
    cloud.faults.add(Fault("ecs", HISTORY, code="SystemBusy", status=503))

    found = [refusal_of(api, HISTORY, {}) for _ in range(3)]

    assert found == ["400 Throttling.User", "400 IncorrectInstanceStatus", "503 SystemBusy"]
    assert api.history() == []


def test_every_other_call_has_a_reason() -> None:
    """No call is both answered and refused, and each that is refused says why."""
    assert not api_2014.ANSWERED & set(api_2014.REFUSED)
    assert all(api_2014.REFUSED.values())
    assert len(api_2014.CALLS) == 380
