"""Cursors: kept between invocations, and moved by one poller alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.failing_store import FailingStore, after, before

from opsledger.deadline import Deadline
from opsledger.errors import UnavailableError
from opsledger.polling.cursor import Cursor, Cursors, OvertakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import FakeClock
    from tests.opsledger.failing_store import Hook

    from opsledger.store import Value

REGION = "cn-hangzhou"
BEGUN = Cursor(high_water=1, round_began=2)
NO_REPLY = UnavailableError("no answer")


def cursors(store: FailingStore, clock: FakeClock, writer: str = "us", region: str = REGION) -> Cursors:
    """One invocation's access to a region's cursor."""
    return Cursors(store, region, Deadline(clock, 30.0), writer)


def test_a_region_without_a_cursor_has_a_fresh_one(clock: FakeClock) -> None:
    """It has read nothing yet."""
    assert cursors(FailingStore(), clock).load() == Cursor(None, None, None)


OF_EVERY_STAGE = [
    Cursor(high_water=1),
    BEGUN,
    BEGUN._replace(next_token="page 2"),
    BEGUN._replace(missing_after="", turn=7, invocations=3),
    BEGUN._replace(missing_after="0a1b:cn-x/eci-1", turn=7, restarts=2),
    BEGUN.failed("ECI said \ud800\x00" + "x" * 9000, 5).failed("again", 6),
    BEGUN.abandoned("refused", 5),
]


@pytest.mark.parametrize("cursor", OF_EVERY_STAGE)
def test_a_saved_cursor_is_loaded_by_the_next_invocation(clock: FakeClock, cursor: Cursor) -> None:
    """With every field that it has, and no other."""
    store = FailingStore()
    first = cursors(store, clock)
    first.load()
    first.save(BEGUN._replace(next_token="page 1"))
    first.save(cursor)

    assert cursors(store, clock, "next").load() == cursor
    assert cursors(store, clock, "next", "cn-beijing").load() == Cursor()


def test_one_invocation_moves_the_cursor_page_by_page(clock: FakeClock) -> None:
    """All under one request id, a revision a page."""
    store = FailingStore()
    ours = cursors(store, clock)
    ours.load()
    for page in range(3):
        ours.save(BEGUN._replace(next_token=f"page {page}"))

    (row,) = store.inner.rows.values()
    assert (row["next_token"], row["revision"], row["writer"]) == ("page 2", 3, "us")


@pytest.mark.parametrize("begun", [False, True], ids=["new round", "resumed round"])
@pytest.mark.parametrize("writer", ["other", "us"], ids=["another request id", "a retry with the same id"])
def test_of_two_pollers_of_a_region_one_is_overtaken(
    clock: FakeClock,
    begun: bool,  # noqa: FBT001 - a parameter
    writer: str,
) -> None:
    """Both load the same cursor; the one that saves second stops."""
    store = FailingStore()
    if begun:
        cursors(store, clock, "before").save(BEGUN)
    first, second = cursors(store, clock), cursors(store, clock, writer)
    assert first.load() == second.load()

    first.save(BEGUN._replace(next_token="first"))
    with pytest.raises(OvertakenError, match=REGION):
        second.save(BEGUN._replace(next_token="second"))

    assert clock.slept == []
    assert cursors(store, clock).load().next_token == "first"


@pytest.mark.parametrize("writer", ["other", "us"], ids=["another request id", "a retry with the same id"])
def test_a_poller_that_is_overtaken_between_read_and_write_stops(clock: FakeClock, writer: str) -> None:
    """The write is refused, and the cursor that is read next is not the one that was expected."""
    store = FailingStore()
    first, second = cursors(store, clock), Cursors(store.inner, REGION, Deadline(clock, 30.0), writer)
    first.load()
    second.load()

    def meanwhile(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        second.save(BEGUN)
        return perform(request)

    store.hooks = {len(store.calls) + 2: meanwhile}
    with pytest.raises(OvertakenError):
        first.save(BEGUN._replace(round_began=3))


@pytest.mark.parametrize("hook", [before, after], ids=["not written", "written"])
@pytest.mark.parametrize("page", [1, 2])
def test_a_lost_reply_is_not_taken_for_another_poller(
    clock: FakeClock, hook: Callable[[Exception], Hook], page: int
) -> None:
    """The cursor is moved once, and the round goes on."""
    store = FailingStore()
    ours = cursors(store, clock)
    ours.load()
    if page == 2:
        ours.save(BEGUN._replace(next_token="page 1"))
    store.hooks = {len(store.calls) + 2: hook(NO_REPLY)}

    ours.save(BEGUN._replace(next_token="page 2"))
    ours.save(Cursor(high_water=2))

    (row,) = store.inner.rows.values()
    assert (row["high_water"], row["revision"]) == (2, page + 1)


OLD_ROW: Mapping[str, Value] = {
    "schema": 2,
    "high_water": 5,
    "round_began": 6,
    "next_token": "t",
    "revision": 9,
    "writer": "0.1",
}


def test_a_cursor_of_version_0_1_is_read(clock: FakeClock) -> None:
    """It has no turn, and the new columns are written over it."""
    store = FailingStore()
    cursors(store, clock).save(Cursor())
    (key,) = store.inner.rows
    store.inner.rows[key] = OLD_ROW
    ours = cursors(store, clock)

    assert ours.load() == Cursor(5, 6, "t")
    assert ours.save(ours.load().taken(10)) == Cursor(5, 6, "t", turn=10, invocations=1)
    assert store.inner.rows[key]["revision"] == 10
