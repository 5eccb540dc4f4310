"""Many instances, and faults on any page: nothing is missing, and an invocation ends in time with bounded memory."""

from __future__ import annotations

import os
import random
import tracemalloc

import pytest
from tests.conftest import FakeClock
from tests.opsledger.ecs_reconciler.many_events import (
    REGION,
    TICK_S,
    TIMEOUT_S,
    ManyEvents,
    QuickStore,
    invoke,
    random_faults,
)

from opsledger.errors import ThrottledError, UnavailableError, WorldFailedError
from opsledger.rpc import TokenRefusedError
from opsledger.store.tables import LEDGER, RECORDS, VERDICTS

INSTANCES = int(os.environ.get("OPSLEDGER_RECONCILED_INSTANCES", "2000"))
"""`make test-long` has a hundred thousand."""
DISK_EVENTS = 600
ERRORS = (UnavailableError("no answer from ECS"), ThrottledError("Throttling"), TokenRefusedError("NextToken"))
MOST_INVOCATIONS = 288
"""A day of them."""
MOST_BYTES = 24_000_000
"""What a round may take beside the store, however many instances there are."""


def rounds(api: ManyEvents, store: QuickStore, first: int = 0) -> int:
    """Invoke until a round is finished; return how many invocations that took."""
    for number in range(MOST_INVOCATIONS):
        began = api.clock.seconds
        try:
            finished = invoke(api, store, first + number).progress.finished
        except WorldFailedError:
            finished = False
        assert api.clock.seconds - began <= TIMEOUT_S
        if finished:
            return number + 1
        api.clock.seconds += TICK_S
    raise AssertionError("the round does not end")


def count(store: QuickStore, table: object) -> int:
    """The rows of a table."""
    return sum(key.table is table for key in store.rows)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_no_event_is_missing(share: float) -> None:
    """No matter which pages fail, which tokens are refused, and how many invocations it takes."""
    clock = FakeClock()
    api, store = ManyEvents(clock, INSTANCES), QuickStore(clock)
    choice = random.Random(f"{share}")  # noqa: S311 - a seeded schedule, no secret
    api.faults = random_faults(choice, share, ERRORS[:2] if INSTANCES > 5000 else ERRORS)
    rounds(api, store)
    assert count(store, RECORDS) == count(store, LEDGER) == count(store, VERDICTS) == INSTANCES + DISK_EVENTS

    api.finished.update(range(0, INSTANCES, 7))
    rounds(api, store, first=1000)
    assert count(store, RECORDS) == INSTANCES + DISK_EVENTS
    assert count(store, LEDGER) == INSTANCES + DISK_EVENTS + len(api.finished)
    statuses = [row["status"] for key, row in store.rows.items() if key.table is RECORDS]
    assert statuses.count("Executed") == len(api.finished)


def test_a_round_without_changes_has_bounded_memory_and_calls() -> None:
    """It holds a page, not the region; its calls grow with the pages alone, and it writes its cursor."""
    clock = FakeClock()
    api, store = ManyEvents(clock, INSTANCES), QuickStore(clock)
    rounds(api, store)
    rows, calls = len(store.rows), store.calls
    api.calls.clear()
    tracemalloc.start()
    invocations = rounds(api, store, first=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    pages = -(-INSTANCES // 100)
    assert len(store.rows) == rows
    assert api.calls["history"] == pages
    assert store.calls - calls <= 5 * pages + 600
    assert invocations <= 1 + pages * 0.5 / 250
    assert peak < MOST_BYTES
    assert api.region == REGION
