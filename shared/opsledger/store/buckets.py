"""Read an index whose rows are spread over buckets: one walk for each bucket, merged in the order of the index.

Nothing is read ahead of need: a walk reads its next page when the merge has used up the one before. How much is read
and not used depends on the size of these pages, so a caller that wants a certain number of rows passes a `Paging`.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

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
        store.walk(index, (bucket, *prefix), reverse=reverse, start=start, end=end, page=page) for bucket in BUCKETS
    ]
    own = len(prefix)
    return heapq.merge(*walks, key=lambda row: position(index, row)[1 + own :], reverse=reverse)


def position(index: Index, row: Row) -> tuple[Value, ...]:
    """Where a row is in `index`: the index's columns, and the table's key behind them."""
    return (*(row.columns[name] for name, _ in index.columns), *row.key.values)


class Paging:
    """The sizes of pages that read about as many rows as are wanted, and hardly any more.

    The rows of an answer are spread evenly over the buckets, by a hash. So each page asks for half of the bucket's
    share of what is still wanted, and the last ones for a single row. Where a filter drops rows, pages grow with the
    number of rows dropped.

    Attributes:
        wanted: how many rows the caller wants; None for all.
        used: how many it has taken, and dropped: how many it has read and dropped.
    """

    def __init__(self, wanted: int | None) -> None:
        self.wanted = wanted
        self.used = self.dropped = 0

    def __call__(self) -> int:
        """The rows of the next page."""
        if self.wanted is None:
            return PAGE_ROWS
        share = max(self.wanted - self.used, self.dropped) // (2 * len(BUCKETS))
        return max(1, min(PAGE_ROWS, share))
