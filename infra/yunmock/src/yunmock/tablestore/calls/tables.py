"""The calls on tables and their secondary indexes.

Sources: help.aliyun.com/en/tablestore, CreateTable, UpdateTable, DescribeTable, CreateIndex, DropIndex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.identifiers import new_uuid
from yunmock.tablestore import errors, fields, indexes, transactions
from yunmock.tablestore.fields import with_fields
from yunmock.tablestore.lookup import is_ready
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
    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import SecondaryIndex, StoredTable
    from yunmock.tablestore.requests import (
        CreateIndexRequest,
        CreateTableRequest,
        DropIndexRequest,
        TableRequest,
        UpdateTableRequest,
    )

KEY_TYPE_NUMBERS = {name: number for number, name in KEY_TYPES.items()}
AT_ONCE = 0
"""When an index that needs no building is ready: at any time, so that the clock may go back."""
DEFINED_TYPE_NUMBERS = {name: number for number, name in DEFINED_TYPES.items()}


def create_table(ctx: RequestContext, request: CreateTableRequest) -> Message:
    """CreateTable, with the indexes it names."""
    for part, asked in (
        ("stream_spec", request.stream_spec.enable_stream),
        ("sse_spec", _has_key_of_its_own(request)),
        ("partitions", bool(request.partitions)),
    ):
        if asked:
            raise errors.NOT_EMULATED.error(name=f"CreateTable with {part}")
    with ctx.state.atomic():
        _count_call(ctx)
        table = parse_table(request, ctx.limits, ctx.now_ms)
        made = [parse_index(meta, table, ctx.limits, AT_ONCE) for meta in request.index_metas]
        _check_index_count(ctx, len(made))
        _check_new(ctx, [table.name, *(index.name for index, _ in made)])
        _put_new(ctx, table._replace(indexes=tuple(index for index, _ in made)))
        for _, index_table in made:
            _put_new(ctx, index_table)
    answer: Message = pb.CreateTableResponse()
    return answer


def _has_key_of_its_own(request: CreateTableRequest) -> bool:
    """Whether encryption is asked for with another key than the service's."""
    asked = request.sse_spec
    return asked.enable and not (asked.HasField("key_type") and asked.key_type == pb.SSE_KMS_SERVICE)


def _put_new(ctx: RequestContext, table: StoredTable) -> None:
    ctx.state.put_table(table._replace(table_id=str(new_uuid())))


def _check_new(ctx: RequestContext, names: list[str]) -> None:
    if len(set(names)) < len(names) or any(ctx.state.find_table(name) for name in names):
        raise errors.TABLE_EXISTS.error()
    if len(list(ctx.state.tables())) + len(names) > ctx.limits.tables:
        raise errors.TOO_MANY_TABLES.error()


def _check_index_count(ctx: RequestContext, count: int) -> None:
    if count > ctx.limits.indexes_per_table:
        raise errors.INDEX_COUNT.error(limit=ctx.limits.indexes_per_table)


def list_table(ctx: RequestContext, _request: object) -> Message:
    """ListTable: tables, without index tables."""
    _count_call(ctx)
    names = [table.name for table in ctx.state.tables() if table.base is None]
    answer: Message = pb.ListTableResponse(table_names=names)
    return answer


def describe_table(ctx: RequestContext, request: TableRequest) -> Message:
    """DescribeTable."""
    _count_call(ctx)
    table = ctx.state.table(request.table_name)
    answer: Message = pb.DescribeTableResponse(
        table_meta=_meta(table),
        reserved_throughput_details=_throughput(table),
        table_options=_options(table),
        stream_details=_stream_details(),
        index_metas=[_index_meta(index, ctx.now_ms) for index in table.indexes],
        sse_details=pb.SSEDetails(enable=table.encrypted, key_type=pb.SSE_KMS_SERVICE if table.encrypted else None),
    )
    added: dict[int, int | bytes] = {
        fields.TABLE_STATUS: fields.ACTIVE if is_ready(ctx, table) else fields.LOADING,
        fields.CREATION_TIME: table.created_ms * 1000,
        fields.INNER_INFO: fields.encode_fields({1: 0}),
        fields.UNNAMED_13: 0,
    }
    return with_fields(answer, added)


def update_table(ctx: RequestContext, request: UpdateTableRequest) -> Message:
    """UpdateTable: options and reserved throughput."""
    if request.HasField("stream_spec"):
        raise errors.NOT_EMULATED.error(name="UpdateTable with stream_spec")
    if not (request.HasField("table_options") or request.HasField("reserved_throughput")):
        raise errors.NOTHING_TO_UPDATE.error()
    with ctx.state.atomic():
        _count_call(ctx)
        table = _updated(ctx, ctx.state.table(request.table_name), request)
        ctx.state.put_table(table)
        for index in table.indexes:
            ctx.state.put_table(ctx.state.table(index.name)._replace(options=table.options))
    answer: Message = pb.UpdateTableResponse(
        reserved_throughput_details=_throughput(table),
        table_options=_options(table),
        stream_details=_stream_details(),
    )
    return answer


