"""What the reconciler found: its rounds, and the events on which ECS and what arrived do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.ledger import reconciled
from opsledger.polling.cursor import Cursor, read_cursor
from opsledger.store.tables import CURSORS, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.ledger.verdicts import EventVerdict, VerdictKind
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

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
    for kind in reconciled.MEANINGS:
        if kind in kinds:
            yield from reconciled.page(store, kind, limit)[0]


def _shown(moment: int | None) -> str | None:
    return None if moment is None else timestamps.show(moment)
