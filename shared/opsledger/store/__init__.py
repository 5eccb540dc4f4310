"""The interface of a store.

A store reads rows by key, writes rows each under its own condition, and walks an index. It makes one attempt and
reports the result; `commit` waits and retries.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.store.tables import Index, Table

Value = str | int | bool | bytes
Item = TypeVar("Item")


class Key(NamedTuple):
    """A row's table and its primary-key values, in order."""

    table: Table
    values: tuple[str | int, ...]


class Row(NamedTuple):
    """A row as read."""

    key: Key
    columns: Mapping[str, Value]


class Put(NamedTuple):
    """One row to write, with all its columns.

    Attributes:
        revision: the `revision` that the row must have; None where there must be no row.
    """

    key: Key
    columns: Mapping[str, Value]
    revision: int | None = None


class Written(Enum):
    """The result of one `Put`."""

    LANDED = "landed"
    CONDITION_FAILED = "condition failed"
    """There is a row where none must be, or it has another revision: read it again."""
    TRY_AGAIN = "try again"
    """The store was too busy for this row; it was not written."""


class Store(Protocol):
    """Rows by key, and indexes.

    Every method raises `WorldFailedError` when the store does not answer. After such an error from `write` each row may
    or may not have been written.
    """

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Those rows of at most `READ_ROWS` keys that exist, in one call, strongly consistent."""

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write at most `WRITE_ROWS` rows in one call, each by itself; the result of each, in order."""

    def walk(
        self,
        index: Index | Table,
        prefix: Sequence[str | int],
        *,
        reverse: bool = False,
        start: Sequence[str | int] = (),
        end: Sequence[str | int] = (),
        page: PageSize | None = None,
    ) -> Iterator[Row]:
        """The rows whose key begins with `prefix`, in key order, read a page at a time; of an index, its own columns.

        Args:
            start: where to begin behind `prefix`, inclusive; the first columns are enough.
            end: where to end, exclusive; likewise.
            page: asked before each page how many rows it should have; the default is `PAGE_ROWS`.
        """


PageSize = Callable[[], int]
PAGE_ROWS = 500
"""Rows of one GetRange, whose limit is 5,000 rows or 4 MB."""
READ_ROWS = 100
"""Tablestore's limit of one BatchGetRow."""
WRITE_ROWS = 200
"""Tablestore's limit of one BatchWriteRow."""
WRITE_BYTES = 4_000_000
"""Tablestore's limit of one BatchWriteRow is 4 MiB; this leaves room for keys and framing."""


def batched(items: Iterable[Item], most: int, weight: Callable[[Item], int], heaviest: int) -> Iterator[list[Item]]:
    """The items in order, in batches for one call each.

    Args:
        most: the most items of a batch.
        weight: what an item weighs: rows, or bytes.
        heaviest: the most that a batch weighs; a heavier item is a batch by itself.
    """
    batch: list[Item] = []
    total = 0
    for item in items:
        own = weight(item)
        if batch and (len(batch) == most or total + own > heaviest):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += own
    if batch:
        yield batch


def read_rows(store: Store, keys: Iterable[Key], deadline: Deadline | None = None) -> Iterator[Row]:
    """The rows of those keys that exist, in order, a call for each hundred; no more than a batch is in memory.

    A key that is given twice within a batch counts once.

    Args:
        deadline: until when a call that fails is repeated; without one, it is not.

    Raises:
        WorldFailedError: the store failed, with a deadline until time was up.
    """
    wanted = iter(keys)
    while batch := list(dict.fromkeys(islice(wanted, READ_ROWS))):
        rows = store.read(batch) if deadline is None else deadline.retry(partial(store.read, batch))
        yield from (rows[key] for key in batch if key in rows)


def size(put: Put) -> int:
    """The approximate size of a put on the wire, in bytes."""
    return 64 + sum(_size(v) for v in put.key.values) + sum(len(n) + 16 + _size(v) for n, v in put.columns.items())


def size_at_most(put: Put) -> int:
    """An upper bound of `size`, computed in a third of the time; several times as large where there is much text."""
    texts = [len(v) for v in put.columns.values() if v.__class__ is str or v.__class__ is bytes]
    return MOST_KEY_BYTES + MOST_COLUMN_BYTES * len(put.columns) + MOST_CHARACTER_BYTES * sum(texts)


MOST_KEY_BYTES = 4096
"""Of the key's at most four columns each holds 1 KB (Tablestore's limits)."""
MOST_COLUMN_BYTES = 64
"""A column without its text: a name of at most 40 characters, an integer, framing."""
MOST_CHARACTER_BYTES = 4


def _size(value: Value) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    return len(value) if isinstance(value, bytes) else 8
