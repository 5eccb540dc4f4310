"""What a client of Tablestore is asked and what it answers; every client has the same.

There are two: `opsledger.store.wire`, which functions use, and the vendor's SDK in `opsledger.store.tablestore`. Both
make one attempt.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Cell = str | int | bool | bytes | float


class Bound(Enum):
    """Before and behind every value of a key column, in the ends of a range."""

    MIN = "min"
    MAX = "max"


KeyValue = str | int | bytes | Bound
PrimaryKey = tuple[tuple[str, KeyValue], ...]
"""The names and values of a key's columns, in order."""


class RowPut(NamedTuple):
    """A row to write: `revision` is the one it must have; None where there must be no row."""

    key: PrimaryKey
    columns: Mapping[str, Cell]
    revision: int | None


class RowFound(NamedTuple):
    """A row as read."""

    key: PrimaryKey
    columns: Mapping[str, Cell]


class Refusal(NamedTuple):
    """Why one row of a batch was not read or written, as the service says it."""

    code: str
    message: str


class KeyRange(NamedTuple):
    """A range of a table's or index's keys: from `start`, inclusive, to `end`, exclusive."""

    table: str
    start: PrimaryKey
    end: PrimaryKey
    backward: bool = False


class RangePage(NamedTuple):
    """Some rows of a range, and where the next page begins; None behind the last."""

    rows: Sequence[RowFound]
    next_start: PrimaryKey | None


class ServiceError(Exception):
    """Tablestore refused a call.

    Attributes:
        code, message: as in the answer.
        status: of HTTP.
    """

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class UnansweredError(Exception):
    """There was no answer, or one that leaves a doubt: what was asked may or may not have happened."""


class Client(Protocol):
    """The calls of a store.

    Every method raises `ServiceError` or `UnansweredError`.
    """

    def batch_get_row(
        self, tables: Mapping[str, Sequence[PrimaryKey]]
    ) -> Mapping[str, Sequence[RowFound | Refusal | None]]:
        """Read rows of each table by their keys, in order; None where there is no row."""

    def batch_write_row(self, tables: Mapping[str, Sequence[RowPut]]) -> Mapping[str, Sequence[Refusal | None]]:
        """Write rows of each table, each under its condition, in order; None where it was written."""

    def get_range(self, asked: KeyRange, limit: int) -> RangePage:
        """Read the first rows of a range, at most `limit`."""
