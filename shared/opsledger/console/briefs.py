"""A record as a row of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import spreadsheet, timestamps
from opsledger.catalog import advice
from opsledger.ledger import state
from opsledger.ledger.enrichment import enriched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.ledger.enrichment import Enrichment
    from opsledger.ledger.record import Record
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

COLUMNS = (*spreadsheet.RECORD_COLUMNS, *spreadsheet.KNOWN_COLUMNS)
OWN = ("kind", "product", "resource_type", "resource_id", "region", "account")
"""What a record has without its transitions."""


def briefs(store: Store, records: Iterable[Record]) -> list[JsonObject]:
    """The rows of a list of records, with the names and owners of their resources as far as they are known."""
    return [brief(*one) for one in enriched(store, records)]


def brief(record: Record, known: Enrichment) -> JsonObject:
    """A record less its transitions; of one that another version wrote, what can be read, and what cannot."""
    own = {"name": known.name or None, "owner": known.owner or None, "drill": known.drill is not None}
    return {**_brief(record), **own}


def _brief(record: Record) -> JsonObject:
    if unknown := record.unknown():
        own = {name: getattr(record, name) for name in OWN}
        blank = dict.fromkeys((*COLUMNS, "title", "is_open", "move_by", "anomalies"))
        return {**blank, **own, "record": record.key, "unreadable": unknown}
    whole = state.to_json(record)
    summary = state.summarize(record)
    by = state.should_move_by(record, summary) if summary.is_open else None
    row = {name: whole[name] for name in ("product", *spreadsheet.RECORD_COLUMNS)}
    anomalies = list(dict.fromkeys(anomaly["anomaly"] for anomaly in whole["anomalies"]))
    return {
        **row,
        "title": advice.title(summary.type),
        "is_open": summary.is_open,
        "move_by": None if by is None else timestamps.show(by),
        "anomalies": anomalies,
        "unreadable": None,
    }
