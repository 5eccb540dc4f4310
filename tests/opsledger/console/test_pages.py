"""Every page says the same as HTML, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness
from tests.opsledger.console.conftest import DAY_MS, Visitor

from opsledger.console import moments
from opsledger.console.routes import PAGES
from opsledger.deadline import Deadline
from opsledger.ledger import overdue
from opsledger.notify.deliveries import STATES
from opsledger.store import Put
from opsledger.store.tables import QUARANTINE, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import FakeClock

NOT_SHOWN: dict[str, frozenset[str]] = {
    # What HTML says in other words: how a list is grouped, filtered and continued, and what it cost.
    "": frozenset({"group", "by", "lane", "begins", "ends", "days", "until", "states", "reasons", "remedies", "bytes"})
    | {"filter", "after", "rows_read", "is_open", "product", "kind", "key", "complete", "heals", "verdicts"}
    | {"push_expected"},
    # What a row of a list has no room for; the record's page has it.
    "records": frozenset({"account", "resource_type", "due", "not_before", "started_at", "finished_at", "count"})
    | {"first_seen", "last_seen", "terminal", "presumed", "type"},
    "week.records": frozenset({"title", "status_at", "anomalies"}),
    # What a program wants to know of one record, and a reader sees by the rest.
    "record": frozenset({"also", "count_covers", "resource_type", "at", "due", "terminal", "status_at", "type"}),
    "transitions": frozenset({"type", "severity", "not_before", "last_at", "started_at", "finished_at"}),
    "deliveries": frozenset({"id", "subject", "stage", "message", "attempts", "due_at", "planned_at", "sent_at"}),
    "rows": frozenset({"type", "request_id", "source"}),
    # Shown as hours and minutes.
    "arrival": frozenset({"median_s", "longest_s"}),
}
"""The names that a page shows no value of, by the list or page that they are in."""


def leaves(value: Any, inside: tuple[str, ...], name: str = "") -> Iterator[Any]:
    """The values that HTML should show."""
    if any(name in NOT_SHOWN.get(one, ()) for one in ("", *inside[-1:], ".".join(inside))):
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, inside if name == "" else (*inside, name), key)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, (*inside, name))
    elif value not in (None, "", False, True):
        yield value


def queries(harness: PipelineHarness) -> dict[str, list[dict[str, str]]]:
    """A few queries of each page."""
    records = harness.stored()
    return {
        "now": [{}, {"limit": "2"}, {"severity": "critical"}, {"region": "nowhere"}],
        "search": [
            {},
            {"owner": "TEAM-web"},
            {"tag": "stage=live"},
            {"q": "web-1"},
            {"q": records[0].resource_id},
            {"status": "Scheduled"},
            {"overdue": "1"},
            {"within": "48"},
        ],
        "record": [{"id": record.key} for record in records],
        "week": [{}, {"by": "region"}, {"by": "owner"}, {"by": "kind", "severity": "warning"}, {"region": "nowhere"}],
        "resource": [{"id": record.resource_id} for record in records],
        "quarantine": [{}, {"reason": "not_json"}, {"reason": "oversize"}, {"limit": "2"}],
        "payload": [{"digest": entry.digest} for entry in harness.quarantine()],
        "drift": [{}, {"days": "1"}],
        "reconcile": [{}, {"verdict": "differs"}, {"verdict": "agrees"}],
        "deliveries": [*({"state": state} for state in STATES), {"message": "message1"}],
        "health": [{}],
    }


def test_every_page_is_compared(recorded: PipelineHarness) -> None:
    """No page is added without its queries here."""
    assert queries(recorded).keys() == PAGES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_html_shows_what_json_says(recorded: PipelineHarness, visitor: Visitor, page: str, clock: FakeClock) -> None:
    """Each value of the JSON is in the HTML, and each moment of the HTML is in the JSON."""
    overdue.sweep(recorded.store, Deadline(clock, 60), "test")
    for query in queries(recorded)[page]:
        data, shown = visitor.json(page, **query), visitor.html(page, **query)
        times = {time.attributes["datetime"] for time in shown.all("time")}
        for value in leaves(data, (page,)):
            text = str(value).rpartition(":")[2] if str(value).startswith(("ecs:Instance", "eci:")) else str(value)
            text = text.replace("`", "")  # shown as code
            assert value in times or " ".join(text.split()) in shown.shown, (query, value)
        assert times <= {*strings(data), data.get("at"), "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.8, "0.8 s"), (119, "119 s"), (120, "2 min"), (5400, "90 min"), (32_400, "9 h"), (864_000, "10 d")],
)
def test_a_span_has_the_unit_that_a_reader_would_use(seconds: float, shown: str) -> None:
    """Not 32400 s."""
    assert moments.span(seconds, str.format) == shown


def strings(value: Any) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return set().union(*map(strings, value.values()))
    if isinstance(value, list):
        return set().union(*map(strings, value))
    return {value} if isinstance(value, str) else set()


def test_csv_has_the_rows_of_the_json(visitor: Visitor) -> None:
    """One line for each, with the same values under the same names."""
    rows = list(csv.DictReader(io.StringIO(visitor.get("/search.csv").body.decode())))
    listed = visitor.json("search")["records"]

    assert [row["record"] for row in rows] == [one["record"] for one in listed]
    assert [row["status"] for row in rows] == [one["status"] for one in listed]
    assert rows[0].keys() <= listed[0].keys()


def test_now_groups_by_what_is_urgent(recorded: PipelineHarness, visitor: Visitor, clock: FakeClock) -> None:
    """Overdue records first, then by deadline; the numbers count them, the overdue ones among those due."""
    overdue.sweep(recorded.store, Deadline(clock, 60), "test")
    data = visitor.json("now")

    assert [row["group"] for row in data["records"]] == ["overdue", "day", "day", "week", "week"]
    assert {name: one["count"] for name, one in data["counts"].items()} == {
        "overdue": 1,
        "day": 3,
        "week": 5,
        "open": 5,
    }
    assert all(one["exact"] for one in data["counts"].values())


def test_each_number_is_that_of_the_list_behind_it(
    recorded: PipelineHarness, visitor: Visitor, clock: FakeClock
) -> None:
    """The link of a number leads to as many records."""
    overdue.sweep(recorded.store, Deadline(clock, 60), "test")
    page = visitor.html("now")
    tiles = [link for link in page.all("a") if link.attributes.get("class", "").startswith("tile")]

    assert len(tiles) == 4
    for tile in tiles:
        address, _, query = tile.attributes["href"].partition("?")
        listed = visitor.json(address, **dict(part.split("=") for part in query.split("&")))
        assert str(len(listed["records"])) == tile.text.split()[0]


def test_numbers_that_a_page_does_not_reach_say_so(visitor: Visitor) -> None:
    """A list that goes on has at least so many; a group that it has passed has exactly so many."""
    counts = visitor.json("now", limit="3")["counts"]

    assert counts["open"] == {"count": 3, "exact": False}
    assert counts["overdue"] == {"count": 0, "exact": True}
    assert "3+" in visitor.html("now", limit="3").main.text


def test_a_list_is_read_page_by_page(visitor: Visitor) -> None:
    """The link “More” leads on until every record was shown once."""
    seen, query = [], {"limit": "2"}
    while True:
        data = visitor.json("search", **query)
        seen += [row["record"] for row in data["records"]]
        if data["after"] is None:
            break
        query["after"] = data["after"]

    assert len(seen) == len(set(seen)) == len(visitor.json("search")["records"])


@pytest.mark.parametrize(
    ("path", "query", "status", "says"),
    [
        ("/nothing", {}, 404, "no such page"),
        ("/now.xml", {}, 404, "no such page"),
        ("/record", {}, 400, "id"),
        ("/record", {"id": "ecs:event:none"}, 404, "no record ecs:event:none"),
        ("/record.csv", {"id": "none"}, 404, "no record"),
        ("/search", {"limit": "0"}, 400, "limit should be"),
        ("/search", {"limit": "1e3"}, 400, "limit should be"),
        ("/search", {"limit": "²"}, 400, "limit should be"),
        ("/search", {"within": "-1"}, 400, "within should be"),
        ("/search", {"severity": "bad"}, 400, "severity should be one of"),
        ("/search", {"kind": "none"}, 400, "No kind or event type is called none"),
        ("/search", {"after": "AAAA"}, 400, "after"),
        ("/now", {"after": "é"}, 400, "after"),
        ("/search", {"q": "x" * 2000}, 400, "too long"),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(
    visitor: Visitor, path: str, query: dict[str, str], status: int, says: str
) -> None:
    """As a page for people, and as JSON for programs."""
    answer = visitor.get(path, query)
    assert (answer.status, says in answer.body.decode()) == (status, True), answer.body.decode()

    if "." not in path:
        answered = visitor.get(f"{path}.json", query)
        assert answered.status == status
        assert says in json.loads(answered.body)["error"]


def test_a_payload_that_is_not_whole_is_no_failure_of_the_console(harness: PipelineHarness) -> None:
    """As where a backup was cut off: the page says so, and the log why."""
    harness.process(random.Random(5).randbytes(2_000_000))  # noqa: S311 - data that cannot be compressed
    cut_off = PipelineHarness()
    kept = [row for row in harness.store.walk(QUARANTINE, []) if row.key.values[1] == 0]
    cut_off.store.write([Put(row.key, row.columns) for row in kept])

    answer = Visitor(cut_off.store).get("/payload", {"digest": unhashed(str(kept[0].key.values[0]))})

    assert (answer.status, "damaged, or not whole" in answer.body.decode()) == (500, True)
    assert answer.failure == "1 of 2 parts of a payload in quarantine are missing"


def test_nothing_recorded_says_what_to_do(harness: PipelineHarness) -> None:
    """An empty list is no blank page."""
    empty = Visitor(harness.store)

    assert "Nothing is open." in empty.html("now").main.text
    assert "Clear the filter" in empty.html("now", region="cn-hangzhou").main.text
    assert "opsledger tour" in empty.html("search").main.text
    assert "Nothing is called x" in empty.html("search", q="x").main.text


def test_a_deadline_is_shown_in_its_unit(recorded: PipelineHarness) -> None:
    """A reader a day later reads a day less."""
    later = Visitor(recorded.store, NOW_MS + DAY_MS).html("now", status="Scheduled")

    assert "in 24 h" in later.main.text
