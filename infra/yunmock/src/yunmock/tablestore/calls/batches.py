"""BatchGetRow and BatchWriteRow: each row has its own result.

Sources: help.aliyun.com/en/tablestore, BatchWriteRow (2026-04), BatchGetRow. Results have the order of the rows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from yunmock.tablestore import errors, reading
from yunmock.tablestore.calls.rows import consumed, find_row, read_key, selected
from yunmock.tablestore.changes import parse_change
from yunmock.tablestore.lookup import readable_table, ready_table
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import Op, decode_row
from yunmock.tablestore.values import Bound
from yunmock.tablestore.writing import failed_units, write_row

if TYPE_CHECKING:
    from yunmock.tablestore.changes import RowChange
    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.errors import TablestoreError
    from yunmock.tablestore.messages import BatchAnswer, Repeated
    from yunmock.tablestore.model import StoredTable
    from yunmock.tablestore.plainbuffer import RowData
    from yunmock.tablestore.reading import Selection
    from yunmock.tablestore.requests import BatchGetRowRequest, BatchRequest, BatchWriteRowRequest, RowInBatchWriteRow


def batch_get_row(ctx: RequestContext, request: BatchGetRowRequest) -> BatchAnswer:
    """BatchGetRow."""
    keys = sum(len(table.primary_key) for table in request.tables)
    _check_tables(request, keys, ctx.limits.batch_get_rows, errors.NO_ROW_TO_GET)
    answer: BatchAnswer = pb.BatchGetRowResponse()
    position = 0
    for wanted in request.tables:
        selection = reading.parse_selection(wanted, ctx.limits)
        table = readable_table(ctx, wanted.table_name)
        rows = answer.tables.add(table_name=wanted.table_name).rows
        for key in wanted.primary_key:
            _get_one(ctx, table, key, selection, _Slot(ctx, rows, position))
            position += 1
    return answer


def _get_one(ctx: RequestContext, table: StoredTable, key: bytes, selection: Selection, slot: _Slot) -> None:
    if slot.struck:
        slot.strike()
        return
    try:
        row = find_row(ctx, table, read_key(ctx, table, key))
    except errors.TablestoreError as error:
        slot.refuse(error)
        return
    data, units = selected(ctx, table, row, selection)
    slot.accept(units, 0, data)


def batch_write_row(ctx: RequestContext, request: BatchWriteRowRequest) -> BatchAnswer:
    """BatchWriteRow: a refused row does not undo the writes of others."""
    rows = sum(len(table.rows) for table in request.tables)
    _check_tables(request, rows, ctx.limits.batch_write_rows, errors.NO_ROW_TO_WRITE)
    for table in request.tables:
        if not table.rows:
            raise errors.NO_ROW_FOR_TABLE.error(table=table.table_name)
    parsed = [[_parsed(ctx, row, data) for row, data in rows] for rows in _decoded(ctx, request)]
    answer: BatchAnswer = pb.BatchWriteRowResponse()
    position = 0
    with ctx.state.atomic():
        tables = [
            _writable(ctx, part.table_name, changes) for part, changes in zip(request.tables, parsed, strict=True)
        ]
        for stored, changes in zip(tables, parsed, strict=True):
            out = answer.tables.add(table_name=stored.name).rows
            for change in changes:
                _write_one(ctx, stored, change, request.transaction_id, _Slot(ctx, out, position))
                position += 1
    return answer


def _writable(ctx: RequestContext, name: str, changes: list[RowChange | TablestoreError]) -> StoredTable:
    """The table, checked for the changes as a whole."""
    table = ready_table(ctx, name)
    _check_repeated(changes)
    return table


def _decoded(ctx: RequestContext, request: BatchWriteRowRequest) -> list[list[tuple[RowInBatchWriteRow, RowData]]]:
    """The rows of each table with their data; an undecodable row refuses the whole request."""
    tables = [[(row, decode_row(row.row_change)) for row in table.rows] for table in request.tables]
    size = sum(data.size for rows in tables for _, data in rows)
    if size > ctx.limits.request_data_bytes:
        limit = ctx.limits.request_data_bytes
        raise errors.ROW_TOO_LARGE.error(operation="BatchWriteRow", limit=limit, size=size)
    return tables


def _parsed(ctx: RequestContext, row: RowInBatchWriteRow, data: RowData) -> RowChange | TablestoreError:
    """The row's change, or the reason to refuse it."""
    try:
        return parse_change(row.type, data, row, ctx.limits)
    except errors.TablestoreError as error:
        return error


