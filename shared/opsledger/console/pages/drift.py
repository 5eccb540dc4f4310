"""*Drift*: what arrived that the catalogue does not know, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.console.view import View
from opsledger.ledger import drift

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.store import Store

DAYS: Final = 30
MOST_DAYS: Final = 3650
MOST_ROWS: Final = 2000
"""Refused payloads and rows of the ledger that a page looks at."""
DAY_MS: Final = 86_400_000
COLUMNS: Final = ("what", "type", "subject", "seen", "first", "last", "example", "todo")


def show(visit: Visit, store: Store) -> View:
    """What was found in the last days, in groups of one remedy."""
    days = visit.number("days", DAYS, MOST_DAYS)
    since = max(visit.now_ms - days * DAY_MS, timestamps.EARLIEST_MS)
    found = drift.look(store, since, MOST_ROWS)
    return View(
        {
            "days": days,
            "since": timestamps.show(since),
            "complete": found.complete,
            "remedies": drift.REMEDIES,
            "findings": [one.to_json() for one in found.findings],
        },
        "findings",
        COLUMNS,
    )
