"""*Record*: its transitions, anomalies, contents, what was sent of it, and what to do."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from opsledger import catalog, timestamps
from opsledger.catalog.advice import advice
from opsledger.console.briefs import brief
from opsledger.console.view import View
from opsledger.console.web import not_found
from opsledger.errors import UnknownTypeError
from opsledger.ledger import notes, queries, state
from opsledger.ledger.enrichment import enriched
from opsledger.notify import listing

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.ledger.record import Record
    from opsledger.store import Row, Store
    from opsledger.strict_json import JsonObject

MOST_CONTENTS: Final = 20
MOST_LEDGER_ROWS: Final = 200
"""The ledger's rows of a resource that are looked through for those of one record, newest first."""
MOST_DELIVERIES: Final = 50
MOST_NOTES: Final = 100
COLUMNS: Final = (
    *(
        "status",
        "at",
        "due",
        "not_before",
        "started_at",
        "finished_at",
        "last_at",
        "severity",
        "count",
        "episode",
        "type",
    ),
)


def show(visit: Visit, store: Store) -> View:
    """One record.

    Raises:
        PageError: there is none with that key.
    """
    key = visit.needed("id")
    found = queries.by_key(store, key)
    if found is None:
        raise not_found("There is no record {key}. Search for the id of its event or resource.", key=key)
    ((_, known),) = enriched(store, [found])
    row = brief(found, known)
    whole = {} if row["unreadable"] else state.to_json(found)
    data = {
        **row,
        **whole,
        "at": timestamps.show(visit.now_ms),
        "advice": None if row["unreadable"] else _advice(str(row["type"]), visit.language),
        "drill": None if known.drill is None else known.drill.to_json(),
        "about": None if known.resource is None else known.resource.to_json(),
        "notes": [note.to_json() for note in notes.newest(store, key, MOST_NOTES)],
        "contents": _contents(store, found),
        "deliveries": [listing.to_json(one) for one in islice(listing.of_subject(store, key), MOST_DELIVERIES)],
    }
    return View({**data, "transitions": whole.get("transitions", [])}, "transitions", COLUMNS)


def _advice(type_: str, language: str) -> JsonObject | None:
    """What the event means and what to do; None where the catalogue has no advice."""
    try:
        spec, _ = catalog.find(type_)
        said = advice(spec.kind.product, spec.advice_key, language)
    except (UnknownTypeError, ValueError):
        return None
    source = f"https://{spec.source.url}" if spec.source.url else None
    return {"means": said.means, "do": said.do, "heals": said.heals, "heals_why": said.heals_why, "source": source}


def _contents(store: Store, record: Record) -> JsonObject:
    """The contents as received, newest first, as far as they are near the end of the resource's rows."""
    looked = list(islice(queries.ledger_backwards(store, record.partition), MOST_LEDGER_ROWS))
    own = [row for row in looked if row.columns["record"] == record.key]
    complete = len(looked) < MOST_LEDGER_ROWS and len(own) <= MOST_CONTENTS
    return {"complete": complete, "rows": [_content(row) for row in own[:MOST_CONTENTS]]}


_TEXTS = ("type", "status", "form", "envelope_id", "source", "request_id", "content")


def _content(row: Row) -> dict[str, Any]:
    columns = row.columns
    texts = {name: str(columns[name]) if name in columns else None for name in _TEXTS}
    return {"received": timestamps.show(int(columns["received"])), **texts}