def _write_one(
    ctx: RequestContext, table: StoredTable, change: RowChange | TablestoreError, transaction: str, slot: _Slot
) -> None:
    if slot.struck and not slot.after:
        slot.strike()
        return
    if isinstance(change, errors.TablestoreError):
        slot.refuse(change)
        return
    try:
        written = write_row(ctx, table, change, transaction)
    except errors.TablestoreError as error:
        slot.refuse(error, failed_units(change) if error.code == errors.COLUMN_FAILED.code else None)
        return
    if slot.struck:
        slot.strike()
    else:
        slot.accept(*written)


class _Slot:
    """Where the result of one row goes, and whether a fault strikes the row."""

    def __init__(self, ctx: RequestContext, rows: Repeated, position: int) -> None:
        self._rows, self._fault = rows, ctx.fault
        self.struck = ctx.fault is not None and ctx.fault.rows is not None and position in ctx.fault.rows
        self.after = ctx.fault is not None and ctx.fault.when == "after"

    def accept(self, read: int, write: int, row: bytes) -> None:
        answer = self._rows.add(is_ok=True, consumed=consumed(read, write))
        if row:
            answer.row = row

    def refuse(self, error: TablestoreError, units: tuple[int, int] | None = None) -> None:
        answer = self._rows.add(is_ok=False, error=pb.Error(code=error.code, message=str(error)))
        if units:
            answer.consumed.CopyFrom(consumed(*units))

    def strike(self) -> None:
        assert self._fault is not None
        self.refuse(errors.of_fault(self._fault))


def _check_tables(request: BatchRequest, rows: int, limit: int, nothing: errors.Refusal) -> None:
    if not request.tables:
        raise nothing.error()
    names = [table.table_name for table in request.tables]
    for name in names if len(set(names)) < len(names) else ():
        if names.count(name) > 1:
            raise errors.TABLE_TWICE.error(table=name)
    if rows > limit:
        raise errors.ROW_COUNT.error(limit=limit)


def _check_repeated(changes: list[RowChange | TablestoreError]) -> None:
    """Refuse a batch that writes a row twice, which the documentation forbids.

    The vendor's Java tests let plain writes to one row pass. Refusing is the strict side.
    """
    good = [change for change in changes if not isinstance(change, errors.TablestoreError)]
    identities = [_identity(change) for change in good]
    if len(set(identities)) == len(identities):
        return
    times = Counter(identities)
    refusals = [_refusal(change) for change, identity in zip(good, identities, strict=True) if times[identity] > 1]
    raise next((refusal for refusal in refusals if refusal is not errors.REPEATED_ROW), errors.REPEATED_ROW).error()


def _identity(change: RowChange) -> object:
    values = tuple(cell.value for cell in change.data.key)
    return id(change) if Bound.AUTO_INCREMENT in values else tuple((type(value), value) for value in values)


def _refusal(change: RowChange) -> errors.Refusal:
    if change.expectation != pb.IGNORE:
        return errors.REPEATED_EXPECTATION
    if change.predicate is not None:
        return errors.REPEATED_CONDITION
    if any(cell.op == Op.INCREMENT.value for cell in change.data.cells):
        return errors.REPEATED_INCREMENT
    return errors.REPEATED_ROW
