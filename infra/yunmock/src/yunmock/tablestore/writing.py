"""Writing single rows: PutRow, UpdateRow, DeleteRow, and each row of a batch.

Sources: help.aliyun.com/en/tablestore, PutRow, UpdateRow, DeleteRow, conditional update, auto-increment of primary
key columns (2025-11). The caller holds the storage's lock around `write_row`, so condition and write are atomic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.tablestore import errors, transactions, versions
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import HEADER, encode_row
from yunmock.tablestore.rowkeys import check_key
from yunmock.tablestore.sizes import units
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from yunmock.tablestore.changes import RowChange
    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.filters import ColumnValues
    from yunmock.tablestore.model import StoredRow, StoredTable
    from yunmock.tablestore.values import KeyValue, Value


class WriteResult(NamedTuple):
    """The result of a write: capacity units read and written, and the row to return."""

    read: int
    write: int
    row: bytes


def write_row(ctx: RequestContext, table: StoredTable, change: RowChange, transaction: str = "") -> WriteResult:
    """Check the conditions and change the row.

    Raises:
        TablestoreError: a condition failed, the key is not one of the table's, or another rule of the table is broken.
    """
    key = _key(ctx, table, change, transaction)
    at = transactions.row_address(table, key, transaction)
    if not transaction:
        transactions.check_unlocked(ctx, table, at.partition)
    stored = transactions.read(ctx, at)
    before = versions.live(stored, table.options, ctx.now_ms)
    _check_conditions(table, change, before, key)
    after = _changed(ctx, table, change, before, key)
    if stored is not None or after is not None:
        transactions.write(ctx, at, stored, after)
    return WriteResult(_read_units(table, change), units(change.data.size), _returned(table, change, key, after))


def failed_units(change: RowChange) -> tuple[int, int]:
    """The capacity units of a failed condition: one read, and the write as if it had succeeded."""
    return 1, units(change.data.size)


def _key(ctx: RequestContext, table: StoredTable, change: RowChange, transaction: str) -> tuple[Value, ...]:
    if table.base is not None:
        raise errors.INDEX_READ_ONLY.error()
    key = check_key(table, change.data.key, "delete" if change.kind == pb.DELETE else "write", ctx.limits)
    key_names = table.key_names
    for cell in change.data.cells:
        if cell.name in key_names:
            raise errors.COLUMN_IS_KEY.error(name=cell.name)
    if any(isinstance(value, Bound) for value in key):  # in a write only AUTO_INCREMENT can be
        _check_auto_increment(change, transaction)
    return tuple([_numbered(ctx, table, key, value) for value in key])


def _check_auto_increment(change: RowChange, transaction: str) -> None:
    if transaction:
        raise errors.TRANSACTION_AUTO_INCREMENT.error()
    if change.expectation != pb.IGNORE:
        name = pb.RowExistenceExpectation.Name(change.expectation)
        raise errors.AUTO_INCREMENT_EXPECT.error(expectation=name)
    if change.predicate is not None:
        raise errors.AUTO_INCREMENT_CONDITION.error()


def _numbered(ctx: RequestContext, table: StoredTable, key: tuple[KeyValue, ...], value: KeyValue) -> Value:
    """The value, or a generated number for AUTO_INCREMENT: it rises within a partition, with gaps."""
    if not isinstance(value, Bound):
        return value
    return ctx.state.next_number(table.name.encode() + b"\x00" + encode_key(key[:1]), ctx.now_ms * 1000)


def _check_conditions(table: StoredTable, change: RowChange, before: StoredRow | None, key: tuple[Value, ...]) -> None:
    """Check existence first, then the column condition; a missing row has no columns."""
    if change.expectation == pb.EXPECT_EXIST and before is None:
        raise errors.ROW_MISSING.error()
    if change.expectation == pb.EXPECT_NOT_EXIST and before is not None:
        raise errors.ROW_EXISTS.error()
    if change.predicate is not None and not change.predicate(_column_values(table, before, key)):
        raise errors.COLUMN_FAILED.error()


def _column_values(table: StoredTable, row: StoredRow | None, key: tuple[Value, ...]) -> ColumnValues:
    if row is None:
        return lambda _name: ()
    named = dict(zip(table.key_names, key, strict=True))
    max_versions = table.options.max_versions

    def values(name: str) -> tuple[Value, ...]:
        if name in named:
            return (named[name],)
        return tuple(value for _, value in row.columns.get(name, ())[:max_versions])

    return values


def _changed(
    ctx: RequestContext, table: StoredTable, change: RowChange, before: StoredRow | None, key: tuple[Value, ...]
) -> StoredRow | None:
    if change.kind == pb.DELETE:
        return None
    _check_timestamps(ctx, table, change)
    if change.kind == pb.PUT:
        return versions.put(key, change.data.cells, table.options, ctx.now_ms)
    return versions.update(key, before, change.data.cells, table.options, ctx.now_ms)


def _check_timestamps(ctx: RequestContext, table: StoredTable, change: RowChange) -> None:
    """A version may be set from max(now - deviation, now - TTL) up to now + deviation (table options, 2026-04)."""
    given = [cell for cell in change.data.cells if cell.timestamp is not None]
    if not given:
        return
    if table.indexes:
        raise errors.INDEX_CUSTOM_TIMESTAMP.error()
    options = table.options
    back_s = options.deviation_s if options.ttl_s < 0 else min(options.deviation_s, options.ttl_s)
    valid = range(ctx.now_ms - back_s * 1000, ctx.now_ms + options.deviation_s * 1000)
    for cell in given:
        if cell.op is None and cell.timestamp not in valid:
            raise errors.TIMESTAMP_INVALID.error(name=cell.name)


def _read_units(table: StoredTable, change: RowChange) -> int:
    """One if the write reads: for a condition, or on a table with both kinds of index."""
    if change.expectation != pb.IGNORE or change.predicate is not None:
        return 1
    return int(len({index.local for index in table.indexes}) > 1)


def _returned(table: StoredTable, change: RowChange, key: tuple[Value, ...], after: StoredRow | None) -> bytes:
    if not change.return_key:
        return b""
    columns = after.columns if after else {}
    cells = [(name, columns[name][0][1], columns[name][0][0]) for name in change.return_columns if name in columns]
    return HEADER + encode_row(zip(table.key_names, key, strict=True), cells)
