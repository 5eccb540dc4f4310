"""*Health*: when each source was last heard, how fast events arrive, and what waits."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from opsledger import timestamps
from opsledger.console.view import View
from opsledger.ledger import queries, refused
from opsledger.ledger.listing import Range, index_page
from opsledger.notify.deliveries import PENDING
from opsledger.store import READ_ROWS
from opsledger.store.tables import BY_KIND, CURSORS, DELIVERIES_BY_STATE, NOTIFY, OPEN, unhashed

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.ledger.record import Record
    from opsledger.store import Row, Store
    from opsledger.strict_json import JsonObject

MOST_SOURCES: Final = 200
MOST_COUNTED: Final = READ_ROWS
"""A number of rows above this is given as so many and more."""
NEWEST: Final = 20
TIMED: Final = ("system-event", "instance-state", "container-group-state", "container-group-notice")
"""The kinds of records that arrive often enough to tell how fast; of ECS and of ECI."""
TENTHS_BELOW_MS: Final = 10_000
SILENT_MS: Final = 3_600_000
"""A poller runs every five minutes, a sweeper every ten."""
COLUMNS: Final = ("source", "heard_at", "silent", "failures", "given_up", "reason")
_HEARD: Final = ("swept_at", "high_water")


def show(visit: Visit, store: Store) -> View:
    """The sources, the times from publication to storage, and what waits."""
    rows = islice(store.walk(CURSORS, [], page=lambda: MOST_SOURCES), MOST_SOURCES)
    sources = [_source(row, visit.now_ms) for row in rows if any(name in row.columns for name in _HEARD)]
    timed = [found for kind in TIMED if (found := _times(store, kind)) is not None]
    return View(
        {
            "at": timestamps.show(visit.now_ms),
            "sources": sources,
            "arrival": timed,
            "waiting": _waiting(store, visit.now_ms),
        },
        "sources",
        COLUMNS,
    )


def _source(row: Row, now_ms: int) -> JsonObject:
    columns = row.columns
    heard = max(int(columns[name]) for name in _HEARD if name in columns)
    numbers = {name: int(columns.get(name, 0)) for name in ("failures", "given_up")}
    return {
        "source": unhashed(str(row.key.values[0])),
        "heard_at": timestamps.show(heard),
        "silent": now_ms - heard > SILENT_MS,
        **numbers,
        "reason": str(columns["reason"]) if "reason" in columns else None,
    }


def _times(store: Store, kind: str) -> JsonObject | None:
    """How long the newest events of a kind took from publication to storage, in seconds; None where none says."""
    newest = index_page(store, [Range(BY_KIND, (kind,), reverse=True)], NEWEST).rows
    took = sorted(ms for record in queries.fetch(store, (row.key for row in newest)) for ms in _took(record))
    if not took:
        return None
    return {
        "kind": kind,
        "events": len(took),
        "median_s": _seconds(took[len(took) // 2]),
        "longest_s": _seconds(took[-1]),
    }


def _seconds(ms: int) -> float | int:
    """Tenths only where they matter."""
    return round(ms / 1000, 1) if ms < TENTHS_BELOW_MS else round(ms / 1000)


def _took(record: Record) -> list[int]:
    steps = record.transitions.values()
    return [step.received_at - step.sent_at for step in steps if step.received_at and step.sent_at]


def _waiting(store: Store, now_ms: int) -> JsonObject:
    """How many rows of each kind wait, as far as they are counted."""
    until = (now_ms + 1,)
    return {
        "overdue": _count(store, Range(OPEN, end=(0,))),
        "pending": _count(store, Range(DELIVERIES_BY_STATE, (PENDING,), reverse=True)),
        "quarantine": _count(store, *refused.waiting(None)),
        "sweep": _count(store, Range(OPEN, start=(0,), end=until)),
        "plan": _count(store, Range(NOTIFY, end=until)),
    }


def _count(store: Store, *ranges: Range) -> JsonObject:
    found = index_page(store, ranges, MOST_COUNTED)
    return {"count": len(found.rows), "exact": not found.after}
