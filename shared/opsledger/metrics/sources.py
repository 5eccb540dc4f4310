"""When each function that a timer calls was last through, by what it notes among the cursors."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.metrics.redrives import REDRIVEN_AT, LastRedrive, read_redrive
from opsledger.store.tables import CURSORS, unhashed

if TYPE_CHECKING:
    from opsledger.store import Row, Store

MOST: Final = 200
"""Rows of the table `cursors` that are read: it has some for each region, and a few more."""
FUNCTIONS: Final = {"eci": "eci_poller", "ecs": "ecs_reconciler", "sweep": "sweeper", "redrive": "redriver"}
"""Whose cursor it is, by the first part of its name."""
_HEARD: Final = ("swept_at", "high_water", REDRIVEN_AT)


class LastRound(NamedTuple):
    """One function in one region.

    Attributes:
        name: that of its cursor, such as `eci:cn-hangzhou`.
        heard_at: when the last round that was finished began, in ms.
        failures: how many invocations failed in a row.
        given_up: how many rounds in a row were given up.
        reason: why; None where nothing failed.
    """

    name: str
    heard_at: int
    failures: int = 0
    given_up: int = 0
    reason: str | None = None

    @property
    def function(self) -> str:
        """The function's name."""
        own = self.name.partition(":")[0]
        return FUNCTIONS.get(own, own)

    @property
    def region(self) -> str:
        """An empty text where the function works for all regions."""
        return self.name.partition(":")[2]


class Heard(NamedTuple):
    """What the functions noted: each that was through at least once, and what the last redrive found."""

    sources: list[LastRound]
    redrive: LastRedrive | None = None


def read(store: Store) -> Heard:
    """What the functions noted, with one read of a small table."""
    rows = list(islice(store.walk(CURSORS, [], page=lambda: MOST), MOST))
    redriven = next((read_redrive(row) for row in rows if REDRIVEN_AT in row.columns), None)
    return Heard([_source(row) for row in rows if any(name in row.columns for name in _HEARD)], redriven)


def _source(row: Row) -> LastRound:
    columns = row.columns
    return LastRound(
        unhashed(str(row.key.values[0])),
        max(int(columns[name]) for name in _HEARD if name in columns),
        int(columns.get("failures", 0)),
        int(columns.get("given_up", 0)),
        str(columns["reason"]) if "reason" in columns else None,
    )
