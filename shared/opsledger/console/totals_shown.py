"""Numbers on pages: those that a page counted to their end, else the sweeper's last count with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.metrics import totals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.metrics.totals import Totals
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

COUNTED: Final = {
    "overdue": ("overdue_records", "open"),
    "open": ("open_records", "open"),
    "quarantine": ("quarantined_payloads", "quarantine"),
}
"""The metric of a number, and the part of the count that has to be whole."""


def filled_in(numbers: Mapping[str, JsonObject], store: Store) -> dict[str, JsonObject]:
    """The numbers, those that are lower bounds replaced by the totals, as far as there are any.

    Each has `count` and `exact`; one of the totals also has `counted_at`. The totals leave drills out.
    """
    if all(number["exact"] for name, number in numbers.items() if name in COUNTED):
        return dict(numbers)
    kept = totals.read(store)
    return {name: number if kept is None else _one(name, number, kept) for name, number in numbers.items()}


def _one(name: str, number: JsonObject, kept: Totals) -> JsonObject:
    metric, part = COUNTED.get(name, ("", ""))
    total = kept.total(metric)
    if number["exact"] or not kept.complete.get(part) or total < int(str(number["count"])):
        return number
    return {"count": total, "exact": True, "counted_at": timestamps.show(kept.counted_at)}
