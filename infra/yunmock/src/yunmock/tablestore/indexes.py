"""Secondary indexes: rows of their own, kept in step with their table's.

Sources: help.aliyun.com/en/tablestore, secondary index overview and limits (2021). A local index is in step at once;
a global one after `Settings.index_lag_ms` of the cloud's clock. A row is indexed when it has all the index's columns.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from yunmock.tablestore import errors
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.model import Change, Row
from yunmock.tablestore.rowkeys import TYPE_OF

if TYPE_CHECKING:
    from yunmock.tablestore.context import Context
    from yunmock.tablestore.model import Index, Table
    from yunmock.tablestore.plainbuffer import Value

_DUE = struct.Struct(">QQ")


def follow(ctx: Context, table: Table, before: Row | None, after: Row | None) -> None:
    """Bring the table's indexes in step with a change of one row."""
    key_names = table.key_names
    for index in table.indexes:
        behind = ctx.store.find_table(index.name)
        if behind is None:
            continue
        old, new = _entry(behind, index, key_names, before), _entry(behind, index, key_names, after)
        if old and (new is None or new[0] != old[0]):
            _change(ctx, index, old[0], None)
        if new and new != old:
            _change(ctx, index, *new)


def build(ctx: Context, table: Table, index: Index) -> None:
    """Index the rows that are there already."""
    entries, behind, key_names = ctx.store.rows(index.name), ctx.store.table(index.name), table.key_names
    for _, row in ctx.store.rows(table.name).scan():
        entry = _entry(behind, index, key_names, row)
        if entry:
            entries.put(*entry)


def check_readable(ctx: Context, table: Table) -> None:
    """Apply what is due, and refuse an index whose building has not ended.

    Raises:
        OTSError: OTSParameterInvalid.
    """
    if table.base is None:
        return
    settle(ctx, ctx.now_ms)
    base = ctx.store.table(table.base)
    if any(index.name == table.name and index.ready_ms > ctx.now_ms for index in base.indexes):
        raise errors.INDEX_BUILDING.error()


def settle(ctx: Context, until_ms: int) -> None:
    """Apply the changes of global indexes that are due by `until_ms`."""
    end = _DUE.pack(until_ms + 1, 0)
    if next(iter(ctx.store.pending.scan(None, end)), None) is None:
        return  # without the lock, which on SQLite is a transaction
    with ctx.store.atomic():
        for due, change in list(ctx.store.pending.scan(None, end)):
            _apply(ctx, change)
            ctx.store.pending.delete(due)


def forget(ctx: Context, index: Index) -> None:
    """Drop the index's rows and the changes still on their way to it."""
    for due, change in list(ctx.store.pending.scan()):
        if change.target == index.name:
            ctx.store.pending.delete(due)
    ctx.store.drop_table(index.name)


def _entry(behind: Table, index: Index, key_names: tuple[str, ...], row: Row | None) -> tuple[bytes, Row] | None:
    """The row of the table behind an index for a row of the table with these key columns, and its key.

    None when the row has not all the index's columns.

    A column whose value is not of the type the table declares for it counts as missing; the vendor's pages do not
    say what happens then.
    """
    if row is None:
        return None
    key: list[Value] = []
    for name, kind, _ in behind.key:
        value = row.columns[name][0][1] if name in row.columns else _key_value(key_names, row, name)
        if value is None or type(value) is not TYPE_OF[kind]:
            return None
        key.append(value)
    columns = {name: row.columns[name][:1] for name in sorted(index.columns) if name in row.columns}
    return encode_key(key), Row(tuple(key), columns, row.written_ms)


def _key_value(key_names: tuple[str, ...], row: Row, name: str) -> Value | None:
    return row.key[key_names.index(name)] if name in key_names else None


def _change(ctx: Context, index: Index, key: bytes, row: Row | None) -> None:
    change = Change(index.name, key, row)
    lag_ms = 0 if index.local else ctx.settings.index_lag_ms
    if lag_ms:
        order = ctx.store.next_number(b"index change", 1)
        ctx.store.pending.put(_DUE.pack(ctx.now_ms + lag_ms, order), change)
        return
    if not index.local:
        settle(ctx, 2**63)  # the lag was lowered: what was on its way comes first
    _apply(ctx, change)


def _apply(ctx: Context, change: Change) -> None:
    rows = ctx.store.rows(change.target)
    if change.row is None:
        rows.delete(change.key)
    else:
        rows.put(change.key, change.row)
