"""When a round is given up and when it pauses, and what several pollers of a region do; no clock waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.eci_poller.fake_eci import (
    cursor,
    filled,
    ids,
    poll,
)

from opsledger.errors import MisconfiguredError, ThrottledError, UnavailableError, WorldFailedError
from opsledger.polling.cursor import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    LONGEST_WINDOW_MS,
    MOST_FAILURES,
    Cursor,
    OvertakenError,
)
from opsledger.polling.rounds import MOST_ATTEMPTS, MOST_RESTARTS, RESERVE_S, RoundGivenUpError
from opsledger.rpc import TokenRefusedError

if TYPE_CHECKING:
    from tests.conftest import FakeClock

    from opsledger.eci_poller.poller import Polled

MINUTE_MS = 60_000
TICK_S = 300.0


def test_refused_tokens_end_a_round(clock: FakeClock) -> None:
    """After a few restarts with growing waits; the reason is raised and kept, and the next round waits."""
    api, store = filled(clock, 100)
    api.refused = {"*"}

    with pytest.raises(RoundGivenUpError, match="page tokens were refused"):
        poll(api, store)

    assert api.calls["list"] == 2 * (MOST_RESTARTS + 1)
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) == MOST_RESTARTS
    stored = cursor(store, clock)
    assert (stored.round_began, stored.next_token, stored.given_up) == (None, None, 1)
    assert "page tokens were refused" in str(stored.reason)
    waiting = poll(api, store)
    assert (waiting.progress.finished, waiting.progress.waits_until, waiting.pages) == (False, stored.not_before, 0)
    assert waiting.progress.reason == stored.reason


def test_rounds_that_are_given_up_wait_longer_each_time(clock: FakeClock) -> None:
    """Up to a limit; and one that is finished forgets it all."""
    api, store = filled(clock, 100)
    api.refused, store.call_s = {"*"}, 0.0
    waits = []
    for _ in range(5):
        with pytest.raises(RoundGivenUpError):
            poll(api, store)
        until = cursor(store, clock).not_before or 0
        waits.append(until - clock.now_ms())
        clock.seconds += waits[-1] / 1000 + 1
    api.refused = set()

    finished = poll(api, store).progress.finished

    assert waits == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]
    stored = cursor(store, clock)
    assert finished
    assert stored == Cursor(high_water=stored.high_water, turn=stored.turn)


def test_the_restarts_of_a_round_are_counted_over_its_invocations(clock: FakeClock) -> None:
    """An invocation that has no time to wait does not begin to count again."""
    api, store = filled(clock, 100)
    api.refused = {"*"}
    raised: list[type[Exception]] = []
    for _ in range(2 * (MOST_RESTARTS + 1)):
        try:
            poll(api, store, seconds=RESERVE_S + 0.2)
        except WorldFailedError as error:
            raised.append(type(error))
        clock.seconds += 2 * LONGEST_PAUSE_MS / 1000

    assert RoundGivenUpError in raised
    assert cursor(store, clock).given_up >= 1


def test_one_refused_token_begins_the_listing_again(clock: FakeClock) -> None:
    """And the round is finished."""
    api, store = filled(clock, 100)
    api.refused = {"40"}

    def accept(call: str) -> None:
        if call == "list" and api.calls["list"] > 3:
            api.refused = set()

    api.before = accept

    assert poll(api, store).progress.finished
    assert (api.calls["list"], len(clock.slept)) == (8, 1)


@pytest.mark.parametrize("error", [ThrottledError("slow down"), UnavailableError("no answer")])
def test_a_call_is_tried_a_few_times_with_growing_waits(error: WorldFailedError, clock: FakeClock) -> None:
    """Not to the end of the invocation's time; the first failure has no pause, the next ones have."""
    api, store = filled(clock, 100)
    store.call_s = 0.0

    def fail(_call: str) -> None:
        raise error

    api.before = fail
    pauses = []
    for number in range(1, MOST_FAILURES):
        before = api.calls["list"]
        with pytest.raises(type(error)):
            poll(api, store)
        stored = cursor(store, clock)
        assert api.calls["list"] - before == MOST_ATTEMPTS
        assert (stored.failures, stored.reason) == (number, str(error))
        pauses.append((stored.not_before or clock.now_ms()) - clock.now_ms())
        clock.seconds += pauses[-1] / 1000 + 1

    assert pauses == [0, FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, LONGEST_PAUSE_MS]
    assert clock.slept[: MOST_ATTEMPTS - 1] == sorted(clock.slept[: MOST_ATTEMPTS - 1])


