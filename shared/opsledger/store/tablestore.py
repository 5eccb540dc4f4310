"""The store on Tablestore through the vendor's SDK: for the command line, and for functions that are set to it.

The SDK's retries are off: they go on into the invocation's last second, and they resend conditional writes that have
landed and report the SDK's own write as a conflict.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from opsledger.store.calls import Bound, RangePage, Refusal, RowFound, ServiceError, UnansweredError
from opsledger.store.deferred import deferred
from opsledger.store.remote import RemoteStore
from opsledger.store.tables import TABLES

# At import the SDK warns on standard error that its compiled codec exists for one Python version alone.
logging.getLogger("tablestore").addHandler(logging.NullHandler())

# The SDK imports these four for its asynchronous client, for SQL and for time series, none of which is used here. They
# take two thirds of its import time.
with deferred(aiohttp=("ClientTimeout",), asyncio=(), crc32c=(), numpy=()):
    import tablestore as ots
    import urllib3.exceptions
    from google.protobuf.message import DecodeError
    from tablestore.error import OTSClientError, OTSServiceError
    from tablestore.retry import NoRetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.store.calls import KeyRange, PrimaryKey, RowPut
    from opsledger.store.tables import Table


def open_client(
    endpoint: str,
    instance: str,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None,
    region: str | None = None,
) -> ots.OTSClient:
    """A client without retries, and with a socket timeout that fits into an invocation.

    Args:
        region: the instance's, to sign by version 4.
    """
    logger = logging.getLogger(LOGGER)
    if logger.level == logging.NOTSET:
        # Where its logger has no level, the SDK formats every request for a debug line that is then dropped: with the
        # contents, and more work than sending it.
        logger.setLevel(logging.INFO)
    return ots.OTSClient(
        endpoint,
        access_key_id,
        access_key_secret,
        instance,
        sts_token=security_token or None,
        region=region,
        retry_policy=NoRetryPolicy(),
        socket_timeout=SOCKET_TIMEOUT_S,
        logger_name=LOGGER,
    )


SOCKET_TIMEOUT_S = 5
DAY_S = 86_400
LOGGER = "opsledger.tablestore"


class TablestoreStore(RemoteStore):
    """The tables of one instance, which it can also create; `prefix` is in front of each name."""

    def __init__(self, client: ots.OTSClient, prefix: str = "") -> None:
        super().__init__(SdkClient(client), prefix)
        self.client = client

    def table_names(self) -> set[str]:
        """The names of the instance's tables and indexes."""
        return set(self.call(lambda: _asked(self.client.list_table)))

    def missing_tables(self) -> list[Table]:
        """The tables of this version that the instance lacks."""
        existing = self.table_names()
        return [table for table in TABLES if self.name(table) not in existing]

    def create_tables(self, ledger_days: int | None = None, *, encrypted: bool = False) -> list[str]:
        """Create the tables and indexes that are missing, and return their names.

        Args:
            ledger_days: how long a row of the ledger is kept; None keeps it for ever.
            encrypted: encrypt what is stored with the key of the service in KMS. It can only be chosen when a table is
                made (help.aliyun.com/zh/tablestore/data-encryption).
        """
        at_rest = [ots.SSESpecification(enable=True, key_type=ots.SSEKeyType.SSE_KMS_SERVICE)] if encrypted else []
        missing = self.missing_tables()
        for table in missing:
            definition = self._definition(table, ledger_days)
            self.call(lambda: _asked(self.client.create_table, *definition, *at_rest))  # noqa: B023 - called at once
        return [self.name(table) for table in missing]

    def _definition(self, table: Table, ledger_days: int | None) -> tuple[Any, ...]:
        indexes = [ots.SecondaryIndexMeta(self.name(i), [n for n, _ in i.columns], []) for i in table.indexes]
        defined = [column for index in table.indexes for column in index.columns]
        meta = ots.TableMeta(self.name(table), list(table.key), list(dict.fromkeys(defined)))
        options = ots.TableOptions(max_version=1)
        if table.expires and ledger_days is not None:
            # A table with an index may have a time to live only where rows are never updated, only put
            # (alibabacloud.com/help/en/tablestore, "TTL of a table with secondary indexes", 2026-02).
            options = ots.TableOptions(time_to_live=ledger_days * DAY_S, max_version=1, allow_update=False)
        return meta, options, ots.ReservedThroughput(ots.CapacityUnit(0, 0)), indexes


