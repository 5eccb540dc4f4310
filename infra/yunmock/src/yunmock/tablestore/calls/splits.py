"""ComputeSplitPointsBySize: where to split a table into parts of about one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.tablestore import errors, sizes, versions
from yunmock.tablestore.calls.rows import consumed
from yunmock.tablestore.calls.tables import KEY_TYPE_NUMBERS
from yunmock.tablestore.lookup import readable_table
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import HEADER, encode_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import StoredRow, StoredTable
    from yunmock.tablestore.requests import SplitPointsRequest

DEFAULT_UNIT_BYTES = 100 * 1024 * 1024
LOCATION = "yunmock"


def compute_split_points_by_size(ctx: RequestContext, request: SplitPointsRequest) -> Message:
    """ComputeSplitPointsBySize: a split starts at the first row after the previous split is full."""
    unit = request.split_size_unit_in_byte if request.HasField("split_size_unit_in_byte") else DEFAULT_UNIT_BYTES
    if request.split_size <= 0 or unit <= 0:
        raise errors.SPLIT_SIZE.error()
    table = readable_table(ctx, request.table_name)
    points = list(_points(ctx, table, request.split_size * unit))
    answer: Message = pb.ComputeSplitPointsBySizeResponse(
        consumed=consumed(1, 0),
        split_points=points,
        schema=[pb.PrimaryKeySchema(name=column.name, type=KEY_TYPE_NUMBERS[column.type]) for column in table.key],
        locations=[pb.ComputeSplitPointsBySizeResponse.SplitLocation(location=LOCATION, repeat=len(points) + 1)],
    )
    return answer


def _points(ctx: RequestContext, table: StoredTable, full_bytes: int) -> Iterator[bytes]:
    gathered = 0
    for _, stored in ctx.state.rows(table.name).scan():
        row = versions.live(stored, table.options, ctx.now_ms)
        if row is None:
            continue
        if gathered >= full_bytes:
            yield HEADER + encode_row(zip(table.key_names, row.key, strict=True), ())
            gathered = 0
        gathered += _size(table, row)


def _size(table: StoredTable, row: StoredRow) -> int:
    cells = ((name, value) for name, kept in row.columns.items() for _, value in kept)
    return sizes.pairs_size(zip(table.key_names, row.key, strict=True)) + sizes.pairs_size(cells)
