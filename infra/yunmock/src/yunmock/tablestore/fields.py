"""Fields of the service's messages that the messages of the Python SDK lack.

SDKs of other languages send some of them on every call and need others in the answers. To the Python SDK's messages
they are unknown fields: a request's are checked here against a table, and an answer's are added as bytes.

Sources: `tablestore/otsprotocol/table_store.proto` of aliyun-tablestore-go-sdk 4.0.2 and `ots_internal_api.proto` of
aliyun-tablestore-java-sdk for names and numbers; `api.go` and `OTSProtocolBuilder.java` for what the clients send. What
the service answers is from recorded traffic: the WireMock mappings of salesforce/multicloudj, docstore-ali (2026-07).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, cast

from google.protobuf.unknown_fields import UnknownFieldSet

from yunmock.tablestore import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.message import Message

    M = TypeVar("M", bound=Message)

_VARINT, _BYTES = 0, 2  # protobuf's wire types


class UnknownField(Protocol):
    """One field of protobuf's UnknownFieldSet."""

    field_number: int
    wire_type: int
    data: object


class RequestField(NamedTuple):
    """A field that a request may have.

    Attributes:
        name: the field's name in the vendor's .proto files.
        accepted: the values that ask for what is done anyway; with any other value the request is refused.
    """

    name: str
    accepted: tuple[int, ...] = ()


ENABLE_LOCAL_TXN = 8  # of CreateTableRequest, the one field here that is read

# Each message with its fields by number. The Go SDK sends BatchWriteRow.is_atomic, and both hints of GetRange, on every
# call. Java sends is_atomic, update_full_row and enable_local_txn when the program sets them.
REQUEST_FIELDS: dict[str, dict[int, RequestField]] = {
    "TableMeta": {
        4: RequestField("index_meta"),
        5: RequestField("table_id"),
        6: RequestField("global_table_id"),
        7: RequestField("global_table_source_id"),
    },
    "TableOptions": {
        3: RequestField("bloom_filter_type"),
        4: RequestField("block_size"),
        7: RequestField("update_full_row", (0,)),
    },
    "StreamSpecification": {3: RequestField("columns_to_get")},
    "IndexMeta": {6: RequestField("index_sync_phase")},
    "CreateTableRequest": {ENABLE_LOCAL_TXN: RequestField("enable_local_txn", (0, 1))},
    # Whether the service caches what it reads changes no answer.
    "GetRowRequest": {6: RequestField("cache_blocks", (0, 1))},
    "TableInBatchGetRowRequest": {7: RequestField("cache_blocks", (0, 1))},
    "GetRangeRequest": {
        9: RequestField("cache_blocks", (0, 1)),
        15: RequestField("data_block_type_hint", (0,)),  # DBT_PLAIN_BUFFER
        16: RequestField("return_entire_primary_keys", (1,)),
        17: RequestField("compress_type_hint", (0,)),  # CPT_NONE
    },
    "RowInBatchWriteRowRequest": {5: RequestField("row_version"), 6: RequestField("source_id")},
    "BatchWriteRowRequest": {3: RequestField("is_atomic", (0,))},
}

# The numbers of fields in answers.
TABLE_ID = 5  # of TableMeta
UPDATE_FULL_ROW = 7  # of TableOptions
INDEX_SYNC_PHASE = 6  # of IndexMeta
TABLE_STATUS, CREATION_TIME = 4, 9  # of DescribeTableResponse
# The recorded DescribeTable answers have fields 12 and 13. The Go SDK calls 12 `inner_info`, a message with a string as
# field 1; the recorded one has the integer 0 there, which the Go SDK skips. No public source names 13.
INNER_INFO, UNNAMED_13 = 12, 13
DATA_BLOCK_TYPE, COMPRESS_TYPE = 5, 6  # of GetRangeResponse
STARTED_CONSUMED, ENDED_CONSUMED = 2, 1  # of StartLocalTransactionResponse; of those of Commit and Abort

# Values of enumerations.
ACTIVE, LOADING = 1, 3  # TableStatus
FULL, INCREMENTAL = 1, 2  # IndexSyncPhase: ISP_FULL, ISP_INCR
PLAIN_BUFFER, UNCOMPRESSED = 0, 0  # DataBlockType, CompressType


def drop_unknown_fields(message: Message) -> bool:
    """Drop the unknown fields at every depth, and say whether there were any: three fast calls of protobuf.

    Raises:
        EncodeError: a required field is missing.
    """
    size = message.ByteSize()
    message.DiscardUnknownFields()
    return message.ByteSize() != size


def check_fields(message: Message) -> None:
    """Refuse a request with a field, at any depth, that asks for what yunmock does not do.

    Raises:
        TablestoreError: OTSUnsupportOperation, naming the field.
    """
    for field in _unknown_fields(message):
        _check_field(message, field)
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            for part in (value,) if hasattr(value, "ListFields") else value:
                if drop_unknown_fields(copy.copy(part)):
                    check_fields(part)


def _check_field(message: Message, field: UnknownField) -> None:
    kind, number, value = message.DESCRIPTOR.name, field.field_number, field.data
    listed = message.DESCRIPTOR.fields_by_number.get(number)
    if listed is not None:  # an unknown value of an enumeration, or another type
        raise errors.FIELD_VALUE.error(field=f"{kind}.{listed.name}", value=f"{value!r:.40}")
    known = REQUEST_FIELDS.get(kind, {}).get(number)
    if known is None:
        raise errors.FIELD_NOT_EMULATED.error(number=number, message=kind)
    if field.wire_type != _VARINT:
        raise errors.NOT_EMULATED.error(name=f"{kind}.{known.name}")
    if value not in known.accepted:
        raise errors.NOT_EMULATED.error(name=f"{kind}.{known.name} = {value}")


def sent(message: Message, number: int) -> bool | None:
    """The value of a boolean of REQUEST_FIELDS in a request that `check_fields` has passed; None if it was not sent."""
    values = [bool(field.data) for field in _unknown_fields(message) if field.field_number == number]
    return values[-1] if values else None


def _unknown_fields(message: Message) -> Iterable[UnknownField]:
    # The stub of the set does not know that it can be iterated over.
    return cast("Iterable[UnknownField]", UnknownFieldSet(message))


def with_fields(message: M, fields: Mapping[int, int | bytes]) -> M:
    """The message, with these fields added by number."""
    message.MergeFromString(encode_fields(fields))
    return message


def encode_fields(fields: Mapping[int, int | bytes]) -> bytes:
    """The fields as protobuf encodes them: non-negative integers as varints; bytes, strings, messages with a length."""
    return b"".join(
        _varint(number << 3 | _VARINT) + _varint(value)
        if isinstance(value, int)
        else _varint(number << 3 | _BYTES) + _varint(len(value)) + value
        for number, value in fields.items()
    )


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes((low | 0x80,)) + _varint(rest) if rest else bytes((low,))
