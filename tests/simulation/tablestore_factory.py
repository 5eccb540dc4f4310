"""Opens empty Tablestores for schedules: either client on the local cloud, in memory."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import tablestore as ots

from opsledger.store.remote import RemoteStore
from opsledger.store.tables import REPLACED_BY, TABLES
from opsledger.store.tablestore import TablestoreStore, open_client
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

ENDPOINT = "https://simulated.cn-hangzhou.ots.aliyuncs.com"
CALL_S = 30.0
"""How long a call may take: the local cloud answers at once."""


class TablestoreFactory:
    """Opens one empty store after the other; opening the next drops the tables of the one before.

    Args:
        wire: on OpsLedger's own client instead of the vendor's SDK.
    """

    def __init__(self, *, wire: bool = False) -> None:
        self._wire = wire
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

    def __call__(self) -> RemoteStore:
        """Open an empty store."""
        if self._last is not None:
            self._drop_tables(self._last)
        prefix = f"s{next(self._numbers)}_"
        self._last = TablestoreStore(self._client, prefix)
        self._last.create_tables()
        for table in REPLACED_BY:
            meta = ots.TableMeta(self._last.name(table), list(table.key))
            throughput = ots.ReservedThroughput(ots.CapacityUnit(0, 0))
            self._client.create_table(meta, ots.TableOptions(max_version=1), throughput)
        self._cloud.calls.clear()
        return self._on_wire(prefix) if self._wire else self._last

    def _on_wire(self, prefix: str) -> RemoteStore:
        keys = Credentials(self._cloud.account.access_key_id, self._cloud.account.access_key_secret)
        return RemoteStore(WireClient(ENDPOINT, "simulated", keys, lambda: CALL_S), prefix)

    def _drop_tables(self, store: TablestoreStore) -> None:
        for table in (*TABLES, *REPLACED_BY):
            for index in table.indexes:
                self._client.delete_secondary_index(store.name(table), store.name(index))
            self._client.delete_table(store.name(table))
