"""The calls on single rows and on ranges of rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from yunmock.tablestore import errors, reading, sizes, transactions
from yunmock.tablestore.changes import parse_change
from yunmock.tablestore.fields import COMPRESS_TYPE, DATA_BLOCK_TYPE, PLAIN_BUFFER, UNCOMPRESSED, encode_fields
from yunmock.tablestore.keys import encode_key
from yunmock.tablestore.lookup import readable_table, ready_table
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import HEADER, decode_row, encode_row
from yunmock.tablestore.rowkeys import check_key
from yunmock.tablestore.writing import write_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import StoredRow, StoredTable
    from yunmock.tablestore.reading import Selection
    from yunmock.tablestore.requests import (
        DeleteRowRequest,
        GetRangeRequest,
        GetRowRequest,
        PutRowRequest,
        UpdateRowRequest,
        WriteRequest,
    )
    from yunmock.tablestore.rowkeys import Purpose
    from yunmock.tablestore.values import KeyValue


ENCODING_OF_ROWS = encode_fields({DATA_BLOCK_TYPE: PLAIN_BUFFER, COMPRESS_TYPE: UNCOMPRESSED})


def put_row(ctx: RequestContext, request: PutRowRequest) -> Message:
    """PutRow."""
    return _write(ctx, request, pb.PUT, request.row, pb.PutRowResponse)


def update_row(ctx: RequestContext, request: UpdateRowRequest) -> Message:
    """UpdateRow."""
    return _write(ctx, request, pb.UPDATE, request.row_change, pb.UpdateRowResponse)


def delete_row(ctx: RequestContext, request: DeleteRowRequest) -> Message:
    """DeleteRow."""
    return _write(ctx, request, pb.DELETE, request.primary_key, pb.DeleteRowResponse)


def _write(
    ctx: RequestContext, request: WriteRequest, kind: int, data: bytes, response: Callable[..., Message]
) -> Message:
    change = parse_change(kind, decode_row(data), request, ctx.limits)
    with ctx.state.atomic():
        table = ready_table(ctx, request.table_name)
        written = write_row(ctx, table, change, request.transaction_id)
    units = consumed(written.read, written.write)
    return response(consumed=units, row=written.row) if written.row else response(consumed=units)


def get_row(ctx: RequestContext, request: GetRowRequest) -> Message:
    """GetRow; `row` is empty when there is none."""
    selection = reading.parse_selection(request, ctx.limits)
    table = readable_table(ctx, request.table_name)
    key = read_key(ctx, table, request.primary_key)
    row = find_row(ctx, table, key, request.transaction_id)
    data, units = selected(ctx, table, row, selection)
    answer: Message = pb.GetRowResponse(consumed=consumed(units, 0), row=data)
    return answer


def read_key(ctx: RequestContext, table: StoredTable, data: bytes, purpose: Purpose = "read") -> tuple[KeyValue, ...]:
    """The key in `data`.

    Raises:
        TablestoreError: it is not a key of the table.
    """
    sent = decode_row(data)
    if sent.cells:
        raise errors.READ_WITH_CELLS.error()
    if sent.delete:
        raise errors.READ_WITH_DELETE.error()
    return check_key(table, sent.key, purpose, ctx.limits)


def find_row(
    ctx: RequestContext, table: StoredTable, key: tuple[KeyValue, ...], transaction: str = ""
) -> StoredRow | None:
    """The row at `key`, as the transaction sees it if there is one."""
    return transactions.read(ctx, transactions.row_address(table, key, transaction))


def selected(ctx: RequestContext, table: StoredTable, row: StoredRow | None, selection: Selection) -> tuple[bytes, int]:
    """The selected part of the row, encoded, and the capacity units of the read."""
    cells = reading.read_row(table, row, selection, ctx.now_ms)
    if row is None or cells is None:
        return b"", 1
    return HEADER + reading.encode(table, row, cells), sizes.units(_size(table, row, cells))


def _size(table: StoredTable, row: StoredRow, cells: list[reading.Cell]) -> int:
    key = sizes.pairs_size(zip(table.key_names, row.key, strict=True))
    return key + sizes.pairs_size((name, value) for name, value, _ in cells)


def get_range(ctx: RequestContext, request: GetRangeRequest) -> Message:
    """GetRange: a page ends at the limit, 5000 rows or 4 MB scanned, and states the first key of the next page."""
    if request.HasField("limit") and request.limit <= 0:
        raise errors.LIMIT_NOT_POSITIVE.error()
    selection = reading.parse_selection(request, ctx.limits)
    backward = request.direction == pb.BACKWARD
    table = readable_table(ctx, request.table_name)
    start = read_key(ctx, table, request.inclusive_start_primary_key, "range")
    end = read_key(ctx, table, request.exclusive_end_primary_key, "range")
    low, high = _interval(encode_key(start), encode_key(end), backward=backward)
    if request.transaction_id and start[0] != end[0]:
        raise errors.TRANSACTION_KEY.error()
    place = transactions.row_address(table, start, request.transaction_id)
    rows = transactions.scan(ctx, place, low, high, reverse=backward)
    return _page(ctx, table, rows, selection, request.limit or ctx.limits.range_rows)


def _interval(start: bytes, end: bytes, *, backward: bool) -> tuple[bytes, bytes]:
    """The keys low <= key < high that start (inclusive) and end (exclusive) enclose.

    No key is a prefix of another, so the smallest key above K is K followed by a zero byte.
    """
    if not backward:
        if start >= end:
            raise errors.RANGE_FORWARD.error()
        return start, end
    if start <= end:
        raise errors.RANGE_BACKWARD.error()
    return end + b"\x00", start + b"\x00"


def _page(
    ctx: RequestContext, table: StoredTable, rows: Iterator[tuple[bytes, StoredRow]], selection: Selection, limit: int
) -> Message:
    parts, scanned_bytes, next_key = [HEADER], 0, None
    limit = min(limit, ctx.limits.range_rows)
    for scanned, (_, row) in enumerate(rows):
        if scanned == limit or scanned_bytes >= ctx.limits.range_bytes:
            next_key = HEADER + encode_row(zip(table.key_names, row.key, strict=True), ())
            break
        cells = reading.read_row(table, row, selection, ctx.now_ms)
        scanned_bytes += _size(table, row, cells or [])
        if cells is not None:
            parts.append(reading.encode(table, row, cells))
    answer: Message = pb.GetRangeResponse(
        consumed=consumed(sizes.units(scanned_bytes), 0),
        rows=b"".join(parts) if len(parts) > 1 else b"",
        next_start_primary_key=next_key,
    )
    answer.MergeFromString(ENCODING_OF_ROWS)
    return answer


@lru_cache(maxsize=256)
def consumed(read: int, write: int) -> Message:
    """The ConsumedCapacity of these units; shared, so copy it into an answer."""
    message: Message = pb.ConsumedCapacity(capacity_unit=pb.CapacityUnit(read=read, write=write))
    return message
