"""Read rows: choose columns and versions, and apply the filter.

Sources: help.aliyun.com/en/tablestore, GetRow, GetRange, filter (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.tablestore import errors, versions
from yunmock.tablestore.filters import ColumnPage, compile_filter
from yunmock.tablestore.plainbuffer import encode_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.tablestore.filters import Predicate
    from yunmock.tablestore.limits import TablestoreLimits
    from yunmock.tablestore.model import StoredRow, StoredTable, Version
    from yunmock.tablestore.requests import ReadOptions
    from yunmock.tablestore.values import Value

    Cell = tuple[str, Value, int]


class Selection(NamedTuple):
    """What a read selects from each row.

    Attributes:
        columns: the columns to get; empty for all.
        between: the first column and the one after the last, each empty when not given.
        times: the versions wanted, by timestamp in ms.
        max_versions: how many versions of a column, at most; None for all there are.
        predicate: the filter, if any; `page` when the filter picks columns by position instead.
    """

    columns: frozenset[str]
    between: tuple[str, str]
    times: range | None
    max_versions: int | None
    predicate: Predicate | None
    page: ColumnPage | None


def parse_selection(message: ReadOptions, limits: TablestoreLimits) -> Selection:
    """The selection of a GetRow or GetRange request, or of one table of a BatchGetRow.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    if len(message.columns_to_get) > limits.columns_to_get:
        raise errors.TOO_MANY_COLUMNS_TO_GET.error(limit=limits.columns_to_get, count=len(message.columns_to_get))
    if any(message.token):  # yunmock gives out no token
        raise errors.NOT_EMULATED.error(name="reading on from a token")
    compiled = compile_filter(message.filter, limits) if message.filter else None
    page = compiled if isinstance(compiled, ColumnPage) else None
    return Selection(
        frozenset(message.columns_to_get),
        (message.start_column, message.end_column),
        _times(message),
        _max_versions(message),
        None if isinstance(compiled, ColumnPage) else compiled,
        page,
    )


def _max_versions(message: ReadOptions) -> int | None:
    if not message.HasField("max_versions"):
        if not message.HasField("time_range"):
            raise errors.NO_VERSION_CONDITION.error()
        return None
    if message.max_versions <= 0:
        raise errors.VERSIONS_NOT_POSITIVE.error(count=message.max_versions)
    return message.max_versions


def _times(message: ReadOptions) -> range | None:
    if not message.HasField("time_range"):
        return None
    wanted = message.time_range
    bounds = wanted.HasField("start_time"), wanted.HasField("end_time")
    if wanted.HasField("specific_time"):
        if any(bounds):
            raise errors.SPECIFIC_TIME_AND_RANGE.error()
        if message.HasField("max_versions"):
            raise errors.SPECIFIC_TIME_AND_VERSIONS.error()
        if wanted.specific_time < 0:
            raise errors.SPECIFIC_TIME_NEGATIVE.error()
        return range(wanted.specific_time, wanted.specific_time + 1)
    if not all(bounds):
        raise errors.INCOMPLETE_TIME_RANGE.error()
    if not 0 <= wanted.start_time < wanted.end_time:
        raise errors.TIME_RANGE_EMPTY.error()
    return range(wanted.start_time, wanted.end_time)


def read_row(table: StoredTable, row: StoredRow | None, selection: Selection, now_ms: int) -> list[Cell] | None:
    """The selected cells of the row; None when there is no row, or when it is left out.

    The filter sees the columns that are read and the primary key. A row without any of the requested columns is left
    out, unless a primary-key column is among them.
    """
    row = versions.live(row, table.options, now_ms)
    if row is None:
        return None
    columns = _columns(table, row, selection)
    if selection.predicate is not None and not selection.predicate(_column_values(table, row, columns)):
        return None
    if selection.page is not None:
        columns = columns[selection.page.offset :][: selection.page.limit]
    cells = [(name, value, time) for name, kept in columns for time, value in kept[: selection.max_versions]]
    if not cells and selection.columns and selection.columns.isdisjoint(table.key_names):
        return None
    return cells


def encode(table: StoredTable, row: StoredRow, cells: list[Cell]) -> bytes:
    """The encoded row, without the header."""
    return encode_row(zip(table.key_names, row.key, strict=True), cells)


def _columns(table: StoredTable, row: StoredRow, selection: Selection) -> list[tuple[str, tuple[Version, ...]]]:
    max_versions, times, (first, end) = table.options.max_versions, selection.times, selection.between
    chosen = [
        (name, kept[:max_versions])
        for name, kept in row.columns.items()
        if (not selection.columns or name in selection.columns) and name >= first and (not end or name < end)
    ]
    if times is None:
        return chosen
    timed = [(name, tuple(v for v in kept if v[0] in times)) for name, kept in chosen]
    return [(name, kept) for name, kept in timed if kept]


def _column_values(
    table: StoredTable, row: StoredRow, columns: list[tuple[str, tuple[Version, ...]]]
) -> Callable[[str], tuple[Value, ...]]:
    values = {name: tuple(value for _, value in kept) for name, kept in columns}
    values.update({name: (value,) for name, value in zip(table.key_names, row.key, strict=True)})
    return lambda name: values.get(name, ())
