"""Walk through the index `open` in pieces, as far as time and a number of rows allow, and note where it stopped."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from opsledger.ledger import queries
from opsledger.store import READ_ROWS
from opsledger.store.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store

CHUNK_ROWS = 1000
"""Rows of the index that are read at once, and again if the store fails meanwhile."""
PAGE_ROWS = CHUNK_ROWS // (2 * len(BUCKETS))
"""Rows of one page: half of the bucket's share of a chunk, so that few are read that are not in it."""


class OpenWalk:
    """A walk through the index `open`, in the order of the moments by which records should move.

    Attributes:
        position: the last row that it passed on, by its columns behind the bucket.
        rows: how many rows it may still pass on; None for any number.
    """

    def __init__(
        self,
        store: Store,
        deadline: Deadline,
        look: Callable[[Sequence[Row]], None],
        *,
        reserve_s: float,
        rows: int | None = None,
    ) -> None:
        """Prepare a walk that passes rows on to `look`, so many at once as one call reads.

        Args:
            reserve_s: nothing is passed on with less time than this, in s.
        """
        self._store, self._deadline, self._look, self._reserve_s = store, deadline, look, reserve_s
        self.position: tuple[str | int, ...] = ()
        self.rows = rows

    def until(self, start: tuple[str | int, ...], end: tuple[str | int, ...]) -> bool:
        """Pass on the rows behind `start` and before `end`; False where time or rows ran short."""
        self.position = start
        if start >= end:  # Tablestore refuses a range that does not begin before its end
            return True
        more = True
        while more:
            rows, more = self._chunk(end)
            for first in range(0, len(rows), READ_ROWS):
                if self._deadline.remaining() < self._reserve_s or self.rows == 0:
                    return False
                if not self._pass_on(rows[first : first + READ_ROWS]):
                    return False
        return True

    def _pass_on(self, rows: Sequence[Row]) -> bool:
        """Pass these rows on, as many as may be; whether that was all."""
        passed = rows[: self.rows]
        if self.rows is not None:
            self.rows -= len(passed)
        self._look(passed)
        self.position = _position(passed[-1])
        return len(passed) == len(rows)

    def _chunk(self, end: tuple[str | int, ...]) -> tuple[list[Row], bool]:
        """The next rows of the index, less the one where the last chunk ended, and whether there may be more."""

        def read() -> list[Row]:
            return list(islice(queries.may_be_overdue(self._store, self.position, end, lambda: PAGE_ROWS), CHUNK_ROWS))

        rows = self._deadline.retry(read)
        return [row for row in rows if _position(row) != self.position], len(rows) == CHUNK_ROWS


def _position(row: Row) -> tuple[str | int, ...]:
    """The position of a row of the index `open` behind its bucket: the same order in all buckets."""
    return int(row.columns["move_by"]), str(row.key.values[0])
