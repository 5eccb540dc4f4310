"""*Next 7 days*: what should move in the days to come, as a timeline with a lane for each resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.console import filters
from opsledger.console.briefs import COLUMNS, briefs
from opsledger.console.view import View
from opsledger.ledger import queries

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.ledger.listing import RecordListing
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

DAYS: Final = 7
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LANES: Final = {"resource": "resource_id", "owner": "owner", "region": "region", "kind": "kind"}
"""What a lane may stand for, and the field of a record that says which lane is its."""


def show(visit: Visit, store: Store) -> View:
    """The open records that should move within a week, in lanes; the overdue ones are at the beginning."""
    by = visit.choice("by", tuple(LANES)) or "resource"
    until = visit.now_ms + DAYS * DAY_MS

    def due(store: Store, *wanted: queries.Filter, **place: object) -> RecordListing:
        return queries.due(store, until, *wanted, **place)  # type: ignore[arg-type]  # as `go_on` gives them

    found = filters.go_on(due, store, visit)
    rows = [_placed(row, visit.now_ms, LANES[by]) for row in briefs(store, found)]
    return View(
        {
            "at": timestamps.show(visit.now_ms),
            "until": timestamps.show(until),
            "days": [timestamps.show(visit.now_ms + day * DAY_MS) for day in range(DAYS)],
            "by": by,
            "filter": filters.asked(visit),
            "records": rows,
            "after": found.after or None,
            "rows_read": found.rows_read,
        },
        "records",
        ("lane", "begins", "ends", *COLUMNS),
    )


def _placed(row: JsonObject, now_ms: int, lane: str) -> JsonObject:
    """A row with its lane, and when what it announces begins and ends, as far as that is known."""
    ends = str(row["move_by"] or timestamps.show(now_ms))
    begins = str(row["started_at"] or row["not_before"] or ends)
    return {**row, "lane": row[lane] or "", "begins": min(begins, ends), "ends": ends}
