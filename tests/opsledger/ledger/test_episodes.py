"""Episodes: what opens one, what closes it, and what does neither; in every order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness
from tests.opsledger.ledger.lives import (
    BACK,
    DAY,
    ECI_SPOT,
    FAULT,
    HOUR,
    MINUTE,
    PLAN,
    SPOT,
    anomalies,
    episodes,
    in_every_order,
    iso,
    of,
    system,
)

from opsledger import timestamps


@pytest.mark.parametrize("end", ["Canceled", "Avoided", "Executed", "Failed"])
def test_an_announcement_after_an_end_opens_an_episode(end: str) -> None:
    """With the same id and a new publish time; the deadline is that of the new one."""
    again = NOW_MS + DAY
    events = [
        system("Scheduled"),
        system(end, NOW_MS + HOUR, publishTime=iso(NOW_MS)),
        system("Scheduled", again, notBefore=iso(again + 9 * DAY)),
    ]
    record = in_every_order(events)

    assert episodes(record) == [("Scheduled", 1), (end, 1), ("Scheduled", 2)]
    assert (record["status"], record["outcome"], record["due"]) == ("Scheduled", "pending", iso(again + 9 * DAY))
    assert anomalies(record) == []


def test_the_second_end_closes_the_second_episode() -> None:
    """An end belongs to the announcement that it was issued with, whatever its moment."""
    again = NOW_MS + DAY
    events = [
        system("Scheduled"),
        system("Canceled", again + HOUR, publishTime=iso(NOW_MS)),
        system("Canceled", NOW_MS + HOUR, publishTime=iso(NOW_MS + 1000)),
        system("Scheduled", again),
    ]
    record = in_every_order(events)

    assert record["status"] == "Scheduled"
    closed = in_every_order([*events, system("Executed", again + 2 * HOUR, publishTime=iso(again))])
    assert (closed["status"], episodes(closed)[-1]) == ("Executed", ("Executed", 2))


def test_the_same_publish_time_after_an_end_is_no_new_episode() -> None:
    """A statement that was issued before the end came late."""
    events = [system("Scheduled"), system("Avoided", NOW_MS - HOUR, publishTime=iso(NOW_MS))]
    record = in_every_order(events)

    assert (record["status"], episodes(record)) == ("Avoided", [("Scheduled", 1), ("Avoided", 1)])


@pytest.mark.parametrize("type_", [SPOT, ECI_SPOT])
def test_a_second_interruption_is_a_new_episode(type_: str) -> None:
    """A repeat within ten minutes is the same one."""
    record = in_every_order([of(type_, NOW_MS), of(type_, NOW_MS + 2 * MINUTE), of(type_, NOW_MS + 9 * HOUR)])

    assert [number for _, number in episodes(record)] == [1, 1, 2]
    assert timestamps.parse(record["due"]) > NOW_MS + 9 * HOUR
    assert (record["outcome"], anomalies(record)) == ("pending", [])


def test_failures_to_schedule_stay_apart() -> None:
    """Each time a container group could not be scheduled is an episode, whether or not the retry was seen."""
    state = "eci:ContainerGroup:StateChange"

    def step(status: str, minutes: int) -> dict[str, Any]:
        at = iso(NOW_MS + minutes * MINUTE)
        times = {"creationTime": at, "observedTime": at} if status == "Scheduling" else {"observedTime": at}
        return of(state, NOW_MS, status, **times)

    record = in_every_order([step("ScheduleFailed", 0), step("Scheduling", 5), step("ScheduleFailed", 9)])
    unseen = in_every_order([step("ScheduleFailed", 0), step("ScheduleFailed", 9)])

    assert episodes(record) == [("ScheduleFailed", 1), ("Scheduling", 2), ("ScheduleFailed", 2)]
    assert episodes(unseen) == [("ScheduleFailed", 1), ("ScheduleFailed", 2)]


def plan_for(due: int) -> dict[str, Any]:
    """A maintenance that is announced now and planned for `due`."""
    message = {"originReason": "Redeploy", "originMessage": "Redeploy", "planExecTime": iso(due)}
    return of(PLAN, NOW_MS, message=json.dumps(message, separators=(",", ":")))


@pytest.mark.parametrize("plan", [plan_for(NOW_MS + DAY), of(PLAN, NOW_MS)], ids=["planned", "of 2019"])
def test_a_reboot_after_a_fault_does_not_close_a_plan(plan: dict[str, Any]) -> None:
    """The plan is still open, with its own deadline; the reboot itself is in order."""
    record = in_every_order([plan, of(FAULT, NOW_MS + HOUR), of(BACK, NOW_MS + 2 * HOUR)])
    alone = in_every_order([plan])

    assert (record["status"], record["outcome"], record["due"]) == ("ScheduledMaintenance", "pending", alone["due"])
    assert anomalies(record) == []


def test_a_plan_made_during_a_fault_outlives_it() -> None:
    """Nor does the reboot close what was planned while the fault went on."""
    record = in_every_order([of(FAULT, NOW_MS), of(PLAN, NOW_MS + HOUR), of(BACK, NOW_MS + 2 * HOUR)])

    assert (record["status"], record["outcome"]) == ("ScheduledMaintenance", "pending")


def test_a_reboot_when_the_plan_is_due_closes_it() -> None:
    """Without a fault before it, or with one that begins when the plan is due."""
    due = NOW_MS + DAY
    planned = in_every_order([plan_for(due), of(BACK, NOW_MS + HOUR)])
    late = in_every_order([plan_for(due), of(FAULT, due + MINUTE), of(BACK, due + HOUR)])

    assert planned["status"] == late["status"] == "SandboxRebootSucceeded"


def test_the_answer_to_the_end_of_a_fault_is_recorded() -> None:
    """It is the newest step, though the record returns to its plan."""
    harness = PipelineHarness()

    assert [harness.counts(of(t, NOW_MS + n * HOUR)) for n, t in enumerate((PLAN, FAULT, BACK))] == [
        {"recorded": 1}
    ] * 3


@pytest.mark.parametrize(
    ("action", "status"),
    [("delete", "delete"), ("stop", "stop"), ("STOP", "stop"), ("de***", "other"), ("x y", "other")],
)
def test_an_interruption_with_any_action_is_kept(action: str, status: str) -> None:
    """It is pending and due like any other; what is not documented is flagged, with its own words."""
    record = in_every_order([of(SPOT, NOW_MS, action=action)])

    assert (record["status"], record["outcome"], record["due"]) == (status, "pending", iso(NOW_MS + 5 * MINUTE))
    assert anomalies(record) == ([] if status == "delete" else ["undocumented_status"])
    assert record["transitions"][0]["detail"] == ({"action": action} if status == "other" else {})
