"""What a round costs, that it ends, and when it is given up; counted in calls, on a clock that does not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.eci_poller.fake_eci import (
    ECI_CALL_S,
    PAGE,
    REGION,
    STORE_CALL_S,
    TIMEOUT_S,
    CountingStore,
    FakeEci,
    poll,
)

from opsledger.deadline import Deadline
from opsledger.eci_poller.poller import SeenGroups
from opsledger.errors import MisconfiguredError, ThrottledError, UnavailableError, WorldFailedError
from opsledger.polling.cursor import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    LONGEST_WINDOW_MS,
    MOST_FAILURES,
    Cursor,
    Cursors,
    OvertakenError,
)
from opsledger.polling.rounds import MOST_ATTEMPTS, MOST_RESTARTS, RESERVE_S, RoundGivenUpError
from opsledger.rpc import TokenRefusedError

if TYPE_CHECKING:
    from tests.conftest import FakeClock

    from opsledger.eci_poller.poller import Polled
    from opsledger.store import Store

MINUTE_MS = 60_000
TICK_S = 300.0


def ids(count: int) -> list[str]:
    """So many ids."""
    return [f"eci-{number:06}" for number in range(count)]


def filled(clock: FakeClock, count: int) -> tuple[FakeEci, CountingStore]:
    """A region with so many running groups, all in the journal."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(*ids(count))
    store.fill(REGION, ids(count))
    return api, store


def cursor(store: Store, clock: FakeClock) -> Cursor:
    """The region's cursor."""
    return Cursors(store, REGION, Deadline(clock, 30.0), "look").load()


def run_round(api: FakeEci, store: CountingStore, *, warm: bool) -> list[Polled]:
    """Invoke the poller until its round is finished; each invocation in the same process, or in a new one."""
    seen = SeenGroups()
    polls: list[Polled] = []
    while not polls or not polls[-1].finished:
        began = api.clock.seconds
        polls.append(poll(api, store, seen=seen if warm else None))
        assert api.clock.seconds - began <= TIMEOUT_S
        assert len(polls) < 100
        api.clock.seconds = max(api.clock.seconds, began + TICK_S)
    return polls


