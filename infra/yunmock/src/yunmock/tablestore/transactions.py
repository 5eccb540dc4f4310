"""Local transactions: writes under one partition key that appear together or not at all.

A transaction's writes are kept beside the table until it commits; it sees them, nobody else does, and nobody else may
write under its partition key meanwhile. Sources: help.aliyun.com/en/tablestore, local transactions (2021), configure
local transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.identifiers import new_uuid
from yunmock.tablestore import errors, indexes
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.model import Row, Transaction
from yunmock.tablestore.plainbuffer import Bound
from yunmock.tablestore.sizes import pairs_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.tablestore.context import Context
    from yunmock.tablestore.model import Table
    from yunmock.tablestore.plainbuffer import KeyValue


def start(ctx: Context, table: Table, partition: KeyValue) -> str:
    """Open a transaction on one partition key.

    Raises:
        OTSError: OTSRowOperationConflict when another one holds the key.
    """
    if table.base is not None:
        raise errors.INDEX_READ_ONLY.error()
    if not ctx.settings.local_transactions:
        raise errors.TRANSACTION_DISABLED.error()
    if any(column.auto_increment for column in table.key):
        raise errors.TRANSACTION_AUTO_INCREMENT.error()
    prefix = encode_key([partition])
    check_unlocked(ctx, table, prefix)
    name = new_uuid().hex
    ctx.store.transactions.put(name.encode(), Transaction(table.name, prefix, ctx.now_ms, ended=False, writes={}))
    ctx.store.locks.put(_lock(table.name, prefix), name.encode())
    return name


def commit(ctx: Context, name: str) -> None:
    """Make the transaction's writes the table's.

    Raises:
        OTSError: OTSParameterInvalid for what is no transaction, OTSSessionNotExist for one that is over.
    """
    transaction = _open(ctx, name)
    table = ctx.store.table(transaction.table)
    for key, row in transaction.writes.items():
        store_row(ctx, table, key, ctx.store.rows(table.name).get(key), row)
    _end(ctx, name, transaction)


def abort(ctx: Context, name: str) -> None:
    """Forget the transaction's writes.

    Raises:
        OTSError: as `commit`.
    """
    _end(ctx, name, _open(ctx, name))


def forget(ctx: Context, table: Table) -> None:
    """End the transactions on a table that is going."""
    for name, transaction in list(ctx.store.transactions.scan()):
        if transaction.table == table.name and not transaction.ended:
            _end(ctx, name.decode(), transaction)


def check_unlocked(ctx: Context, table: Table, partition: bytes) -> None:
    """Refuse to touch a partition key that a transaction holds.

    Raises:
        OTSError: OTSRowOperationConflict.
    """
    lock = _lock(table.name, partition)
    holder = ctx.store.locks.get(lock)
    if holder is None:
        return
    transaction = ctx.store.transactions.get(holder)
    if transaction is not None and not _over(ctx, transaction):
        raise errors.ROW_CONFLICT.error()
    ctx.store.locks.delete(lock)


class Place(NamedTuple):
    """Where a row is: a table, the row's key and its partition's, and through which transaction ("" for none)."""

    table: Table
    key: bytes
    partition: bytes
    transaction: str = ""


def place(table: Table, key: tuple[KeyValue, ...], transaction: str = "") -> Place:
    """The place of the row with this key."""
    partition = encode_key(key[:1])
    whole = partition if isinstance(key[0], Bound) else partition + encode_key(key[1:])
    return Place(table, whole, partition, transaction)


def read(ctx: Context, at: Place) -> Row | None:
    """The row as its transaction sees it; as everyone does outside one.

    Raises:
        OTSError: as `commit`, and OTSParameterInvalid for a row outside the transaction's reach.
    """
    if at.transaction:
        writes = _reach(ctx, at).writes
        if at.key in writes:
            return writes[at.key]
    return ctx.store.rows(at.table.name).get(at.key)


def scan(ctx: Context, start: Place, low: bytes, high: bytes, *, reverse: bool) -> Iterator[tuple[bytes, Row]]:
    """The rows of low <= key < high as the transaction of `start` sees them.

    Raises:
        OTSError: as `read`.
    """
    rows = ctx.store.rows(start.table.name).scan(low, high, reverse=reverse)
    if not start.transaction:
        return rows
    seen: dict[bytes, Row | None] = dict(rows)
    seen.update({key: row for key, row in _reach(ctx, start).writes.items() if low <= key < high})
    return ((key, row) for key, row in sorted(seen.items(), reverse=reverse) if row is not None)


def write(ctx: Context, at: Place, before: Row | None, after: Row | None) -> None:
    """Replace a row: at once, or in its transaction.

    Raises:
        OTSError: as `read`, and OTSParameterInvalid when the transaction has become too large.
    """
    if not at.transaction:
        store_row(ctx, at.table, at.key, before, after)
        return
    transaction = _reach(ctx, at)
    writes = {**transaction.writes, at.key: after}
    if sum(_size(row) for row in writes.values()) > ctx.limits.transaction_bytes:
        raise errors.TRANSACTION_SIZE.error(limit=ctx.limits.transaction_bytes)
    ctx.store.transactions.put(at.transaction.encode(), transaction._replace(writes=writes))


def store_row(ctx: Context, table: Table, key: bytes, before: Row | None, after: Row | None) -> None:
    """Replace a row of the table and bring its indexes in step."""
    rows = ctx.store.rows(table.name)
    if after is None:
        rows.delete(key)
    else:
        rows.put(key, after)
    if table.indexes:
        indexes.follow(ctx, table, before, after)


def _reach(ctx: Context, at: Place) -> Transaction:
    transaction = _open(ctx, at.transaction)
    if transaction.table != at.table.name:
        raise errors.TRANSACTION_TABLE.error()
    if transaction.partition != at.partition:
        raise errors.TRANSACTION_KEY.error()
    return transaction


def _open(ctx: Context, name: str) -> Transaction:
    transaction = ctx.store.transactions.get(name.encode())
    if transaction is None:
        raise errors.TRANSACTION_INVALID.error()
    if _over(ctx, transaction):
        raise errors.TRANSACTION_ENDED.error()
    return transaction


def _over(ctx: Context, transaction: Transaction) -> bool:
    return transaction.ended or ctx.now_ms - transaction.started_ms >= ctx.limits.transaction_ms


def _end(ctx: Context, name: str, transaction: Transaction) -> None:
    ctx.store.transactions.put(name.encode(), transaction._replace(ended=True, writes={}))
    ctx.store.locks.delete(_lock(transaction.table, transaction.partition))


def _lock(table: str, partition: bytes) -> bytes:
    return table.encode() + b"\x00" + partition


def _size(row: Row | None) -> int:
    if row is None:
        return 0
    cells = ((name, value) for name, versions in row.columns.items() for _, value in versions)
    return pairs_size(cells) + pairs_size(("", value) for value in row.key)
