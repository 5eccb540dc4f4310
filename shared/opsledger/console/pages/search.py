"""*Search*: records by an id, or by a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.console import filters
from opsledger.console.briefs import COLUMNS, briefs
from opsledger.console.view import View
from opsledger.ledger import queries

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.ledger.record import Record
    from opsledger.store import Store


def show(visit: Visit, store: Store) -> View:
    """The records that an id means, or that a filter lets through."""
    name = visit.text("q")
    found = filters.listing(visit, store) if name is None else _Found(queries.find(store, name))
    return View(
        {
            "q": name,
            "filter": filters.asked(visit),
            "records": briefs(store, found),
            "after": found.after or None,
            "rows_read": found.rows_read,
        },
        "records",
        COLUMNS,
    )


class _Found(list["Record"]):
    """The records of one id: all of them, or the first `queries.MAX_FOUND`."""

    after = ""

    @property
    def rows_read(self) -> int:
        """How many rows of the table."""
        return len(self)
