"""What a poll sees is journaled before it is recorded: a crash at any call leaves ledger and record equal."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.eci_poller.fake_eci import REGION, CountingStore, FakeEci, poll
from tests.opsledger.failing_store import CrashError, FailingStore, before, midway

from opsledger.deadline import Deadline
from opsledger.eci_poller import journal, observation
from opsledger.eci_poller.journal import MarkRecorded, See, Seen
from opsledger.ledger import queries
from opsledger.ledger.commit import commit
from opsledger.ledger.quarantine import read_quarantined
from opsledger.polling.cursor import OvertakenError
from opsledger.polling.region import PolledRegion
from opsledger.store import Row
from opsledger.store.tables import CURSORS, ECI_GROUPS, ECI_GROUPS_OPEN, LEDGER, QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock
    from tests.opsledger.failing_store import Hook
    from tests.simulation.memory_store import MemoryStore

GROUP = "eci-bp1example"
CALLS_OF_A_CHANGE = 12
"""A poll of one page with a change makes fewer calls of the store."""
POLLED = PolledRegion(REGION, None)
CRASHES: dict[str, Callable[[Exception], Hook]] = {
    "before": before,
    "first row": lambda error: midway(error, lambda row: row == 0),
    "last rows": lambda error: midway(error, lambda row: row > 0),
}


def statuses(store: MemoryStore, group: str = GROUP) -> tuple[list[str], list[str]]:
    """The statuses of a group in its record, in order, and in its ledger."""
    records = queries.find(store, f"eci:state:{group}")
    if not records:
        return [], [str(row.columns["status"]) for row in store.walk(LEDGER, [])]
    ledger = sorted(queries.history(store, records[0]), key=lambda row: row.key.values[1])
    transitions = sorted(records[0].transitions.values(), key=lambda t: t.at or 0)
    return [t.status for t in transitions], [str(row.columns["status"]) for row in ledger]


@pytest.mark.parametrize("call", range(1, CALLS_OF_A_CHANGE))
@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("then", ["Restarting", "Running", "Succeeded", "gone"])
def test_a_group_that_changes_after_a_crash(crash: str, call: int, then: str, clock: FakeClock) -> None:
    """The resumed round records what the dead invocation saw, if it got to the journal, and then what is new."""
    api, store = FakeEci(clock), FailingStore()
    api.add(GROUP, status="Pending")
    poll(api, store)
    api.add(GROUP, status="Running")
    store.hooks = {len(store.calls) + call: CRASHES[crash](CrashError())}
    crashed = False
    try:
        poll(api, store)
    except CrashError:
        crashed = True
    seen = journal.read_seen(Row(journal.group_key(REGION, GROUP), store.inner.rows[journal.group_key(REGION, GROUP)]))
    api.groups.clear() if then == "gone" else api.add(GROUP, status=then)
    clock.seconds += 300

    polled = poll(api, store)
    poll(api, store)

    record, ledger = statuses(store.inner)
    last = "Vanished" if then == "gone" else then
    saw_it = ["Running"] if seen.status == "Running" and last != "Running" else []
    assert polled.progress.finished
    assert crashed or seen.unrecorded == ()
    assert record == ledger == ["Pending", *saw_it, last]
    assert (list(store.inner.walk(ECI_GROUPS_OPEN, [])) == []) is (last == "Vanished")


def test_a_group_that_has_ended_is_looked_for_until_it_is_gone(clock: FakeClock) -> None:
    """A page may skip it, and its last events come late; that it is gone is no transition, and is asked for once."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP, status="Succeeded")
    poll(api, store)
    described = api.groups.pop(GROUP)
    asked: list[str] = []

    def skip(call: str) -> None:
        asked.append(call)
        api.groups = {} if call == "list" else {GROUP: described}

    api.before = skip
    api.events_of[GROUP] = [oom(clock)]
    poll(api, store)
    assert len(queries.find(store, f"eci:container-group-notice:{GROUP}:OOMKilled")) == 1

    api.before = asked.append
    api.groups, asked[:] = {}, []
    polls = [poll(api, store) for _ in range(2)]

    assert asked == ["list", "by id", "list"]
    assert [polled.counts["received"] for polled in polls] == [0, 0]
    assert statuses(store)[0] == ["Succeeded"]
    assert list(store.walk(ECI_GROUPS_OPEN, [journal._open_in(REGION, key()[0])])) == []


