"""Quiet hours and mute windows at their edges: midnight, and the nights on which clocks are changed."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.opsledger.notify.world import DINGTALK, HOUR_MS, World

from opsledger.notify import config, deliveries

BERLIN, NEW_YORK, SHANGHAI = "Europe/Berlin", "America/New_York", "+08:00"
NIGHT, EARLY = ("22:00", "07:00"), ("22:00", "02:30")


def ms(text: str) -> int:
    """A moment in RFC 3339 as ms."""
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def quiet(hours: tuple[str, str], zone: str) -> config.NotifyConfig:
    """A configuration with quiet hours."""
    span = {"from": hours[0], "to": hours[1], "zone": zone}
    return config.validate({"channels": {"ops": {"url": DINGTALK}}, "quiet": [span]})


@pytest.mark.parametrize(
    ("hours", "zone", "now", "sent"),
    [
        (NIGHT, "UTC", "2026-01-01T21:59:59.999Z", "2026-01-01T21:59:59.999Z"),
        (NIGHT, "UTC", "2026-01-01T22:00:00Z", "2026-01-02T07:00:00Z"),
        (NIGHT, "UTC", "2026-01-01T23:59:59.999Z", "2026-01-02T07:00:00Z"),
        (NIGHT, "UTC", "2026-01-02T00:00:00Z", "2026-01-02T07:00:00Z"),
        (NIGHT, "UTC", "2026-01-02T06:59:59.999Z", "2026-01-02T07:00:00Z"),
        (NIGHT, "UTC", "2026-01-02T07:00:00Z", "2026-01-02T07:00:00Z"),
        (NIGHT, SHANGHAI, "2026-12-31T14:00:00Z", "2026-12-31T23:00:00Z"),
        (("00:00", "23:59"), "UTC", "2026-01-01T00:00:00Z", "2026-01-01T23:59:00Z"),
        (("12:00", "00:00"), "UTC", "2026-12-31T12:00:00Z", "2027-01-01T00:00:00Z"),
        (("12:00", "00:00"), "UTC", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (("05:00", "05:00"), "UTC", "2026-01-01T05:00:00Z", "2026-01-01T05:00:00Z"),
        # Clocks go forward at 2026-03-29T01:00Z in Berlin: the night has eight hours.
        (NIGHT, BERLIN, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
        (NIGHT, BERLIN, "2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z"),
        (EARLY, BERLIN, "2026-03-28T22:00:00Z", "2026-03-29T01:30:00Z"),
        # They go back at 2026-10-25T01:00Z: ten hours, and 02:30 comes twice.
        (NIGHT, BERLIN, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),
        (EARLY, BERLIN, "2026-10-24T21:00:00Z", "2026-10-25T00:30:00Z"),
        (EARLY, BERLIN, "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"),
        (EARLY, BERLIN, "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),
        (NIGHT, NEW_YORK, "2026-11-01T02:00:00Z", "2026-11-01T12:00:00Z"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(hours: tuple[str, str], zone: str, now: str, sent: str) -> None:
    """Also at midnight, and on the nights on which clocks are changed."""
    assert quiet(hours, zone).send_at("warning", ms(now)) == ms(sent)
    assert quiet(hours, zone).send_at("critical", ms(now)) == ms(now)


@given(
    at=st.integers(ms("2026-01-01T00:00:00Z"), ms("2027-01-01T00:00:00Z")),
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    zone=st.sampled_from([BERLIN, NEW_YORK, SHANGHAI, "UTC"]),
)
def test_nothing_waits_longer_than_a_day_and_an_hour(at: int, begin: int, end: int, zone: str) -> None:
    """It is never sent before it is planned; where clocks are not changed, it is sent outside the quiet hours."""
    hours = (f"{begin // 60:02}:{begin % 60:02}", f"{end // 60:02}:{end % 60:02}")
    sent = quiet(hours, zone).send_at("warning", at)

    assert at <= sent <= at + 25 * HOUR_MS
    assert zone in (BERLIN, NEW_YORK) or quiet(hours, zone).send_at("warning", sent) == sent


@pytest.mark.parametrize(
    ("at", "muted"),
    [
        ("2026-12-23T23:59:59.999Z", False),
        ("2026-12-24T00:00:00Z", True),
        ("2026-12-26T23:59:59.999Z", True),
        ("2026-12-27T00:00:00Z", False),
    ],
)
def test_a_mute_window_has_its_first_moment_and_not_its_last(at: str, muted: bool) -> None:  # noqa: FBT001 - a column of the table
    """So two windows that meet leave no gap and do not overlap."""
    window = {"match": {"resource": "i-1"}, "from": "2026-12-24T00:00:00Z", "until": "2026-12-27T00:00:00Z"}
    found = config.validate({"channels": {"ops": {"url": DINGTALK}}, "mute": [window]})

    assert found.muted({"resource": ("i-1",)}, ms(at)) is muted
    assert not found.muted({"resource": ("i-2",)}, ms(at))


def test_what_waits_for_the_morning_is_sent_then_and_once() -> None:
    """With what holds then: an announcement whose end has come is overtaken."""
    world = World(quiet=[{"from": "00:00", "to": "06:00"}])  # the world begins at midnight
    world.deliver("ecs:Instance:BurstablePerformanceRestricted", None)
    world.deliver(status="Scheduled")
    world.run()
    assert len(world.robot.texts) == 1, "what is critical is sent at once"
    world.later(6 * HOUR_MS - 1)
    world.run()
    assert len(world.robot.texts) == 1
    world.later(1)
    world.run()
    world.run()

    assert len(world.robot.texts) == 2
    assert {d.state for d in world.deliveries().values()} == {deliveries.SENT}
