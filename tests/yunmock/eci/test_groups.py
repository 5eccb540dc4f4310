"""DescribeContainerGroups: which groups it answers, and what it tells of them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eci20180808 import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock import Cloud
    from yunmock.eci import EciService

REGION = "cn-hangzhou"
STATUSES = (
    "Pending",
    "Running",
    "Succeeded",
    "Failed",
    "Scheduling",
    "ScheduleFailed",
    "Restarting",
    "Updating",
    "Terminating",
    "Expired",
)


def tag(key: str, value: str | None = None) -> Any:
    """A tag to filter by."""
    return models.DescribeContainerGroupsRequestTag(key=key, value=value)


FILTERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"zone_id": "cn-hangzhou-k"}, {"zone_id": "cn-hangzhou-k"}),
    ({"v_switch_id": "vsw-1"}, {"v_switch_id": "vsw-1"}),
    ({"security_group_id": "sg-1"}, {"security_group_id": "sg-1"}),
    ({"resource_group_id": "rg-1"}, {"resource_group_id": "rg-1"}),
    ({"compute_category": "economy"}, {"compute_category": "economy"}),
    ({"status": "Updating"}, {"status": "Updating"}),
    ({"tags": {"team": "ops"}}, {"tag": [tag("team", "ops")]}),
    ({"tags": {"team": "ops", "env": "prod"}}, {"tag": [tag("team", "ops"), tag("env")]}),
]


@pytest.mark.parametrize(("made", "asked"), FILTERS, ids="-".join)
def test_filter(eci: EciService, sdk: Any, made: dict[str, Any], asked: dict[str, Any]) -> None:
    """Each filter answers the groups that equal it in that field, and no others."""
    eci.create_container_group(REGION, "other", tags={"team": "dev", "env": "prod"})
    wanted = eci.create_container_group(REGION, "wanted", **made)

    assert sdk.ids(**asked) == [wanted]


def test_filter_by_name_is_exact(eci: EciService, sdk: Any) -> None:
    """A name asks for the groups called exactly that."""
    wanted = eci.create_container_group(REGION, "web")
    eci.create_container_group(REGION, "web-2")

    assert sdk.ids(container_group_name="web") == [wanted]


def test_filters_add_up(eci: EciService, sdk: Any) -> None:
    """A group must pass every filter of the call."""
    eci.create_container_group(REGION, "web", status="Running")
    wanted = eci.create_container_group(REGION, "web", status="Pending")

    assert sdk.ids(container_group_name="web", status="Pending") == [wanted]


def test_by_ids(eci: EciService, sdk: Any) -> None:
    """Of the ids asked for those that exist are answered, in the order of creation, up to 20 of them."""
    ids = [eci.create_container_group(REGION, f"g{n}") for n in range(25)]
    asked = [*reversed(ids[:19]), "eci-none"]

    assert sdk.ids(container_group_ids=json.dumps(asked)) == ids[:19]


BAD: list[tuple[str, dict[str, Any]]] = [
    ("Limit", {"limit": 21}),
    ("Limit", {"limit": 0}),
    ("Limit", {"limit": -1}),
    ("Status", {"status": "Sleeping"}),
    ("ComputeCategory", {"compute_category": "luxury"}),
    ("ContainerGroupIds", {"container_group_ids": json.dumps(["eci-1"] * 21)}),
    ("ContainerGroupIds", {"container_group_ids": "eci-1"}),
    ("ContainerGroupIds", {"container_group_ids": '{"eci-1": 1}'}),
    ("ContainerGroupIds", {"container_group_ids": "[1]"}),
    ("ContainerGroupIds", {"container_group_ids": "[" * 20_000}),
    ("WithEvent", {"with_event": "perhaps"}),
    ("NextToken", {"next_token": "2"}),
    ("NextToken", {"next_token": "d78f2dd8-5979-42fe-8aee-b16db43be5bc"}),
]


@pytest.mark.parametrize(("name", "asked"), BAD)
def test_bad_parameter(sdk: Any, refused: Callable[..., Any], name: str, asked: dict[str, Any]) -> None:
    """A parameter outside its limits is refused by a message that names it."""
    with refused("InvalidParameter", naming=name):
        sdk.groups(**asked)


def test_region_is_required(sdk: Any, refused: Callable[..., Any]) -> None:
    """Without RegionId the call is refused."""
    with refused("MissingParameter", naming="RegionId"):
        sdk.groups(region=None)


def test_tag_needs_its_key(sdk: Any, refused: Callable[..., Any]) -> None:
    """A tag's value without its key is refused."""
    with refused("MissingParameter", naming=r"Tag.1.Key"):
        sdk.groups(tag=[models.DescribeContainerGroupsRequestTag(value="ops")])


def test_regions_are_apart(eci: EciService, sdk: Any) -> None:
    """A region answers its own groups alone, also where one name begins another."""
    here = eci.create_container_group(REGION, "web")
    there = eci.create_container_group("cn-hangzhou-finance", "web")

    assert sdk.ids() == [here]
    assert sdk.ids(region="cn-hangzhou-finance") == [there]
    assert sdk.ids(region="cn") == []


