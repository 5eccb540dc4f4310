"""What the pipeline asks of a store, whichever it is.

Three things: read rows by key, write rows each under its own condition, and walk an index. A store does one attempt
and says what happened; who waits and tries again is `commit`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store.tables import Index, Table

Value = str | int | bool | bytes


class Key(NamedTuple):
    """Where a row is: its table and its primary-key values in order."""

    table: Table
    values: tuple[str | int, ...]


class Row(NamedTuple):
    """A row as read."""

    key: Key
    columns: Mapping[str, Value]


class Put(NamedTuple):
    """One row to write whole.

    Attributes:
        revision: the row's `revision` must be this; None when there must be no row.
    """

    key: Key
    columns: Mapping[str, Value]
    revision: int | None = None


class Written(Enum):
    """What became of one `Put`."""

    LANDED = "landed"
    CONDITION_FAILED = "condition failed"
    """There is a row where none should be, or another revision: read again."""
    TRY_AGAIN = "try again"
    """The store was busy with this row; nothing was written."""


class Store(Protocol):
    """Rows by key, and indexes.

    Every method raises `WorldFailedError` when the store as a whole does not answer; after such an error from `write`
    each row may or may not have been written.
    """

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows that exist among at most `READ_ROWS` keys, in one call, strongly consistent."""

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write at most `WRITE_ROWS` rows in one call, each by itself, and say what became of each."""

    def walk(self, index: Index | Table, prefix: Sequence[str | int], *, reverse: bool = False) -> Iterator[Row]:
        """The rows whose key begins with `prefix`, in key order; of an index, only its own columns."""


READ_ROWS = 100
"""Tablestore's limit of one BatchGetRow."""
WRITE_ROWS = 200
"""Tablestore's limit of one BatchWriteRow."""
WRITE_BYTES = 4_000_000
"""Tablestore's limit of one BatchWriteRow is 4 MiB; this leaves room for keys and framing."""


def size(put: Put) -> int:
    """About how many bytes a put is on the wire."""
    return 64 + sum(_size(v) for v in put.key.values) + sum(len(n) + 16 + _size(v) for n, v in put.columns.items())


def size_at_most(put: Put) -> int:
    """A bound on `size` that takes a third of its time; several times as large where there is much text."""
    texts = [len(v) for v in put.columns.values() if v.__class__ is str or v.__class__ is bytes]
    return MOST_KEY_BYTES + MOST_COLUMN_BYTES * len(put.columns) + MOST_CHARACTER_BYTES * sum(texts)


MOST_KEY_BYTES = 4096
"""Of the key's at most four columns each holds 1 KB (Tablestore's limits)."""
MOST_COLUMN_BYTES = 64
"""A column of ours beside its text: a name of at most 40 characters, an integer, framing."""
MOST_CHARACTER_BYTES = 4


def _size(value: Value) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    return len(value) if isinstance(value, bytes) else 8
