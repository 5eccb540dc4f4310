"""A record as a row of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import catalog, spreadsheet, timestamps
from opsledger.errors import UnknownTypeError
from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.ledger.record import Record
    from opsledger.strict_json import JsonObject

COLUMNS = spreadsheet.RECORD_COLUMNS
OWN = ("kind", "product", "resource_type", "resource_id", "region", "account")
"""What a record has without its transitions."""


def briefs(records: Iterable[Record]) -> list[JsonObject]:
    """The rows of a list of records."""
    return [brief(record) for record in records]


def brief(record: Record) -> JsonObject:
    """A record less its transitions; of one that another version wrote, what can be read, and what cannot."""
    if unknown := record.unknown():
        own = {name: getattr(record, name) for name in OWN}
        blank = dict.fromkeys((*COLUMNS, "title", "is_open", "move_by", "anomalies"))
        return {**blank, **own, "record": record.key, "unreadable": unknown}
    whole = state.to_json(record)
    summary = state.summarize(record)
    by = state.should_move_by(record, summary) if summary.is_open else None
    row = {name: whole[name] for name in ("product", *COLUMNS)}
    anomalies = list(dict.fromkeys(anomaly["anomaly"] for anomaly in whole["anomalies"]))
    return {
        **row,
        "title": title(summary.type),
        "is_open": summary.is_open,
        "move_by": None if by is None else timestamps.show(by),
        "anomalies": anomalies,
        "unreadable": None,
    }


def title(type_: str) -> str:
    """What an event type is called, in English; empty where the catalogue has no title."""
    try:
        return catalog.find(type_)[0].title
    except UnknownTypeError:
        return ""
