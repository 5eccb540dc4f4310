"""*Resource*: its whole life, across all kinds of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.console import filters
from opsledger.console.briefs import COLUMNS, briefs
from opsledger.console.view import View
from opsledger.console.web import not_found
from opsledger.ledger import queries, state
from opsledger.ledger.enrichment import enriched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsledger.console.visit import Visit
    from opsledger.ledger.record import Record
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

MOST_STEPS: Final = 100


def show(visit: Visit, store: Store) -> View:
    """The records of a resource, those that are open first, and their transitions in one order, newest first.

    Raises:
        PageError: nothing is recorded of it.
    """
    id_ = visit.needed("id")
    own = visit._replace(query={**visit.query, "resource": id_})
    listing = filters.go_on(queries.records, store, own)
    found = list(listing)
    if not found and visit.text("after") is None:
        raise not_found("Nothing is recorded of {id}.", id=id_)
    rows = sorted(briefs(store, found), key=_by_urgency)
    steps = _steps(found)
    about = next((known.resource for _, known in enriched(store, found[:1])), None)
    return View(
        {
            "resource_id": id_,
            "resource_types": sorted({f"{one.product} {one.resource_type}" for one in found}),
            "regions": sorted({one.region for one in found if one.region is not None}),
            "accounts": sorted({one.account for one in found if one.account is not None}),
            "about": None if about is None else about.to_json(),
            "records": rows,
            "steps": steps[:MOST_STEPS],
            "complete": len(steps) <= MOST_STEPS and not listing.after,
            "after": listing.after or None,
            "rows_read": listing.rows_read,
        },
        "records",
        COLUMNS,
    )


def _by_urgency(row: JsonObject) -> tuple[bool, str]:
    """What is open first, by the moment by which it should move; a text of digits sorts as its moment."""
    return (not row["is_open"], str(row["move_by"] or "~"))


def _steps(records: Iterable[Record]) -> Sequence[JsonObject]:
    """The transitions of all these records that have a moment, newest first."""
    whole = [state.to_json(record) for record in records if record.unknown() is None]
    steps = [
        {"record": one["record"], **{name: step[name] for name in ("at", "status", "type", "severity")}}
        for one in whole
        for step in one["transitions"]
        if step["at"] is not None
    ]
    return sorted(steps, key=lambda step: step["at"], reverse=True)
