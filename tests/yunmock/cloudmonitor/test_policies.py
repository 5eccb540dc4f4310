"""Notification policies: what ECS does is pushed to functions and addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tests.yunmock.receiver import Receiver

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.yunmock.conftest import Place

# The fields of a push that somebody got from the real service (public in a repository), with the kind of each value.
PUSHED = {
    "severity": str,
    "userInfo": {"userId": str},
    "strategyName": str,
    "relatedAlertIds": list,
    "groupingId": str,
    "project": str,
    "subscription": {"subscriptionUuid": str, "conditions": list, "relation": str},
    "batchId": str,
    "userId": str,
    "alert": {
        "alertStatus": str,
        "traceId": str,
        "severity": str,
        "product": str,
        "groupId": str,
        "eventRawContent": str,
        "project": str,
        "source": str,
        "eventType": str,
        "userId": str,
        "eventContentMap": dict,
        "meta": {
            "sysEventMeta": dict.fromkeys(
                (
                    "regionNameEn",
                    "resourceId",
                    "product",
                    "eventNameEn",
                    "instanceName",
                    "level",
                    "resource",
                    "regionNameZh",
                    "groupId",
                    "serviceTypeEn",
                    "eventType",
                    "serviceTypeZh",
                    "regionId",
                    "eventTime",
                    "name",
                    "id",
                    "status",
                    "eventNameZh",
                ),
                str,
            )
        },
        "dedupId": str,
        "eventName": str,
        "arn": str,
        "timestamp": int,
    },
    "startTime": str,
    "time": str,
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that runs for the test."""
    with Receiver() as made:
        yield made


def scene(place: Any) -> tuple[Any, Any]:
    """ECS and CloudMonitor of a cloud, whose clock stands still."""
    place.cloud.clock.freeze(1_767_225_600_000)
    return place.cloud.services["ecs"], place.cloud.services["cloudmonitor"]


def assert_fields(found: Any, expected: Any, where: str = "$") -> None:
    """Every field is in the public push, and its value is of the same kind."""
    if not isinstance(expected, dict):
        assert isinstance(found, expected), where
        return
    for name, value in found.items():
        assert name in expected, f"{where}.{name}"
        assert_fields(value, expected[name], f"{where}.{name}")


def test_a_push_to_an_address(place: Place, receiver: Receiver) -> None:
    """A planned reboot is posted as the real service posts system events: its fields, names and times."""
    ecs, monitor = scene(place)
    monitor.add_policy("ops", f"{receiver.url}/in", levels=["CRITICAL"])
    instance = ecs.create_instance("cn-hangzhou", name="web")
    event_id = ecs.schedule_event(instance, "SystemMaintenance.Reboot", not_before="2026-01-03T00:00:00Z")
    place.cloud.advance(2)

    (got,) = receiver.received
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/in", "application/json")
    pushed = json.loads(got.body)
    assert_fields(pushed, PUSHED)
    alert = pushed["alert"]
    assert alert["eventContentMap"]["eventId"] == event_id
    assert json.loads(alert["eventRawContent"]) == alert["eventContentMap"]
    meta = alert["meta"]["sysEventMeta"]
    assert (pushed["strategyName"], pushed["severity"], meta["level"]) == ("ops", "CRITICAL", "CRITICAL")
    assert alert["eventName"] == meta["name"] == "Instance:SystemMaintenance.Reboot:Scheduled"
    assert (meta["status"], meta["eventType"], meta["regionId"]) == ("Scheduled", "Maintenance", "cn-hangzhou")
    assert meta["resourceId"] == f"acs:ecs:cn-hangzhou:1000000000000001:instance/{instance}"
    assert meta["eventTime"].startswith("20260101T0800")
    assert meta["eventTime"].endswith("+0800")


CODE = """
import json

def handler(event, context):
    return json.loads(event)["alert"]["eventName"]
"""


def test_a_push_to_a_function(place: Place, deploy: Any) -> None:
    """A function is invoked with the same JSON, asynchronously."""
    ecs, monitor = scene(place)
    deploy(place, CODE)
    monitor.add_policy("ops", "echo", names=["Instance:StateChange"])
    ecs.stop_instance(ecs.create_instance("cn-hangzhou", "web"))
    place.cloud.advance(60)

    runs = place.cloud.invocations_of("echo")
    assert {run.invocation.body for run in runs} == {b"Instance:StateChange"}
    assert {run.cause for run in runs} == {"async"}
    assert all(push["ok"] and push["status"] == 202 for push in monitor.list_pushes("ops"))


def event(**changes: Any) -> Any:
    """A CloudEvent of ECS, as the cloud publishes it."""
    return {
        "id": "1",
        "source": "acs.ecs",
        "type": "ecs:Instance:StateChange",
        "specversion": "1.0",
        "time": "2026-01-01T00:00:00.123Z",
        "subject": "acs:ecs:cn-beijing:1000000000000001:instance/i-1",
        "data": {"resourceId": "i-1", "state": "Running"},
        **changes,
    }