@pytest.mark.parametrize(
    ("count", "scale", "warm", "invocations"),
    [
        pytest.param(1_000, 1, False, 1, id="1,000"),
        pytest.param(3_900, 10, True, 2, id="39,000 in one process"),
        pytest.param(3_900, 10, False, 3, id="39,000, each invocation in a new process"),
        pytest.param(10_000, 10, True, 4, id="100,000 in one process"),
        pytest.param(10_000, 10, False, 8, id="100,000, each invocation in a new process"),
        pytest.param(26_000, 10, True, 10, id="260,000 in one process"),
        pytest.param(26_000, 10, False, 19, id="260,000, each invocation in a new process"),
    ],
)
def test_a_round_ends(count: int, scale: int, warm: bool, invocations: int, clock: FakeClock) -> None:  # noqa: FBT001 - a parameter
    """In so many invocations of five minutes, at 0.1 s a call of ECI; every invocation stops in time.

    A tenth of the groups, at ten times the time a call, takes as many invocations. The benchmark `eci_poll` has the
    full sizes.
    """
    api, store = filled(clock, count)
    api.call_s, store.call_s = scale * ECI_CALL_S, scale * STORE_CALL_S
    gone, changed = ids(count)[7], ids(count)[-1]
    del api.groups[gone]
    api.add(changed, status="Succeeded")
    began = clock.now_ms()

    polls = run_round(api, store, warm=warm)

    pages = -(-count // PAGE)
    assert len(polls) == polls[-1].invocation == invocations
    assert sum(polled.counts["recorded"] for polled in polls) == 2
    assert api.calls["list"] == pages
    assert api.calls["by id"] <= (1 if warm else pages)
    assert (cursor(store, clock).high_water or 0) - began == round(store.call_s * 1000)


def test_a_new_group_is_asked_for_all_its_events(clock: FakeClock) -> None:
    """Earlier rounds may have skipped it, so its events may be older than the high-water mark; a known one is not."""
    api, store = filled(clock, 2)
    poll(api, store)
    api.add("eci-skipped")
    clock.seconds += TICK_S
    api.windows.clear()

    polls = [poll(api, store) for _ in range(2)]

    first, new, later = api.windows
    assert (first[0], new) == (tuple(ids(2)), (("eci-skipped",), None))
    assert first[1] is not None
    assert TICK_S < first[1] < 2 * TICK_S
    assert later[0] == (*ids(2), "eci-skipped")
    assert [polled.counts["recorded"] for polled in polls] == [1, 0]


def test_a_poll_reads_no_other_records(clock: FakeClock) -> None:
    """What an unchanged round costs follows the container groups of its region alone."""
    api, store = filled(clock, 1000)
    store.fill("cn-other", ids(5000))

    poll(api, store)

    assert api.calls == {"list": 50, "events": 50}
    assert store.walked == {"eci_groups_open"}
    assert store.rows_of == {"read": 1000 + 52, "range": 1000, "write": 51}


def test_one_change_writes_four_rows(clock: FakeClock) -> None:
    """The journal twice, the record and the ledger; all others cost what they cost unchanged."""
    api, store = filled(clock, 1000)
    poll(api, store)
    store.rows_of.clear()
    poll(api, store)
    unchanged = store.rows_of["write"]
    api.add(ids(1)[0], status="Updating")
    store.rows_of.clear()

    poll(api, store)

    assert store.rows_of["write"] == unchanged + 4


@pytest.mark.parametrize("call", ["list", "events", "by id"])
def test_no_page_is_begun_without_time(call: str, clock: FakeClock) -> None:
    """Calls that become slow at any stage: at most the page in hand is finished after the reserve is reached."""
    api, store = filled(clock, 2000)
    lost = ids(2000)[:200]
    for name in lost:
        del api.groups[name]
    slow_s = 7.0

    def slowly(name: str) -> None:
        clock.seconds += slow_s if name == call else 0.0

    api.before = slowly
    began = clock.seconds
    for _ in range(100):
        began = clock.seconds
        if poll(api, store, seconds=60.0).finished:
            break
        assert clock.seconds - began <= 60.0 - RESERVE_S + slow_s + 3 * ECI_CALL_S + 12 * STORE_CALL_S
    else:
        raise AssertionError("never finished")


def test_a_missing_group_is_found_by_an_answer_in_parts(clock: FakeClock) -> None:
    """A page may have fewer items than were asked for; what is on the next one has not vanished."""
    api, store = filled(clock, 15)
    api.page_of_ids = 2
    listed = dict(api.groups)

    def hide(call: str) -> None:
        api.groups = {} if call == "list" else dict(listed)

    api.before = hide

    polled = poll(api, store)

    assert (polled.missing, polled.counts["received"], api.calls["by id"]) == (15, 0, 8)


def test_a_group_found_by_its_id_is_read_as_one_on_a_page(clock: FakeClock) -> None:
    """Its state and its events: a page that shifted while it was read hides nothing."""
    api, store = filled(clock, 3)
    listed = {**api.groups, "eci-000001": {"containerGroupId": "eci-000001", "status": "Failed"}}
    at = "2026-01-01T00:00:00Z"
    event = {"reason": "OOMKilled", "type": "Warning", "message": "?", "firstTimestamp": at, "lastTimestamp": at}
    api.events_of["eci-000001"] = [event]

    def hide(call: str) -> None:
        api.groups = {"eci-000002": listed["eci-000002"]} if call == "list" else dict(listed)

    api.before = hide

    assert poll(api, store).counts["recorded"] == 2


# ------------------------------------------------------------------------------------------------- giving up
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
    assert (waiting.finished, waiting.waits_until, waiting.pages) == (False, stored.not_before, 0)
    assert waiting.reason == stored.reason


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

    finished = poll(api, store).finished

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

    assert poll(api, store).finished
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
    """Wherever it is; the other one finishes the round, and every state is recorded once."""
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

    assert other[0].finished
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

    assert (polled.finished, polled.invocation, polled.pages) == (True, 2, 3)
