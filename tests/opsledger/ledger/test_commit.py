"""The commit loop: what is written, when it is decided again, and which row is our own write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.failing_store import FAILURES, FailingStore, after, before, busy

from opsledger.deadline import Deadline
from opsledger.errors import (
    ContendedError,
    DamagedRowError,
    MisconfiguredError,
    NewerRowError,
    OpsLedgerError,
    UnavailableError,
)
from opsledger.ledger.commit import Change, commit
from opsledger.store import READ_ROWS, WRITE_ROWS, Key, Put
from opsledger.store.tables import CURSORS, LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import FakeClock

    from opsledger.store import Row, Store, Value

KEY = Key(CURSORS, ("counter",))
NO_REPLY = UnavailableError("no answer")


class Add(Change[int]):
    """A number is added to the one that a row stores.

    Attributes:
        seen: what was stored, at each decision.
    """

    def __init__(self, number: int, key: Key = KEY, inserts: int = 0, *, rewrites: bool = False) -> None:
        self.key, self.number, self.rewrites = key, number, rewrites
        self.inserts = [Put(insert_key(key, n), {"content": str(n)}) for n in range(inserts)]
        self.seen: list[int | None] = []

    def decode(self, row: Row) -> int:
        """The stored number."""
        return int(row.columns["total"])

    def encode(self, stored: int) -> Mapping[str, Value]:
        """The number's column."""
        return {"total": stored}

    def decide(self, stored: int | None) -> int | None:
        """The sum."""
        self.seen.append(stored)
        return (stored or 0) + self.number


def insert_key(key: Key, number: int) -> Key:
    """The key of a row that is inserted beside the one at `key`."""
    return Key(LEDGER, (str(key.values[0]), number, "n"))


def add(store: FailingStore, clock: FakeClock, change: Add, writer: str = "us", seconds: float = 30.0) -> Add:
    """Commit one change."""
    commit(store, [change], Deadline(clock, seconds), writer)
    return change


def stored(store: FailingStore, key: Key = KEY) -> tuple[Value, Value, Value]:
    """The number in a row, its revision and its writer."""
    columns = store.inner.rows[key]
    return columns["total"], columns["revision"], columns["writer"]


