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
    for index in table.indexes:
        old, new = _entry(ctx, index, before), _entry(ctx, index, after)
        if old and (new is None or new[0] != old[0]):
            _change(ctx, index, old[0], None)
        if new and new != old:
            _change(ctx, index, *new)


def build(ctx: Context, table: Table, index: Index) -> None:
    """Index the rows that are there already."""
    entries = ctx.store.rows(index.name)
    for _, row in ctx.store.rows(table.name).scan():
        entry = _entry(ctx, index, row)
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


def _entry(ctx: Context, index: Index, row: Row | None) -> tuple[bytes, Row] | None:
    """The index's row for a row of the table, and its key; None when the row has not all the index's columns.

    A column whose value is not of the type the table declares for it counts as missing; the vendor's pages do not
    say what happens then.
    """
    table = ctx.store.find_table(index.name)
    if row is None or table is None:
        return None
    base = ctx.store.table(table.base or "")
    values: dict[str, Value] = dict(zip(base.key_names, row.key, strict=True))
    values.update({name: versions[0][1] for name, versions in row.columns.items()})
    key = tuple(values.get(column.name) for column in table.key)
    for value, column in zip(key, table.key, strict=True):
        if type(value) is not TYPE_OF[column.type]:
            return None
    known = tuple(value for value in key if value is not None)
    columns = {name: row.columns[name][:1] for name in sorted(index.columns) if name in row.columns}
    return encode_key(known), Row(known, columns, row.written_ms)


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
