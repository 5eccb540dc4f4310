"""The calendar feed: what is due as events, in iCalendar that every reader takes."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.conftest import DAY_MS, REBOOT, Visitor
from tests.opsledger.console.icalendar_reader import read
from tests.opsledger.console.test_hostile import TEXTS, hostile

from opsledger.console import calendar_file, icalendar
from opsledger.ledger import queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.opsledger.console.icalendar_reader import Component

SPOT = "ecs:Instance:PreemptibleInstanceInterruption"
ECI = "eci:Event:ScheduledMaintenance"
IMPAIRED = "ecs:Instance:SystemMaintenance.PerformanceImpact"
THREE = ("Scheduled",) * 3
INQUIRY = "ecs:Instance:SystemMaintenance.IsolateErrorDisk"


def events(visitor: Visitor, **query: str) -> Mapping[str, Component]:
    """The events of the feed, by their UID."""
    answer = visitor.get("/calendar.ics", query)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    found = read(answer.body)
    assert (found.name, found.text("VERSION")) == ("VCALENDAR", "2.0")
    assert "METHOD" not in found.properties, "a feed is no invitation"
    by_id = {event.text("UID"): event for event in found.parts}
    assert len(by_id) == len(found.parts)
    return by_id


def recorded(*given: tuple[str, str]) -> Visitor:
    """A reader of the record that these types and statuses made, one after the other."""
    harness = PipelineHarness()
    for number, (type_, status) in enumerate(given):
        harness.process(make_event(type_, status or None, now_ms=NOW_MS + number * 60_000))
    return Visitor(harness.store)


@pytest.mark.parametrize(
    ("given", "status", "maintnote", "impact"),
    [
        ([(REBOOT, "Scheduled")], "CONFIRMED", "CONFIRMED", "OUTAGE"),
        ([(INQUIRY, "Inquiring")], "TENTATIVE", "TENTATIVE", "OUTAGE"),
        ([(REBOOT, "Scheduled"), (REBOOT, "Executing")], "CONFIRMED", "IN-PROCESS", "OUTAGE"),
        ([(REBOOT, "Scheduled"), (REBOOT, "Executed")], "CONFIRMED", "COMPLETED", "OUTAGE"),
        ([(REBOOT, "Scheduled"), (REBOOT, "Avoided")], "CANCELLED", "CANCELLED", "OUTAGE"),
        ([(REBOOT, "Scheduled"), (REBOOT, "Canceled")], "CANCELLED", "CANCELLED", "OUTAGE"),
        ([(REBOOT, "Scheduled"), (REBOOT, "Failed")], "CONFIRMED", None, "OUTAGE"),
        ([(IMPAIRED, "Scheduled")], "CONFIRMED", "CONFIRMED", "DEGRADED"),
        ([(SPOT, "")], "CONFIRMED", "CONFIRMED", "OUTAGE"),
        ([(ECI, "")], "CONFIRMED", "CONFIRMED", "OUTAGE"),
    ],
)
def test_an_event_says_what_became_of_it(
    given: Sequence[tuple[str, str]], status: str, maintnote: str | None, impact: str
) -> None:
    """To a calendar as STATUS, and to a program as X-MAINTNOTE-STATUS; with all that MAINTNOTE wants."""
    (event,) = events(recorded(*given)).values()

    assert event.properties["STATUS"] == status
    assert event.properties.get("X-MAINTNOTE-STATUS") == maintnote
    assert event.properties["X-MAINTNOTE-IMPACT"] == impact
    assert event.text("X-MAINTNOTE-PROVIDER") == "alibabacloud.com"
    assert event.text("X-MAINTNOTE-ACCOUNT") == "1000000000000001"
    assert event.text("X-MAINTNOTE-OBJECT-ID") in event.text("SUMMARY")
    assert event.text("X-MAINTNOTE-MAINTENANCE-ID") == event.text("UID")
    assert event.properties["SEQUENCE"] == str(len(given))
    assert event.moment("DTSTART") < event.moment("DTEND")


def test_the_end_is_what_the_source_says_or_an_hour_that_says_so() -> None:
    """An announcement has a beginning alone; what was executed has both."""
    (announced,) = events(recorded((REBOOT, "Scheduled"))).values()
    (executed,) = events(recorded((REBOOT, "Scheduled"), (REBOOT, "Executed"))).values()

    assert announced.moment("DTSTART") == datetime(2026, 1, 3, tzinfo=timezone.utc)
    assert announced.moment("DTEND") == datetime(2026, 1, 3, 1, tzinfo=timezone.utc)
    assert "The end is assumed" in announced.text("DESCRIPTION")
    assert executed.moment("DTEND") == datetime(2026, 1, 1, 0, 1, tzinfo=timezone.utc)
    assert "assumed" not in executed.text("DESCRIPTION")


def test_an_event_changes_with_its_record_alone() -> None:
    """Neither time nor a resend changes a byte; a new transition changes the same event, and no other."""
    harness = PipelineHarness()
    moved, still = make_event(REBOOT, "Scheduled"), make_event(REBOOT, "Scheduled", seed="b")
    harness.process([moved, still])
    first = Visitor(harness.store).get("/calendar.ics").body
    before = events(Visitor(harness.store))

    harness.process([moved, still])
    assert Visitor(harness.store, NOW_MS + DAY_MS).get("/calendar.ics").body == first

    harness.process(make_event(REBOOT, "Avoided", now_ms=NOW_MS + 60_000))
    after = events(Visitor(harness.store))
    (changed,) = [uid for uid in before if before[uid] != after[uid]]
    assert after.keys() == before.keys()
    assert int(after[changed].properties["SEQUENCE"]) > int(before[changed].properties["SEQUENCE"])
    assert after[changed].moment("LAST-MODIFIED") > before[changed].moment("LAST-MODIFIED")
    assert after[changed].moment("DTSTART") == before[changed].moment("DTSTART")


def test_a_maintenance_that_is_moved_moves_its_event() -> None:
    """The same event at another time, with a higher number, so that readers order the two."""
    harness = PipelineHarness()
    harness.process(make_event(REBOOT, "Scheduled"))
    (before,) = events(Visitor(harness.store)).values()

    harness.process(make_event(REBOOT, "Scheduled", now_ms=NOW_MS + 60_000, notBefore="2026-01-02T00:00:00Z"))

    (after,) = events(Visitor(harness.store)).values()
    assert after.text("UID") == before.text("UID")
    assert after.moment("DTSTART") == datetime(2026, 1, 2, tzinfo=timezone.utc) < before.moment("DTSTART")
    assert int(after.properties["SEQUENCE"]) > int(before.properties["SEQUENCE"])


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ({}, ["Executed", "Executing", *THREE, "delete"]),
        ({"owner": "TEAM-web"}, ["Scheduled"]),
        ({"tag": "stage=live"}, ["Scheduled"]),
        ({"tag": "stage=dead"}, []),
        ({"severity": "critical"}, ["Executed", "Executing", *THREE]),
        ({"region": "nowhere"}, []),
        ({"kind": "preemptible-interruption"}, ["delete"]),
        ({"kind": "SystemMaintenance.Reboot"}, ["Executed", "Executing", *THREE]),
        ({"kind": "instance-state"}, []),
        ({"status": "executed"}, ["Executed"]),
        ({"within": "1"}, ["Executed", "Scheduled", "delete"]),
        ({"open": "1"}, ["Executing", *THREE, "delete"]),
        ({"overdue": "1"}, []),
    ],
)
def test_the_filter_is_that_of_the_pages(visitor: Visitor, query: dict[str, str], statuses: list[str]) -> None:
    """Each subscriber gets their own part."""
    found = [event.text("SUMMARY").rpartition("(")[2].strip(")") for event in events(visitor, **query).values()]

    assert sorted(found) == statuses


def test_names_and_drills_are_in_the_summary(visitor: Visitor) -> None:
    """People know a resource by its name; a drill says so, in the language that the address chooses."""
    (event,) = events(visitor, owner="team-web", lang="zh").values()

    assert re.fullmatch(r"\[演练\] Reboot for system maintenance: web-1 \(Scheduled\)", event.text("SUMMARY"))
    assert "负责人: team-web" in event.text("DESCRIPTION").splitlines()


def test_what_ended_leaves_the_feed_after_two_weeks(visitor: Visitor) -> None:
    """It ended five days ago."""
    for days, listed in ((8, True), (10, False)):
        later = Visitor(visitor.store, NOW_MS + days * DAY_MS)
        assert any("(Executed)" in event.text("SUMMARY") for event in events(later).values()) is listed


def test_a_feed_that_is_cut_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has what is due first."""
    monkeypatch.setattr(calendar_file, "MOST_OPEN", 2)
    body = visitor.get("/calendar.ics", {"open": "1"}).body

    assert len(read(body).parts) == 2
    assert "narrow the filter" in read(body).text("DESCRIPTION")
    assert (
        "DESCRIPTION" not in read(visitor.get("/calendar.ics", {"within": "1", "status": "Executing"}).body).properties
    )