def test_a_round_without_progress_is_given_up(clock: FakeClock) -> None:
    """After a few invocations in a row that store no page, with the last reason."""
    api, store = filled(clock, 100)
    store.call_s, began = 0.0, clock.now_ms()
    poll(api, store)

    def fail(_call: str) -> None:
        raise MisconfiguredError("ECI answered DescribeContainerGroups with Forbidden.RAM")

    api.before = fail
    for _ in range(MOST_FAILURES):
        with pytest.raises(MisconfiguredError):
            poll(api, store)
        clock.seconds += LONGEST_PAUSE_MS / 1000

    stored = cursor(store, clock)
    assert (stored.round_began, stored.failures, stored.given_up, stored.high_water) == (None, 0, 1, began)
    assert "6 invocations failed in a row" in str(stored.reason)
    assert "Forbidden.RAM" in str(stored.reason)


@pytest.mark.parametrize(("behind_ms", "moves"), [(LONGEST_WINDOW_MS, False), (LONGEST_WINDOW_MS + 1, True)])
def test_the_mark_moves_only_when_it_is_far_behind(behind_ms: int, moves: bool) -> None:  # noqa: FBT001 - a parameter
    """Else the next round reads the same time again and nothing is missing; where it moves, the reason says what is."""
    mark = 1_767_225_600_000
    began = mark + behind_ms
    given_up = Cursor(high_water=mark, round_began=began).abandoned("why", began)

    assert given_up.high_water == (began if moves else mark)
    assert ("from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00" in str(given_up.reason)) is moves
    assert str(given_up.reason).startswith("why")


def test_a_page_is_progress(clock: FakeClock) -> None:
    """An invocation that stores one page and then fails is not counted to those that store none."""
    api, store = filled(clock, 20 * 30)
    for _ in range(12):
        before = api.calls["list"]

        def fail_later(_call: str, before: int = before) -> None:
            if api.calls["list"] > before + 1:
                raise ThrottledError("slow down")

        api.before = fail_later
        with pytest.raises(ThrottledError):
            poll(api, store)

    stored = cursor(store, clock)
    assert (stored.failures, stored.given_up, stored.next_token) == (1, 0, "240")


# ------------------------------------------------------------------------------------------------- several pollers
@pytest.mark.parametrize("call", ["list", "events", "by id"])
def test_a_poller_that_is_overtaken_stops(call: str, clock: FakeClock) -> None:
    """At whatever step it is; the other one finishes the round, and every state is recorded once."""
    api, store = filled(clock, 50)
    api.add(*ids(50)[:3], status="Restarting")
    del api.groups[ids(50)[40]]
    other: list[Polled] = []

    def overtake(name: str) -> None:
        if name == call and not other:
            api.before = lambda _call: None
            clock.seconds += 1
            other.append(poll(api, store, request_id="other"))

    api.before = overtake
    with pytest.raises(OvertakenError):
        poll(api, store, request_id="first")

    assert other[0].progress.finished
    assert len([key for key in store.rows if key.table.name == "ledger"]) == 4


def test_a_lost_cursor_does_not_stop_the_poller(clock: FakeClock) -> None:
    """Its turns go on behind those in the journal: they are at least the time."""
    api, store = filled(clock, 5)
    api.add(ids(1)[0], status="Updating")
    poll(api, store)
    for key in [key for key in store.rows if key.table.name == "cursors"]:
        del store.rows[key]
    api.add(ids(1)[0], status="Running")
    clock.seconds += 1

    assert poll(api, store).counts["recorded"] == 1


def test_a_token_that_is_refused_for_events_fails_the_invocation_alone(clock: FakeClock) -> None:
    """The page is read again by the next one."""
    api, store = filled(clock, 50)

    def refuse(name: str) -> None:
        if name == "events" and api.calls["events"] == 2:
            raise TokenRefusedError("refused")

    api.before = refuse
    with pytest.raises(TokenRefusedError):
        poll(api, store)
    polled: Any = poll(api, store)

    assert (polled.progress.finished, polled.progress.invocation, polled.pages) == (True, 2, 3)
