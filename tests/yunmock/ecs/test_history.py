"""DescribeInstanceHistoryEvents: which events come back, in which pages, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import ALL, REBOOT
from tests.yunmock.noon import NOON_MS, REGION

from yunmock.ecs import lives

if TYPE_CHECKING:
    from tests.yunmock.ecs.conftest import Api

    from yunmock import Cloud
    from yunmock.ecs import EcsService

DAY_S = 86_400


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The ids of rows."""
    return [row["EventId"] for row in rows]


@pytest.fixture
def one_of_each(ecs: EcsService, instance: str) -> dict[str, str]:
    """An event in each status, by its status."""
    return {
        status: ecs.schedule_event(instance, REBOOT, status=status, execution_s=DAY_S, event_id=f"e-{status}")
        for status in ALL
    }


def test_without_statuses_only_finished_events_come_back(api: Api, one_of_each: dict[str, str]) -> None:
    """The trap of this call: what is open has to be asked for."""
    assert ids(api.history()) == [one_of_each[status] for status in lives.FINISHED]
    assert ids(api.history(InstanceEventCycleStatus=list(ALL))) == [one_of_each[status] for status in ALL]
    assert ids(api.history(EventCycleStatus="Scheduled")) == [one_of_each["Scheduled"]]


def test_the_list_of_statuses_beats_the_single_one(api: Api, one_of_each: dict[str, str]) -> None:
    """EventCycleStatus counts only without InstanceEventCycleStatus."""
    both = api.history(EventCycleStatus="Failed", InstanceEventCycleStatus=["Inquiring", "Executing"])

    assert ids(both) == [one_of_each["Inquiring"], one_of_each["Executing"]]


def test_a_row(ecs: EcsService, api: Api, instance: str) -> None:
    """A row has whole seconds, type and status with codes, and of its execution only the end."""
    event = ecs.schedule_event(
        instance,
        REBOOT,
        status="Executed",
        at=NOON_MS - 60_500,
        not_before=NOON_MS - 10_500,
        finished_at=NOON_MS - 500,
        reason="A fan is broken.",
        reason_code="hardware",
        attributes={"Device": "/dev/vdb"},
    )

    assert api.history() == [
        {
            "EventId": event,
            "InstanceId": instance,
            "ResourceType": "instance",
            "EventType": {"Code": 1, "Name": REBOOT},
            "EventCycleStatus": {"Code": 0, "Name": "Executed"},
            "EventPublishTime": "2025-01-01T11:58:59Z",
            "NotBefore": "2025-01-01T11:59:49Z",
            "EventFinishTime": "2025-01-01T11:59:59Z",
            "Reason": "A fan is broken.",
            "ReasonCode": "hardware",
            "ImpactLevel": "100",
            "ExtendedAttribute": {"Device": "/dev/vdb"},
        }
    ]


