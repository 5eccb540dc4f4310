"""What the reconciler found: its rounds, and the events on which ECS and what arrived do not agree."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.ledger.verdicts import VerdictKind, read_verdict
from opsledger.polling.cursor import Cursor, read_cursor
from opsledger.store import READ_ROWS
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import CURSORS, VERDICTS_BY_KIND, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_PREFIX = "ecs:"


class RegionRounds(NamedTuple):
    """Where the reconciler stands in one region."""

    region: str
    cursor: Cursor

    def to_json(self) -> JsonObject:
        """Return what `--json` prints."""
        cursor = self.cursor
        return {
            "region": self.region,
            "read_until": _shown(cursor.high_water),
            "round_began": _shown(cursor.round_began),
            "stage": cursor.stage,
            "waits_until": _shown(cursor.not_before),
            "rounds_given_up": cursor.given_up,
            "reason": cursor.reason,
        }


def rounds(store: Store) -> list[RegionRounds]:
    """Return where the reconciler stands in each region, by name."""
    named = ((unhashed(str(row.key.values[0])), row) for row in store.walk(CURSORS, ()))
    found = [RegionRounds(n.removeprefix(_PREFIX), read_cursor(row)) for n, row in named if n.startswith(_PREFIX)]
    return sorted(found, key=lambda each: each.region)


def report(store: Store, kinds: Sequence[VerdictKind], *, limit: int) -> Iterator[EventVerdict]:
    """Yield the verdicts of these kinds, newest first within a kind, at most `limit` of each."""
    for kind in MEANINGS:
        if kind in kinds:
            rows = walk_buckets(store, VERDICTS_BY_KIND, (kind.value,), reverse=True, page=lambda: READ_ROWS)
            keys = [row.key for row in islice(rows, limit)]
            for first in range(0, len(keys), READ_ROWS):
                batch = keys[first : first + READ_ROWS]
                found = store.read(batch)
                yield from (read_verdict(found[key]) for key in batch if key in found)


def to_json(verdict: EventVerdict) -> JsonObject:
    """Return what `--json` prints of a verdict."""
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


def _shown(moment: int | None) -> str | None:
    return None if moment is None else timestamps.show(moment)
