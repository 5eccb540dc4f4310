"""The versions of a row's columns: which are alive, and the result of a put or an update.

Sources: help.aliyun.com/en/tablestore, data versions and TTL (2026-01), table options (2026-04), UpdateRow.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, cast

from yunmock.tablestore import errors
from yunmock.tablestore.model import StoredRow
from yunmock.tablestore.plainbuffer import Op
from yunmock.tablestore.values import Bound

if TYPE_CHECKING:
    from yunmock.tablestore.model import TableOptions, Version
    from yunmock.tablestore.plainbuffer import Cell
    from yunmock.tablestore.values import Value

FOREVER = -1
_name = attrgetter("name")

INT64 = range(-(2**63), 2**63)


def live(row: StoredRow | None, options: TableOptions, now_ms: int) -> StoredRow | None:
    """The part of the row that has not expired; None when all of it has.

    Each cell has its own age, so part of a row can expire. A row without columns expires with its last write. Whether
    the real service still sees an expired row before it is purged is not documented; here it does not.
    """
    if row is None or options.ttl_s == FOREVER:
        return row
    oldest = now_ms - options.ttl_s * 1000
    if all(versions[-1][0] > oldest for versions in row.columns.values()):
        return row if row.columns or row.written_ms > oldest else None
    kept = {name: tuple(v for v in versions if v[0] > oldest) for name, versions in row.columns.items()}
    columns = {name: versions for name, versions in kept.items() if versions}
    return row._replace(columns=columns) if columns or row.written_ms > oldest else None


def put(key: tuple[Value, ...], cells: tuple[Cell, ...], options: TableOptions, now_ms: int) -> StoredRow:
    """The row after a put: these cells only."""
    columns: dict[str, tuple[Version, ...]] = {
        name: ((now_ms if timestamp is None else timestamp, cast("Value", value)),)
        for name, value, timestamp, _ in sorted(cells, key=_name)
    }
    if len(columns) == len(cells):
        return StoredRow(key, columns, now_ms)
    versions: dict[str, dict[int, Value]] = {}
    for cell in cells:
        _set(versions.setdefault(cell.name, {}), cell, now_ms)
    return _row(key, versions, options, now_ms)


def update(
    key: tuple[Value, ...], before: StoredRow | None, cells: tuple[Cell, ...], options: TableOptions, now_ms: int
) -> StoredRow | None:
    """The row after an update; None if there was no row and the update only deletes.

    Raises:
        TablestoreError: OTSParameterInvalid for an increment of a column that is not an integer, or past 64 bits.
    """
    if before is None and all(cell.op in (Op.DELETE_ALL.value, Op.DELETE_ONE.value) for cell in cells):
        return None
    columns = {name: dict(versions) for name, versions in before.columns.items()} if before else {}
    for cell in cells:
        CHANGE[cell.op](columns.setdefault(cell.name, {}), cell, now_ms)
    return _row(key, columns, options, now_ms)


def _row(key: tuple[Value, ...], columns: dict[str, dict[int, Value]], options: TableOptions, now_ms: int) -> StoredRow:
    kept = {name: _newest(columns[name], options.max_versions) for name in sorted(columns) if columns[name]}
    return StoredRow(key, kept, now_ms)


def _newest(versions: dict[int, Value], count: int) -> tuple[Version, ...]:
    if len(versions) == 1:
        return tuple(versions.items())
    return tuple(sorted(versions.items(), key=_timestamp, reverse=True)[:count])


def _timestamp(version: Version) -> int:
    return version[0]


def _set(versions: dict[int, Value], cell: Cell, now_ms: int) -> None:
    assert cell.value is not None
    assert not isinstance(cell.value, Bound)
    versions[now_ms if cell.timestamp is None else cell.timestamp] = cell.value


def _delete_one(versions: dict[int, Value], cell: Cell, _now_ms: int) -> None:
    assert cell.timestamp is not None
    versions.pop(cell.timestamp, None)


def _delete_all(versions: dict[int, Value], _cell: Cell, _now_ms: int) -> None:
    versions.clear()


def _increment(versions: dict[int, Value], cell: Cell, now_ms: int) -> None:
    present = versions[max(versions)] if versions else 0
    if type(present) is not int or type(cell.value) is not int:
        raise errors.INCREMENT_TYPE.error(name=cell.name)
    total = present + cell.value
    if total not in INT64:
        raise errors.INCREMENT_OVERFLOW.error(name=cell.name)
    # The sum takes the newest timestamp, so that a version in the future does not hide it.
    versions[max(now_ms, *versions) if versions else now_ms] = total


CHANGE = {
    None: _set,
    Op.DELETE_ONE.value: _delete_one,
    Op.DELETE_ALL.value: _delete_all,
    Op.INCREMENT.value: _increment,
}
