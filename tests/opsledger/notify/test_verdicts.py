"""Verdicts of the reconciler as notifications: each problem once, and none that no longer holds."""

from __future__ import annotations

import pytest
from tests.opsledger.notify.world import World

from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.verdicts import PROBLEMS, ApiStep, EventVerdict, VerdictChange, VerdictKind, read_verdict
from opsledger.notify import deliveries
from opsledger.store.tables import VERDICTS

RECORD = "ecs:event:e-1"


class GivenVerdict(VerdictChange):
    """The verdict that a test gives."""

    def __init__(self, kind: VerdictKind, note: str, now_ms: int) -> None:
        super().__init__(RECORD)
        self._given, self._now_ms = (kind, note), now_ms

    def decide(self, stored: EventVerdict | None) -> EventVerdict:
        """The row with the verdict."""
        step = ApiStep("key", "Scheduled", self._now_ms, expected=True)
        row = stored or EventVerdict(RECORD, "cn-hangzhou", "i-1", VerdictKind.WAITING, 0, "Scheduled")
        return row._replace(steps=(step,)).given(*self._given, self._now_ms, None)


def give(world: World, kind: VerdictKind, note: str = "") -> None:
    """Give a verdict now."""
    commit(world.store, [GivenVerdict(kind, note, world.clock.now_ms())], Deadline(world.clock, 10.0), "test")


@pytest.mark.parametrize(
    ("kind", "note", "says"),
    [
        (VerdictKind.MISSED, "Scheduled", "EventBridge did not deliver this of i-"),
        (VerdictKind.DIFFERS, "the record says Canceled", "ECS says Scheduled of an event of i-"),
        (VerdictKind.UNKNOWN, "", "arrived that ECS does not know"),
    ],
)
def test_a_problem_is_sent_once(kind: VerdictKind, note: str, says: str) -> None:
    """With the record to look at."""
    world = World()
    give(world, kind, note)
    world.run_until_quiet(3)
    give(world, kind, note)
    world.run_until_quiet(3)

    (text,) = world.robot.texts
    assert says in text
    assert RECORD in text
    assert world.states() == {"verdict": deliveries.SENT}
    assert [read_verdict(row).notify_at for row in world.store.walk(VERDICTS, [])] == [None]


def test_another_problem_of_the_same_event_is_sent_too() -> None:
    """A second step that was missed is a message of its own."""
    world = World()
    for note in ("Scheduled", "Scheduled, Executed"):
        give(world, VerdictKind.MISSED, note)
        world.run_until_quiet(3)
        world.later(60_000)

    assert len(world.robot.texts) == 2


@pytest.mark.parametrize("kind", [k for k in VerdictKind if k not in PROBLEMS])
def test_what_is_no_problem_is_not_sent(kind: VerdictKind) -> None:
    """A good verdict waits for nobody."""
    world = World()
    give(world, kind)
    world.run_until_quiet(2)

    assert world.robot.texts == []


def test_a_verdict_that_no_longer_holds_is_not_sent() -> None:
    """It was planned, and before it was sent the push came."""
    world = World(quiet=[{"from": "00:00", "to": "23:59"}])
    give(world, VerdictKind.MISSED, "Scheduled")
    world.run()
    planned = world.states()
    give(world, VerdictKind.LATE)
    world.later(86_400_000)
    world.run()

    assert planned == {"verdict": deliveries.PENDING}
    assert world.robot.texts == []
    assert world.states() == {"verdict": deliveries.OVERTAKEN}


def test_a_route_can_choose_verdicts() -> None:
    """By `kind: verdict`; what it does not match is for others."""
    world = World(routes=[{"match": {"kind": "quarantine"}, "channels": ["ops"]}])
    give(world, VerdictKind.MISSED, "Scheduled")
    world.run_until_quiet(2)
    assert world.robot.texts == []
    world = World(routes=[{"match": {"kind": "verdict", "region": "cn-*"}, "channels": ["ops"]}])
    give(world, VerdictKind.MISSED, "Scheduled")
    world.run_until_quiet(2)
    assert len(world.robot.texts) == 1
