"""Local transactions: writes under one partition key that are applied together or not at all.

A transaction's writes are kept apart from the table until it commits. Only the transaction sees them, and nobody else
can write under its partition key until it ends.

Sources: help.aliyun.com/en/tablestore, local transactions (2021), configure local transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.identifiers import new_uuid
from yunmock.tablestore import errors, indexes
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.model import StoredRow, Transaction
from yunmock.tablestore.sizes import pairs_size
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import StoredTable
    from yunmock.tablestore.values import KeyValue


def start(ctx: RequestContext, table: StoredTable, partition: KeyValue) -> str:
    """Start a transaction on one partition key.

    Raises:
        TablestoreError: OTSRowOperationConflict when another one holds the key.
    """
    if table.base is not None:
        raise errors.INDEX_READ_ONLY.error()
    allowed = ctx.settings.local_transactions if table.local_transactions is None else table.local_transactions
    if not allowed:
        raise errors.TRANSACTION_DISABLED.error()
    if any(column.auto_increment for column in table.key):
        raise errors.TRANSACTION_AUTO_INCREMENT.error()
    prefix = encode_key([partition])
    check_unlocked(ctx, table, prefix)
    name = new_uuid().hex
    ctx.state.transactions.put(name.encode(), Transaction(table.name, prefix, ctx.now_ms, ended=False, writes={}))
    ctx.state.locks.put(_lock(table.name, prefix), name.encode())
    return name


def commit(ctx: RequestContext, name: str) -> None:
    """Apply the transaction's writes to the table.

    Raises:
        TablestoreError: OTSParameterInvalid for an unknown transaction, OTSSessionNotExist for one that has ended.
    """
    transaction = _open(ctx, name)
    table = ctx.state.table(transaction.table)
    for key, row in transaction.writes.items():
        store_row(ctx, table, key, ctx.state.rows(table.name).get(key), row)
    _end(ctx, name, transaction)


def abort(ctx: RequestContext, name: str) -> None:
    """Discard the transaction's writes.

    Raises:
        TablestoreError: as `commit`.
    """
    _end(ctx, name, _open(ctx, name))


def forget(ctx: RequestContext, table: StoredTable) -> None:
    """End the transactions on a table that is being deleted."""
    for name, transaction in list(ctx.state.transactions.scan()):
        if transaction.table == table.name and not transaction.ended:
            _end(ctx, name.decode(), transaction)


def check_unlocked(ctx: RequestContext, table: StoredTable, partition: bytes) -> None:
    """Refuse a partition key that a transaction has locked.

    Raises:
        TablestoreError: OTSRowOperationConflict.
    """
    lock = _lock(table.name, partition)
    holder = ctx.state.locks.get(lock)
    if holder is None:
        return
    transaction = ctx.state.transactions.get(holder)
    if transaction is not None and not _over(ctx, transaction):
        raise errors.ROW_CONFLICT.error()
    ctx.state.locks.delete(lock)


class RowAddress(NamedTuple):
    """A row's table, key and partition key, and the transaction that accesses it ("" for none)."""

    table: StoredTable
    key: bytes
    partition: bytes
    transaction: str = ""


def row_address(table: StoredTable, key: tuple[KeyValue, ...], transaction: str = "") -> RowAddress:
    """The address of the row with this key."""
    partition = encode_key(key[:1])
    whole = partition if isinstance(key[0], Bound) else partition + encode_key(key[1:])
    return RowAddress(table, whole, partition, transaction)


def read(ctx: RequestContext, at: RowAddress) -> StoredRow | None:
    """The row as its transaction sees it, or as stored without one.

    Raises:
        TablestoreError: as `commit`, and OTSParameterInvalid for a row outside the transaction's partition.
    """
    if at.transaction:
        writes = _transaction_of(ctx, at).writes
        if at.key in writes:
            return writes[at.key]
    return ctx.state.rows(at.table.name).get(at.key)


def scan(
    ctx: RequestContext, start: RowAddress, low: bytes, high: bytes, *, reverse: bool
) -> Iterator[tuple[bytes, StoredRow]]:
    """The rows of low <= key < high as the transaction of `start` sees them.

    Raises:
        TablestoreError: as `read`.
    """
    rows = ctx.state.rows(start.table.name).scan(low, high, reverse=reverse)
    if not start.transaction:
        return rows
    seen: dict[bytes, StoredRow | None] = dict(rows)
    seen.update({key: row for key, row in _transaction_of(ctx, start).writes.items() if low <= key < high})
    return ((key, row) for key, row in sorted(seen.items(), reverse=reverse) if row is not None)


def write(ctx: RequestContext, at: RowAddress, before: StoredRow | None, after: StoredRow | None) -> None:
    """Replace a row, at once or in its transaction.

    Raises:
        TablestoreError: as `read`, and OTSParameterInvalid when the transaction has become too large.
    """
    if not at.transaction:
        store_row(ctx, at.table, at.key, before, after)
        return
    transaction = _transaction_of(ctx, at)
    writes = {**transaction.writes, at.key: after}
    if sum(_size(row) for row in writes.values()) > ctx.limits.transaction_bytes:
        raise errors.TRANSACTION_SIZE.error(limit=ctx.limits.transaction_bytes)
    ctx.state.transactions.put(at.transaction.encode(), transaction._replace(writes=writes))


def store_row(
    ctx: RequestContext, table: StoredTable, key: bytes, before: StoredRow | None, after: StoredRow | None
) -> None:
    """Replace a row of the table, and update the table's indexes."""
    rows = ctx.state.rows(table.name)
    if after is None:
        rows.delete(key)
    else:
        rows.put(key, after)
    if table.indexes:
        indexes.follow(ctx, table, before, after)


def _transaction_of(ctx: RequestContext, at: RowAddress) -> Transaction:
    transaction = _open(ctx, at.transaction)
    if transaction.table != at.table.name:
        raise errors.TRANSACTION_TABLE.error()
    if transaction.partition != at.partition:
        raise errors.TRANSACTION_KEY.error()
    return transaction


def _open(ctx: RequestContext, name: str) -> Transaction:
    transaction = ctx.state.transactions.get(name.encode())
    if transaction is None:
        raise errors.TRANSACTION_INVALID.error()
    if _over(ctx, transaction):
        raise errors.TRANSACTION_ENDED.error()
    return transaction


def _over(ctx: RequestContext, transaction: Transaction) -> bool:
    return transaction.ended or ctx.now_ms - transaction.started_ms >= ctx.limits.transaction_ms


def _end(ctx: RequestContext, name: str, transaction: Transaction) -> None:
    ctx.state.transactions.put(name.encode(), transaction._replace(ended=True, writes={}))
    ctx.state.locks.delete(_lock(transaction.table, transaction.partition))


def _lock(table: str, partition: bytes) -> bytes:
    return table.encode() + b"\x00" + partition


def _size(row: StoredRow | None) -> int:
    if row is None:
        return 0
    cells = ((name, value) for name, versions in row.columns.items() for _, value in versions)
    return pairs_size(cells) + pairs_size(("", value) for value in row.key)
