"""Secondary indexes: tables whose rows follow the rows of another table.

Sources: help.aliyun.com/en/tablestore, secondary index overview and limits (2021). A local index changes at once, a
global one `TablestoreSettings.index_lag_ms` later by the cloud's clock. A row is indexed when it has all key columns of
the index.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from yunmock.tablestore import errors
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.model import IndexChange, StoredRow
from yunmock.tablestore.rowkeys import TYPE_OF

if TYPE_CHECKING:
    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import SecondaryIndex, StoredTable
    from yunmock.tablestore.values import Value

_DUE = struct.Struct(">QQ")


def follow(ctx: RequestContext, table: StoredTable, before: StoredRow | None, after: StoredRow | None) -> None:
    """Update the table's indexes after a change of one row."""
    key_names = table.key_names
    if not ctx.settings.index_lag_ms:
        settle(ctx, 2**63)  # if the lag was lowered: pending changes come first
    for index in table.indexes:
        index_table = ctx.state.find_table(index.name)
        if index_table is None:
            continue
        old, new = _entry(index_table, index, key_names, before), _entry(index_table, index, key_names, after)
        if old and (new is None or new[0] != old[0]):
            _change(ctx, index, old[0], None)
        if new and new != old:
            _change(ctx, index, *new)


def build(ctx: RequestContext, table: StoredTable, index: SecondaryIndex) -> None:
    """Index the existing rows."""
    entries, index_table, key_names = ctx.state.rows(index.name), ctx.state.table(index.name), table.key_names
    for _, row in ctx.state.rows(table.name).scan():
        entry = _entry(index_table, index, key_names, row)
        if entry:
            entries.put(*entry)


def check_readable(ctx: RequestContext, table: StoredTable) -> None:
    """Apply the changes that are due, and refuse an index that is not built yet.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    if table.base is None:
        return
    settle(ctx, ctx.now_ms)
    base = ctx.state.table(table.base)
    if any(index.name == table.name and index.ready_ms > ctx.now_ms for index in base.indexes):
        raise errors.INDEX_BUILDING.error()


def settle(ctx: RequestContext, until_ms: int) -> None:
    """Apply the changes of global indexes that are due by `until_ms`."""
    end = _DUE.pack(until_ms + 1, 0)
    if next(iter(ctx.state.pending.scan(None, end)), None) is None:
        return  # without the lock, which on SQLite is a transaction
    with ctx.state.atomic():
        for due, change in list(ctx.state.pending.scan(None, end)):
            _apply(ctx, change)
            ctx.state.pending.delete(due)


def forget(ctx: RequestContext, index: SecondaryIndex) -> None:
    """Delete the index's rows and its pending changes."""
    for due, change in list(ctx.state.pending.scan()):
        if change.target == index.name:
            ctx.state.pending.delete(due)
    ctx.state.drop_table(index.name)


def _entry(
    index_table: StoredTable, index: SecondaryIndex, key_names: tuple[str, ...], row: StoredRow | None
) -> tuple[bytes, StoredRow] | None:
    """The row of the index table for a row of the table with these key columns, and its key.

    None when the row has not all the index's columns.

    A column whose value is not of the type the table declares for it counts as missing; the vendor's pages do not
    say what happens then.
    """
    if row is None:
        return None
    key: list[Value] = []
    for name, kind, _ in index_table.key:
        value = row.columns[name][0][1] if name in row.columns else _key_value(key_names, row, name)
        if value is None or type(value) is not TYPE_OF[kind]:
            return None
        key.append(value)
    columns = {name: row.columns[name][:1] for name in sorted(index.columns) if name in row.columns}
    return encode_key(key), StoredRow(tuple(key), columns, row.written_ms)


def _key_value(key_names: tuple[str, ...], row: StoredRow, name: str) -> Value | None:
    return row.key[key_names.index(name)] if name in key_names else None


def _change(ctx: RequestContext, index: SecondaryIndex, key: bytes, row: StoredRow | None) -> None:
    change = IndexChange(index.name, key, row)
    lag_ms = 0 if index.local else ctx.settings.index_lag_ms
    if lag_ms:
        order = ctx.state.next_number(b"index change", 1)
        ctx.state.pending.put(_DUE.pack(ctx.now_ms + lag_ms, order), change)
        return
    _apply(ctx, change)


def _apply(ctx: RequestContext, change: IndexChange) -> None:
    rows = ctx.state.rows(change.target)
    if change.row is None:
        rows.delete(change.key)
    else:
        rows.put(change.key, change.row)
