"""The store of a machine that is far away from its instance, such as an operator's.

A walk over an index reads a page of each of its 16 buckets before it has its first row, and a listing of all records
walks over each kind. From an office a page takes as long as the way to the region and back, so the pages are asked for
side by side: a listing of 22 kinds waits 22 times instead of 352.
"""

from __future__ import annotations

from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any

from opsledger.store.tablestore import TablestoreStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.store import Row
    from opsledger.store.tables import Index, Table


class DistantStore(TablestoreStore):
    """The tables of one instance. A walk asks for its first page as soon as it is made, in a thread."""

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """As of any store. Reading the first row waits for its page, and raises the error if it failed."""
        rows = super().walk(index, prefix, **options)
        first: Future[Row | None] = Future()
        # A daemon: a command that was stopped does not wait for answers.
        Thread(target=_begin, args=(rows, first), daemon=True).start()
        return _rows(first, rows)


def _begin(rows: Iterator[Row], first: Future[Row | None]) -> None:
    try:
        first.set_result(next(rows, None))
    except BaseException as error:  # noqa: BLE001 - it is raised again where the rows are read
        first.set_exception(error)


def _rows(first: Future[Row | None], rows: Iterator[Row]) -> Iterator[Row]:
    row = first.result()
    if row is not None:
        yield row
        yield from rows
