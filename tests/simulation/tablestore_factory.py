"""Opens empty Tablestores for schedules: the vendor's SDK on the local cloud, in memory."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

from opsledger.store.tables import TABLES
from opsledger.store.tablestore import TablestoreStore, open_client

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

ENDPOINT = "https://simulated.cn-hangzhou.ots.aliyuncs.com"


class TablestoreFactory:
    """Opens one empty store after the other; opening the next drops the tables of the one before."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._numbers = count()
        self._last: TablestoreStore | None = None

    def __enter__(self) -> Self:
        from yunmock import mock_aliyun  # noqa: PLC0415 - only this store needs the local cloud

        self._cloud = self._stack.enter_context(mock_aliyun())
        account = self._cloud.account
        self._client = open_client(ENDPOINT, "simulated", account.access_key_id, account.access_key_secret, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self) -> TablestoreStore:
        """Open an empty store."""
        if self._last is not None:
            self._drop_tables(self._last)
        self._last = TablestoreStore(self._client, f"s{next(self._numbers)}_")
        self._last.create_tables()
        self._cloud.calls.clear()
        return self._last

    def _drop_tables(self, store: TablestoreStore) -> None:
        for table in TABLES:
            for index in table.indexes:
                self._client.delete_secondary_index(store.name(table), store.name(index))
            self._client.delete_table(store.name(table))
