"""Read an index whose rows are spread over buckets: one walk for each bucket, merged in the order of the index.

Nothing is read ahead of need: a walk reads its next page when the merge has used up the one before. How much is read
and not used depends on the size of these pages, so a caller that wants a certain number of rows passes a `Paging`.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from opsledger.store import PAGE_ROWS
from opsledger.store.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.store import PageSize, Row, Store, Value
    from opsledger.store.tables import Index


def walk_buckets(
    store: Store,
    index: Index,
    prefix: Sequence[str | int] = (),
    *,
    reverse: bool = False,
    start: Sequence[str | int] = (),
    end: Sequence[str | int] = (),
    page: PageSize | None = None,
) -> Iterator[Row]:
    """The rows of all buckets with `prefix` behind their bucket, in the order of what follows; see `Store.walk`."""
    walks = [
        store.walk(
            index,
            (bucket, *prefix),
            reverse=reverse,
            start=start,
            end=end,
            page=page.of_bucket() if isinstance(page, Paging) else page,
        )
        for bucket in BUCKETS
    ]
    own = len(prefix)
    return heapq.merge(*walks, key=lambda row: position(index, row)[1 + own :], reverse=reverse)


def position(index: Index, row: Row) -> tuple[Value, ...]:
    """Where a row is in `index`: the index's columns, and the table's key behind them."""
    return (*(row.columns[name] for name, _ in index.columns), *row.key.values)


_PAGES_OF_WANTED: Final = 6
"""A bucket's share of what is wanted comes in at least so many pages: fewer would read rows that nobody takes."""
_PAGES_OF_DROPPED: Final = 2
"""Where rows are dropped, the answer is not near: larger pages are fewer calls."""


class Paging:
    """The sizes of pages that read about as many rows as are wanted, and hardly any more.

    The rows of an answer are spread over the buckets by a hash. So each page asks for a part of the bucket's share of
    what is still wanted, and the last ones for a single row. Where a filter drops rows, pages grow with the number of
    rows dropped. A bucket's first page is a single row, and each is at most twice the one before: of rows at one
    moment, those of one bucket come after those of another.

    Attributes:
        wanted: how many rows the caller wants; None for all.
        used: how many it has taken, and dropped: how many it has read and dropped.
        undecided: how many it has read and neither taken nor dropped yet.
    """

    def __init__(self, wanted: int | None) -> None:
        self.wanted = wanted
        self.used = self.dropped = self.undecided = 0

    def __call__(self) -> int:
        """The rows of the next page."""
        if self.wanted is None:
            return PAGE_ROWS
        wanted = (self.wanted - self.used - self.undecided) // (_PAGES_OF_WANTED * len(BUCKETS))
        share = max(wanted, self.dropped // (_PAGES_OF_DROPPED * len(BUCKETS)))
        return max(1, min(PAGE_ROWS, share))

    def of_bucket(self) -> PageSize:
        """The sizes of one bucket's pages."""
        return self if self.wanted is None else map(self._at_most, _doubled()).__next__

    def _at_most(self, rows: int) -> int:
        return min(rows, self())


def _doubled() -> Iterator[int]:
    """1, 2, 4 and so on, as far as a page goes."""
    rows = 1
    while True:
        yield rows
        rows = min(2 * rows, PAGE_ROWS)
