"""Check the definitions of tables and indexes in requests, and convert them to what is kept.

Sources: help.aliyun.com/en/tablestore, CreateTable, table options (2026-04), limits on secondary indexes (2021).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from yunmock.tablestore import errors
from yunmock.tablestore.fields import ENABLE_LOCAL_TXN, sent
from yunmock.tablestore.messages import pb
from yunmock.tablestore.model import KeyColumn, SecondaryIndex, StoredTable, TableOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

    from yunmock.tablestore.limits import TablestoreLimits
    from yunmock.tablestore.requests import CapacityUnit, CreateTableRequest, IndexMeta, TableMeta

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
KEY_TYPES = {pb.INTEGER: "INTEGER", pb.STRING: "STRING", pb.BINARY: "BINARY"}
DEFINED_TYPES = {
    pb.DCT_INTEGER: "INTEGER",
    pb.DCT_DOUBLE: "DOUBLE",
    pb.DCT_BOOLEAN: "BOOLEAN",
    pb.DCT_STRING: "STRING",
    pb.DCT_BLOB: "BINARY",
}
DEFAULT_DEVIATION_S = 86_400
LARGEST_DEVIATION_S = (2**63 - 1) // 1_000_000


def parse_table(request: CreateTableRequest, limits: TablestoreLimits, now_ms: int) -> StoredTable:
    """The table that a CreateTable request defines, without its indexes.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    meta = request.table_meta
    check_table_name(meta.table_name, limits)
    if not request.HasField("table_options") or not request.table_options.HasField("time_to_live"):
        raise errors.TTL_MISSING.error()
    if not request.table_options.HasField("max_versions"):
        raise errors.MAX_VERSIONS_MISSING.error()
    key = _key(meta, limits)
    return StoredTable(
        meta.table_name,
        key,
        _defined(meta, key, limits),
        parse_options(request.table_options, TableOptions(-1, 1, DEFAULT_DEVIATION_S, allow_update=True), limits),
        parse_capacity(request.reserved_throughput.capacity_unit, (0, 0)),
        now_ms,
        now_ms,
        local_transactions=sent(cast("Message", request), ENABLE_LOCAL_TXN),
        encrypted=request.sse_spec.enable,
    )


def check_table_name(name: str, limits: TablestoreLimits) -> None:
    """Refuse an invalid name of a table or an index.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    if not NAME.match(name) or len(name) > limits.name_length:
        raise errors.INVALID_TABLE_NAME.error(name=name)


def _key(meta: TableMeta, limits: TablestoreLimits) -> tuple[KeyColumn, ...]:
    if not 1 <= len(meta.primary_key) <= limits.key_columns:
        raise errors.KEY_COLUMN_COUNT.error(limit=limits.key_columns)
    _check_distinct((column.name for column in meta.primary_key), errors.DUPLICATE_KEY_COLUMN)
    for column in meta.primary_key:
        _check_column_name(column.name, limits)
        if column.type not in KEY_TYPES:
            kind = pb.PrimaryKeyType.Name(column.type).removeprefix("PK_")
            raise errors.KEY_COLUMN_TYPE.error(type=kind)
    _check_auto_increment(meta)
    return tuple(
        KeyColumn(column.name, KEY_TYPES[column.type], column.HasField("option")) for column in meta.primary_key
    )


def _check_auto_increment(meta: TableMeta) -> None:
    counting = [column for column in meta.primary_key if column.HasField("option")]
    if len(counting) > 1:
        raise errors.AUTO_INCREMENT_COUNT.error()
    if counting and counting[0].type != pb.INTEGER:
        raise errors.AUTO_INCREMENT_TYPE.error()
    if counting and meta.primary_key[0].HasField("option"):
        raise errors.AUTO_INCREMENT_FIRST.error(table=meta.table_name)


def _defined(meta: TableMeta, key: tuple[KeyColumn, ...], limits: TablestoreLimits) -> tuple[tuple[str, str], ...]:
    if len(meta.defined_column) > limits.defined_columns:
        raise errors.DEFINED_COLUMN_COUNT.error(limit=limits.defined_columns)
    names = [column.name for column in meta.defined_column]
    _check_distinct(names, errors.DUPLICATE_DEFINED_COLUMN)
    for name in names:
        _check_column_name(name, limits)
        if any(column.name == name for column in key):
            raise errors.COLUMN_IS_KEY.error(name=name)
    return tuple((column.name, DEFINED_TYPES[column.type]) for column in meta.defined_column)


def _check_column_name(name: str, limits: TablestoreLimits) -> None:
    if not NAME.match(name) or len(name) > limits.name_length:
        raise errors.INVALID_COLUMN_NAME.error(name=name)


def _check_distinct(names: Iterable[str], refusal: errors.Refusal) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refusal.error(name=name)
        seen.add(name)


def parse_options(message: Message, present: TableOptions, limits: TablestoreLimits) -> TableOptions:
    """The present options, replaced by those that the message has.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    names = {
        "ttl_s": "time_to_live",
        "max_versions": "max_versions",
        "deviation_s": "deviation_cell_version_in_sec",
        "allow_update": "allow_update",
    }
    given = {ours: getattr(message, theirs) for ours, theirs in names.items() if message.HasField(theirs)}
    if not given:
        raise errors.NO_TABLE_OPTION.error()
    options = present._replace(**given)
    _check_options(options, limits)
    return options


