"""The control interface: groups and events made, moved and removed by Python call or by JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.eci import ContainerGroupNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.eci import EciService

REGION = "cn-hangzhou"
OOM = ("OOMKilled", "Warning", "Out of memory")


def test_advance(eci: EciService, sdk: Any) -> None:
    """A group goes Scheduling, Pending, Running, Succeeded, and nothing follows."""
    group = eci.create_container_group(REGION, "job")

    assert sdk.groups().container_groups[0].status == "Scheduling"
    assert [eci.advance(group) for _ in range(3)] == ["Pending", "Running", "Succeeded"]
    assert sdk.groups().container_groups[0].status == "Succeeded"
    with pytest.raises(ValueError, match="nothing follows the status Succeeded"):
        eci.advance(group)


@pytest.mark.parametrize("status", ["Restarting", "Updating"])
def test_advance_back_to_running(eci: EciService, group: str, status: str) -> None:
    """A restart and an update end in Running."""
    eci.set_status(group, status)

    assert eci.advance(group) == "Running"


def test_delete(eci: EciService, sdk: Any, group: str) -> None:
    """A deleted group is gone from both calls with its events, and its id is free."""
    eci.add_event(group, *OOM)
    eci.delete_container_group(group)

    assert (sdk.groups().total_count, sdk.events().data) == (0, [])

    eci.create_container_group(REGION, "web", container_group_id=group)

    assert sdk.events().data[0].events == []


WHEN = "2024-12-31T22:53:20Z"
MOMENTS = {
    "milliseconds": 1_735_685_600_500,
    "Z": WHEN,
    "offset": "2025-01-01T06:53:20+08:00",
    "datetime": datetime(2025, 1, 1, 6, 53, 20, tzinfo=timezone(timedelta(hours=8))),
}


@pytest.mark.parametrize("at", MOMENTS.values(), ids=list(MOMENTS))
def test_moments(eci: EciService, sdk: Any, at: Any) -> None:
    """A time is given in milliseconds, as RFC 3339 or as a datetime, and shown in UTC with whole seconds."""
    group = eci.create_container_group(REGION, "job", status="Failed", at=at)
    eci.add_event(group, *OOM, at=at)

    (shown,) = sdk.groups(with_event=True).container_groups

    assert {shown.creation_time, shown.failed_time, shown.events[0].first_timestamp} == {WHEN}


WRONG: list[Callable[[EciService, str], Any]] = [
    lambda eci, _: eci.create_container_group("", "web"),
    lambda eci, _: eci.create_container_group("cn\0hangzhou", "web"),
    lambda eci, _: eci.create_container_group(REGION, "web", status="Sleeping"),
    lambda eci, _: eci.create_container_group(REGION, "web", compute_category="luxury"),
    lambda eci, group: eci.create_container_group(REGION, "web", container_group_id=group),
    lambda eci, group: eci.set_status(group, "Sleeping"),
    lambda eci, group: eci.set_status(group, "Running", at="2025-01-01T00:00:00"),
    lambda eci, group: eci.set_container_state(group, "other", {"State": "Running"}),
    lambda eci, group: eci.add_event(group, "OOMKilled", "Fatal", "Out of memory"),
    lambda eci, group: eci.add_event(group, *OOM, count=0),
    lambda eci, group: eci.add_event(group, *OOM, at=1000, first_at=2000),
    lambda eci, _: eci.set_casing("snake"),
    lambda eci, _: eci.after(1, "handle"),
    lambda eci, group: eci.after(-1, "advance", group_id=group),
    lambda eci, _: eci.control("__init__", {}),
]


@pytest.mark.parametrize("call", WRONG)
def test_wrong_arguments(eci: EciService, group: str, call: Callable[[EciService, str], Any]) -> None:
    """What cannot be is refused by a ValueError, and nothing changes."""
    before = eci.list_container_groups()

    with pytest.raises(ValueError, match=r".+"):
        call(eci, group)

    assert eci.list_container_groups() == before


GONE: list[Callable[[EciService], Any]] = [
    lambda eci: eci.set_status("eci-none", "Running"),
    lambda eci: eci.advance("eci-none"),
    lambda eci: eci.add_event("eci-none", *OOM),
    lambda eci: eci.set_container_state("eci-none", "web", {}),
    lambda eci: eci.delete_container_group("eci-none"),
    lambda eci: eci.container_group("eci-none"),
    lambda eci: eci.list_events("eci-none"),
]


@pytest.mark.parametrize("call", GONE)
def test_no_such_group(eci: EciService, call: Callable[[EciService], Any]) -> None:
    """A call about a group that is not there is refused by an error naming its id."""
    with pytest.raises(ContainerGroupNotFoundError, match="eci-none"):
        call(eci)


def test_control_by_json(eci: EciService, sdk: Any) -> None:
    """Every call can be made by its name with JSON, and answers JSON."""

    def call(name: str, /, **arguments: Any) -> Any:
        return json.loads(json.dumps(eci.control(name, json.loads(json.dumps(arguments)))))

    group = call("create_container_group", region=REGION, name="web", containers=[{"Name": "nginx"}])
    call("set_status", group_id=group, status="Pending")
    call("set_container_state", group_id=group, container="nginx", state={"State": "Running"})
    name = call("add_event", group_id=group, reason="Created", type="Normal", message="ok", at="2025-01-01T12:00:00Z")
    call("set_casing", casing="camel")

    assert call("advance", group_id=group) == "Running"
    assert call("container_group", group_id=group)["Status"] == "Running"
    assert [row["ContainerGroupId"] for row in call("list_container_groups", region=REGION)] == [group]
    assert [row["metadata"]["name"] for row in call("list_events", group_id=group)] == [name]
    assert sdk.raw_events()["Data"][0]["Events"][0]["reason"] == "Created"

    call("after", seconds=5, call="delete_container_group", group_id=group)


def test_list_is_what_the_api_answers(eci: EciService, sdk: Any, group: str) -> None:
    """The control interface lists groups as DescribeContainerGroups does with events, for one region or for all."""
    eci.add_event(group, *OOM)
    other = eci.create_container_group("cn-beijing", "web")
    body = sdk.raw("DescribeContainerGroups", query={"RegionId": REGION, "WithEvent": "true"})

    assert eci.list_container_groups(REGION) == body["ContainerGroups"]
    assert sorted(row["ContainerGroupId"] for row in eci.list_container_groups()) == sorted([group, other])


def test_after(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """What was put off happens when the clock gets there, at the time it was due, in order; not without its group."""
    group = eci.create_container_group(REGION, "job")
    gone = eci.create_container_group(REGION, "gone")
    for seconds, status in ((20, "Running"), (80, "Succeeded"), (10, "Pending")):
        eci.after(seconds, "set_status", group_id=group, status=status)
    eci.after(50, "add_event", group_id=group, reason="OOMKilled", type="Warning", message="Out of memory")
    eci.after(60, "advance", group_id=gone)
    eci.delete_container_group(gone)

    cloud.advance(15)

    assert sdk.groups().container_groups[0].status == "Pending"

    cloud.advance(600)
    (shown,) = sdk.groups(with_event=True).container_groups

    assert (shown.status, shown.succeeded_time) == ("Succeeded", "2025-01-01T12:01:20Z")
    assert shown.containers[0].current_state.start_time == "2025-01-01T12:00:20Z"
    assert shown.events[0].first_timestamp == "2025-01-01T12:00:50Z"


def test_threads(eci: EciService, group: str) -> None:
    """Of events and groups that many threads make at once none is lost and no id is given twice."""

    def work(_: int) -> str:
        eci.add_event(group, *OOM)
        return eci.create_container_group(REGION, "job")

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(work, range(80)))

    assert eci.list_events(group)[0]["count"] == 80
    assert {row["ContainerGroupId"] for row in eci.list_container_groups()} == {group, *made}
    assert len(set(made)) == 80


def test_arguments_are_copied(eci: EciService, sdk: Any) -> None:
    """What the caller changes afterwards, in what was given or in what was answered, does not change the group."""
    containers, tags = [{"Name": "nginx", "Args": ["a"]}], {"team": "ops"}
    eci.create_container_group(REGION, "web", containers=containers, tags=tags)
    containers[0]["Args"] = ["b"]
    tags["team"] = "dev"
    eci.list_container_groups()[0]["Containers"][0]["Args"].append("c")

    (shown,) = sdk.groups().container_groups

    assert (shown.containers[0].args, shown.tags[0].value) == (["a"], "ops")


def test_reset(cloud: Cloud, eci: EciService, sdk: Any, group: str) -> None:
    """A reset of the cloud forgets groups, events and the casing, and ids begin again."""
    eci.set_casing("camel")
    cloud.reset()

    assert (sdk.groups().total_count, eci.casing) == (0, "pascal")
    assert eci.create_container_group(REGION, "web") == group


def test_state_outlives_the_process(tmp_path: Path) -> None:
    """On SQLite another cloud on the same file has the same groups, events and casing, and gives out new ids."""
    first = local_cloud(data=tmp_path / "cloud.sqlite")
    made: Any = first.services["eci"]
    group = made.create_container_group(REGION, "web", tags={"team": "ops"}, init_containers=[{"Name": "init"}])
    made.add_event(group, *OOM)
    made.set_casing("camel")
    listed = made.list_container_groups()
    first.close()

    second = local_cloud(data=tmp_path / "cloud.sqlite")
    found: Any = second.services["eci"]

    assert found.list_container_groups() == listed
    assert found.casing == "camel"
    assert found.create_container_group(REGION, "web") != group
    second.close()
