"""Check primary keys in requests against a table's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from yunmock.tablestore import errors
from yunmock.tablestore.sizes import value_size
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from yunmock.tablestore.limits import TablestoreLimits
    from yunmock.tablestore.model import KeyColumn, StoredTable
    from yunmock.tablestore.plainbuffer import Cell
    from yunmock.tablestore.values import KeyValue

Purpose = Literal["read", "write", "delete", "range"]

TYPE_OF = {"INTEGER": int, "STRING": str, "BINARY": bytes}
VARIANT = {"INTEGER": "VT_INTEGER", "STRING": "VT_STRING", "BINARY": "VT_BLOB"}
VARIANT_OF = {int: "VT_INTEGER", float: "VT_DOUBLE", bool: "VT_BOOLEAN", str: "VT_STRING", bytes: "VT_BLOB"}


def check_key(
    table: StoredTable, cells: tuple[Cell, ...], purpose: Purpose, limits: TablestoreLimits
) -> tuple[KeyValue, ...]:
    """The key's values in the table's order.

    Raises:
        TablestoreError: OTSInvalidPK for a key of another schema, OTSParameterInvalid for one that is never valid.
    """
    if len(cells) != len(table.key):
        raise errors.KEY_SIZE.error(given=len(cells), expected=len(table.key))
    for cell, column in zip(cells, table.key, strict=True):
        _check_column(cell, column, purpose, limits)
    return tuple(cell.value for cell in cells if cell.value is not None)


def _check_column(cell: Cell, column: KeyColumn, purpose: Purpose, limits: TablestoreLimits) -> None:
    if cell.name != column.name:
        raise errors.KEY_NAME.error(given=cell.name, expected=column.name)
    if cell.timestamp is not None:
        raise errors.KEY_WITH_TIMESTAMP.error(name=cell.name)
    if cell.op is not None:
        raise errors.KEY_WITH_OPERATION.error(name=cell.name)
    if cell.value is None:
        raise errors.NULL_KEY.error(name=cell.name)
    if isinstance(cell.value, Bound):
        _check_bound(cell.value, column, purpose)
        return
    if type(cell.value) is not TYPE_OF[column.type]:
        raise errors.KEY_TYPE.error(given=VARIANT_OF[type(cell.value)], expected=VARIANT[column.type])
    if isinstance(cell.value, (str, bytes)) and (length := value_size(cell.value)) > limits.key_column_bytes:
        raise errors.KEY_COLUMN_TOO_LONG.error(name=cell.name, limit=limits.key_column_bytes, length=length)


def _check_bound(bound: Bound, column: KeyColumn, purpose: Purpose) -> None:
    """INF_MIN and INF_MAX are valid in ranges only; AUTO_INCREMENT in a write of an auto-increment column."""
    if bound is not Bound.AUTO_INCREMENT:
        if purpose != "range":
            raise errors.KEY_TYPE_NOT_HERE.error(type=f"VT_{bound.name}")
        return
    if purpose == "delete":
        raise errors.AUTO_INCREMENT_DELETE.error()
    if purpose != "write":
        raise errors.AUTO_INCREMENT_READ.error()
    if not column.auto_increment:
        raise errors.KEY_TYPE.error(given="VT_AUTO_INCREMENT", expected=VARIANT[column.type])
