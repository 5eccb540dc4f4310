"""The calls on tables and their secondary indexes.

Sources: help.aliyun.com/en/tablestore, CreateTable, UpdateTable, DescribeTable, CreateIndex, DropIndex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.tablestore import errors, indexes, transactions
from yunmock.tablestore.messages import pb
from yunmock.tablestore.schemas import (
    DEFINED_TYPES,
    KEY_TYPES,
    parse_capacity,
    parse_index,
    parse_options,
    parse_table,
)

if TYPE_CHECKING:
    from yunmock.tablestore.context import Context
    from yunmock.tablestore.model import Index, Table

KEY_TYPE_NUMBERS = {name: number for number, name in KEY_TYPES.items()}
DEFINED_TYPE_NUMBERS = {name: number for number, name in DEFINED_TYPES.items()}


def check_ready(ctx: Context, table: Table) -> None:
    """Refuse rows of a table that was made a moment ago (`Settings.table_ready_after_ms`).

    Raises:
        OTSError: OTSTableNotReady.
    """
    if ctx.now_ms < table.created_ms + ctx.settings.table_ready_after_ms:
        raise errors.TABLE_NOT_READY.error()


def create_table(ctx: Context, request: Any) -> Any:
    """CreateTable, with the indexes it names."""
    for part, asked in (
        ("stream_spec", request.stream_spec.enable_stream),
        ("sse_spec", request.sse_spec.enable),
        ("partitions", bool(request.partitions)),
    ):
        if asked:
            raise errors.NOT_EMULATED.error(name=f"CreateTable with {part}")
    with ctx.store.atomic():
        _count_call(ctx)
        table = parse_table(request, ctx.limits, ctx.now_ms)
        made = [parse_index(meta, table, ctx.limits, ctx.now_ms) for meta in request.index_metas]
        _check_index_count(ctx, len(made))
        _check_new(ctx, [table.name, *(index.name for index, _ in made)])
        ctx.store.put_table(table._replace(indexes=tuple(index for index, _ in made)))
        for _, behind in made:
            ctx.store.put_table(behind)
    return pb.CreateTableResponse()


def _check_new(ctx: Context, names: list[str]) -> None:
    if len(set(names)) < len(names) or any(ctx.store.find_table(name) for name in names):
        raise errors.TABLE_EXISTS.error()
    if len(list(ctx.store.tables())) + len(names) > ctx.limits.tables:
        raise errors.TOO_MANY_TABLES.error()


def _check_index_count(ctx: Context, count: int) -> None:
    if count > ctx.limits.indexes_per_table:
        raise errors.INDEX_COUNT.error(limit=ctx.limits.indexes_per_table)


def list_table(ctx: Context, _request: Any) -> Any:
    """ListTable: tables, not the ones behind indexes."""
    _count_call(ctx)
    return pb.ListTableResponse(table_names=[table.name for table in ctx.store.tables() if table.base is None])


def describe_table(ctx: Context, request: Any) -> Any:
    """DescribeTable."""
    _count_call(ctx)
    table = ctx.store.table(request.table_name)
    answer = pb.DescribeTableResponse(
        table_meta=_meta(table),
        reserved_throughput_details=_throughput(table),
        table_options=_options(table),
        index_metas=[_index_meta(index) for index in table.indexes],
    )
    answer.sse_details.enable = False
    return answer


def update_table(ctx: Context, request: Any) -> Any:
    """UpdateTable: options and reserved throughput."""
    if request.HasField("stream_spec"):
        raise errors.NOT_EMULATED.error(name="UpdateTable with stream_spec")
    if not (request.HasField("table_options") or request.HasField("reserved_throughput")):
        raise errors.NOTHING_TO_UPDATE.error()
    with ctx.store.atomic():
        _count_call(ctx)
        table = _updated(ctx, ctx.store.table(request.table_name), request)
        ctx.store.put_table(table)
        for index in table.indexes:
            ctx.store.put_table(ctx.store.table(index.name)._replace(options=table.options))
    return pb.UpdateTableResponse(reserved_throughput_details=_throughput(table), table_options=_options(table))


def _updated(ctx: Context, table: Table, request: Any) -> Table:
    if table.base is not None:
        raise errors.INDEX_READ_ONLY.error()
    interval_ms = ctx.limits.update_table_interval_ms
    if interval_ms is not None and table.created_ms < table.updated_ms > ctx.now_ms - interval_ms:
        raise errors.TABLE_CALLS_TOO_FREQUENT.error()
    if request.HasField("table_options"):
        table = table._replace(options=parse_options(request.table_options, table.options, ctx.limits))
    if table.indexes and table.options.max_versions != 1:
        raise errors.INDEX_MAX_VERSIONS.error()
    capacity = parse_capacity(request.reserved_throughput.capacity_unit, table.reserved)
    return table._replace(reserved=capacity, updated_ms=ctx.now_ms)


def delete_table(ctx: Context, request: Any) -> Any:
    """DeleteTable: the table, its rows, and its secondary indexes."""
    with ctx.store.atomic():
        _count_call(ctx)
        table = ctx.store.table(request.table_name)
        if table.base is not None:
            raise errors.INDEX_READ_ONLY.error()
        for index in table.indexes:
            indexes.forget(ctx, index)
        transactions.forget(ctx, table)
        ctx.store.drop_table(table.name)
    return pb.DeleteTableResponse()


def create_index(ctx: Context, request: Any) -> Any:
    """CreateIndex: with `include_base_data` the rows that are there already are indexed too."""
    with ctx.store.atomic():
        _count_call(ctx)
        table = ctx.store.table(request.main_table_name)
        if table.base is not None:
            raise errors.INDEX_READ_ONLY.error()
        local = request.index_meta.index_type == pb.IT_LOCAL_INDEX
        building_ms = 0 if local or not request.include_base_data else ctx.settings.index_lag_ms
        index, behind = parse_index(request.index_meta, table, ctx.limits, ctx.now_ms + building_ms)
        _check_index_count(ctx, len(table.indexes) + 1)
        _check_new(ctx, [index.name])
        ctx.store.put_table(table._replace(indexes=(*table.indexes, index)))
        ctx.store.put_table(behind)
        if request.include_base_data:
            indexes.build(ctx, table, index)
    return pb.CreateIndexResponse()


def drop_index(ctx: Context, request: Any) -> Any:
    """DropIndex."""
    with ctx.store.atomic():
        _count_call(ctx)
        table = ctx.store.table(request.main_table_name)
        index = next((index for index in table.indexes if index.name == request.index_name), None)
        if index is None:
            raise errors.NOT_AN_INDEX.error()
        indexes.forget(ctx, index)
        ctx.store.put_table(table._replace(indexes=tuple(i for i in table.indexes if i is not index)))
    return pb.DropIndexResponse()


def _count_call(ctx: Context) -> None:
    """Count a table call against `Limits.table_calls_per_s`, which is off unless a test sets it."""
    most = ctx.limits.table_calls_per_s
    if most is None:
        return
    with ctx.store.atomic():
        if ctx.store.next_number(b"table calls %d" % (ctx.now_ms // 1000), 1) > most:
            raise errors.TABLE_CALLS_TOO_FREQUENT.error()


def _meta(table: Table) -> Any:
    meta = pb.TableMeta(table_name=table.name)
    for column in table.key:
        schema = meta.primary_key.add(name=column.name, type=KEY_TYPE_NUMBERS[column.type])
        if column.auto_increment:
            schema.option = pb.AUTO_INCREMENT
    for name, kind in table.defined:
        meta.defined_column.add(name=name, type=DEFINED_TYPE_NUMBERS[kind])
    return meta


def _throughput(table: Table) -> Any:
    read, write = table.reserved
    return pb.ReservedThroughputDetails(
        capacity_unit=pb.CapacityUnit(read=read, write=write), last_increase_time=table.updated_ms // 1000
    )


def _options(table: Table) -> Any:
    options = table.options
    return pb.TableOptions(
        time_to_live=options.ttl_s,
        max_versions=options.max_versions,
        deviation_cell_version_in_sec=options.deviation_s,
        allow_update=options.allow_update,
    )


def _index_meta(index: Index) -> Any:
    return pb.IndexMeta(
        name=index.name,
        primary_key=index.key,
        defined_column=index.columns,
        index_update_mode=pb.IUM_SYNC_INDEX if index.local else pb.IUM_ASYNC_INDEX,
        index_type=pb.IT_LOCAL_INDEX if index.local else pb.IT_GLOBAL_INDEX,
    )
