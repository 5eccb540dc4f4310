"""The notifier on a store in memory: what is sent and when, and that a crash at any step loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.failing_store import CrashError, FailingStore, after, before
from tests.opsledger.notify.world import (
    BAD_SIGN,
    HOUR_MS,
    MINUTE_MS,
    NO_CODE,
    OK,
    TOO_FAST,
    Robot,
    World,
)

from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.notify import deliveries, sending
from opsledger.notify.channels import CHANNELS
from opsledger.notify.deliveries import SendAgain
from opsledger.notify.exchange import by_status
from opsledger.notify.limits import Mute
from opsledger.notify.network import NoResponseError
from opsledger.store.tables import NOTIFY, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable

STATE = "ecs:Instance:StateChange"
LOST = NoResponseError("no answer", before_sending=False)


# --------------------------------------------------------------------------------------------------- what is sent
def test_an_announcement_is_sent_once(world: World) -> None:
    """However often it is delivered and the notifier runs; its id is in the text."""
    for _ in range(3):
        world.deliver()
        world.run()
    (text,) = world.robot.texts
    (delivery,) = world.deliveries().values()

    assert delivery.id in text
    assert "i-bp" in text
    assert "Before the planned time" in text
    assert delivery.state == deliveries.SENT


def test_reminders_come_before_the_deadline(world: World) -> None:
    """A day, two hours and a quarter of an hour before; then it is overdue, and each is sent once."""
    world.deliver()
    (record,) = world.harness.records().values()
    for _ in range(2 * 24 * 12 + 3 * 12):
        world.run()
        world.later(5 * MINUTE_MS)

    assert record["due"] is not None
    kinds = [d.stage.name for d in sorted(world.deliveries().values(), key=lambda d: d.planned_at)]
    assert [name.partition(":")[0] for name in kinds] == ["step", "reminder", "reminder", "reminder", "overdue"]
    assert [int(name.rpartition(":")[2]) // MINUTE_MS for name in kinds[1:4]] == [24 * 60, 120, 15]
    assert len(world.robot.texts) == 5


@pytest.mark.parametrize(
    ("steps", "run_between", "sent"),
    [
        (["Scheduled", "Canceled"], False, []),
        (["Canceled", "Scheduled"], False, []),
        (["Scheduled", "Canceled"], True, ["announced", "will not happen"]),
        (["Scheduled", "Executing", "Executed"], False, ["has happened"]),
        (["Scheduled", "Failed"], True, ["announced", "failed"]),
    ],
)
def test_what_is_overtaken_is_not_sent(world: World, steps: list[str], run_between: bool, sent: list[str]) -> None:  # noqa: FBT001 - a column of the table
    """An announcement whose end has come is no news, and neither is a good end of what nobody was notified of."""
    for step in steps:
        world.deliver(status=step)
        if run_between:
            world.run()
    world.run()

    assert len(world.robot.texts) == len(sent)
    assert all(words in text for words, text in zip(sent, world.robot.texts, strict=True))


def test_facts_without_urgency_are_not_sent(world: World) -> None:
    """A change of state has nothing to come: its record is never due."""
    world.deliver(STATE, "Running")

    assert list(world.store.walk(NOTIFY, [])) == []
    assert world.run().looked == 0


def test_a_refused_payload_is_sent_once(world: World) -> None:
    """It waits in quarantine, where somebody has to look."""
    for _ in range(2):
        world.harness.process(b"no event at all")
        world.run()

    assert len(world.robot.texts) == 1
    assert "quarantine" in world.robot.texts[0]
    assert world.states() == {"quarantine": deliveries.SENT}


def test_a_payload_that_was_damaged_meanwhile_does_not_keep_the_others_from_being_sent(world: World) -> None:
    """Nothing can be said of it any more."""
    world.robot.answer = TOO_FAST
    world.harness.process(b"no event at all")
    world.run()
    (row,) = world.store.walk(QUARANTINE, [])
    world.store.rows[row.key] = {**row.columns, "bytes": b"torn"}  # type: ignore[attr-defined]
    world.deliver()
    world.robot.answer = OK
    world.run_until_quiet()

    assert world.states() == {"quarantine": deliveries.OVERTAKEN, "step": deliveries.SENT}


def test_a_duplicate_does_not_make_a_record_due_again(world: World) -> None:
    """Only a new step does."""
    world.deliver()
    world.run()
    (row,) = world.store.walk(RECORDS, [])
    world.deliver()

    assert list(world.store.walk(RECORDS, [])) == [row]


def test_ids_do_not_depend_on_the_order() -> None:
    """Of deliveries, nor on how often they come."""
    one, other = World(), World()
    for status in ("Scheduled", "Executing"):
        one.deliver(status=status)
        one.run()
    for status in ("Executing", "Scheduled", "Executing"):
        other.deliver(status=status)
        other.run()

    assert other.deliveries().keys() <= one.deliveries().keys()
    assert other.deliveries()


# ----------------------------------------------------------------------------------------------------- the answers
@pytest.mark.parametrize(
    ("answer", "state", "wait_ms"),
    [
        (BAD_SIGN, deliveries.REFUSED, None),
        (TOO_FAST, deliveries.PENDING, 600_000),
        (NO_CODE, deliveries.PENDING, 60_000),
    ],
)
def test_an_answer_decides(world: World, answer: Any, state: str, wait_ms: int | None) -> None:
    """Refused for ever, throttled until, or unknown: HTTP 200 alone is no success."""
    world.deliver()
    world.robot.answer = answer
    world.run()
    (delivery,) = world.deliveries().values()

    assert (delivery.state, delivery.sent_at) == (state, None)
    assert (delivery.due_at is None) is (wait_ms is None)
    assert wait_ms is None or delivery.due_at == world.clock.now_ms() + wait_ms


def test_a_lost_answer_is_sent_again_and_says_so(world: World) -> None:
    """The channel cannot be asked, so a reader must know that it may be a repeat."""
    world.deliver()
    world.robot.hooks[1] = LOST
    world.run()
    world.later(MINUTE_MS)
    world.run()

    assert ["possible repeat" in text for text in world.robot.texts] == [False, True]
    assert world.states() == {"step": deliveries.SENT}


def test_it_is_given_up_in_the_end(world: World) -> None:
    """It is listed with every answer."""
    world.deliver(status="Executing")
    world.robot.answer = NO_CODE
    world.run_until_quiet(most=3000)
    given_up = [d for d in world.deliveries().values() if d.state == deliveries.GIVEN_UP]
    assert given_up
    assert all(answer.code == "200" for d in given_up for answer in d.answers)


def test_a_refused_delivery_can_be_sent_again(world: World) -> None:
    """After the settings were fixed."""
    world.deliver()
    world.robot.answer = BAD_SIGN
    world.run()
    (delivery,) = world.deliveries().values()
    commit(world.store, [SendAgain(delivery.id, world.clock.now_ms())], Deadline(world.clock, 10), "x")
    world.robot = Robot(world.clock)
    world.run()

    assert world.states() == {"step": deliveries.SENT}


def test_a_muted_record_is_not_sent(world: World) -> None:
    """It is listed as muted."""
    world.deliver()
    (key,) = world.harness.records()
    commit(world.store, [Mute(key, world.clock.now_ms() + HOUR_MS)], Deadline(world.clock, 10), "x")
    world.run()

    assert world.robot.texts == []
    assert world.states() == {"step": deliveries.MUTED}


# ---------------------------------------------------------------------------------------------------------- limits
def test_a_channel_never_gets_a_21st_message_in_a_minute() -> None:
    """In no span of 60 seconds, however many notifiers run; all are sent in the end."""
    world = World()
    for number in range(60):
        world.deliver(seed=f"s{number}", instanceId=f"i-{number:04}")
        world.run()
    world.run_until_quiet(step_ms=10_000, most=200)
    moments = [at for at, _ in world.robot.got]

    assert all(later - earlier > 60_000 for earlier, later in zip(moments, moments[20:], strict=False))
    assert {d.state for d in world.deliveries().values()} == {deliveries.SENT}


def test_a_blocked_robot_is_left_alone(world: World) -> None:
    """DingTalk blocks for ten minutes: nobody sends to it meanwhile."""
    world.deliver()
    world.robot.hooks[1] = TOO_FAST
    world.run()
    world.later(MINUTE_MS)
    world.deliver(seed="two")
    world.run()

    assert world.robot.requests == 1
    world.later(10 * MINUTE_MS)
    world.run_until_quiet()
    assert {d.state for d in world.deliveries().values()} == {deliveries.SENT}


# ---------------------------------------------------------------------------------------------------------- crashes
def calls_of_a_run() -> int:
    """How many store calls a run makes that sends one announcement."""
    world = World(FailingStore())
    world.deliver()
    store: Any = world.store
    begun = len(store.calls)
    world.run()
    return len(store.calls) - begun


CALLS = calls_of_a_run()


@pytest.mark.parametrize("how", [before, after])
@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_a_crash_at_any_store_call_loses_nothing(call: int, how: Callable[[Exception], Any]) -> None:
    """The next runs send it; twice only if the crash was between the message and its mark, and then it says so."""
    world = World(FailingStore())
    world.deliver()
    store: Any = world.store
    store.hooks[len(store.calls) + call] = how(CrashError())
    with pytest.raises(CrashError):
        world.run()
    sent_before = len(world.robot.texts)
    world.run_until_quiet()

    assert {d.state for d in world.deliveries().values()} == {deliveries.SENT}
    assert 1 <= len(world.robot.texts) <= 1 + sent_before
    assert all("possible repeat" in text for text in world.robot.texts[1:])


def test_a_crash_while_sending_is_a_possible_repeat(world: World) -> None:
    """The process dies after the channel has the message and before anything is noted."""
    world.deliver()
    world.robot.hooks[1] = CrashError()
    with pytest.raises(CrashError):
        world.run()
    world.run_until_quiet()

    assert ["possible repeat" in text for text in world.robot.texts] == [False, True]


def test_two_notifiers_at_once_send_once(world: World) -> None:
    """The second one runs while the first one sends."""
    world.deliver()
    world.robot.hooks[1] = world.run
    world.run()

    assert len(world.robot.texts) == 1
    assert world.states() == {"step": deliveries.SENT}


def test_a_late_worker_is_refused(world: World) -> None:
    """Its lease is over and another one has sent: what it then notes is dropped."""
    world.deliver()

    def hang() -> None:
        world.later(deliveries.LEASE_MS + 1)
        world.run()

    world.robot.hooks[1] = hang
    world.robot.hooks[2] = BAD_SIGN
    late = world.run()
    (delivery,) = world.deliveries().values()

    assert (late.late, delivery.state) == (1, deliveries.REFUSED)


# ---------------------------------------------------------------------------------------------------------- mutants
def test_tests_detect_a_mark_before_the_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, a crash while sending loses the message."""
    claimed = deliveries.Dispatch.claimed

    def marked(self: deliveries.Dispatch, owner: str, now_ms: int) -> deliveries.Dispatch | None:
        found = claimed(self, owner, now_ms)
        return None if found is None else found._replace(state=deliveries.SENT, due_at=None)

    monkeypatch.setattr(deliveries.Dispatch, "claimed", marked)
    with pytest.raises(AssertionError):
        test_a_crash_while_sending_is_a_possible_repeat(World())


def test_tests_detect_an_unfenced_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, a late worker overwrites what another one has noted."""

    def unfenced(self: deliveries.Answered, _stored: deliveries.Dispatch | None) -> deliveries.Dispatch | None:
        return self._after

    monkeypatch.setattr(deliveries.Answered, "decide", unfenced)
    with pytest.raises(AssertionError):
        test_a_late_worker_is_refused(World())


def test_tests_detect_a_verdict_by_status_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, every refusal in a body counts as sent."""
    blind = {kind: channel._replace(verdict=by_status) for kind, channel in CHANNELS.items()}
    monkeypatch.setattr(sending, "CHANNELS", blind)
    with pytest.raises(AssertionError):
        test_an_answer_decides(World(), BAD_SIGN, deliveries.REFUSED, None)
