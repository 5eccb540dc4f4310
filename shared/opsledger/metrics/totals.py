"""The totals: what the sweeper counted last, kept in one row, so that showing a number needs no counting.

The row is among the cursors. It is replaced with every count: a number is never added up, so a repeated or a lost count
does no harm.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import strict_json
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.store import Row, Store, Value
    from opsledger.strict_json import JsonValue

Series = dict[tuple[str, ...], float]
"""A metric's numbers by the values of its labels."""
KEY: Final = Key(CURSORS, (hashed("totals"),))
AT_ONCE_MS: Final = 3_600_000
"""Two rounds that ran at once began less than this apart: they take a few minutes."""


class Totals(NamedTuple):
    """One count.

    Attributes:
        counted_at: when it began, in ms.
        series: the numbers of each metric, by the metric's name without `opsledger_`.
        complete: for each part of the count whether it is whole; if not, its numbers are lower bounds, or missing.
    """

    counted_at: int
    series: Mapping[str, Series] = MappingProxyType({})
    complete: Mapping[str, bool] = MappingProxyType({})

    def total(self, metric: str) -> int:
        """The sum of a metric's numbers."""
        return round(sum(self.series.get(metric, {}).values()))


def read(store: Store) -> Totals | None:
    """What was counted last; None where nothing was."""
    row = store.read([KEY]).get(KEY)
    return None if row is None else _decode(row)


class NoteTotals(Change[Totals]):
    """A count replaces an older one."""

    key = KEY

    def __init__(self, totals: Totals) -> None:
        self._totals = totals

    def decode(self, row: Row) -> Totals:
        """The count in the row."""
        return _decode(row)

    def encode(self, stored: Totals) -> Mapping[str, Value]:
        """The columns of the row; none has a name by which `sources` takes a row for that of a function."""
        series: dict[str, JsonValue] = {
            name: [[list(labels), number] for labels, number in own.items()] for name, own in stored.series.items()
        }
        return {
            "schema": codec.SCHEMA,
            "counted_at": stored.counted_at,
            "series": strict_json.write(series),
            "complete": strict_json.write(dict(stored.complete)),
        }

    def decide(self, stored: Totals | None) -> Totals:
        """The newer count of two that ran at once."""
        return stored if stored is not None and is_newer(stored.counted_at, self._totals.counted_at) else self._totals


def is_newer(stored_ms: int, own_ms: int) -> bool:
    """Whether a stored round is kept, because it began after one's own.

    One that seems to have begun much later was noted by a clock that was wrong. Kept, it would hide all that comes.
    """
    return 0 < stored_ms - own_ms < AT_ONCE_MS


def _decode(row: Row) -> Totals:
    series, complete = (_object(row, name) for name in ("series", "complete"))
    return Totals(
        int(row.columns["counted_at"]),
        {name: _series(own) for name, own in series.items()},
        {name: value is True for name, value in complete.items()},
    )


def _object(row: Row, column: str) -> dict[str, JsonValue]:
    found = strict_json.read(str(row.columns.get(column, "{}")))
    return found if isinstance(found, dict) else {}


def _series(found: JsonValue) -> Series:
    """The numbers of one metric; what has another form is left out, because another version may have written it."""
    own: Series = {}
    for pair in found if isinstance(found, list) else ():
        match pair:
            case [[*labels], int() | float() as number] if not isinstance(number, bool):
                own[tuple(map(str, labels))] = number
    return own
