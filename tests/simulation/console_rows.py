"""What each page and file of the console reads; a part of `rows_read`.

The tables that `rows_read` fills have no refusals, deliveries and verdicts: `fill_beside` adds more of each than a page
shows. It adds no names of resources: one that is known is one more row for each record shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.conftest import NOW_MS, FakeClock, PipelineHarness

from opsledger.console import calendar_file
from opsledger.console.pages import drift, record
from opsledger.console.pages.health import MOST_COUNTED
from opsledger.console.respond import respond
from opsledger.console.routes import FILES, PAGES
from opsledger.console.web import WebRequest
from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.listing import MAX_ROWS_READ
from opsledger.ledger.verdicts import EventVerdict, VerdictChange, VerdictKind
from opsledger.metrics import arrival, sources
from opsledger.notify.deliveries import PlanDelivery, planned
from opsledger.notify.plan import Intent, Stage, StageKind
from opsledger.store import READ_ROWS
from opsledger.store.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.store import Store

BESIDE: Final = 300
"""How many refusals, deliveries and verdicts there are."""


class ConsoleQuery(NamedTuple):
    """One address of the console.

    Attributes:
        path: the name of the page or file; query: what follows it.
        shows: the list in its JSON whose rows are counted; empty for events of a calendar, or for one thing alone.
        through: the index or table that it reads.
        reads: how many rows it may read, in words; most: the same as a number, of what is shown.
    """

    path: str
    query: str
    shows: str
    through: str
    reads: str
    most: Callable[[int], int]


class GivenVerdict(VerdictChange):
    """A verdict is stored, whatever there was."""

    def __init__(self, verdict: EventVerdict) -> None:
        super().__init__(verdict.record)
        self._verdict = verdict

    def decide(self, stored: EventVerdict | None) -> EventVerdict:  # noqa: ARG002 - whatever there was
        """The verdict."""
        return self._verdict


def fill_beside(store: Store) -> None:
    """Add what the pages show beside records."""
    deadline = Deadline(FakeClock(), 1e6)
    harness = PipelineHarness(store)
    for first in range(0, BESIDE, 100):
        harness.process([{"no event": number} for number in range(first, first + 100)])
    stage = Stage(StageKind.STEP, "Scheduled", NOW_MS, "critical")
    intents = [Intent(f"i{number}", "record", stage, "ops", NOW_MS, "group") for number in range(BESIDE)]
    commit(store, [PlanDelivery(planned(one, NOW_MS, muted=False)) for one in intents], deadline, "fill")
    verdicts = [
        EventVerdict(f"ecs:event:v{number}", "cn-hangzhou", f"i-{number}", VerdictKind.MISSED, NOW_MS, "Executing", "d")
        for number in range(BESIDE)
    ]
    commit(store, [GivenVerdict(one) for one in verdicts], deadline, "fill")


INDEXED: Final = f"{len(BUCKETS)} + 2 × shown"
FILTERED: Final = f"at most {MAX_ROWS_READ:,} are used; of the pages read, half as many again may not be"


def _indexed(shown: int) -> int:
    return len(BUCKETS) + 2 * shown


def _with_totals(shown: int) -> int:
    return _indexed(shown) + 1


def _filtered(_shown: int) -> int:
    return MAX_ROWS_READ * 3 // 2 + READ_ROWS


def queries(event: str, resource: str) -> list[ConsoleQuery]:
    """An address of each page and file.

    Args:
        event: the key of a record, and resource: the id of a resource.
    """
    records, deliveries = "records", record.MOST_DELIVERIES
    of_record = 3 + record.MOST_LEDGER_ROWS + 2 * deliveries
    looked = 6 * drift.MOST_ROWS + 10 * len(BUCKETS) + 2 * READ_ROWS
    counted = 5 * (MOST_COUNTED + 2 * len(BUCKETS)) + 2 * arrival.NEWEST * len(arrival.KINDS) + sources.MOST + 1
    return [
        ConsoleQuery("now", "", records, "open", f"{INDEXED}, and the totals", _with_totals),
        ConsoleQuery("now", "limit=200", records, "open", f"{INDEXED}, and the totals", _with_totals),
        ConsoleQuery("week", "", records, "open", INDEXED, _indexed),
        ConsoleQuery("search", "status=Scheduled", records, "by_status", INDEXED, _indexed),
        ConsoleQuery("search", "kind=system-event", records, "by_kind", INDEXED, _indexed),
        ConsoleQuery("search", "open=1", records, "open", INDEXED, _indexed),
        ConsoleQuery("search", "overdue=1", records, "open", INDEXED, _indexed),
        ConsoleQuery("search", "within=72", records, "open", INDEXED, _indexed),
        ConsoleQuery("search", "owner=nobody", records, "by_kind, filtered", FILTERED, _filtered),
        ConsoleQuery("search", f"q={resource}", records, "records, by_resource", "3 × shown", lambda shown: 3 * shown),
        ConsoleQuery("resource", f"id={resource}", records, "by_resource", "2 × shown", lambda shown: 2 * shown),
        ConsoleQuery(
            "record",
            f"id={event}",
            "transitions",
            "records, ledger, deliveries",
            f"the record, its name and mark, {record.MOST_LEDGER_ROWS} rows of the ledger, {deliveries} deliveries",
            lambda _shown: of_record,
        ),
        ConsoleQuery("quarantine", "", "entries", "by_reason", f"{INDEXED}, for each reason", _indexed),
        ConsoleQuery("deliveries", "state=pending", "deliveries", "deliveries_by_state", INDEXED, _indexed),
        ConsoleQuery("reconcile", "verdict=missed", "events", "verdicts_by_kind", INDEXED, _indexed),
        ConsoleQuery(
            "drift",
            "",
            "findings",
            "by_kind, ledger, by_reason",
            f"of {drift.MOST_ROWS:,} refusals and rows of the ledger that are looked at, at most 3 for each",
            lambda _shown: looked,
        ),
        ConsoleQuery(
            "health",
            "",
            "arrival",
            "open, by_kind, deliveries_by_state, …",
            f"{MOST_COUNTED} of each number, {arrival.NEWEST} records of each kind, {sources.MOST} sources",
            lambda _shown: counted,
        ),
        ConsoleQuery(calendar_file.NAME, "open=1", "", "open", INDEXED, _indexed),
        ConsoleQuery(
            calendar_file.NAME,
            "",
            "",
            "open, by_status",
            f"{INDEXED}, and {len(BUCKETS)} for each status that ends a record, and {READ_ROWS}",
            lambda shown: _indexed(shown) + 10 * len(BUCKETS) + READ_ROWS,
        ),
        ConsoleQuery(calendar_file.NAME, "open=1&region=mars", "", "open, filtered", FILTERED, _filtered),
        ConsoleQuery("metrics", "", "", "cursors", "the totals, each source", lambda _shown: 1 + sources.MOST),
    ]


NOT_LISTED: Final = frozenset({"payload"})
"""Pages that read one entry alone."""


def check_complete(asked: list[ConsoleQuery]) -> None:
    """Every page and file has an address here."""
    assert {one.path for one in asked} == (PAGES.keys() - NOT_LISTED) | FILES.keys()


def run(store: Store, asked: ConsoleQuery) -> int:
    """Ask for an address; how many rows it shows."""
    query = dict(part.split("=", 1) for part in asked.query.split("&") if part)
    path = f"/{asked.path}.json" if asked.path in PAGES else f"/{asked.path}"
    answer = respond(WebRequest(path, query, {}, NOW_MS), store)
    assert answer.status == 200, answer.body.decode()
    if asked.path == calendar_file.NAME:
        return answer.body.count(b"BEGIN:VEVENT")
    if not asked.shows:
        return 1
    data: Any = json.loads(answer.body)
    return len(data[asked.shows])