def test_an_event_of_a_group_that_is_deleted_after_a_crash(clock: FakeClock) -> None:
    """It is in the journal, so the ledger gets it though ECI does not have it any more."""
    api, store = FakeEci(clock), FailingStore()
    api.add(GROUP)
    poll(api, store)
    api.events_of[GROUP] = [oom(clock)]
    store.hooks = {len(store.calls) + 8: before(CrashError())}
    with pytest.raises(CrashError):
        poll(api, store)
    assert not queries.find(store.inner, f"{GROUP}:OOMKilled")
    store.hooks.clear()
    api.groups.clear()
    api.events_of.clear()

    poll(api, store)

    (record,) = queries.find(store.inner, f"eci:container-group-notice:{GROUP}:OOMKilled")
    assert len(record.transitions) == 1
    assert statuses(store.inner)[0] == ["Running", "Vanished"]


def oom(clock: FakeClock) -> dict[str, Any]:
    """An event, as the API returns it."""
    del clock
    at = "2026-01-01T00:00:00Z"
    return {
        "reason": "OOMKilled",
        "type": "Warning",
        "message": "Memory cgroup out of memory",
        "count": 1,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "metadata": {"name": f"{GROUP}.1"},
        "involvedObject": {"uid": GROUP, "kind": "Pod", "name": "web"},
    }


def test_a_round_without_changes_writes_its_cursor_alone(clock: FakeClock) -> None:
    """Known states are neither journaled nor recorded again."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    poll(api, store)
    store.rows_of.clear()

    polled = poll(api, store)

    assert (polled.progress.finished, polled.counts["received"]) == (True, 0)
    assert store.rows_of["write"] == 2


@pytest.mark.parametrize(
    "name",
    ["", "a b\n", "x" * 129, "x" * 3_000_000, "\ud800", "../../etc", "'; DROP", 7, None, {"id": 1}],
    ids=lambda name: ascii(name)[:12],
)
def test_an_id_that_is_none_is_quarantined_once(name: Any, clock: FakeClock) -> None:
    """It is never part of a key or a call, the other groups of its page are recorded, and a next poll is silent."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    api.groups["bad"] = {"containerGroupId": name, "status": "Running"}
    asked: list[str] = []
    api.before = asked.append

    counts = [poll(api, store).counts for _ in range(3)]

    assert [(c["recorded"], c["quarantined"]) for c in counts] == [(1, 1), (0, 0), (0, 0)]
    assert all(len(str(value).encode()) <= 1024 for key in store.rows for value in key.values)
    (entry,) = [read_quarantined(row) for row in store.walk(QUARANTINE, []) if row.key.values[1] == 0]
    assert (entry.reason, entry.count) == ("malformed_content", 1)
    assert len(entry.payload) < 10_000
    assert asked.count("by id") == 0


def test_groups_without_an_id_are_not_taken_for_one(clock: FakeClock) -> None:
    """Two of them are two quarantine rows."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.groups = {"a": {"status": "Running", "containerGroupName": "a"}, "b": {"status": "Running"}}

    assert poll(api, store).counts["quarantined"] == 2


def test_an_unknown_status_is_quarantined_once(clock: FakeClock) -> None:
    """Not with every poll; and the next status is recorded."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    poll(api, store)
    api.add(GROUP, status="Hibernating\ud800")

    refused = [poll(api, store).counts for _ in range(3)]
    api.add(GROUP, status="Succeeded", succeededTime="2026-01-01T00:01:00Z")
    poll(api, store)

    assert [counts["quarantined"] for counts in refused] == [1, 0, 0]
    assert statuses(store)[0][-1] == "Succeeded"
    assert "Succeeded" in statuses(store)[1]


