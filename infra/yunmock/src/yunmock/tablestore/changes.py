"""Decode changes to single rows, and check what can be checked without the table."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from yunmock.tablestore import errors
from yunmock.tablestore.filters import compile_condition
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import Cell, Op, RowData
from yunmock.tablestore.sizes import value_size
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from yunmock.tablestore.filters import Predicate
    from yunmock.tablestore.limits import TablestoreLimits
    from yunmock.tablestore.requests import WriteOptions

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
OPS = {op.value: op for op in Op}
DOUBTFUL = (float, Bound)
"""The types with values that no column can hold."""
LARGEST_TIMESTAMP_MS = (2**63 - 1) // 1000
REQUEST = {pb.PUT: "PutRow", pb.UPDATE: "UpdateRow", pb.DELETE: "DeleteRow"}


class RowChange(NamedTuple):
    """A put, an update or a deletion of one row.

    Attributes:
        kind: `PUT`, `UPDATE` or `DELETE` of the protobuf enumeration.
        expectation: the value of the RowExistenceExpectation.
        predicate: the column condition, if any.
        return_key: whether the answer carries the key.
        return_columns: the columns whose new values the answer carries.
    """

    kind: int
    data: RowData
    expectation: int
    predicate: Predicate | None
    return_key: bool
    return_columns: tuple[str, ...]


def parse_change(kind: int, row: RowData, message: WriteOptions, limits: TablestoreLimits) -> RowChange:
    """The change that `row` describes; `message` has the condition and what to return.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    CHECK[kind](row)
    _check_columns(row, REQUEST[kind], limits)
    condition = message.condition
    predicate = compile_condition(condition.column_condition, limits) if condition.column_condition else None
    wants = message.return_content.return_type
    columns = tuple(message.return_content.return_column_names) if wants == pb.RT_AFTER_MODIFY else ()
    return RowChange(kind, row, condition.row_existence, predicate, wants != pb.RT_NONE, columns)


def _check_put(row: RowData) -> None:
    if row.delete:
        raise errors.UNEXPECTED_DELETE_MARKER.error()
    for cell in row.cells:
        if cell.op is not None:
            raise errors.PUT_WITH_OPERATION.error(name=cell.name)
        if cell.value is None:
            raise errors.PUT_WITHOUT_VALUE.error()


def _check_update(row: RowData) -> None:
    if row.delete:
        raise errors.UNEXPECTED_DELETE_MARKER.error()
    if not row.cells:
        raise errors.UPDATE_WITHOUT_CELLS.error()
    for cell in row.cells:
        _check_operation(cell)
    counted = [cell.name for cell in row.cells if cell.op == Op.INCREMENT.value]
    names = [cell.name for cell in row.cells]
    for name in counted:
        if names.count(name) > 1:
            raise errors.INCREMENT_NOT_ALONE.error(name=name)


def _check_operation(cell: Cell) -> None:
    if cell.op is None:
        if cell.value is None:
            raise errors.MISSING_VALUE.error(name=cell.name)
        return
    op = OPS.get(cell.op)
    if op is None:
        raise errors.INVALID_OPERATION.error(op=cell.op)
    if op is Op.INCREMENT:
        _check_increment(cell)
    elif cell.value is not None:
        raise errors.DELETE_WITH_VALUE.error()
    elif op is Op.DELETE_ONE and cell.timestamp is None:
        raise errors.DELETE_NEEDS_TIMESTAMP.error()
    elif op is Op.DELETE_ALL and cell.timestamp is not None:
        raise errors.DELETE_ALL_WITH_TIMESTAMP.error()


def _check_increment(cell: Cell) -> None:
    if cell.value is None:
        raise errors.MISSING_VALUE.error(name=cell.name)
    if type(cell.value) is not int:
        raise errors.INCREMENT_TYPE.error(name=cell.name)
    if cell.timestamp is not None:
        raise errors.INCREMENT_TIMESTAMP.error()


def _check_delete(row: RowData) -> None:
    if row.cells:
        raise errors.DELETE_WITH_CELLS.error()
    if not row.delete:
        raise errors.MISSING_DELETE_MARKER.error()


CHECK = {pb.PUT: _check_put, pb.UPDATE: _check_update, pb.DELETE: _check_delete}


def _check_columns(row: RowData, request: str, limits: TablestoreLimits) -> None:
    if len(row.cells) > limits.columns_per_write:
        raise errors.COLUMN_COUNT.error(limit=limits.columns_per_write, count=len(row.cells))
    large = row.size > limits.column_bytes  # no column is longer than its row
    for cell in row.cells:
        check_name(cell.name, limits)
        if large or cell.timestamp is not None or type(cell.value) in DOUBTFUL:
            _check_value(cell, limits)
    if row.size > limits.request_data_bytes:
        raise errors.ROW_TOO_LARGE.error(operation=request, limit=limits.request_data_bytes, size=row.size)


def check_name(name: str, limits: TablestoreLimits) -> None:
    """Refuse an invalid column name.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    if not _is_name(name, limits.name_length):
        raise errors.INVALID_COLUMN_NAME.error(name=name)


@lru_cache(maxsize=4096)
def _is_name(name: str, longest: int) -> bool:
    return NAME.match(name) is not None and len(name) <= longest


def _check_value(cell: Cell, limits: TablestoreLimits) -> None:
    value = cell.value
    if isinstance(value, Bound):
        raise errors.COLUMN_TYPE.error(type=f"VT_{value.name}")
    if isinstance(value, (str, bytes)) and (length := value_size(value)) > limits.column_bytes:
        raise errors.COLUMN_TOO_LONG.error(name=cell.name, limit=limits.column_bytes, length=length)
    if isinstance(value, float) and not math.isfinite(value):
        raise (errors.NAN if math.isnan(value) else errors.INFINITY).error()
    if cell.timestamp is not None and not 0 <= cell.timestamp < LARGEST_TIMESTAMP_MS:
        raise errors.TIMESTAMP_RANGE.error()
