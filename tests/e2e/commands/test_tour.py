"""`opsledger tour`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Ran

WIDTH, LINES = 80, 32


@pytest.fixture(scope="module")
def days() -> list[Ran]:
    """What the tour printed, once it was played."""
    return []


@pytest.fixture
def day(run: Callable[..., Ran], once: Callable[..., None], days: list[Ran]) -> Ran:
    """What the tour printed, and in the commands' folder what it recorded; it is played once for all tests."""

    def play() -> None:
        days.append(run("tour"))

    once(play)
    return days[0]


def test_the_day_is_played(day: Ran) -> None:
    """Two nodes, a duplicate, a reminder, an end, two more events and one in quarantine, each sent once."""
    assert day.code == DONE
    steps = [line.strip() for line in day.out.splitlines()]
    for wanted in (
        "→ 2 recorded",
        "→ sent (2): [critical] Reboot for system maintenance: web-1 announced,",
        "→ 1 duplicate",
        "→ sent (2): [critical] Reboot for system maintenance: web-1 is near,",
        "→ sent (1): [info] Reboot for system maintenance: web-1 will not happen,",
        "→ 1 quarantined: the catalogue has no type 'ecs:Instance:SystemMaintenance.",
    ):
        assert [step for step in steps if step.startswith(wanted)], wanted
    assert len(day.out.splitlines()) <= LINES
    assert max(map(len, day.out.splitlines())) <= WIDTH


def test_a_second_tour_changes_nothing(run: Callable[..., Ran], day: Ran) -> None:
    """It publishes the same events at the same moments: all are duplicates, and nothing is sent again."""
    first, before = day, run("records", "--json").json
    second, after = run("tour"), run("records", "--json").json

    assert (first.code, second.code) == (DONE, DONE)
    assert "nothing changed" not in first.out
    assert "nothing changed" in second.out
    assert "sent (" not in second.out
    assert after == before
    assert len(run("notify", "list", "--json").json) == 8


@pytest.mark.usefixtures("day")
def test_what_the_tour_records(run: Callable[..., Ran]) -> None:
    """No moment is absurd, and the instances have names."""
    records = run("records", "--json").json

    assert [one["record"] for one in records if any(a["anomaly"] == "absurd_time" for a in one["anomalies"])] == []
    assert {"web-1", "web-2", "batch-7"} == {one["resource"]["name"] for one in records if one.get("resource")}
    assert len(run("quarantine", "list", "--json").json) == 1
