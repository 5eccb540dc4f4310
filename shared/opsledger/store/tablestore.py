"""The store on Tablestore, through the vendor's SDK.

The SDK's retries are off: they go on into the invocation's last second, and they resend conditional writes that have
landed and report the SDK's own write as a conflict. Here each call is one attempt, one table maps every failure, and
`commit` retries within the time that is left.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from opsledger.errors import (
    MisconfiguredError,
    StoreRefusedError,
    ThrottledError,
    UnavailableError,
    WorldFailedError,
)
from opsledger.store import PAGE_ROWS, Key, PageSize, Put, Row, Value, Written
from opsledger.store.deferred import deferred
from opsledger.store.tables import TABLE_OF, TABLES, Index, Table

# The SDK imports these four for its asynchronous client, for SQL and for time series, none of which is used here. They
# take two thirds of its import time.
with deferred(aiohttp=("ClientTimeout",), asyncio=(), crc32c=(), numpy=()):
    import tablestore as ots
    import urllib3.exceptions
    from tablestore.error import OTSClientError, OTSServiceError
    from tablestore.retry import NoRetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DAY_S = 86_400

# Service codes and the errors they become ("Tablestore error codes", alibabacloud.com/help/en/tablestore).
_ERRORS: dict[str, type[WorldFailedError]] = {
    "OTSServerBusy": ThrottledError,
    "OTSNotEnoughCapacityUnit": ThrottledError,
    "OTSCapacityUnitExhausted": ThrottledError,
    "OTSOperationThrottled": ThrottledError,
    "OTSQuotaExhausted": ThrottledError,
    "OTSRowOperationConflict": ThrottledError,
    "OTSOperationConflict": ThrottledError,
    "OTSTableNotReady": UnavailableError,
    "OTSPartitionUnavailable": UnavailableError,
    "OTSServerUnavailable": UnavailableError,
    "OTSInternalServerError": UnavailableError,
    "OTSTimeout": UnavailableError,
    "OTSRequestTimeout": UnavailableError,
    "OTSObjectNotExist": MisconfiguredError,
    "OTSAuthFailed": MisconfiguredError,
    "OTSNoPermissionAccess": MisconfiguredError,
}
_CONDITION_FAILED = "OTSConditionCheckFail"


def open_client(
    endpoint: str, instance: str, access_key_id: str, access_key_secret: str, security_token: str | None
) -> ots.OTSClient:
    """A client without retries, and with a socket timeout that fits into an invocation."""
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
        retry_policy=NoRetryPolicy(),
        socket_timeout=SOCKET_TIMEOUT_S,
        logger_name=LOGGER,
    )


SOCKET_TIMEOUT_S = 5
LOGGER = "opsledger.tablestore"


class TablestoreStore:
    """The tables of one instance; `prefix` is in front of each name."""

    def __init__(self, client: ots.OTSClient, prefix: str = "") -> None:
        self.client = client
        self._prefix = prefix

    def name(self, table: Table | Index) -> str:
        """The name of `table` in the instance."""
        return self._prefix + (table.stored_as if isinstance(table, Table) else table.name)

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows that exist among `keys`, in one BatchGetRow."""
        if not keys:
            return {}
        request = ots.BatchGetRowRequest()
        by_table: dict[Table, list[Key]] = {}
        for key in keys:
            by_table.setdefault(key.table, []).append(key)
        for table, own in by_table.items():
            rows = [_primary_key(key) for key in own]
            request.add(ots.TableInBatchGetRowItem(self.name(table), rows, max_version=1))
        result = self._call(self.client.batch_get_row, request)
        found: dict[Key, Row] = {}
        for table, own in by_table.items():
            for key, item in zip(own, result.get_result_by_table(self.name(table)), strict=True):
                if not item.is_ok:
                    raise _error(item.error_code, item.error_message)
                if item.row is not None:
                    found[key] = Row(key, _columns(item.row.attribute_columns))
        return found

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write `puts` in one BatchWriteRow; each row succeeds or fails by itself."""
        if not puts:
            return []
        assert len({put.key for put in puts}) == len(puts), "Tablestore refuses a row that is twice in a batch"
        request = ots.BatchWriteRowRequest()
        by_table = _grouped(puts)
        for table, own in by_table.items():
            request.add(ots.TableInBatchWriteRowItem(self.name(table), [_item(put) for put in own]))
        result = self._call(self.client.batch_write_row, request)
        # Within a table the answers come in the order of its rows.
        answers = {table: iter(result.get_put_by_table(self.name(table))) for table in by_table}
        return [_written(next(answers[put.key.table])) for put in puts]

    def walk(
        self,
        index: Index | Table,
        prefix: Sequence[str | int],
        *,
        reverse: bool = False,
        start: Sequence[str | int] = (),
        end: Sequence[str | int] = (),
        page: PageSize | None = None,
    ) -> Iterator[Row]:
        """The rows whose key begins with `prefix`, by GetRange, a page at a time."""
        table = index if isinstance(index, Table) else TABLE_OF[index.name]
        own = () if isinstance(index, Table) else tuple(name for name, _ in index.columns)
        names = (*own, *table.names)
        first, last = (ots.INF_MAX, ots.INF_MIN) if reverse else (ots.INF_MIN, ots.INF_MAX)
        begin, stop = _bound(names, (*prefix, *start), first), _bound(names, (*prefix, *end), first if end else last)
        direction = ots.Direction.BACKWARD if reverse else ots.Direction.FORWARD
        for row in self._range(index, direction, begin, stop, page):
            path = dict(row.primary_key)
            columns = {**{n: path[n] for n in own}, **_columns(row.attribute_columns)}
            yield Row(Key(table, tuple(path[name] for name in table.names)), columns)

    def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
        """The rows of `table` behind `key`, in key order, by GetRange; all when it is empty.

        Only backups and migrations read a whole table.
        """
        start = list(zip(table.names, key, strict=True)) if key else [(name, ots.INF_MIN) for name in table.names]
        for row in self._range(table, ots.Direction.FORWARD, start, [(name, ots.INF_MAX) for name in table.names]):
            values = tuple(value for _, value in row.primary_key)
            if values != tuple(key):  # a range includes its start
                yield Row(Key(table, values), _columns(row.attribute_columns))

    def _range(
        self, table: Table | Index, direction: str, start: Any, end: Any, page: PageSize | None = None
    ) -> Iterator[Any]:
        while start is not None:
            limit = PAGE_ROWS if page is None else page()
            _, start, rows, _ = self._call(
                self.client.get_range, self.name(table), direction, start, end, limit=limit, max_version=1
            )
            yield from rows

    def table_names(self) -> set[str]:
        """The names of the instance's tables and indexes."""
        return set(self._call(self.client.list_table))

    def create_tables(self, ledger_days: int | None = None) -> list[str]:
        """Create the tables and indexes that are missing, and return their names.

        Args:
            ledger_days: how long a row of the ledger is kept; None keeps it for ever.
        """
        existing = self.table_names()
        missing = [table for table in TABLES if self.name(table) not in existing]
        for table in missing:
            self._call(self.client.create_table, *self._definition(table, ledger_days))
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

    def _call(self, operation: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return operation(*arguments, **options)
        except OTSServiceError as error:
            raise _error(error.code, error.message, error.http_status) from None
        except (OTSClientError, urllib3.exceptions.HTTPError, OSError) as error:
            # No reply, or one that is not Tablestore's: the operation may have been performed.
            raise UnavailableError(f"no answer from Tablestore: {type(error).__name__}") from error


def _error(code: str, message: str, status: int = 0) -> WorldFailedError:
    # A proxy or gateway answers 502 or 503 with another code or none.
    kind = _ERRORS.get(code, UnavailableError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StoreRefusedError)
    hint = "; are the tables made? (opsledger init-tables --remote)" if code == "OTSObjectNotExist" else ""
    return kind(f"Tablestore answered {code or status}: {message}{hint}")


def _written(item: Any) -> Written:
    if item.is_ok:
        return Written.LANDED
    if item.error_code == _CONDITION_FAILED:
        return Written.CONDITION_FAILED
    error = _error(item.error_code, item.error_message)
    if error.retryable:
        return Written.TRY_AGAIN
    raise error


def _grouped(puts: Sequence[Put]) -> dict[Table, list[Put]]:
    groups: dict[Table, list[Put]] = {}
    for put in puts:
        groups.setdefault(put.key.table, []).append(put)
    return groups


def _bound(names: Sequence[str], values: Sequence[str | int], rest: Any) -> list[tuple[str, Any]]:
    """One end of a range: the first columns at `values`, the others at `rest`."""
    return [*zip(names, values, strict=False), *((name, rest) for name in names[len(values) :])]


def _primary_key(key: Key) -> list[tuple[str, str | int]]:
    return list(zip(key.table.names, key.values, strict=True))


def _item(put: Put) -> ots.PutRowItem:
    # The SDK sends bytes as STRING; only bytearray is BINARY.
    columns = [(n, bytearray(v) if v.__class__ is bytes else v) for n, v in put.columns.items()]
    return ots.PutRowItem(ots.Row(_primary_key(put.key), columns), _condition(put))


_NO_ROW = ots.Condition(ots.RowExistenceExpectation.EXPECT_NOT_EXIST)


def _condition(put: Put) -> ots.Condition:
    if put.revision is None:
        return _NO_ROW
    revision = ots.SingleColumnCondition(
        "revision", put.revision, ots.ComparatorType.EQUAL, pass_if_missing=False, latest_version_only=True
    )
    return ots.Condition(ots.RowExistenceExpectation.EXPECT_EXIST, revision)


def _columns(cells: Sequence[tuple[Any, ...]]) -> dict[str, Value]:
    return {cell[0]: bytes(cell[1]) if isinstance(cell[1], bytearray) else cell[1] for cell in cells}