@pytest.mark.parametrize(
    ("policy", "changes", "pushed"),
    [
        ({}, {}, "Instance:StateChange"),
        ({"levels": ["INFO"]}, {}, "Instance:StateChange"),
        ({"levels": ["WARN", "CRITICAL"]}, {}, None),
        ({"levels": ["WARN"]}, {"type": "ecs:Instance:PreemptibleInstanceInterruption"}, "Instance:Preemptible"),
        ({"names": ["Disk:Stalled"]}, {}, None),
        (
            {"names": ["Disk:Stalled:Executed"]},
            {"type": "ecs:Disk:Stalled", "data": {"executeStartTime": "x", "executeFinishTime": "y"}},
            "Disk:Stalled:Executed",
        ),
        ({}, {"source": "acs.cs", "type": "cs:k8s:PodRelatedEvent"}, None),
        ({}, {"source": "mine"}, None),
        ({}, {"time": "2020-08-17T16:04:46.149Asia/Shanghai"}, "Instance:StateChange"),
        ({}, {"subject": None}, "Instance:StateChange"),
    ],
)
def test_which_events_are_pushed(
    here: Place, receiver: Receiver, policy: Any, changes: Any, pushed: str | None
) -> None:
    """A policy pushes the events of its names and levels; CloudMonitor has those of ECS alone."""
    _, monitor = scene(here)
    monitor.add_policy("ops", receiver.url, **policy)

    here.bridge.publish("default", {name: value for name, value in event(**changes).items() if value is not None})

    names = [json.loads(got.body)["alert"]["eventName"] for got in receiver.received]
    assert [name.startswith(str(pushed)) for name in names] == ([True] if pushed else [])


def test_a_push_that_fails_is_repeated(here: Place, receiver: Receiver) -> None:
    """Three times at most; then it is given up, and the list of pushes says why."""
    _, monitor = scene(here)
    monitor.add_policy("ops", receiver.url)
    for _ in range(9):
        receiver.answer(500)

    here.bridge.publish("default", event())
    here.cloud.advance(3600)

    pushes = monitor.list_pushes()
    assert len(receiver.received) == len(pushes) == 4
    assert {push["error"] for push in pushes} == {"the receiver answered 500"}
    assert pushes[-1]["next_ms"] is None


def test_only_loopback_is_reached(here: Place) -> None:
    """Another host is refused; the error says how to allow it."""
    _, monitor = scene(here)
    monitor.add_policy("ops", "https://hooks.example.com/in")

    here.bridge.publish("default", event())

    (push,) = monitor.list_pushes()
    assert "allow_targets" in push["error"]


def test_a_function_that_is_not_there(here: Place) -> None:
    """The push fails with Function Compute's refusal."""
    _, monitor = scene(here)
    monitor.add_policy("ops", "gone")

    here.bridge.publish("default", event())

    assert monitor.list_pushes()[0]["error"].startswith("FunctionNotFound")


def test_over_http(receiver: Receiver) -> None:
    """A policy is made, listed and removed with control calls; the removed one pushes nothing."""
    with Server(local_cloud()) as server:
        url = f"http://{server.address}/_yunmock"

        def call(done: str, **arguments: Any) -> Any:
            return requests.post(f"{url}/cloudmonitor/{done}", json=arguments, timeout=10).json()

        call("add_policy", name="ops", target=receiver.url)
        listed = call("list_policies")["result"]
        requests.post(f"{url}/publish", json=event(), timeout=10)
        call("remove_policy", name="ops")
        requests.post(f"{url}/publish", json=event(), timeout=10)

        assert [policy["name"] for policy in listed] == ["ops"]
        assert len(receiver.received) == 1
        assert [push["ok"] for push in call("list_pushes")["result"]] == [True]
        assert call("remove_policy", name="ops") == {"error": "LookupError: there is no policy 'ops'"}


def test_policies_are_kept(tmp_path: Any, receiver: Receiver) -> None:
    """A policy in a data file pushes in the next process too."""
    first = local_cloud(data=tmp_path / "cloud.sqlite")
    monitor: Any = first.services["cloudmonitor"]
    monitor.add_policy("ops", receiver.url)
    first.close()

    second = local_cloud(data=tmp_path / "cloud.sqlite")
    second.publisher.publish("default", event())
    second.close()

    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "", "target": "f"},
        {"name": "a", "target": ""},
        {"name": "a", "target": "f", "levels": ["Bad"]},
        {"name": "a", "target": "f", "names": "Instance:StateChange"},
    ],
)
def test_policies_that_are_none(here: Place, arguments: Any) -> None:
    """A policy without name or target, or with an unknown level, is refused."""
    _, monitor = scene(here)

    with pytest.raises((ValueError, TypeError)):
        monitor.add_policy(**arguments)
    assert monitor.list_policies() == []


def test_the_api_is_refused(here: Place) -> None:
    """Of CloudMonitor's own API, PutCustomMetric alone is answered: another call is refused with its name."""
    address = "https://metrics.cn-hangzhou.aliyuncs.com/?Action=DescribeSystemEventAttribute&Version=2019-01-01"
    answer = requests.get(address, timeout=10)

    assert (answer.status_code, answer.json()["Code"]) == (404, "ActionNotSupported")
    assert "DescribeSystemEventAttribute" in answer.json()["Message"]
    assert [call.service for call in here.cloud.calls] == ["cloudmonitor"]