def _check_options(options: TableOptions, limits: TablestoreLimits) -> None:
    if options.ttl_s == 0 or options.ttl_s < -1:
        raise errors.TTL_INVALID.error()
    if 0 < options.ttl_s < limits.min_ttl_s:
        raise errors.TTL_TOO_SHORT.error(minimum=limits.min_ttl_s)
    if options.max_versions <= 0:
        raise errors.MAX_VERSIONS_INVALID.error()
    if not 0 <= options.deviation_s <= LARGEST_DEVIATION_S:
        raise errors.DEVIATION_INVALID.error()


def parse_capacity(message: CapacityUnit, present: tuple[int, int]) -> tuple[int, int]:
    """Reserved (read, write) units; the present ones where none are given.

    Raises:
        TablestoreError: OTSParameterInvalid.
    """
    read = message.read if message.HasField("read") else present[0]
    write = message.write if message.HasField("write") else present[1]
    if min(read, write) < 0:
        raise errors.CAPACITY_INVALID.error(units=min(read, write))
    return read, write


def parse_index(
    meta: IndexMeta, table: StoredTable, limits: TablestoreLimits, ready_ms: int
) -> tuple[SecondaryIndex, StoredTable]:
    """The index that the message describes on `table`, and the table behind it.

    The index's key is the columns asked for and then those of the table's key that were not among them.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong.
    """
    check_table_name(meta.name, limits)
    local = meta.index_type == pb.IT_LOCAL_INDEX
    if local != (meta.index_update_mode == pb.IUM_SYNC_INDEX):
        raise errors.INDEX_MODE.error()
    if table.options.max_versions != 1:
        raise errors.INDEX_MAX_VERSIONS.error()
    if not 1 <= len(meta.primary_key) <= limits.index_key_columns:
        raise errors.INDEX_KEY_COUNT.error(limit=limits.index_key_columns)
    _check_distinct([*meta.primary_key, *meta.defined_column], errors.INDEX_DUPLICATE_COLUMN)
    if local and meta.primary_key[0] != table.key[0].name:
        raise errors.INDEX_LOCAL_FIRST.error()
    index = SecondaryIndex(meta.name, tuple(meta.primary_key), tuple(meta.defined_column), local, ready_ms)
    return index, _index_table(index, table)


def _index_table(index: SecondaryIndex, table: StoredTable) -> StoredTable:
    defined = dict(table.defined)
    types = {**defined, **{column.name: column.type for column in table.key}}
    for name in (*index.key, *index.columns):
        if name not in types:
            raise errors.INDEX_COLUMN_UNKNOWN.error(name=name)
    key = [*index.key, *(name for name in table.key_names if name not in index.key)]
    if any(types[name] not in KEY_TYPES.values() for name in key):
        raise errors.INDEX_COLUMN_TYPE.error()
    return table._replace(
        name=index.name,
        key=tuple(KeyColumn(name, types[name]) for name in key),
        defined=tuple((name, types[name]) for name in index.columns),
        indexes=(),
        base=table.name,
    )