@pytest.mark.parametrize("status", STATUSES)
def test_status(eci: EciService, sdk: Any, status: str) -> None:
    """Each of the ten statuses can be reached, is answered and can be asked for."""
    group = eci.create_container_group(REGION, "web")
    eci.set_status(group, status)

    assert [(row.container_group_id, row.status) for row in sdk.groups(status=status).container_groups] == [
        (group, status)
    ]


@pytest.mark.parametrize(
    ("status", "field"), [("Succeeded", "succeeded_time"), ("Failed", "failed_time"), ("Expired", "expired_time")]
)
def test_terminal_time(cloud: Cloud, eci: EciService, sdk: Any, status: str, field: str) -> None:
    """A terminal status is dated in its own field, creation in CreationTime, and in no other."""
    group = eci.create_container_group(REGION, "job", status="Running")
    cloud.advance(90)
    eci.set_status(group, status)

    (shown,) = sdk.groups().container_groups
    times = {name: getattr(shown, name) for name in ("succeeded_time", "failed_time", "expired_time")}

    assert shown.creation_time == "2025-01-01T12:00:00Z"
    assert times == {**dict.fromkeys(times), field: "2025-01-01T12:01:30Z"}


def test_leaving_a_terminal_status(eci: EciService, sdk: Any) -> None:
    """A group that runs again has no end any more."""
    group = eci.create_container_group(REGION, "job", status="Failed")
    eci.set_status(group, "Running")

    (shown,) = sdk.groups().container_groups

    assert (shown.status, shown.failed_time) == ("Running", None)


def test_shape(eci: EciService, sdk: Any) -> None:
    """A group is shown in the fields of the SDK's model: as created, with given attributes replacing generated ones."""
    group = eci.create_container_group(
        REGION,
        "web",
        status="Running",
        tags={"team": "ops"},
        v_switch_id="vsw-1",
        containers=[{"Name": "nginx", "Image": "nginx:1.27", "Ports": [{"Port": 80, "Protocol": "TCP"}]}],
        init_containers=[{"Name": "init", "Command": ["sh"]}],
        attributes={"InstanceType": "ecs.g5.large", "Cpu": 8.0, "DnsConfig": {"NameServers": ["10.2.0.1"]}},
    )

    (shown,) = sdk.groups().container_groups
    (container,), (init,) = shown.containers, shown.init_containers

    assert (shown.container_group_id, shown.container_group_name, shown.region_id) == (group, "web", REGION)
    assert (shown.v_switch_id, shown.zone_id, shown.tags[0].to_map()) == (
        "vsw-1",
        "cn-hangzhou-h",
        {"Key": "team", "Value": "ops"},
    )
    assert (shown.instance_type, shown.cpu, shown.memory, shown.dns_config.name_servers) == (
        "ecs.g5.large",
        8.0,
        4.0,
        ["10.2.0.1"],
    )
    assert (container.name, container.image, container.ports[0].port, container.ready) == (
        "nginx",
        "nginx:1.27",
        80,
        True,
    )
    assert (init.name, init.command, init.current_state.state) == ("init", ["sh"], "Terminated")


CONTAINER_STATES = [
    ("Scheduling", "Waiting", None),
    ("Pending", "Waiting", None),
    ("Running", "Running", None),
    ("Succeeded", "Terminated", 0),
    ("Failed", "Terminated", 1),
]


@pytest.mark.parametrize(("status", "state", "code"), CONTAINER_STATES)
def test_containers_follow_the_group(eci: EciService, sdk: Any, status: str, state: str, code: int | None) -> None:
    """Containers wait, run and end as their group does."""
    eci.create_container_group(REGION, "job", status=status)

    current = sdk.groups().container_groups[0].containers[0].current_state

    assert (current.state, current.exit_code) == (state, code)


def test_container_state(eci: EciService, sdk: Any, group: str) -> None:
    """A container given a state of its own keeps it, and the state it was in becomes the previous one."""
    killed = {"State": "Terminated", "ExitCode": 137, "Reason": "OOMKilled"}
    eci.set_container_state(group, "web", killed, restart_count=3)
    eci.set_status(group, "Updating")

    container = sdk.groups().container_groups[0].containers[0]

    assert (container.current_state.reason, container.current_state.exit_code) == ("OOMKilled", 137)
    assert (container.previous_state.state, container.restart_count, container.ready) == ("Running", 3, False)


def test_events_only_when_asked(eci: EciService, sdk: Any, group: str) -> None:
    """Events come with WithEvent alone, and `Name` is the object they belong to."""
    eci.add_event(group, "Created", "Normal", "Created container", name="web.1")

    assert sdk.groups().container_groups[0].events == []
    assert sdk.groups(with_event=False).container_groups[0].events == []
    assert [event.to_map() for event in sdk.groups(with_event=True).container_groups[0].events] == [
        {
            "Type": "Normal",
            "Reason": "Created",
            "Message": "Created container",
            "Name": "web",
            "Count": 1,
            "FirstTimestamp": "2025-01-01T12:00:00Z",
            "LastTimestamp": "2025-01-01T12:00:00Z",
        }
    ]


def test_asynchronous_client(sdk: Any, group: str) -> None:
    """The SDK's asynchronous twin of the call is answered alike."""
    request = models.DescribeContainerGroupsRequest(region_id=REGION)

    answer = asyncio.run(sdk.client.describe_container_groups_async(request))

    assert [row.container_group_id for row in answer.body.container_groups] == [group]
