"""The functions' roles in the template, enforced on the store of a simulated invocation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.errors import MisconfiguredError
from opsledger.variables import DEFAULT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsledger.store import Key, Put, Row, Store, Written
    from opsledger.store.tables import Index, Table

EVENTS = "opsledger-ecs-events-cn-hangzhou"
POLLER = "opsledger-eci-poller-cn-hangzhou"
NOTIFIER = "opsledger-notifier-cn-hangzhou"
SWEEPER = "opsledger-sweeper-cn-hangzhou"


class RoleStore:
    """A store that refuses what a function's role does not grant.

    Args:
        old_tables: whether the stack grants reading the tables of version 0.1.
    """

    def __init__(self, store: Store, role: str, *, old_tables: bool = False) -> None:
        self._store, self._role, self._old_tables = store, role, old_tables

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read rows."""
        self._check("ots:BatchGetRow", (key.table.stored_as for key in keys))
        return self._store.read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows."""
        self._check("ots:BatchWriteRow", (put.key.table.stored_as for put in puts))
        return self._store.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Walk an index."""
        self._check("ots:GetRange", [index.name])
        return self._store.walk(index, prefix, **options)

    def _check(self, action: str, tables: Iterable[str]) -> None:
        for table in tables:
            if (action, table) not in _granted(self._role, old_tables=self._old_tables):
                raise MisconfiguredError(f"the role {self._role} does not grant {action} on {table}")


@lru_cache
def _granted(role: str, *, old_tables: bool) -> frozenset[tuple[str, str]]:
    template = read(OldTables="read" if old_tables else "none")
    statements = [s for document in policies(template)[role] for s in document["Statement"]]
    return frozenset(
        (action, str(resource).rpartition(f"table/{DEFAULT_PREFIX}")[2])
        for statement in statements
        for action in statement["Action"]
        for resource in statement["Resource"]
    )
