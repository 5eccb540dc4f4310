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
    """A store that refuses what a function's role does not grant."""

    def __init__(self, store: Store, role: str) -> None:
        self._store, self._role = store, role

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read rows."""
        _check(self._role, "ots:BatchGetRow", (key.table.stored_as for key in keys))
        return self._store.read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows."""
        _check(self._role, "ots:BatchWriteRow", (put.key.table.stored_as for put in puts))
        return self._store.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Walk an index."""
        _check(self._role, "ots:GetRange", [index.name])
        return self._store.walk(index, prefix, **options)


def _check(role: str, action: str, tables: Iterable[str]) -> None:
    for table in tables:
        if (action, table) not in _granted(role):
            raise MisconfiguredError(f"the role {role} does not grant {action} on {table}")


@lru_cache
def _granted(role: str) -> frozenset[tuple[str, str]]:
    statements = [s for document in policies(read())[role] for s in document["Statement"]]
    return frozenset(
        (action, str(resource).rpartition(f"table/{DEFAULT_PREFIX}")[2])
        for statement in statements
        for action in statement["Action"]
        for resource in statement["Resource"]
    )
