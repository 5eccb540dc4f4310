"""The tables and their indexes, defined once: for the code, `init-tables`, the templates and the docs.

Every first key column begins with four hex digits of a hash of the rest, so that neighbours in time or name do not
share a partition (help.aliyun.com/en/tablestore/use-cases/table-design).
"""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

Type = Literal["STRING", "INTEGER"]
HASH_DIGITS = 4


class Index(NamedTuple):
    """A global secondary index of one table; its rows carry the table's key after their own columns."""

    name: str
    table: str
    columns: tuple[tuple[str, Type], ...]
    serves: str


class Table:
    """A wide-column table; there is one object for each table, and keys of rows compare by it.

    Attributes:
        key: the primary-key columns and their types, in order; names: the same without types.
        holds: what one row is, for the docs.
    """

    __slots__ = ("holds", "indexes", "key", "name", "names")

    def __init__(
        self, name: str, key: tuple[tuple[str, Type], ...], holds: str, indexes: tuple[Index, ...] = ()
    ) -> None:
        self.name, self.key, self.holds, self.indexes = name, key, holds, indexes
        self.names = tuple(column for column, _ in key)

    def __repr__(self) -> str:
        return f"<table {self.name}>"


LEDGER = Table(
    "ledger",
    (("resource", "STRING"), ("at", "INTEGER"), ("notification", "STRING")),
    "One row per distinct notification, never changed: the normalised fields, and the content as received.",
)
BY_KIND = Index(
    "records_by_kind",
    "records",
    (("kind", "STRING"), ("last_seen", "INTEGER")),
    "All records of one kind, newest first.",
)
BY_STATUS = Index(
    "records_by_status",
    "records",
    (("status", "STRING"), ("due_key", "INTEGER")),
    "All records in one status, by deadline: which are open, and which are due next.",
)
BY_RESOURCE = Index("records_by_resource", "records", (("resource_id", "STRING"),), "All records of one resource.")
RECORDS = Table(
    "records",
    (("record", "STRING"),),
    "One row per tracked entity: its status, deadlines, transitions and anomalies.",
    (BY_KIND, BY_STATUS, BY_RESOURCE),
)
BY_REASON = Index(
    "quarantine_by_reason",
    "quarantine",
    (("reason", "STRING"), ("last_received", "INTEGER")),
    "All entries with one reason, newest first.",
)
QUARANTINE = Table(
    "quarantine",
    (("payload", "STRING"), ("part", "INTEGER")),
    "One row per distinct refused payload: its bytes, the reason and errors, and how often and when it arrived.",
    (BY_REASON,),
)

CURSORS = Table(
    "cursors",
    (("cursor", "STRING"),),
    "One row per poller and region: how far it has read, and the page that the current round reads next.",
)

ECI_GROUPS_OPEN = Index(
    "eci_groups_open",
    "eci_groups",
    (("open_in", "STRING"),),
    "The container groups of one region and bucket that have not ended, or of which something is still to be recorded.",
)
ECI_GROUPS = Table(
    "eci_groups",
    (("group", "STRING"),),
    "One row per container group that the poller has seen: its last status, and what is still to be recorded of it.",
    (ECI_GROUPS_OPEN,),
)

TABLES = (LEDGER, RECORDS, QUARANTINE, CURSORS, ECI_GROUPS)


def hashed(name: str) -> str:
    """`name` behind its hash prefix."""
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:HASH_DIGITS]}:{name}"


def unhashed(value: str) -> str:
    """The inverse of `hashed`."""
    return value[HASH_DIGITS + 1 :]
