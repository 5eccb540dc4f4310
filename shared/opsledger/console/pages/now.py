"""*Now*: what is open, overdue first and then by the moment by which it should move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.console import filters
from opsledger.console.briefs import COLUMNS, briefs
from opsledger.console.totals_shown import filled_in
from opsledger.console.view import View
from opsledger.ledger import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.console.visit import Visit
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

HOURS: Final = {"day": 24, "week": 7 * 24}
GROUPS: Final = ("overdue", *HOURS, "later", "undated")
"""The groups of open records, in the order of the index."""


def show(visit: Visit, store: Store) -> View:
    """The open records, and how many there are of each group, as far as the page reaches."""
    found = filters.go_on(queries.open_records, store, visit)
    rows = [{**row, "group": group(row, visit.now_ms)} for row in briefs(store, found)]
    return View(
        {
            "at": timestamps.show(visit.now_ms),
            "filter": filters.asked(visit),
            "counts": None if visit.text("after") else _counts(visit, store, rows, ended=not found.after),
            "records": rows,
            "after": found.after or None,
            "rows_read": found.rows_read,
        },
        "records",
        ("group", "move_by", *COLUMNS),
    )


def group(row: JsonObject, now_ms: int) -> str:
    """One of `GROUPS`."""
    if row["overdue_since"] is not None:
        return "overdue"
    if row["move_by"] is None:
        return "undated"
    away = timestamps.parse_shown(str(row["move_by"])) - now_ms
    return next((name for name, hours in HOURS.items() if away < hours * filters.HOUR_MS), "later")


def _counts(visit: Visit, store: Store, rows: Sequence[JsonObject], *, ended: bool) -> JsonObject:
    """How many records are overdue, should move within a day or a week (the overdue ones included), and are open.

    A number is exact where the list goes on beyond the group, or ends. Without a filter, others are the sweeper's.
    """
    ranks = [GROUPS.index(str(row["group"])) for row in rows]
    last = ranks[-1] if ranks else 0
    counted: dict[str, JsonObject] = {
        name: {"count": sum(rank <= own for rank in ranks), "exact": ended or last > own}
        for own, name in enumerate(("overdue", *HOURS))
    }
    counted["open"] = {"count": len(rows), "exact": ended}
    return counted if filters.asked(visit) else filled_in(counted, store)
