"""The parts of the vendor's request messages that yunmock reads, as types; the vendor ships none.

Fields and names are those of `table_store.proto` and `table_store_filter.proto` in the vendor's SDK. Values of
enumerations are integers, and a bytes field holds what `plainbuffer` or `filters` decodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message


class Fields(Protocol):
    """A message that can say whether an optional field was sent."""

    def HasField(self, name: str, /) -> bool:  # noqa: N802 - protobuf's name
        """Whether the field was sent."""


class TableRequest(Protocol):
    """A request about one table and nothing more: DescribeTable, DeleteTable."""

    table_name: str


class KeyColumnSchema(Fields, Protocol):
    """PrimaryKeySchema; `option` is sent for an auto-increment column alone."""

    name: str
    type: int


class DefinedColumnSchema(Protocol):
    """DefinedColumnSchema."""

    name: str
    type: int


class TableMeta(Protocol):
    """TableMeta."""

    table_name: str
    primary_key: Sequence[KeyColumnSchema]
    defined_column: Sequence[DefinedColumnSchema]


class CapacityUnit(Fields, Protocol):
    """CapacityUnit, reserved or consumed."""

    read: int
    write: int


class ReservedThroughput(Protocol):
    """ReservedThroughput."""

    capacity_unit: CapacityUnit


class IndexMeta(Protocol):
    """IndexMeta."""

    name: str
    primary_key: Sequence[str]
    defined_column: Sequence[str]
    index_update_mode: int
    index_type: int


class StreamSpecification(Protocol):
    """StreamSpecification."""

    enable_stream: bool


class SseSpecification(Fields, Protocol):
    """SSESpecification: encryption at rest."""

    enable: bool
    key_type: int


class CreateTableRequest(Fields, Protocol):
    """CreateTable."""

    table_meta: TableMeta
    reserved_throughput: ReservedThroughput
    table_options: Message
    partitions: Sequence[object]
    stream_spec: StreamSpecification
    sse_spec: SseSpecification
    index_metas: Sequence[IndexMeta]


class UpdateTableRequest(TableRequest, Fields, Protocol):
    """UpdateTable."""

    reserved_throughput: ReservedThroughput
    table_options: Message


class CreateIndexRequest(Protocol):
    """CreateIndex."""

    main_table_name: str
    index_meta: IndexMeta
    include_base_data: bool


class DropIndexRequest(Protocol):
    """DropIndex."""

    main_table_name: str
    index_name: str


class WriteCondition(Protocol):
    """Condition of a write."""

    row_existence: int
    column_condition: bytes


class ReturnContent(Protocol):
    """ReturnContent: what a write answers of the row."""

    return_type: int
    return_column_names: Sequence[str]


class WriteOptions(Protocol):
    """What every write of a row has, alone or in a batch."""

    condition: WriteCondition
    return_content: ReturnContent


class WriteRequest(WriteOptions, TableRequest, Protocol):
    """What PutRow, UpdateRow and DeleteRow have in common."""

    transaction_id: str


class PutRowRequest(WriteRequest, Protocol):
    """PutRow."""

    row: bytes


class UpdateRowRequest(WriteRequest, Protocol):
    """UpdateRow."""

    row_change: bytes


class DeleteRowRequest(WriteRequest, Protocol):
    """DeleteRow."""

    primary_key: bytes


class TimeRange(Fields, Protocol):
    """TimeRange: milliseconds."""

    start_time: int
    end_time: int
    specific_time: int


class ReadOptions(Fields, Protocol):
    """What every read has: which columns and versions, and the filter. `token` is one or, in a batch, many."""

    columns_to_get: Sequence[str]
    time_range: TimeRange
    max_versions: int
    filter: bytes
    start_column: str
    end_column: str

    @property
    def token(self) -> bytes | Sequence[bytes]:
        """Where to read on within a row; yunmock gives none out."""


class GetRowRequest(ReadOptions, TableRequest, Protocol):
    """GetRow."""

    primary_key: bytes
    transaction_id: str


class GetRangeRequest(ReadOptions, TableRequest, Protocol):
    """GetRange."""

    direction: int
    limit: int
    inclusive_start_primary_key: bytes
    exclusive_end_primary_key: bytes
    transaction_id: str


class TableInBatchGetRow(ReadOptions, TableRequest, Protocol):
    """One table of a BatchGetRow, with the keys of the rows to get."""

    primary_key: Sequence[bytes]


class RowInBatchWriteRow(WriteOptions, Protocol):
    """One row of a BatchWriteRow; `type` is PUT, UPDATE or DELETE."""

    type: int
    row_change: bytes


class TableInBatchWriteRow(TableRequest, Protocol):
    """One table of a BatchWriteRow."""

    rows: Sequence[RowInBatchWriteRow]


class BatchRequest(Protocol):
    """What both batches have in common."""

    @property
    def tables(self) -> Sequence[TableRequest]:
        """The tables, each with its rows or keys."""


class BatchGetRowRequest(Protocol):
    """BatchGetRow."""

    tables: Sequence[TableInBatchGetRow]


class BatchWriteRowRequest(Protocol):
    """BatchWriteRow."""

    tables: Sequence[TableInBatchWriteRow]
    transaction_id: str


class StartLocalTransactionRequest(TableRequest, Protocol):
    """StartLocalTransaction."""

    key: bytes


class EndTransactionRequest(Protocol):
    """CommitTransaction and AbortTransaction."""

    transaction_id: str


class SplitPointsRequest(TableRequest, Fields, Protocol):
    """ComputeSplitPointsBySize."""

    split_size: int
    split_size_unit_in_byte: int


class FilterMessage(Protocol):
    """Filter: the type says which message `filter` encodes."""

    type: int
    filter: bytes


class CastRule(Protocol):
    """ValueTransferRule: the part of a string to compare, and as what type."""

    regex: str
    cast_type: int
