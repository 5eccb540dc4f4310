"""A page reads no more than it shows, however much is stored: counted where the store answers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.conftest import REBOOT, Visitor

from opsledger.console import calendar_file
from opsledger.deadline import Deadline
from opsledger.ledger import overdue
from opsledger.ledger.commit import commit
from opsledger.ledger.resources import CloudResource, save
from opsledger.notify.deliveries import PlanDelivery, planned
from opsledger.notify.plan import Intent, Stage, StageKind
from opsledger.store import PAGE_ROWS, READ_ROWS
from opsledger.store.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store import Key, Put, Row, Store, Written

RECORDS = 400
SHOWN = 30
MOST_SHOWN = 200
DAY_MS = 86_400_000


class CountingStore:
    """A store that counts the rows that it gives."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = 0

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Rows by key."""
        found = self._store.read(keys)
        self.rows += len(found)
        return found

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """No page writes."""
        raise AssertionError(puts)

    def walk(self, *where: Any, page: Any = None, **more: Any) -> Iterator[Row]:
        """Rows of an index; a page that is read counts as a whole, as Tablestore answers with it."""
        rows = self._store.walk(*where, page=page, **more)
        while True:
            batch = list(islice(rows, page() if page else PAGE_ROWS))
            self.rows += len(batch)
            if not batch:
                return
            yield from batch


@pytest.fixture(scope="module")
def full() -> Store:
    """Many records, half of them open, many refused payloads, and many deliveries."""
    harness = PipelineHarness()
    for first in range(0, RECORDS, 100):
        for status, days in (("Scheduled", 0), ("Executed", -1), ("Scheduled", -20)):
            events = [
                make_event(REBOOT, status, seed=f"{status}{days}{number}", now_ms=NOW_MS + days * DAY_MS)
                for number in range(first, first + 100)
            ]
            harness.process(events)
        harness.process([{"no event": number} for number in range(first, first + 100)])
    deadline = Deadline(harness.clock, 1000)
    overdue.sweep(harness.store, deadline, "test")
    stage = Stage(StageKind.STEP, "Scheduled", NOW_MS, "critical")
    intents = [Intent(f"i{number}", "record", stage, "ops", NOW_MS, "group") for number in range(RECORDS)]
    commit(harness.store, [PlanDelivery(planned(one, NOW_MS, muted=False)) for one in intents], deadline, "test")
    named = [CloudResource(record.partition, "name", as_of=NOW_MS) for record in harness.stored()]
    save(harness.store, named, deadline, "test")
    return harness.store


@pytest.mark.parametrize(
    ("page", "query", "list_name"),
    [
        ("now", {}, "records"),
        ("search", {"open": "1"}, "records"),
        ("search", {"overdue": "1"}, "records"),
        ("search", {"within": "72"}, "records"),
        ("search", {"status": "Executed"}, "records"),
        ("search", {"kind": "system-event"}, "records"),
        ("week", {}, "records"),
        ("quarantine", {}, "entries"),
        ("quarantine", {"reason": "unknown_type"}, "entries"),
        ("deliveries", {"state": "pending"}, "deliveries"),
    ],
)
@pytest.mark.parametrize(("limit", "continued"), [(SHOWN, False), (SHOWN, True), (MOST_SHOWN, False)])
def test_a_list_reads_a_row_for_each_bucket_and_two_for_each_shown(
    full: Store, page: str, query: dict[str, str], list_name: str, limit: int, *, continued: bool
) -> None:
    """And one for the name of each resource shown; on the first page and on the next."""
    store = CountingStore(full)
    visitor = Visitor(store)
    query = {**query, "limit": str(limit)}
    if continued:
        query["after"] = visitor.json(page, **query)["after"]
        store.rows = 0

    data = visitor.json(page, **query)

    shown = len(data[list_name])
    names = sum(1 for row in data[list_name] if row.get("name"))
    assert shown == limit
    assert store.rows <= len(BUCKETS) + 2 * shown + names
    assert names in (0, shown)


@pytest.mark.parametrize("limit", [calendar_file.MOST_OPEN, 100])
def test_the_calendar_reads_what_it_shows(full: Store, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """As a list does; of the ended records, which a filter chooses, it may read half a page more than it shows."""
    monkeypatch.setattr(calendar_file, "MOST_OPEN", limit)
    store = CountingStore(full)

    def shown(query: Mapping[str, str]) -> int:
        store.rows = 0
        return Visitor(store).get("/calendar.ics", query).body.count(b"BEGIN:VEVENT")

    assert shown({"open": "1"}) == limit
    assert (open_ := store.rows) <= len(BUCKETS) + 3 * limit  # the third is the name of the resource
    assert shown({}) == limit + calendar_file.MOST_ENDED
    assert store.rows - open_ <= len(BUCKETS) + 3 * calendar_file.MOST_ENDED + READ_ROWS


def test_health_reads_no_more_than_it_counts(full: Store) -> None:
    """Each number is counted to a hundred, whatever waits."""
    store = CountingStore(full)

    waiting = Visitor(store).json("health")["waiting"]

    assert {name: (one["count"], one["exact"]) for name, one in waiting.items()} == {
        "overdue": (100, False),
        "pending": (100, False),
        "quarantine": (100, False),
        "sweep": (0, True),
        "plan": (100, False),
    }
    assert store.rows <= len(waiting) * (100 + 2 * len(BUCKETS)) + 4 * 2 * 20


def test_drift_looks_at_the_newest_rows_alone(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so."""
    monkeypatch.setattr("opsledger.console.pages.drift.MOST_ROWS", 50)
    store = CountingStore(full)

    data = Visitor(store).json("drift")

    assert data["complete"] is False
    assert "Only the newest were looked at" in Visitor(full).html("drift").main.text
    assert store.rows <= 6 * 50 + 10 * len(BUCKETS) + 2 * READ_ROWS
