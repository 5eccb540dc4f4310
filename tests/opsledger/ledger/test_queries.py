"""Queries: what they find, in which order, what they read, and where they go on."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock, PipelineHarness, make_event
from tests.simulation.memory_store import MemoryStore
from tests.simulation.rows_read import SHOWN, measured

from opsledger.deadline import Deadline
from opsledger.ledger import listing, queries, state
from opsledger.ledger.overdue import sweep
from opsledger.ledger.queries import Filter
from opsledger.store import Put
from opsledger.store.tables import LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opsledger.ledger.listing import RecordListing
    from opsledger.store import Store

REBOOT, STATE = "ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:StateChange"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
LATER = NOW_MS + 30 * DAY_MS


@pytest.fixture(scope="module")
def rows() -> dict[Any, Any]:
    """Records of two kinds, in several statuses and two regions, some of them overdue."""
    store = MemoryStore()
    harness = PipelineHarness(store)
    for number in range(60):
        status = ("Scheduled", "Executing", "Executed")[number % 3]
        made = make_event(REBOOT, status, seed=f"r{number}", now_ms=NOW_MS + number * HOUR_MS)
        harness.process({**made, "aliyunregionid": ("cn-hangzhou", "cn-beijing")[number % 2]})
        harness.process(make_event(STATE, "Running", seed=f"s{number}", now_ms=NOW_MS + number * HOUR_MS))
    sweep(harness.store, Deadline(FakeClock(now=NOW_MS + 3 * DAY_MS), 60), "sweep")
    return store.rows


@pytest.fixture
def filled(rows: dict[Any, Any]) -> PipelineHarness:
    """The pipeline on a store with these rows."""
    store = MemoryStore()
    store.rows.update(rows)
    return PipelineHarness(store)


LISTINGS: dict[str, Callable[..., RecordListing]] = {
    "all": lambda store, **options: queries.records(store, Filter(), **options),
    "status": lambda store, **options: queries.records(store, Filter(status="scheduled"), **options),
    "kind": lambda store, **options: queries.records(store, Filter(kind=REBOOT), **options),
    "status and kind": lambda store, **options: queries.records(store, Filter("Running", kind=STATE), **options),
    "region": lambda store, **options: queries.records(store, Filter(region="cn-beijing"), **options),
    "due": lambda store, **options: queries.due(store, LATER, **options),
    "due in a region": lambda store, **options: queries.due(store, LATER, Filter(region="cn-beijing"), **options),
    "overdue": queries.overdue,
}


@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("limit", [1, 7, 20])
def test_pages_are_the_whole(filled: PipelineHarness, name: str, limit: int) -> None:
    """Listed page by page, each record comes once, in the same order as at once."""
    whole = [record.key for record in LISTINGS[name](filled.store)]
    paged: list[str] = []
    after = ""
    while True:
        page = LISTINGS[name](filled.store, limit=limit, after=after)
        keys = [record.key for record in page]
        paged += keys
        assert len(keys) <= limit
        if not page.after:
            break
        after = page.after

    assert len(whole) > 10
    assert paged == whole


def test_each_query_finds_what_it_should(filled: PipelineHarness) -> None:
    """As a look at every record says."""
    every = {record.key: state.summarize(record) for record in filled.stored()}
    regions = {record.key: record.region for record in filled.stored()}

    def keys(listed: RecordListing) -> set[str]:
        return {record.key for record in listed}

    def where(wanted: Callable[[str], bool]) -> set[str]:
        return {key for key in every if wanted(key)}

    store = filled.store
    overdue = where(lambda key: every[key].overdue_since is not None)
    assert keys(queries.records(store, Filter())) == set(every)
    assert keys(queries.records(store, Filter("Executing"))) == where(lambda key: every[key].status == "Executing")
    assert keys(queries.records(store, Filter(region="cn-beijing"))) == where(lambda k: regions[k] == "cn-beijing")
    assert keys(queries.overdue(store)) == overdue
    assert keys(queries.due(store, LATER)) == where(lambda key: every[key].outcome in state.OPEN)
    assert overdue < keys(queries.due(store, NOW_MS + 3 * DAY_MS)) < keys(queries.due(store, LATER))


@pytest.mark.parametrize("wanted", [Filter("Scheduled"), Filter("Running"), Filter(kind=REBOOT)])
def test_the_newest_come_first(filled: PipelineHarness, wanted: Filter) -> None:
    """By when they were last seen, in a status or a kind."""
    seen = [state.summarize(record).last_seen or 0 for record in queries.records(filled.store, wanted)]

    assert len(seen) >= 20
    assert seen == sorted(seen, reverse=True)


def test_overdue_records_come_first_and_then_the_next_deadline(filled: PipelineHarness) -> None:
    """The longest overdue first."""
    found = [state.summarize(record) for record in queries.due(filled.store, LATER)]
    marked = [one.overdue_since for one in found if one.overdue_since is not None]
    scheduled = [one.due or 0 for one in found if one.overdue_since is None and one.status == "Scheduled"]

    assert len(marked) > 10
    assert [one.overdue_since is not None for one in found] == [True] * len(marked) + [False] * (
        len(found) - len(marked)
    )
    assert scheduled == sorted(scheduled)


def test_a_record_without_a_deadline_is_never_due(harness: PipelineHarness) -> None:
    """It is open, and may be overdue, but no moment is near enough to list it."""
    harness.process(make_event("eci:Event:SpotToBeReleased", message="Spot instance is to be released soon"))
    (record,) = harness.stored()

    assert state.summarize(record).outcome in state.OPEN
    assert (state.summarize(record).due, state.overdue_at(record)) == (None, None)
    assert list(queries.due(harness.store, NOW_MS + 1000 * 366 * DAY_MS)) == []


def test_a_filter_that_drops_most_rows_stops(filled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to go on, also when it found nothing, and comes to the end in the end."""
    monkeypatch.setattr(listing, "MAX_ROWS_READ", 10)
    monkeypatch.setattr(listing, "READ_ROWS", 5)
    found, stops, after = [], 0, ""
    while True:
        page = queries.records(filled.store, Filter("Scheduled", region="cn-beijing"), after=after)
        found += [record.key for record in page]
        assert page.rows_read <= 10 + 2 * 5
        if not page.after:
            break
        after, stops = page.after, stops + 1

    assert len(found) == len(set(found)) == 10
    assert stops > 1