@pytest.mark.parametrize("page", ["now", "week"])
def test_pages_link_to_the_feed_with_their_filter(visitor: Visitor, page: str) -> None:
    """“Subscribe” leads to the events of what the page shows."""
    shown = visitor.html(page, owner="team-web", lang="ja")
    (link,) = [one for one in shown.all("a") if one.attributes["href"].startswith("calendar.ics")]
    query = dict(parse_qsl(link.attributes["href"].partition("?")[2]))

    assert query == {"owner": "team-web", "lang": "ja"}
    assert len(events(visitor, **query)) == 1


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"severity": "bad"}, "severity should be one of"),
        ({"kind": "none"}, "none"),
        ({"within": "x"}, "within should be"),
    ],
)
def test_a_program_learns_what_is_wrong_with_its_filter(visitor: Visitor, query: dict[str, str], says: str) -> None:
    """As JSON: a calendar shows no page."""
    answer = visitor.get("/calendar.ics", query)

    assert answer.status == 400
    assert says in json.loads(answer.body)["error"]


@pytest.mark.parametrize("text", [*TEXTS, "\nBEGIN:VEVENT\r\nUID:x", "a,b;c\\n:d", "维护" * 80, "\x0b\x0c\x85\u2028x"])
def test_hostile_text_does_not_break_the_feed(text: str) -> None:
    """Whatever ids, names and the filter are, there is the same event, and its summary has the text."""
    store, _ = hostile(text)
    (event,) = read(Visitor(store).get("/calendar.ics").body).parts
    narrow = read(Visitor(store).get("/calendar.ics", {"owner": text}).body)

    assert plain(text) in event.text("SUMMARY")
    assert plain(text) in event.text("X-MAINTNOTE-OBJECT-ID")
    assert plain(text.strip()) in narrow.text("X-WR-CALNAME")


def plain(text: str) -> str:
    """What a reader gets for a text: its line ends are one, and what TEXT cannot have is U+FFFD."""
    refused = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
    return refused.sub("\ufffd", re.sub("\r\n?", "\n", text))


ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from('\r\n\t,;:\\"nN\x00\x85\u2028\ud800中é🎉')), max_size=300)


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_comes_back(one: str, other: str) -> None:
    """An independent reader gets back what was written, and no line is too long for it."""
    event = [("SUMMARY", icalendar.text(one)), ("DESCRIPTION", icalendar.text(other))]
    (found,) = read(icalendar.calendar([("NAME", icalendar.text(one))], [event])).parts

    assert found.text("SUMMARY") == plain(one)
    assert found.text("DESCRIPTION") == plain(other)


def test_ended_records_are_those_since_a_moment(visitor: Visitor) -> None:
    """It ended five days ago; what is open, or only notes a state, is not among them."""
    assert [record.kind for record in queries.ended(visitor.store, NOW_MS - 5 * DAY_MS)] == ["system-event"]
    assert list(queries.ended(visitor.store, NOW_MS - 5 * DAY_MS + 1)) == []