def meanwhile(act: Callable[[FailingStore], object], then: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A hook that acts before the request is performed, by another hook where one is given."""

    def hook(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        act(store)
        return then(store, request, perform) if then else perform(request)

    return hook


def by_another(clock: FakeClock, number: int, writer: str = "the other") -> Callable[[FailingStore], object]:
    """An act: another invocation adds `number`."""
    return lambda store: commit(store.inner, [Add(number)], Deadline(clock, 30.0), writer)


# ------------------------------------------------------------------------------------------------ what is written
def test_each_write_raises_the_revision_by_one(clock: FakeClock) -> None:
    """Also when the same invocation writes again."""
    store = FailingStore()
    for number in (1, 2, 3):
        add(store, clock, Add(number))

    assert stored(store) == (6, 3, "us")


@pytest.mark.parametrize(("rewrites", "revision"), [(False, 1), (True, 2)])
def test_a_decision_for_what_is_stored_writes_only_where_it_is_asked_to(
    clock: FakeClock,
    rewrites: bool,  # noqa: FBT001 - a parameter
    revision: int,
) -> None:
    """`rewrites` is for rows with stale columns beside what they store."""
    store = FailingStore()
    add(store, clock, Add(1))
    add(store, clock, Add(0, rewrites=rewrites))

    assert stored(store) == (1, revision, "us")


def test_a_decision_for_nothing_writes_nothing(clock: FakeClock) -> None:
    """None leaves the row as it is, but its inserts are written."""

    class Leave(Add):
        def decide(self, stored: int | None) -> None:
            self.seen.append(stored)

    store = FailingStore()
    add(store, clock, Leave(1, inserts=2))

    assert set(store.inner.rows) == {insert_key(KEY, 0), insert_key(KEY, 1)}


def test_an_error_of_a_decider_is_raised_before_anything_is_written(clock: FakeClock) -> None:
    """Neither the row nor its inserts."""

    class Refuse(Add):
        def decide(self, stored: int | None) -> int | None:
            raise MisconfiguredError(f"a newer version wrote {stored}")

    store = FailingStore()
    with pytest.raises(MisconfiguredError):
        add(store, clock, Refuse(1, inserts=1))

    assert (store.inner.rows, clock.slept) == ({}, [])


@pytest.mark.parametrize("error", [DamagedRowError("torn"), NewerRowError("a newer version wrote it")])
def test_one_row_that_cannot_be_read_does_not_keep_the_others_from_being_written(
    clock: FakeClock, error: OpsLedgerError
) -> None:
    """In its batch and in those behind it; the error is raised at the end, and nothing of its own is written."""

    class Unreadable(Add):
        def decode(self, row: Row) -> int:
            raise error from ValueError(str(row))

    store = FailingStore()
    add(store, clock, Add(1))
    others = [Add(n, Key(CURSORS, (f"other {n}",)), inserts=1) for n in range(READ_ROWS)]
    with pytest.raises(type(error), match=str(error)):
        commit(store, [Unreadable(1, inserts=1), *others], Deadline(clock, 30.0), "us")

    assert {store.inner.rows[change.key]["total"] for change in others} == set(range(READ_ROWS))
    assert insert_key(KEY, 0) not in store.inner.rows
    assert insert_key(others[-1].key, 0) in store.inner.rows
    assert stored(store)[0] == 1


def test_a_row_that_is_repaired_between_two_attempts_is_left_to_the_next_delivery(clock: FakeClock) -> None:
    """Else it would be written without its inserts."""
    torn = [DamagedRowError("torn")]

    class Repaired(Add):
        def decode(self, row: Row) -> int:
            if torn:
                raise torn.pop()
            return super().decode(row)

    store = FailingStore({4: before(NO_REPLY)})
    add(store, clock, Add(1))
    other = Add(7, Key(CURSORS, ("other",)))
    with pytest.raises(DamagedRowError, match="torn"):
        commit(store, [Repaired(1, inserts=1), other], Deadline(clock, 30.0), "us")

    assert (stored(store)[0], stored(store, other.key)[0]) == (1, 7)


def test_a_row_that_is_damaged_while_it_is_contended_does_not_keep_the_next_batch_from_being_written(
    clock: FakeClock,
) -> None:
    """What waits elsewhere for such a row is not looked for."""

    class TakesAlong(Add):
        def take_along(self, store: Store, row: Row) -> None:
            raise DamagedRowError("torn") from ValueError(str((store, row)))

    store = FailingStore({2: meanwhile(by_another(clock, 1))})
    others = [Add(n, Key(CURSORS, (f"other {n}",))) for n in range(READ_ROWS)]
    with pytest.raises(DamagedRowError, match="torn"):
        commit(store, [TakesAlong(1), *others], Deadline(clock, 30.0), "us")

    assert {store.inner.rows[change.key]["total"] for change in others} == set(range(READ_ROWS))


# ------------------------------------------------------------------------------------------------------ own write
@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("start", [0, 5])
def test_a_write_without_a_reply_is_applied_once(clock: FakeClock, how: str, start: int) -> None:
    """Whatever part of it was written, into a new row or over an old one."""
    store = FailingStore()
    if start:
        add(store, clock, Add(start), "before")
    store.hooks = {len(store.calls) + 2: FAILURES[how](NO_REPLY)}

    add(store, clock, Add(2, inserts=3))

    assert stored(store) == (start + 2, 2 if start else 1, "us")
    assert len(store.inner.rows) == 4


def test_a_row_that_landed_though_the_store_said_busy_is_our_own_write(clock: FakeClock) -> None:
    """The next attempt reads it, and does not decide again."""
    store = FailingStore({2: busy(lambda _position: True, landed=True)})
    change = add(store, clock, Add(2, inserts=1))

    assert (stored(store), change.seen) == ((2, 1, "us"), [None])


def test_a_second_lost_reply_in_a_row_is_recognised_too(clock: FakeClock) -> None:
    """The write is lost before it lands, then after; the re-read fails as well."""
    store = FailingStore({2: before(NO_REPLY), 4: after(NO_REPLY), 5: before(NO_REPLY)})
    change = add(store, clock, Add(2))

    assert (stored(store), change.seen) == ((2, 1, "us"), [None, None])


def test_a_row_of_an_earlier_commit_is_not_taken_for_our_own_write(clock: FakeClock) -> None:
    """One invocation may commit several times under one request id."""
    store = FailingStore()
    add(store, clock, Add(1))
    change = add(store, clock, Add(2))

    assert (stored(store), change.seen) == ((3, 2, "us"), [1])


def test_a_row_of_an_earlier_attempt_with_our_request_id_is_decided_again(clock: FakeClock) -> None:
    """A retry by the platform may keep the id, and the last write of the attempt before it may land late."""
    store = FailingStore({2: meanwhile(by_another(clock, 1, writer="us"))})
    change = add(store, clock, Add(2))

    assert (stored(store), change.seen) == ((3, 2, "us"), [None, 1])


def test_a_row_of_another_at_our_revision_is_decided_again(clock: FakeClock) -> None:
    """Our write is lost before it lands, and another invocation takes its revision."""
    store = FailingStore({2: meanwhile(by_another(clock, 1), before(NO_REPLY))})
    change = add(store, clock, Add(2))

    assert (stored(store), change.seen) == ((3, 2, "us"), [None, 1])


def test_a_row_written_over_ours_is_decided_again(clock: FakeClock) -> None:
    """Our write lands without a reply and another one follows: nothing shows any more that ours landed."""
    store = FailingStore({2: after(NO_REPLY), 3: meanwhile(by_another(clock, 1))})
    change = add(store, clock, Add(2))

    assert (stored(store), change.seen) == ((5, 3, "us"), [None, 3])


def test_only_what_is_left_is_done_again(clock: FakeClock) -> None:
    """After a conflict of one row the other rows and their inserts are neither read nor written."""
    other = Key(CURSORS, ("other",))
    requests: list[list[Key]] = []

    def note(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        requests.append([one.key if isinstance(one, Put) else one for one in request])
        return perform(request)

    store = FailingStore({2: meanwhile(by_another(clock, 1)), 3: note, 4: note})
    commit(store, [Add(2, inserts=1), Add(3, other, inserts=1)], Deadline(clock, 30.0), "us")

    assert requests == [[KEY], [KEY]]
    assert (stored(store)[0], stored(store, other)[0]) == (3, 3)


# -------------------------------------------------------------------------------------------------------- inserts
@pytest.mark.parametrize("position", range(3))
def test_an_insert_that_the_store_was_busy_for_is_written_again(clock: FakeClock, position: int) -> None:
    """Also after the row itself has been written."""
    store = FailingStore({2: busy(lambda n: n == position)})
    add(store, clock, Add(1, inserts=3))

    assert {insert_key(KEY, n) for n in range(3)} < set(store.inner.rows)
    assert stored(store) == (1, 1, "us")


def test_an_insert_leaves_a_row_that_is_there(clock: FakeClock) -> None:
    """It is written once and never changed."""
    store = FailingStore()
    store.inner.rows[insert_key(KEY, 0)] = {"content": "first"}
    add(store, clock, Add(1, inserts=2))

    assert store.inner.rows[insert_key(KEY, 0)] == {"content": "first"}
    assert store.inner.rows[insert_key(KEY, 1)] == {"content": "1"}
    assert clock.slept == []


def test_inserts_are_written_for_a_row_that_is_left_as_it_is(clock: FakeClock) -> None:
    """A redelivery repairs a crash between two tables."""
    store = FailingStore()
    add(store, clock, Add(1))
    add(store, clock, Add(0, inserts=1))

    assert insert_key(KEY, 0) in store.inner.rows


# ------------------------------------------------------------------------------------------- groups and deadline
@pytest.mark.parametrize(
    ("changes", "inserts", "calls"),
    [
        (READ_ROWS, 0, ["read", "write"]),
        (READ_ROWS, 1, ["read", "write"]),
        (READ_ROWS + 1, 0, ["read", "write"] * 2),
        (2, WRITE_ROWS // 2, ["read", "write"] * 2),
        (1, WRITE_ROWS, ["read", "write", "write"]),
    ],
)
def test_changes_are_grouped_by_what_one_read_and_one_write_hold(
    clock: FakeClock, changes: int, inserts: int, calls: list[str]
) -> None:
    """A change with more rows than one write may hold is written in several."""
    store = FailingStore()
    commit(
        store,
        [Add(1, Key(CURSORS, (f"counter-{n}",)), inserts) for n in range(changes)],
        Deadline(clock, 30.0),
        "us",
    )

    assert store.calls == calls
    assert len(store.inner.rows) == changes * (1 + inserts)


def test_no_changes_take_no_calls(clock: FakeClock) -> None:
    """An empty payload costs nothing."""
    store = FailingStore()
    commit(store, [], Deadline(clock, 30.0), "us")

    assert store.calls == []


def test_a_lost_race_is_raised_when_time_is_up(clock: FakeClock) -> None:
    """Another invocation writes before every write of ours."""
    store = FailingStore(dict.fromkeys(range(2, 1000, 2), meanwhile(by_another(clock, 1))))
    with pytest.raises(ContendedError):
        add(store, clock, Add(100), seconds=5)

    assert int(stored(store)[0]) < 100
