"""What a round costs, and that it ends; counted in calls, on a clock that does not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.opsledger.eci_poller.fake_eci import (
    ECI_CALL_S,
    PAGE,
    STORE_CALL_S,
    TIMEOUT_S,
    CountingStore,
    FakeEci,
    cursor,
    filled,
    ids,
    poll,
)

from opsledger.eci_poller.poller import SeenGroups
from opsledger.polling.rounds import RESERVE_S

if TYPE_CHECKING:
    from tests.conftest import FakeClock

    from opsledger.eci_poller.poller import Polled

MINUTE_MS = 60_000
TICK_S = 300.0


def run_round(api: FakeEci, store: CountingStore, *, warm: bool) -> list[Polled]:
    """Invoke the poller until its round is finished; each invocation in the same process, or in a new one."""
    seen = SeenGroups()
    polls: list[Polled] = []
    while not polls or not polls[-1].progress.finished:
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
    assert len(polls) == polls[-1].progress.invocation == invocations
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
        if poll(api, store, seconds=60.0).progress.finished:
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