def test_texts_of_a_group_that_are_too_long_are_cut(clock: FakeClock) -> None:
    """A name of megabytes neither fills a cell nor stops the page."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP, containerGroupName="n" * 3_000_000)

    assert poll(api, store).counts["recorded"] == 1
    assert max(len(str(v)) for columns in store.rows.values() for v in columns.values()) < 20_000


def test_what_is_too_long_for_the_journal_is_recorded_without_it(clock: FakeClock) -> None:
    """Its events are recorded all the same; the state is recorded again by the next poll, and is a duplicate."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    names = [{"name": f"{GROUP}.{number}"} for number in range(4)]
    api.events_of[GROUP] = [{**oom(clock), "message": "m" * 300_000, "metadata": name} for name in names]

    counts = poll(api, store).counts

    assert (counts["received"], counts["quarantined"], counts["duplicate"]) == (5, 0, 0)
    assert statuses(store) == (["Running"], ["Running"])
    assert not [key for key in store.rows if key.table is ECI_GROUPS]


def test_states_of_version_0_1_are_known(clock: FakeClock) -> None:
    """A group that is recorded and not in the journal is not recorded again, unless its status has changed."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    api.add("eci-2")
    poll(api, store)
    for key in [key for key in store.rows if key.table is ECI_GROUPS]:
        del store.rows[key]
    store._open.clear()
    api.add("eci-2", status="Failed")
    clock.seconds += 300

    polled = poll(api, store)

    assert polled.counts["received"] == 1
    assert statuses(store) == (["Running"], ["Running"])
    assert statuses(store, "eci-2")[0] == ["Running", "Failed"]
    assert (
        journal.read_seen(next(row for row in store.walk(ECI_GROUPS, []) if GROUP in str(row.key))).status == "Running"
    )


def test_a_round_that_version_0_1_left_is_repaired(clock: FakeClock) -> None:
    """It may have recorded a state without its ledger row; the state is recorded again as it was."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(GROUP)
    poll(api, store)
    for key in [key for key in store.rows if key.table in (ECI_GROUPS, LEDGER)]:
        del store.rows[key]
    (cursor,) = [key for key in store.rows if key.table is CURSORS]
    store.rows[cursor] = {"schema": 2, "round_began": 5, "revision": 3, "writer": "0.1"}

    poll(api, store)

    assert statuses(store) == (["Running"], ["Running"])


# ------------------------------------------------------------------------------------------------- one row
def make(turn: int, status: str = "Running", asked_ms: int = 1_767_225_600_000) -> See:
    """A sight of the group."""
    group = observation.group_of({"containerGroupId": GROUP, "status": status})
    return See(POLLED, group, turn, asked_ms)


def write(store: MemoryStore, change: See | MarkRecorded, clock: FakeClock) -> Seen:
    """Commit a change and return what the row says then."""
    commit(store, [change], Deadline(clock, 30), "writer")
    return journal.read_seen(store.read([change.key])[change.key])


@pytest.mark.parametrize("late", [lambda: make(1, "Pending"), lambda: MarkRecorded(POLLED, make(1).group, 1, ())])
def test_a_poller_leaves_alone_what_a_later_one_has_written(late: Callable[[], Any], clock: FakeClock) -> None:
    """What it saw is older, however late it writes it."""
    store = CountingStore(clock)
    seen = write(store, make(2), clock)

    with pytest.raises(OvertakenError, match=REGION):
        write(store, late(), clock)

    assert write(store, make(2), clock) == seen


def test_states_of_a_group_are_a_second_apart(clock: FakeClock) -> None:
    """So that each is a transition of its own, also where clocks differ."""
    store = CountingStore(clock)
    times = [write(store, make(1, status), clock).at for status in ("Running", "Restarting", "Running")]

    assert [later - earlier for earlier, later in pairwise(times)] == [1000, 1000]


def test_only_what_was_recorded_is_marked(clock: FakeClock) -> None:
    """What came since is still to be recorded, and the group is still looked for."""
    store = CountingStore(clock)
    first = write(store, make(1), clock).unrecorded
    write(store, make(1, "Failed"), clock)

    left = write(store, MarkRecorded(POLLED, make(1).group, 1, first), clock)

    assert [json.dumps(event["data"]).count("Failed") for event in left.unrecorded] == [1]
    assert [row.key for row in store.walk(ECI_GROUPS_OPEN, [journal._open_in(REGION, key()[0])])] == [make(1).key]


def key() -> str:
    """The group's key in the journal."""
    return str(make(1).key.values[0])


def test_a_key_has_the_name_of_its_group() -> None:
    """Whatever is in it."""
    for name in (GROUP, "a/b:c", "~0123"):
        assert journal.group_name(str(journal.group_key("cn-x", name).values[0])) == name
