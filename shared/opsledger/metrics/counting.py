"""Count what is open, waits or went wrong, for the totals; the sweeper does it once a sweep, after its work.

Each part of the count stops after `MOST_ROWS` rows. A part that stops there, that fails, or for which there is no time
is marked as not whole; the others are counted all the same, and the sweep's own work is never held up or undone.
Records of drills are left out everywhere. A label never has more than `MOST_VALUES` values: what comes from outside,
such as a region, could otherwise have any number.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsledger import catalog
from opsledger.catalog.transition import SEVERITIES
from opsledger.errors import WorldFailedError
from opsledger.ledger import enrichment, refused
from opsledger.ledger.drills import drill_key
from opsledger.ledger.listing import Range
from opsledger.ledger.verdicts import VerdictKind
from opsledger.metrics import arrival
from opsledger.metrics.families import WINDOW_HOURS
from opsledger.metrics.totals import Totals
from opsledger.store import READ_ROWS, read_rows
from opsledger.store.tables import DELIVERIES_BY_STATE, DELIVERIES_DUE, NOTIFY, OPEN, VERDICTS_BY_KIND, unhashed
from opsledger.variables import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from opsledger.deadline import Deadline
    from opsledger.metrics.totals import Series
    from opsledger.store import Row, Store
    from opsledger.store.tables import Index

MOST_ROWS: Final = 10_000
"""Rows of an index that one part of a count looks at."""
PAGE_ROWS: Final = 100
"""Rows of one page of a bucket. A count looks at all, so it does not begin with a page of one row, as a list does."""
MOST_VALUES: Final = 50
OTHER: Final = "other"
RESERVE_S: Final = 10.0
"""No part is begun with less time than this."""
WINDOW_MS: Final = WINDOW_HOURS * 3_600_000
FINAL_STATES: Final = ("sent", "refused", "given up")
"""What can become of a message that is not dropped on purpose, as `notify.deliveries` names it. The sweeper does not
load that: its layer has nothing of what the notifier alone needs."""
JUDGED: Final = (VerdictKind.MISSED, VerdictKind.LATE, VerdictKind.DIFFERS, VerdictKind.UNKNOWN)
"""The verdicts that are counted: those that say that something was wrong."""

Found = dict[str, Counter[tuple[str, ...]]]


class Counted(NamedTuple):
    """One count, and why parts of it failed, by part."""

    totals: Totals
    failures: dict[str, str]


def count(store: Store, deadline: Deadline) -> Counted:
    """Count everything once."""
    counting = _Counting(store, deadline)
    series: dict[str, Series] = {}
    complete: dict[str, bool] = {}
    failures: dict[str, str] = {}
    for part, of in _PARTS.items():
        if not counting.begin():
            complete[part], failures[part] = False, "no time was left"
            continue
        try:
            series.update(of(counting))
            complete[part] = not counting.cut
        except WorldFailedError as error:
            complete[part], failures[part] = False, f"{type(error).__name__}: {error}"
    return Counted(Totals(counting.now_ms, series, complete), failures)


class _Counting:
    """One count.

    Attributes:
        cut: whether the part in progress stopped at its limit.
    """

    def __init__(self, store: Store, deadline: Deadline) -> None:
        self.now_ms = deadline.clock.now_ms()
        self.cut = False
        self._store, self._deadline = store, deadline
        self._label = _Labels()

    def begin(self) -> bool:
        """Begin a part; False where there is no time for it."""
        self.cut = False
        return self._deadline.remaining() >= RESERVE_S

    def open_records(self) -> Found:
        """What is open, and what of it is overdue."""
        found: Found = {"open_records": Counter(), "overdue_records": Counter()}
        for row in self._rows(Range(OPEN)):
            if "move_by" not in row.columns:
                continue  # it ended after the index was read
            labels = self._label.of_record(row)
            found["open_records"][labels] += 1
            if "overdue_since" in row.columns:
                kind, _, severity, region = labels
                found["overdue_records"][kind, severity, region] += 1
        return found

    def quarantine(self) -> Found:
        """What is refused and waits."""
        rows = self._walk(*refused.waiting(None))
        return {"quarantined_payloads": Counter((self._label.reason(row),) for row in rows)}

    def unplanned(self) -> Found:
        """What the notifier should have seen by now."""
        rows = self._walk(Range(NOTIFY, end=(self.now_ms + 1,)))
        own = sum(1 for _ in self._without_drills(rows))
        return {"unplanned_notices": Counter({(): own})}

    def undelivered(self) -> Found:
        """What should have been sent by now."""
        rows = self._rows(Range(DELIVERIES_DUE, end=(self.now_ms + 1,)))
        due = (row for row in rows if "due_at" in row.columns)  # the others were sent after the index was read
        return {"undelivered_notices": Counter((self._label.of(row, "channel"),) for row in due)}

    def delivered(self) -> Found:
        """What became of the messages of the last day."""
        found: Counter[tuple[str, ...]] = Counter()
        for state in FINAL_STATES:
            for row in self._rows(self._lately(DELIVERIES_BY_STATE, state)):
                found[self._label.of(row, "channel"), state] += 1
        return {"deliveries": found}

    def verdicts(self) -> Found:
        """What was judged in the last day."""
        found: Counter[tuple[str, ...]] = Counter()
        for kind in JUDGED:
            for row in self._rows(self._lately(VERDICTS_BY_KIND, kind.value)):
                found[kind.value, self._label.region(row)] += 1
        return {"verdicts": found}

    def arrival(self) -> dict[str, Series]:
        """How long the newest events took."""
        found: Series = {}
        for kind in arrival.KINDS:
            took = self._deadline.retry(partial(arrival.measure, self._store, kind))
            if took is not None:
                found[kind, "median"], found[kind, "longest"] = took.median / 1000, took.longest / 1000
        return {"arrival_seconds": found}

    def _lately(self, index: Index, value: str) -> Range:
        """The rows of the last day under a value of an index, newest first."""
        return Range(index, (value,), reverse=True, end=(self.now_ms - WINDOW_MS,))

    def _rows(self, range_: Range) -> Iterator[Row]:
        """The rows of a table behind those of an index, less those of drills."""
        keys = dict.fromkeys(row.key for row in self._walk(range_))
        return self._without_drills(read_rows(self._store, keys, self._deadline))

    def _walk(self, *ranges: Range) -> list[Row]:
        """The rows of an index, as many as a part looks at."""

        def read() -> list[Row]:
            rows = chain.from_iterable(one.rows(self._store, (), lambda: PAGE_ROWS) for one in ranges)
            return list(islice(rows, MOST_ROWS + 1))

        found = self._deadline.retry(read)
        self.cut = self.cut or len(found) > MOST_ROWS
        return found[:MOST_ROWS]

    def _without_drills(self, rows: Iterable[Row]) -> Iterator[Row]:
        rest = iter(rows)
        while batch := list(islice(rest, READ_ROWS)):
            keys = [drill_key(str(row.columns.get("subject") or unhashed(str(row.key.values[0])))) for row in batch]
            drills = enrichment.read_all(self._store, keys, self._deadline)
            yield from (row for key, row in zip(keys, batch, strict=True) if key not in drills)


_PARTS: Final[dict[str, Callable[[_Counting], dict[str, Any]]]] = {
    "open": _Counting.open_records,
    "quarantine": _Counting.quarantine,
    "unplanned": _Counting.unplanned,
    "undelivered": _Counting.undelivered,
    "deliveries": _Counting.delivered,
    "verdicts": _Counting.verdicts,
    "arrival": _Counting.arrival,
}
"""The parts of a count by their names, which the metric `count_complete` has."""


class _Labels:
    """The values of labels: what is not known, or is one too many, is `OTHER`."""

    def __init__(self) -> None:
        kinds = catalog.kinds()
        self._known = {
            "kind": frozenset(kinds),
            "status": frozenset(status for kind in kinds.values() for status in kind.lifecycle.moves),
            "severity": frozenset(SEVERITIES),
            "reason": frozenset(refused.REASONS),
        }
        self._seen: dict[str, set[str]] = defaultdict(set)

    def of_record(self, row: Row) -> tuple[str, str, str, str]:
        """The kind, status, severity and region of a record's row."""
        return (
            self._of_known(row, "kind"),
            self._of_known(row, "status"),
            self._of_known(row, "severity"),
            self.region(row),
        )

    def reason(self, row: Row) -> str:
        """Why a payload was refused."""
        return self._of_known(row, "reason")

    def region(self, row: Row) -> str:
        """The region of a record or verdict; an empty text where none is known."""
        named = str(row.columns.get("region", ""))
        return self.of(row, "region") if not named or re.fullmatch(REGION, named, re.ASCII) else OTHER

    def of(self, row: Row, column: str) -> str:
        """The text in a column, of which there are few."""
        value, seen = str(row.columns.get(column, "")), self._seen[column]
        if value not in seen and len(seen) >= MOST_VALUES:
            return OTHER
        seen.add(value)
        return value

    def _of_known(self, row: Row, column: str) -> str:
        value = str(row.columns.get(column, ""))
        return value if value in self._known[column] else OTHER