class SdkClient:
    """The calls of a store, made by the SDK."""

    def __init__(self, client: ots.OTSClient) -> None:
        self._client = client

    def batch_get_row(
        self, tables: Mapping[str, Sequence[PrimaryKey]]
    ) -> Mapping[str, Sequence[RowFound | Refusal | None]]:
        """Read rows of each table by their keys, in order; None where there is no row."""
        request = ots.BatchGetRowRequest()
        for name, keys in tables.items():
            request.add(ots.TableInBatchGetRowItem(name, [_key(key) for key in keys], max_version=1))
        result = _asked(self._client.batch_get_row, request)
        found = {name: [_got(item) for item in result.get_result_by_table(name) or ()] for name in tables}
        _complete(tables, found)
        return found

    def batch_write_row(self, tables: Mapping[str, Sequence[RowPut]]) -> Mapping[str, Sequence[Refusal | None]]:
        """Write rows of each table, each under its condition, in order; None where it was written."""
        request = ots.BatchWriteRowRequest()
        for name, puts in tables.items():
            request.add(ots.TableInBatchWriteRowItem(name, [_item(put) for put in puts]))
        result = _asked(self._client.batch_write_row, request)
        written = {name: [_refusal(item) for item in result.table_of_put.get(name, ())] for name in tables}
        _complete(tables, written)
        return written

    def get_range(self, asked: KeyRange, limit: int) -> RangePage:
        """Read the first rows of a range, at most `limit`."""
        direction = ots.Direction.BACKWARD if asked.backward else ots.Direction.FORWARD
        ends = _key(asked.start), _key(asked.end)
        _, following, rows, _ = _asked(
            self._client.get_range, asked.table, direction, *ends, limit=limit, max_version=1
        )
        found = [RowFound(_values(row.primary_key), _columns(row.attribute_columns)) for row in rows]
        return RangePage(found, None if following is None else _values(following))


def _asked(operation: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return operation(*arguments, **options)
    except OTSServiceError as error:
        raise ServiceError(error.code, error.message, error.http_status) from None
    except (OTSClientError, urllib3.exceptions.HTTPError, OSError, *_UNREADABLE) as error:
        raise UnansweredError(type(error).__name__) from error


_UNREADABLE = (DecodeError, LookupError, TypeError, ValueError)
"""What the SDK raises when it reads an answer that is cut off or answers something else."""


def _complete(asked: Mapping[str, Sequence[object]], answered: Mapping[str, Sequence[object]]) -> None:
    if any(len(asked[name]) != len(answered[name]) for name in asked):
        raise UnansweredError("the answer has another number of rows than the request")


def _got(item: Any) -> RowFound | Refusal | None:
    if not item.is_ok:
        return Refusal(item.error_code, item.error_message)
    return None if item.row is None else RowFound(_values(item.row.primary_key), _columns(item.row.attribute_columns))


def _refusal(item: Any) -> Refusal | None:
    return None if item.is_ok else Refusal(item.error_code, item.error_message)


_BOUNDS = {Bound.MIN: ots.INF_MIN, Bound.MAX: ots.INF_MAX}


def _key(key: PrimaryKey) -> list[tuple[str, Any]]:
    return [(name, _BOUNDS[value] if isinstance(value, Bound) else _sent(value)) for name, value in key]


def _sent(value: Any) -> Any:
    # The SDK sends bytes as STRING; only bytearray is BINARY.
    return bytearray(value) if value.__class__ is bytes else value


def _values(key: Iterable[tuple[str, Any]]) -> PrimaryKey:
    return tuple((name, bytes(value) if isinstance(value, bytearray) else value) for name, value in key)


def _item(put: RowPut) -> ots.PutRowItem:
    columns = [(name, _sent(value)) for name, value in put.columns.items()]
    return ots.PutRowItem(ots.Row(_key(put.key), columns), _condition(put.revision))


_NO_ROW = ots.Condition(ots.RowExistenceExpectation.EXPECT_NOT_EXIST)


def _condition(revision: int | None) -> ots.Condition:
    if revision is None:
        return _NO_ROW
    column = ots.SingleColumnCondition(
        "revision", revision, ots.ComparatorType.EQUAL, pass_if_missing=False, latest_version_only=True
    )
    return ots.Condition(ots.RowExistenceExpectation.EXPECT_EXIST, column)


def _columns(cells: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    return {cell[0]: bytes(cell[1]) if isinstance(cell[1], bytearray) else cell[1] for cell in cells}
