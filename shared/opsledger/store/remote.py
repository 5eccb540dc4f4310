"""The store on Tablestore, through a client that makes one attempt a call.

One table maps every failure, and `commit` retries within the time that is left.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar, cast

from opsledger.errors import (
    MisconfiguredError,
    StoreRefusedError,
    ThrottledError,
    UnavailableError,
    WorldFailedError,
)
from opsledger.store import PAGE_ROWS, Key, Put, Row, Value, Written
from opsledger.store.calls import Bound, KeyRange, Refusal, RowPut, ServiceError, UnansweredError
from opsledger.store.tables import TABLE_OF, Index, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opsledger.store import PageSize
    from opsledger.store.calls import Client, PrimaryKey, RangePage, RowFound

T = TypeVar("T")

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


class RemoteStore:
    """The tables of one instance; `prefix` is in front of each name."""

    def __init__(self, client: Client, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix

    def name(self, table: Table | Index) -> str:
        """The name of `table` in the instance."""
        return self._prefix + (table.stored_as if isinstance(table, Table) else table.name)

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows that exist among `keys`, in one BatchGetRow."""
        if not keys:
            return {}
        by_table: dict[str, list[Key]] = {}
        for key in keys:
            by_table.setdefault(self.name(key.table), []).append(key)
        asked = {name: [_primary_key(key) for key in own] for name, own in by_table.items()}
        answers = self.call(lambda: self._client.batch_get_row(asked))
        found: dict[Key, Row] = {}
        for name, own in by_table.items():
            for key, answer in zip(own, answers[name], strict=True):
                if isinstance(answer, Refusal):
                    raise _error(*answer)
                if answer is not None:
                    found[key] = Row(key, _columns(answer.columns))
        return found

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write `puts` in one BatchWriteRow; each row succeeds or fails by itself."""
        if not puts:
            return []
        assert len({put.key for put in puts}) == len(puts), "Tablestore refuses a row that is twice in a batch"
        asked: dict[str, list[RowPut]] = {}
        for put in puts:
            row = RowPut(_primary_key(put.key), put.columns, put.revision)
            asked.setdefault(self.name(put.key.table), []).append(row)
        answers = self.call(lambda: self._client.batch_write_row(asked))
        # Within a table the answers come in the order of its rows.
        following = {name: iter(own) for name, own in answers.items()}
        return [_written(next(following[self.name(put.key.table)])) for put in puts]

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
        first, last = (Bound.MAX, Bound.MIN) if reverse else (Bound.MIN, Bound.MAX)
        begin, stop = _end(names, (*prefix, *start), first), _end(names, (*prefix, *end), first if end else last)
        for row in self._range(KeyRange(self.name(index), begin, stop, reverse), page):
            path = dict(row.key)
            columns = {**{name: path[name] for name in own}, **row.columns}
            yield Row(Key(table, _values(path[name] for name in table.names)), _columns(columns))

    def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
        """The rows of `table` behind `key`, in key order, by GetRange; all when it is empty.

        Only backups and migrations read a whole table.
        """
        start, end = _end(table.names, key, Bound.MIN), _end(table.names, (), Bound.MAX)
        for row in self._range(KeyRange(self.name(table), start, end)):
            values = _values(value for _, value in row.key)
            if values != tuple(key):  # a range includes its start
                yield Row(Key(table, values), _columns(row.columns))

    def _range(self, asked: KeyRange, page: PageSize | None = None) -> Iterator[RowFound]:
        rest: KeyRange | None = asked
        while rest is not None:
            answer = self._page(rest, PAGE_ROWS if page is None else page())
            yield from answer.rows
            rest = None if answer.next_start is None else rest._replace(start=answer.next_start)

    def _page(self, asked: KeyRange, limit: int) -> RangePage:
        return self.call(lambda: self._client.get_range(asked, limit))

    def call(self, ask: Callable[[], T]) -> T:
        """What `ask` returns.

        Raises:
            WorldFailedError: of the kind that the failure means.
        """
        try:
            return ask()
        except ServiceError as error:
            raise _error(error.code, error.message, error.status) from None
        except UnansweredError as error:
            # No reply, or one that is not Tablestore's: the operation may have been performed.
            raise UnavailableError(f"no answer from Tablestore: {error}") from error


def _error(code: str, message: str, status: int = 0) -> WorldFailedError:
    # A proxy or gateway answers 502 or 503 with another code or none.
    kind = _ERRORS.get(code, UnavailableError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StoreRefusedError)
    hint = "; are the tables made? (opsledger init-tables --remote)" if code == "OTSObjectNotExist" else ""
    return kind(f"Tablestore answered {code or status}: {message}{hint}")


def _written(refusal: Refusal | None) -> Written:
    if refusal is None:
        return Written.LANDED
    if refusal.code == _CONDITION_FAILED:
        return Written.CONDITION_FAILED
    error = _error(*refusal)
    if error.retryable:
        return Written.TRY_AGAIN
    raise error


def _primary_key(key: Key) -> PrimaryKey:
    return tuple(zip(key.table.names, key.values, strict=True))


def _end(names: Sequence[str], values: Sequence[str | int], rest: Bound) -> PrimaryKey:
    """One end of a range: the first columns at `values`, the others at `rest`."""
    return (*zip(names, values, strict=False), *((name, rest) for name in names[len(values) :]))


def _values(values: Iterable[object]) -> tuple[str | int, ...]:
    return cast("tuple[str | int, ...]", tuple(values))  # the tables have no other type of key


def _columns(columns: Mapping[str, object]) -> Mapping[str, Value]:
    return cast("Mapping[str, Value]", columns)  # nor a column with a float
