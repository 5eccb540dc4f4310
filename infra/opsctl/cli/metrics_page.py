"""The page `docs/metrics.md`: the metrics, from their table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.metrics.arrival import NEWEST
from opsledger.metrics.counting import JUDGED, MOST_ROWS, MOST_VALUES, OTHER
from opsledger.metrics.families import COUNTED, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.metrics.families import Family


def page() -> str:
    """The page, below its header."""
    return "\n".join([*_introduction(), *_table(), *_bounds()]) + "\n"


def _introduction() -> Iterator[str]:
    yield "# Metrics\n"
    yield """\
What `/metrics` of [the console](console.md) has; [monitoring](monitoring.md) says how to read it. All are gauges.
Moments are in seconds since 1970, UTC. Records of drills are left out. *Counted* numbers are those of the sweeper's
last count, at `opsledger_counted_timestamp_seconds`; the others are read with each request.
"""


def _table() -> Iterator[str]:
    yield "| metric | labels | what it says | |\n|---|---|---|---|"
    yield from map(_line, FAMILIES)


def _line(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    return f"| `{family.full_name}` | {labels} | {family.meaning} | {'counted' if family in COUNTED else ''} |"


def _bounds() -> Iterator[str]:
    judged = ", ".join(f"`{kind.value}`" for kind in JUDGED)
    yield f"""
- No label has the id or name of a resource. A label has at most {MOST_VALUES} values; what is unknown or one too many
  is `{OTHER}`.
- A part of the count that stops after {MOST_ROWS:,} rows, fails, or has no time is 0 in `opsledger_count_complete`:
  then its numbers are lower bounds, or missing. Why one failed, a line `not counted` in the sweeper's log says.
- `statistic` is `median` or `longest`, of the newest {NEWEST} records of a kind. `verdict` is one of {judged}.
- `region` is missing where a function works for all regions, or where the event names none."""
