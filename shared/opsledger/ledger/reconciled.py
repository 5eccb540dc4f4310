"""Read verdicts: those of one kind, and what each kind means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import timestamps
from opsledger.ledger.listing import Range, index_page
from opsledger.ledger.verdicts import VerdictKind, read_verdict
from opsledger.store import read_rows
from opsledger.store.tables import VERDICTS_BY_KIND

if TYPE_CHECKING:
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

MEANINGS = {
    VerdictKind.MISSED: "ECS named this step, and EventBridge did not deliver it in time",
    VerdictKind.DIFFERS: "ECS says another status than the record has",
    VerdictKind.UNKNOWN: "it arrived, and ECS does not know it",
    VerdictKind.LATE: "EventBridge delivered it after it had been missed",
    VerdictKind.REFUSED: "what ECS says of it is in quarantine",
    VerdictKind.WAITING: "EventBridge may still deliver it",
    VerdictKind.BEFORE: "it happened before the first round, so nobody knows whether a delivery was due",
    VerdictKind.AGREES: "ECS says the same as what arrived",
}
"""What each verdict means, in the order of the report."""


def page(store: Store, kind: VerdictKind, limit: int, after: str = "") -> tuple[list[EventVerdict], str]:
    """The verdicts of one kind, newest first; and where to go on.

    Raises:
        ValueError: `after` is not a place among them.
    """
    found = index_page(store, [Range(VERDICTS_BY_KIND, (kind.value,), reverse=True)], limit, after)
    return [read_verdict(row) for row in read_rows(store, (row.key for row in found.rows))], found.after


def to_json(verdict: EventVerdict) -> JsonObject:
    """A verdict for programs."""
    return {
        "record": verdict.record,
        "resource_id": verdict.resource_id,
        "region": verdict.region,
        "verdict": verdict.verdict.value,
        "since": timestamps.show(verdict.since),
        "status": verdict.status or None,
        "note": verdict.note or None,
        "steps": [
            {"status": step.status, "seen_at": timestamps.show(step.seen_at), "push_expected": step.expected}
            for step in verdict.steps
        ],
    }