def test_finished_events_are_gone_after_thirty_days(
    cloud: Cloud, ecs: EcsService, api: Api, one_of_each: dict[str, str]
) -> None:
    """An open event can be asked for without limit of time, a finished one for 30 days."""
    cloud.clock.advance(30 * DAY_S)
    assert set(ids(api.history())) >= {one_of_each[status] for status in lives.FINISHED}

    cloud.clock.advance(1)

    assert set(ids(api.history(EventId=list(one_of_each.values()), InstanceEventCycleStatus=list(ALL)))) == {
        one_of_each["Inquiring"],
        one_of_each["Scheduled"],
        one_of_each["Executing"],  # executed for a day, so finished 29 days ago
    }
    assert ecs.event(one_of_each["Failed"])["EventCycleStatus"]["Name"] == "Failed"


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"EventId": ["e-1", "e-3", "e-none"]}, ["e-1", "e-3"]),
    ({"InstanceId": "i-1"}, ["e-1", "e-2"]),
    ({"ResourceId": ["i-2", "i-none"], "InstanceId": "i-1"}, ["e-3"]),
    ({"InstanceEventType": [REBOOT, "Other"]}, ["e-1", "e-3"]),
    ({"EventType": "SystemFailure.Stop"}, ["e-2"]),
    ({"EventType": "SystemFailure.Stop", "InstanceEventType": [REBOOT]}, ["e-1", "e-3"]),
    ({"Tag.1.Key": "team", "Tag.1.Value": "shop"}, ["e-1", "e-2"]),
    ({"Tag.1.Key": "team"}, ["e-1", "e-2", "e-3"]),
    ({"ResourceGroupId": "rg-2"}, ["e-3"]),
    ({"EventPublishTime.Start": "2025-01-01T11:00:00Z"}, ["e-2", "e-3"]),
    ({"EventPublishTime.End": "2025-01-01T11:00:00Z"}, ["e-1", "e-2"]),
    ({"NotBefore.Start": "2025-01-01T10:30:00Z", "NotBefore.End": "2025-01-01T10:30:00Z"}, ["e-1"]),
    ({"ResourceType": "ddh"}, []),
    ({"ResourceType": "instance"}, ["e-1", "e-2", "e-3"]),
    ({"RegionId": "cn-beijing"}, []),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_filters(ecs: EcsService, api: Api, asked: dict[str, Any], found: list[str]) -> None:
    """Each filter lets through what it names; together they all must hold."""
    ecs.create_instance(REGION, "a", instance_id="i-1", tags={"team": "shop"})
    ecs.create_instance(REGION, "b", instance_id="i-2", tags={"team": "ops"}, resource_group_id="rg-2")
    hour = 3_600_000
    given = [("e-1", "i-1", REBOOT, 2), ("e-2", "i-1", "SystemFailure.Stop", 1), ("e-3", "i-2", REBOOT, 0)]
    for event, where, kind, hours in given:
        at = NOON_MS - hours * hour
        not_before = NOON_MS - 3 * hour // 2 if event == "e-1" else None
        ecs.schedule_event(where, kind, event_id=event, status="Executed", at=at, not_before=not_before)

    assert ids(api.history(**asked)) == found


@pytest.fixture
def many(ecs: EcsService, instance: str) -> list[str]:
    """Twenty-five finished events, oldest first."""
    return [ecs.schedule_event(instance, REBOOT, status="Executed", on_bus=False) for _ in range(25)]


@pytest.mark.parametrize(("size", "pages"), [(0, [10, 10, 5]), (3, [10, 10, 5]), (12, [12, 12, 1]), (500, [25])])
def test_pages_by_token(api: Api, many: list[str], size: int, pages: list[int]) -> None:
    """A MaxResults out of bounds counts as the nearest bound; without a NextToken the list is at its end."""
    found: list[str] = []
    shown: list[int] = []
    token = ""
    while not shown or token:
        body = api("DescribeInstanceHistoryEvents", MaxResults=size, NextToken=token)
        rows = body["InstanceSystemEventSet"]["InstanceSystemEventType"]
        found += ids(rows)
        shown.append(len(rows))
        token = body.get("NextToken", "")
        assert body["TotalCount"] == 0

    assert (found, shown) == (many, pages)


def test_pages_by_number(api: Api, many: list[str]) -> None:
    """By number, the answer has the total; a page behind the end is empty."""
    third = api("DescribeInstanceHistoryEvents", PageNumber=3)
    behind = api("DescribeInstanceHistoryEvents", PageNumber=9, PageSize=100)

    assert ids(third["InstanceSystemEventSet"]["InstanceSystemEventType"]) == many[20:]
    assert (third["PageNumber"], third["PageSize"], third["TotalCount"]) == (3, 10, 25)
    assert behind["InstanceSystemEventSet"]["InstanceSystemEventType"] == []
    assert "NextToken" not in third


def test_a_token_leads_on_when_an_event_is_published(ecs: EcsService, api: Api, instance: str, many: list[str]) -> None:
    """What is published between two pages is on a later page, and shifts nothing."""
    first = api("DescribeInstanceHistoryEvents", MaxResults=10)
    new = ecs.schedule_event(instance, REBOOT, status="Executed")

    rest = api("DescribeInstanceHistoryEvents", MaxResults=100, NextToken=first["NextToken"])

    assert ids(rest["InstanceSystemEventSet"]["InstanceSystemEventType"]) == [*many[10:], new]


def test_a_first_page_by_number_leads_on_by_token(api: Api, many: list[str]) -> None:
    """A program that starts by number gets a token while there is more."""
    first = api("DescribeInstanceHistoryEvents")

    assert ids(api.history(NextToken=first["NextToken"])) == many[10:20]