def _updated(ctx: RequestContext, table: StoredTable, request: UpdateTableRequest) -> StoredTable:
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


def delete_table(ctx: RequestContext, request: TableRequest) -> Message:
    """DeleteTable: the table, its rows, and its secondary indexes."""
    with ctx.state.atomic():
        _count_call(ctx)
        table = ctx.state.table(request.table_name)
        if table.base is not None:
            raise errors.INDEX_READ_ONLY.error()
        for index in table.indexes:
            indexes.forget(ctx, index)
        transactions.forget(ctx, table)
        ctx.state.drop_table(table.name)
    answer: Message = pb.DeleteTableResponse()
    return answer


def create_index(ctx: RequestContext, request: CreateIndexRequest) -> Message:
    """CreateIndex: with `include_base_data` the existing rows are indexed too."""
    with ctx.state.atomic():
        _count_call(ctx)
        table = ctx.state.table(request.main_table_name)
        if table.base is not None:
            raise errors.INDEX_READ_ONLY.error()
        local = request.index_meta.index_type == pb.IT_LOCAL_INDEX
        building_ms = 0 if local or not request.include_base_data else ctx.settings.index_lag_ms
        ready_ms = ctx.now_ms + building_ms if building_ms else AT_ONCE
        index, index_table = parse_index(request.index_meta, table, ctx.limits, ready_ms)
        _check_index_count(ctx, len(table.indexes) + 1)
        _check_new(ctx, [index.name])
        ctx.state.put_table(table._replace(indexes=(*table.indexes, index)))
        _put_new(ctx, index_table)
        if request.include_base_data:
            indexes.build(ctx, table, index)
    answer: Message = pb.CreateIndexResponse()
    return answer


def drop_index(ctx: RequestContext, request: DropIndexRequest) -> Message:
    """DropIndex."""
    with ctx.state.atomic():
        _count_call(ctx)
        table = ctx.state.table(request.main_table_name)
        index = next((index for index in table.indexes if index.name == request.index_name), None)
        if index is None:
            raise errors.NOT_AN_INDEX.error()
        indexes.forget(ctx, index)
        ctx.state.put_table(table._replace(indexes=tuple(i for i in table.indexes if i is not index)))
    answer: Message = pb.DropIndexResponse()
    return answer


def _count_call(ctx: RequestContext) -> None:
    """Count a table call against `TablestoreLimits.table_calls_per_s`, which is off unless a test sets it."""
    limit = ctx.limits.table_calls_per_s
    if limit is None:
        return
    with ctx.state.atomic():
        if ctx.state.next_number(b"table calls %d" % (ctx.now_ms // 1000), 1) > limit:
            raise errors.TABLE_CALLS_TOO_FREQUENT.error()


def _meta(table: StoredTable) -> Message:
    key = [
        pb.PrimaryKeySchema(
            name=column.name,
            type=KEY_TYPE_NUMBERS[column.type],
            option=pb.AUTO_INCREMENT if column.auto_increment else None,
        )
        for column in table.key
    ]
    defined = [pb.DefinedColumnSchema(name=name, type=DEFINED_TYPE_NUMBERS[kind]) for name, kind in table.defined]
    meta: Message = pb.TableMeta(table_name=table.name, primary_key=key, defined_column=defined)
    return with_fields(meta, {fields.TABLE_ID: table.table_id.encode()})


def _throughput(table: StoredTable) -> Message:
    read, write = table.reserved
    details: Message = pb.ReservedThroughputDetails(
        capacity_unit=pb.CapacityUnit(read=read, write=write), last_increase_time=table.updated_ms // 1000
    )
    return details


def _options(table: StoredTable) -> Message:
    options = table.options
    message: Message = pb.TableOptions(
        time_to_live=options.ttl_s,
        max_versions=options.max_versions,
        deviation_cell_version_in_sec=options.deviation_s,
        allow_update=options.allow_update,
    )
    return with_fields(message, {fields.UPDATE_FULL_ROW: 0})


def _stream_details() -> Message:
    details: Message = pb.StreamDetails(enable_stream=False, last_enable_time=0)
    return details


def _index_meta(index: SecondaryIndex, now_ms: int) -> Message:
    meta: Message = pb.IndexMeta(
        name=index.name,
        primary_key=index.key,
        defined_column=index.columns,
        index_update_mode=pb.IUM_SYNC_INDEX if index.local else pb.IUM_ASYNC_INDEX,
        index_type=pb.IT_LOCAL_INDEX if index.local else pb.IT_GLOBAL_INDEX,
    )
    phase = fields.FULL if now_ms < index.ready_ms else fields.INCREMENTAL
    return with_fields(meta, {fields.INDEX_SYNC_PHASE: phase})
