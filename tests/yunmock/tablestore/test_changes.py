"""Changes that no SDK of good will sends: each is refused in its own words."""

from __future__ import annotations

from typing import Any

import pytest

from yunmock.tablestore.changes import parse_change
from yunmock.tablestore.errors import TablestoreError
from yunmock.tablestore.limits import TablestoreLimits
from yunmock.tablestore.messages import filter_pb, pb
from yunmock.tablestore.model import KeyColumn, StoredTable, TableOptions
from yunmock.tablestore.plainbuffer import Cell, Op, RowData
from yunmock.tablestore.rowkeys import check_key
from yunmock.tablestore.values import Bound

KEY = (Cell("id", "a"),)
DELETE_ONE, DELETE_ALL, INCREMENT = Op.DELETE_ONE.value, Op.DELETE_ALL.value, Op.INCREMENT.value
EVENTS = StoredTable(
    "events",
    (KeyColumn("id", "STRING"), KeyColumn("n", "INTEGER", auto_increment=True)),
    (),
    TableOptions(-1, 1, 86_400, allow_update=True),
    (0, 0),
    0,
    0,
)


def refusal(kind: int, *cells: Cell, delete: bool = False, column_condition: bytes | None = None) -> str:
    """Why a change with these cells is refused."""
    condition = pb.Condition(row_existence=pb.IGNORE, column_condition=column_condition)
    with pytest.raises(TablestoreError) as caught:
        parse_change(kind, RowData(KEY, cells, delete, 0), pb.PutRowRequest(condition=condition), TablestoreLimits())
    assert caught.value.code == "OTSParameterInvalid"
    return str(caught.value)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (Cell("x", 1, None, INCREMENT), "OpType cannot be given for column name:x in PutRow."),
        (Cell("x", None), "Invalid request of put row: find cells without values."),
        (Cell("x", Bound.INF_MIN), "VT_INF_MIN is an invalid type for the attribute column."),
        (Cell("x", Bound.AUTO_INCREMENT), "VT_AUTO_INCREMENT is an invalid type for the attribute column."),
    ],
)
def test_a_put_sets_values(cell: Cell, message: str) -> None:
    """A put names no operation and leaves no value out."""
    assert refusal(pb.PUT, cell) == message


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (Cell("x", None), "Invalid cell: x. Reason: missing value."),
        (Cell("x", None, None, 0), "Invalid op type of cell: 0."),
        (Cell("x", 1, None, 2), "Invalid op type of cell: 2."),
        (
            Cell("x", 1, 5, DELETE_ONE),
            "Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.",
        ),
        (
            Cell("x", 1, None, DELETE_ALL),
            "Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.",
        ),
        (Cell("x", None, None, DELETE_ONE), "Timestamp must be given when type is DELETE_ONE_VERSION."),
        (Cell("x", None, 5, DELETE_ALL), "Timestamp cannot be given when type is DELETE_ALL_VERSION."),
        (Cell("x", None, None, INCREMENT), "Invalid cell: x. Reason: missing value."),
        (Cell("x", 1.5, None, INCREMENT), "INCREMENT is only allowed on INTEGER columns, column: 'x'."),
        (Cell("x", value=True, op=INCREMENT), "INCREMENT is only allowed on INTEGER columns, column: 'x'."),
        (Cell("x", 1, 5, INCREMENT), "Timestamp cannot be given when type is INCREMENT."),
        (Cell("x", None, -1, DELETE_ONE), "Timestamp must be in range [0, INT64_MAX/1000)."),
        (Cell("x", 1, 2**63 // 1000), "Timestamp must be in range [0, INT64_MAX/1000)."),
    ],
)
def test_an_updates_operations_are_whole(cell: Cell, message: str) -> None:
    """Each operation has what it needs and nothing else."""
    assert refusal(pb.UPDATE, cell) == message


def test_deletion_marks_belong_to_deletions() -> None:
    """A put or an update marked as a deletion is refused, and a deletion that is not, or that has cells."""
    marked = "Invalid request of put/update row: unexpected RowDeleteMarker in request."
    assert refusal(pb.PUT, Cell("x", 1), delete=True) == marked
    assert refusal(pb.UPDATE, Cell("x", 1), delete=True) == marked
    assert refusal(pb.DELETE) == "Invalid request of delete row: missing RowDeleteMarker in request."
    assert refusal(pb.DELETE, Cell("x", 1), delete=True) == "Invalid delete row request: unexpected cells in request."


def test_an_update_changes_something() -> None:
    """An update without columns is refused."""
    assert refusal(pb.UPDATE) == "Attribute column is missing."


def test_a_page_of_columns_is_no_condition() -> None:
    """A column pagination filter cannot be a write's condition."""
    page = filter_pb.ColumnPaginationFilter(offset=0, limit=1).SerializeToString()
    condition = filter_pb.Filter(type=filter_pb.FT_COLUMN_PAGINATION, filter=page).SerializeToString()

    assert refusal(pb.PUT, Cell("x", 1), column_condition=condition) == "Invalid type of filter: FT_COLUMN_PAGINATION."


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ((Cell("id", "a", 5), Cell("n", 1)), "Timestamp cannot be given for primary key name:id."),
        ((Cell("id", "a", None, 1), Cell("n", 1)), "OpType cannot be given for primary key name :id."),
        ((Cell("id", None), Cell("n", 1)), "Cell data broken, PK value cannot be NULL, name: id."),
        (
            (Cell("id", Bound.AUTO_INCREMENT), Cell("n", 1)),
            "Validate PK type fail. Input: VT_AUTO_INCREMENT, Meta: VT_STRING.",
        ),
        ((Cell("id", "a"), Cell("n", value=True)), "Validate PK type fail. Input: VT_BOOLEAN, Meta: VT_INTEGER."),
        ((Cell("id", "a"), Cell("n", 1.0)), "Validate PK type fail. Input: VT_DOUBLE, Meta: VT_INTEGER."),
    ],
)
def test_a_key_is_names_and_values(cells: Any, message: str) -> None:
    """A key's columns have a value of their type, no timestamp and no operation."""
    with pytest.raises(TablestoreError) as caught:
        check_key(EVENTS, cells, "write", TablestoreLimits())

    assert str(caught.value) == message
