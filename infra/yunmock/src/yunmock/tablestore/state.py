"""What Tablestore keeps of one instance: tables, rows, transactions and pending changes of indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from yunmock.tablestore import errors, model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from yunmock.storage import Space, Storage
    from yunmock.tablestore.model import IndexChange, StoredRow, StoredTable, Transaction

V = TypeVar("V")


class TablestoreState:
    """One instance's state in the cloud's storage."""

    def __init__(self, storage: Storage, instance: str) -> None:
        self._storage, self._instance = storage, instance
        self._prefix = f"tablestore/{instance}"
        self._rows: dict[str, Space[StoredRow]] = {}
        self._tables: Space[StoredTable] = self._space("tables", model.encode_table, model.decode_table)
        self.transactions: Space[Transaction] = self._space(
            "transactions", model.encode_transaction, model.decode_transaction
        )
        self.locks: Space[bytes] = self._space("locks", bytes, bytes)
        self.numbers: Space[int] = self._space("numbers", model.encode_number, int)
        self.pending: Space[IndexChange] = self._space("pending", model.encode_change, model.decode_change)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._storage.atomic()

    def rows(self, table: str) -> Space[StoredRow]:
        """The rows of a table or of an index."""
        space = self._rows.get(table)
        if space is None:
            space = self._rows[table] = self._space(f"rows/{table}", model.encode_row, model.decode_row)
        return space

    def find_table(self, name: str) -> StoredTable | None:
        """The table or index called `name`."""
        return self._tables.get(name.encode())

    def table(self, name: str) -> StoredTable:
        """The table or index called `name`.

        Raises:
            TablestoreError: OTSObjectNotExist.
        """
        table = self.find_table(name)
        if table is None:
            raise errors.TABLE_MISSING.error()
        return table

    def tables(self) -> Iterator[StoredTable]:
        """All tables and indexes, by name."""
        return (table for _, table in self._tables.scan())

    def put_table(self, table: StoredTable) -> None:
        """Create or replace the table."""
        _instances(self._storage).put(self._instance.encode(), b"")
        self._tables.put(table.name.encode(), table)

    def drop_table(self, name: str) -> None:
        """Delete the table and its rows."""
        self._tables.delete(name.encode())
        self.rows(name).clear()

    def next_number(self, name: bytes, minimum: int) -> int:
        """The next number of a rising sequence, at least `minimum`."""
        number = max((self.numbers.get(name) or 0) + 1, minimum)
        self.numbers.put(name, number)
        return number

    def _space(self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> Space[V]:
        return self._storage.space(f"{self._prefix}/{name}", encode, decode)


def instances(storage: Storage) -> list[str]:
    """The names of the instances that have had a table."""
    return [name.decode() for name, _ in _instances(storage).scan()]


def _instances(storage: Storage) -> Space[bytes]:
    return storage.space("tablestore/instances", bytes, bytes)
