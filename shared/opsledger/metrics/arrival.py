"""How long events take from publication to storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.ledger import enrichment
from opsledger.ledger.drills import drill_key
from opsledger.ledger.listing import Range, index_page
from opsledger.ledger.rows import read_records
from opsledger.store.tables import BY_KIND

if TYPE_CHECKING:
    from opsledger.ledger.record import Record
    from opsledger.store import Store

NEWEST: Final = 20
KINDS: Final = ("system-event", "instance-state", "container-group-state", "container-group-notice")
"""The kinds of records that arrive often enough to tell how fast; of ECS and of ECI."""


class Arrival(NamedTuple):
    """How many of the newest events of a kind say when they were published; their median and longest time, in ms."""

    events: int
    median: int
    longest: int


def measure(store: Store, kind: str) -> Arrival | None:
    """The times of the newest events of a kind, those of drills left out; None where none says."""
    newest = index_page(store, [Range(BY_KIND, (kind,), reverse=True)], NEWEST).rows
    records = list(read_records(store.read([row.key for row in newest])).values()) if newest else []
    drills = enrichment.read(store, [drill_key(record.key) for record in records]) if records else {}
    took = sorted(ms for record in records if drill_key(record.key) not in drills for ms in _took(record))
    return Arrival(len(took), took[len(took) // 2], took[-1]) if took else None


def _took(record: Record) -> list[int]:
    steps = record.transitions.values()
    return [step.received_at - step.sent_at for step in steps if step.received_at and step.sent_at]
