"""DescribeContainerGroupEvents: which events it answers, and how they are spelt, counted and forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eci20180808 import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock import Cloud
    from yunmock.eci import EciService

REGION = "cn-hangzhou"
OOM = ("OOMKilled", "Warning", "Out of memory")
SAMPLE = {
    "count": 1,
    "firstTimestamp": "2025-01-01T12:00:00Z",
    "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": "web", "namespace": "prod", "uid": "eci-0jlh3g"},
    "lastTimestamp": "2025-01-01T12:00:00Z",
    "message": "Out of memory",
    "metadata": {"name": "web.1861", "namespace": "prod"},
    "reason": "OOMKilled",
    "source": {"component": "EciService"},
    "type": "Warning",
}
"""The console's sample, its stars filled in (help.aliyun.com, "ECI events")."""


def reasons(body: Any) -> list[str]:
    """The reasons of all events of an answer."""
    return [event.reason for row in body.data for event in row.events]


@pytest.fixture
def sample_group(eci: EciService) -> str:
    """The group of the console's sample, with its event."""
    group = eci.create_container_group(
        REGION, "web", container_group_id="eci-0jlh3g", namespace="prod", annotations="{}"
    )
    eci.add_event(group, *OOM, name="web.1861")
    return group


def test_sdk_model(sdk: Any, sample_group: str) -> None:
    """By default every field gets through the SDK's model."""
    body = sdk.events()
    (row,) = body.data
    (event,) = row.events

    assert (row.container_group_id, row.name, row.namespace, row.annotations) == (sample_group, "web", "prod", "{}")
    assert len(row.uuid) == 36
    assert body.total_count == 1
    assert event.to_map() == {
        "Count": 1,
        "FirstTimestamp": "2025-01-01T12:00:00Z",
        "LastTimestamp": "2025-01-01T12:00:00Z",
        "Message": "Out of memory",
        "Metadata": {"Name": "web.1861", "Namespace": "prod"},
        "Reason": "OOMKilled",
        "Source": {"Component": "EciService"},
        "Type": "Warning",
        "involvedObject": {
            "ApiVersion": "v1",
            "Kind": "Pod",
            "Name": "web",
            "Namespace": "prod",
            "Uid": "eci-0jlh3g",
        },
    }


def test_camel_case(eci: EciService, sdk: Any, sample_group: str) -> None:
    """In lower camelCase the event is the console's sample, of which the SDK's model keeps nothing."""
    eci.set_casing("camel")

    (row,) = sdk.raw_events()["Data"]

    assert row["ContainerGroupId"] == sample_group
    assert row["Events"] == [SAMPLE]
    assert sdk.events().data[0].events[0].to_map() == {"involvedObject": {}}


def test_list_events_is_what_a_sink_pushes(eci: EciService, sample_group: str) -> None:
    """The control interface answers events as Kubernetes spells them, whatever the casing of the API."""
    assert eci.list_events(sample_group) == [SAMPLE]


def test_optional_fields(eci: EciService, sdk: Any, group: str) -> None:
    """Host, reporter and the object of an event are answered when it has them."""
    eci.add_event(
        group,
        "ImageCacheFinished",
        "Normal",
        "Image cache [imc-1] has been made successfully",
        kind="ImageCache",
        object_name="imc-1",
        host="node-1",
        reporting_component="eci",
        reporting_instance="eci-1",
    )

    event = sdk.events().data[0].events[0]

    assert (event.source.host, event.reporting_component, event.reporting_instance) == ("node-1", "eci", "eci-1")
    assert (event.involved_object.kind, event.involved_object.name) == ("ImageCache", "imc-1")
    assert sdk.groups(with_event=True).container_groups[0].events[0].name == "imc-1"


def test_repeats_are_counted(cloud: Cloud, eci: EciService, sdk: Any, group: str) -> None:
    """The same event again adds to Count and moves LastTimestamp; its name and FirstTimestamp stay."""
    name = eci.add_event(group, *OOM)
    cloud.advance(60)

    assert eci.add_event(group, *OOM, count=4) == name

    (event,) = sdk.events().data[0].events

    assert (event.metadata.name, event.count) == (name, 5)
    assert (event.first_timestamp, event.last_timestamp) == ("2025-01-01T12:00:00Z", "2025-01-01T12:01:00Z")


def test_a_late_event_of_an_earlier_time(eci: EciService, sdk: Any, group: str) -> None:
    """An occurrence from before moves FirstTimestamp, not LastTimestamp."""
    eci.add_event(group, *OOM)
    eci.add_event(group, *OOM, at="2025-01-01T11:00:00Z")

    (event,) = sdk.events().data[0].events

    assert (event.count, event.first_timestamp, event.last_timestamp) == (
        2,
        "2025-01-01T11:00:00Z",
        "2025-01-01T12:00:00Z",
    )


def test_named_repeat(cloud: Cloud, eci: EciService, sdk: Any, group: str) -> None:
    """With a name, the event of that name and reason is repeated though its message changed; the newest shows."""
    eci.add_event(group, "SpotToBeReleased", "Warning", "Spot ECI will be released in 3 minutes", name="spot")
    cloud.advance(60)
    eci.add_event(group, "SpotToBeReleased", "Warning", "Spot ECI will be released in 2 minutes", name="spot")

    (event,) = sdk.events().data[0].events

    assert (event.count, event.message) == (2, "Spot ECI will be released in 2 minutes")


