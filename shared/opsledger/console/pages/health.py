"""*Health*: when each source was last heard, how fast events arrive, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.console.totals_shown import filled_in
from opsledger.console.view import View
from opsledger.ledger import refused
from opsledger.ledger.listing import Range, index_page
from opsledger.metrics import arrival, sources
from opsledger.notify.deliveries import PENDING
from opsledger.store import READ_ROWS
from opsledger.store.tables import DELIVERIES_BY_STATE, NOTIFY, OPEN

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.metrics.sources import LastRound
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

MOST_COUNTED: Final = READ_ROWS
"""A number of rows above this is given as so many and more."""
TENTHS_BELOW_MS: Final = 10_000
SILENT_MS: Final = 3_600_000
"""A poller runs every five minutes, a sweeper every ten."""
COLUMNS: Final = ("source", "heard_at", "silent", "failures", "given_up", "reason")


def show(visit: Visit, store: Store) -> View:
    """The sources, the times from publication to storage, and what waits."""
    heard = [_source(one, visit.now_ms) for one in sources.read(store).sources]
    timed = [found for kind in arrival.KINDS if (found := _times(store, kind)) is not None]
    return View(
        {
            "at": timestamps.show(visit.now_ms),
            "sources": heard,
            "arrival": timed,
            "waiting": _waiting(store, visit.now_ms),
        },
        "sources",
        COLUMNS,
    )


def _source(source: LastRound, now_ms: int) -> JsonObject:
    return {
        "source": source.name,
        "heard_at": timestamps.show(source.heard_at),
        "silent": now_ms - source.heard_at > SILENT_MS,
        "failures": source.failures,
        "given_up": source.given_up,
        "reason": source.reason,
    }


def _times(store: Store, kind: str) -> JsonObject | None:
    """How long the newest events of a kind took from publication to storage, in seconds; None where none says."""
    took = arrival.measure(store, kind)
    if took is None:
        return None
    return {
        "kind": kind,
        "events": took.events,
        "median_s": _seconds(took.median),
        "longest_s": _seconds(took.longest),
    }


def _seconds(ms: int) -> float | int:
    """Tenths only where they matter."""
    return round(ms / 1000, 1) if ms < TENTHS_BELOW_MS else round(ms / 1000)


def _waiting(store: Store, now_ms: int) -> JsonObject:
    """How many rows of each kind wait, as far as they are counted, here or by the sweeper."""
    until = (now_ms + 1,)
    counted = {
        "overdue": _count(store, Range(OPEN, end=(0,))),
        "pending": _count(store, Range(DELIVERIES_BY_STATE, (PENDING,), reverse=True)),
        "quarantine": _count(store, *refused.waiting(None)),
        "sweep": _count(store, Range(OPEN, start=(0,), end=until)),
        "plan": _count(store, Range(NOTIFY, end=until)),
    }
    return filled_in(counted, store)


def _count(store: Store, *ranges: Range) -> JsonObject:
    found = index_page(store, ranges, MOST_COUNTED)
    return {"count": len(found.rows), "exact": not found.after}
