"""Tables and rows as they are kept: immutable values, and their JSON in an SQLite file."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.tablestore.values import Value

Version: TypeAlias = "tuple[int, Value]"
Columns: TypeAlias = "Mapping[str, tuple[Version, ...]]"


class StoredRow(NamedTuple):
    """One stored row.

    Attributes:
        key: the values of the primary-key columns, in the table's order.
        columns: by name, sorted; each with its versions (timestamp in ms, value), newest first.
        written_ms: when the row was last written; a row without columns expires by it.
    """

    key: tuple[Value, ...]
    columns: Columns
    written_ms: int


class KeyColumn(NamedTuple):
    """A primary-key column of a table."""

    name: str
    type: str
    auto_increment: bool = False


class TableOptions(NamedTuple):
    """A table's options; `ttl_s` and `deviation_s` in seconds, `ttl_s` -1 for ever."""

    ttl_s: int
    max_versions: int
    deviation_s: int
    allow_update: bool


class SecondaryIndex(NamedTuple):
    """The definition of a secondary index.

    `ready_ms` is when it is built; until then it cannot be read.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    local: bool
    ready_ms: int


class StoredTable(NamedTuple):
    """A table, or the index table of a secondary index; then `base` is the name of the indexed table.

    `local_transactions` is whether the table allows them, as its creator asked; None leaves it to the settings.
    `encrypted` is whether its creator asked for encryption at rest, with the key of the service.
    """

    name: str
    key: tuple[KeyColumn, ...]
    defined: tuple[tuple[str, str], ...]
    options: TableOptions
    reserved: tuple[int, int]
    created_ms: int
    updated_ms: int
    indexes: tuple[SecondaryIndex, ...] = ()
    base: str | None = None
    table_id: str = ""
    local_transactions: bool | None = None
    encrypted: bool = False

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the primary-key columns, in order."""
        return tuple([column.name for column in self.key])


class Transaction(NamedTuple):
    """A local transaction; `writes` are the rows written so far, by key, None for a deleted row."""

    table: str
    partition: bytes
    started_ms: int
    ended: bool
    writes: Mapping[bytes, StoredRow | None]


class IndexChange(NamedTuple):
    """A change that is not yet applied to the global index called `target`."""

    target: str
    key: bytes
    row: StoredRow | None


def encode_row(row: StoredRow) -> bytes:
    """The row as JSON; binaries in base64."""
    return json.dumps(row, default=_binary, separators=(",", ":"), ensure_ascii=False).encode()


def decode_row(data: bytes) -> StoredRow:
    """The inverse of `encode_row`."""
    return _row(json.loads(data, object_hook=_object))


def encode_table(table: StoredTable) -> bytes:
    """The table as JSON."""
    return json.dumps(table, separators=(",", ":")).encode()


@lru_cache(maxsize=256)
def decode_table(data: bytes) -> StoredTable:
    """The inverse of `encode_table`."""
    name, key, defined, options, reserved, created, updated, indexes, base, *added = json.loads(data)
    return StoredTable(
        name,
        tuple(KeyColumn(*column) for column in key),
        tuple((column, kind) for column, kind in defined),
        TableOptions(*options),
        (reserved[0], reserved[1]),
        created,
        updated,
        tuple(SecondaryIndex(index, tuple(k), tuple(c), local, ready) for index, k, c, local, ready in indexes),
        base,
        *added,
    )


def encode_transaction(transaction: Transaction) -> bytes:
    """The transaction as JSON."""
    writes = [[key, row] for key, row in transaction.writes.items()]
    fields = [transaction.table, transaction.partition, transaction.started_ms, transaction.ended, writes]
    return json.dumps(fields, default=_binary, separators=(",", ":")).encode()


def decode_transaction(data: bytes) -> Transaction:
    """The inverse of `encode_transaction`."""
    table, partition, started, ended, writes = json.loads(data, object_hook=_object)
    return Transaction(table, partition, started, ended, {key: row and _row(row) for key, row in writes})


def encode_change(change: IndexChange) -> bytes:
    """The change as JSON."""
    return json.dumps(change, default=_binary, separators=(",", ":")).encode()


def decode_change(data: bytes) -> IndexChange:
    """The inverse of `encode_change`."""
    target, key, row = json.loads(data, object_hook=_object)
    return IndexChange(target, key, row and _row(row))


def encode_number(number: int) -> bytes:
    """The number in decimal."""
    return b"%d" % number


def _row(fields: list[Any]) -> StoredRow:
    key, columns, written_ms = fields
    return StoredRow(
        tuple(key), columns and {name: _versions(versions) for name, versions in columns.items()}, written_ms
    )


def _versions(versions: list[Any]) -> tuple[Version, ...]:
    return tuple((timestamp, value) for timestamp, value in versions)


# A JSON object is either the columns of a row or a binary value. A binary has one key, the empty string, which is never
# the name of a column.
def _binary(value: bytes) -> dict[str, str]:
    return {"": base64.b64encode(value).decode()}


def _object(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[""]) if "" in value else value