def test_another_message_is_another_event(eci: EciService, sdk: Any, group: str) -> None:
    """Events of one reason and moment but of different messages stay apart, each with a name of its own."""
    eci.add_event(group, "FailedScheduling", "Warning", "Unknown error occurred.")
    eci.add_event(group, "FailedScheduling", "Warning", "Schedule eci failed:no stock")

    events = sdk.events().data[0].events

    assert [event.count for event in events] == [1, 1]
    assert len({event.metadata.name for event in events}) == 2


def test_made_up_name(eci: EciService, group: str) -> None:
    """A name is the object's and the nanosecond of the first occurrence in hex, as Kubernetes makes it."""
    assert eci.add_event(group, *OOM) == f"web.{1_735_732_800_000_000_000:x}"


def test_the_latest_fifty(cloud: Cloud, eci: EciService, sdk: Any, group: str) -> None:
    """Of a group the 50 events that happened last are kept, in both calls; a repeat counts as happening."""
    for number in range(60):
        cloud.advance(1)
        eci.add_event(group, "CreateBackoff", "Warning", f"attempt {number}")
    eci.add_event(group, "CreateBackoff", "Warning", "attempt 10")
    cloud.advance(1)
    eci.add_event(group, *OOM)

    messages = [event.message for event in sdk.events().data[0].events]

    assert messages == [*(f"attempt {number}" for number in range(12, 60)), "attempt 10", "Out of memory"]
    assert [event.message for event in sdk.groups(with_event=True).container_groups[0].events] == messages


@pytest.mark.parametrize(
    ("source", "shown"),
    [(None, ["OOMKilled", "Pulled"]), ("EciService", ["OOMKilled"]), ("K8sAgent", ["Pulled"])],
)
def test_event_source(eci: EciService, sdk: Any, group: str, source: str | None, shown: list[str]) -> None:
    """EventSource answers what that component reported; without it all is answered."""
    eci.add_event(group, *OOM)
    eci.add_event(group, "Pulled", "Normal", "Image pulled", component="K8sAgent")

    body = sdk.events(event_source=source)

    assert (reasons(body), body.total_count) == (shown, len(shown))


def test_since_second(cloud: Cloud, eci: EciService, sdk: Any, group: str) -> None:
    """SinceSecond answers what happened, also once more, in the seconds before now; the group is listed anyway."""
    eci.add_event(group, *OOM)
    eci.add_event(group, "Created", "Normal", "Created container")
    cloud.advance(60)
    eci.add_event(group, *OOM)
    cloud.advance(10)

    assert reasons(sdk.events(since_second=10)) == ["OOMKilled"]
    assert reasons(sdk.events(since_second=69)) == ["OOMKilled"]
    assert sorted(reasons(sdk.events(since_second=70))) == ["Created", "OOMKilled"]
    assert [row.events for row in sdk.events(since_second=9).data] == [[]]


def test_old_events_need_no_since(eci: EciService, sdk: Any, group: str) -> None:
    """Without SinceSecond events are answered however old they are."""
    eci.add_event(group, *OOM, at="1980-01-01T00:00:00Z")

    assert reasons(sdk.events()) == ["OOMKilled"]


FILTERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"zone_id": "cn-hangzhou-k"}, {"zone_id": "cn-hangzhou-k"}),
    ({"v_switch_id": "vsw-1"}, {"v_switch_id": "vsw-1"}),
    ({"resource_group_id": "rg-1"}, {"resource_group_id": "rg-1"}),
    (
        {"tags": {"team": "ops"}},
        {"tag": [models.DescribeContainerGroupEventsRequestTag(key="team", value="ops")]},
    ),
    ({"container_group_id": "eci-1"}, {"container_group_ids": json.dumps(["eci-1", "eci-2"])}),
]


@pytest.mark.parametrize(("made", "asked"), FILTERS, ids="-".join)
def test_filter(eci: EciService, sdk: Any, group: str, made: dict[str, Any], asked: dict[str, Any]) -> None:
    """Each filter answers the groups that equal it in that field, and no others."""
    wanted = eci.create_container_group(REGION, "wanted", **made)

    assert group != wanted
    assert [row.container_group_id for row in sdk.events(**asked).data] == [wanted]


BAD: list[tuple[str, dict[str, Any]]] = [
    ("Limit", {"limit": 201}),
    ("Limit", {"limit": 0}),
    ("SinceSecond", {"since_second": -1}),
    ("SinceSecond", {"since_second": "soon"}),
    ("SinceSecond", {"since_second": "²"}),
    ("SinceSecond", {"since_second": "9" * 5000}),
    ("EventSource", {"event_source": "kubelet"}),
    ("ContainerGroupIds", {"container_group_ids": json.dumps(["eci-1"] * 21)}),
    ("NextToken", {"next_token": "1"}),
]


@pytest.mark.parametrize(("name", "asked"), BAD)
def test_bad_parameter(sdk: Any, refused: Callable[..., Any], name: str, asked: dict[str, Any]) -> None:
    """A parameter outside its limits is refused by a message that names it."""
    with refused("InvalidParameter", naming=name):
        sdk.events(**asked)


def test_region_is_required(sdk: Any, refused: Callable[..., Any]) -> None:
    """Without RegionId the call is refused."""
    with refused("MissingParameter", naming="RegionId"):
        sdk.events(region=None)