BAD_PLACES = [
    "x",
    "é",
    "[]",
    "[0]",
    "{}",
    '["a",1,"b"]',
    '[9,1,"b"]',
    '[-1,1,"b"]',
    '[0,true,"b"]',
    "[0,1,2]",
    '[0,9223372036854775808,"b"]',
    '[0,1,"b",3]',
    '[0,1.5,"b"]',
]


@pytest.mark.parametrize("text", BAD_PLACES)
def test_a_place_that_no_listing_gave_is_refused(filled: PipelineHarness, text: str) -> None:
    """Whatever a person types; it never reaches the store."""
    for token in (text, base64.urlsafe_b64encode(text.encode()).decode()):
        with pytest.raises(ValueError, match="is not where a listing of these records stopped"):
            queries.records(filled.store, Filter("Scheduled"), after=token)


def test_a_record_is_found_by_what_people_have(harness: PipelineHarness) -> None:
    """Its key, its event's id, the envelope's id, or the resource."""
    event = make_event(REBOOT, "Scheduled", seed="a")
    harness.process(event)
    harness.process(make_event(REBOOT, "Scheduled", seed="b"))
    (record,) = (r for r in harness.stored() if r.resource_id == event["data"]["instanceId"])
    name_envelope(harness.store, record.key, event["id"])

    for name in (record.key, event["data"]["eventId"], event["id"], event["data"]["instanceId"]):
        assert [found.key for found in queries.find(harness.store, name)] == [record.key], name
    assert queries.find(harness.store, "nothing") == []


def name_envelope(store: Store, record: str, envelope_id: str) -> None:
    """Give the ledger a row of `record` that a delivery with this envelope id wrote."""
    (row,) = (row for row in store.walk(LEDGER, []) if row.columns["record"] == record)
    resource, at, _ = row.key.values
    store.write([Put(row.key._replace(values=(resource, at, "another")), {**row.columns, "envelope_id": envelope_id})])


def test_a_record_of_an_unknown_kind_or_type_is_listed_by_its_columns(filled: PipelineHarness) -> None:
    """A filter reads columns; so what another version wrote does not end a listing."""
    rows: dict[Any, Any] = filled.store.rows  # type: ignore[attr-defined]
    key = next(key for key, columns in rows.items() if columns.get("status") == "Scheduled" and "state" in columns)
    rows[key] = {**rows[key], "type": "ecs:Instance:Teleport", "state": json.dumps({"transitions": []})}

    assert len(list(queries.records(filled.store, Filter("Scheduled")))) == 20


def test_queries_read_no_more_rows_than_they_may(tmp_path: Path) -> None:
    """Counted where Tablestore answers, on tables filled by copies; `make test-long` asks all, of a million."""
    found = {one.query: one for one in measured(1000, tmp_path, most=2000)}

    assert [one for one in found.values() if one.read > one.most] == []
    for query in ("records --status S", "records --kind K", "records", "records --due-within H", "records --overdue"):
        assert found[query].shown == SHOWN, query
    for page in ("now", "week", "search?status=Scheduled", "quarantine", "deliveries?state=pending"):
        assert found[f"console: /{page}"].shown == SHOWN, page
    assert found["console: /calendar.ics"].shown > found["console: /calendar.ics?open=1"].shown > SHOWN
    assert found["records --resource R"].shown == found["find: a resource's id"].shown == 1
    assert found["the timeline of a record"].shown == 1
