"""The tables and their indexes, defined once: for the code, `init-tables`, the templates and the docs.

Every first key column begins with four hex digits of a hash of the rest, so that neighbours in time or name do not
share a partition (help.aliyun.com/en/tablestore/use-cases/table-design). An index whose rows would otherwise begin with
a status, a kind or a reason begins with a bucket instead: the first of those digits. `buckets` reads all sixteen.

Indexes and their columns are fixed when a table is made. So a new schema gets new tables beside the old ones, under
names that end in its version; `old_tables` and `opsledger migrate` move the rows.
"""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

Type = Literal["STRING", "INTEGER"]
HASH_DIGITS = 4
BUCKETS = tuple("0123456789abcdef")
"""The buckets of an index: every value of the first hex digit of a key's hash. Stored rows have them, so never change
them."""
_BUCKET: tuple[str, Type] = ("bucket", "STRING")


class Index(NamedTuple):
    """A global secondary index of one table; its rows carry the table's key after their own columns.

    A row that lacks one of the columns is not in the index.
    """

    name: str
    table: str
    columns: tuple[tuple[str, Type], ...]
    serves: str


class Table:
    """A wide-column table; there is one object for each table, and keys of rows compare by it.

    Attributes:
        name: what it is called in code and backups, whatever its schema.
        stored_as: its name in the instance, behind the prefix.
        key: the primary-key columns and their types, in order; names: the same without types.
        holds: what one row is, for the docs.
        expires: whether rows may have a time to live.
    """

    __slots__ = ("expires", "holds", "indexes", "key", "name", "names", "stored_as")

    def __init__(
        self,
        name: str,
        key: tuple[tuple[str, Type], ...],
        holds: str,
        indexes: tuple[Index, ...] = (),
        *,
        stored_as: str = "",
        expires: bool = False,
    ) -> None:
        self.name, self.key, self.holds, self.indexes = name, key, holds, indexes
        self.stored_as, self.expires = stored_as or name, expires
        self.names = tuple(column for column, _ in key)

    def __repr__(self) -> str:
        return f"<table {self.stored_as}>"


def _spread(name: str, table: str, own: tuple[tuple[str, Type], ...], serves: str) -> Index:
    """An index whose rows begin with the bucket, because its own columns alone would put neighbours together."""
    return Index(name, table, (_BUCKET, *own), serves)


BY_ENVELOPE = Index(
    "ledger_v3_by_envelope",
    "ledger",
    (("envelope_id", "STRING"),),
    "The rows that a delivery with this id wrote.",
)
LEDGER = Table(
    "ledger",
    (("resource", "STRING"), ("at", "INTEGER"), ("notification", "STRING")),
    "One row per distinct notification, never changed: the normalised fields, and the content as received.",
    (BY_ENVELOPE,),
    stored_as="ledger_v3",
    expires=True,
)
BY_RESOURCE = Index("records_v3_by_resource", "records", (("resource_id", "STRING"),), "All records of one resource.")
OPEN = _spread(
    "records_v3_open",
    "records",
    (("move_by", "INTEGER"),),
    "The open records by the moment by which they should move; those that the sweeper has marked come first.",
)
BY_KIND = _spread(
    "records_v3_by_kind",
    "records",
    (("kind", "STRING"), ("last_seen", "INTEGER")),
    "All records of one kind, newest first.",
)
BY_STATUS = _spread(
    "records_v3_by_status",
    "records",
    (("status", "STRING"), ("last_seen", "INTEGER")),
    "All records in one status, newest first.",
)
NOTIFY = _spread(
    "records_v3_notify",
    "records",
    (("notify_at", "INTEGER"),),
    "The records of which something is to be sent, by when.",
)
RECORDS = Table(
    "records",
    (("record", "STRING"),),
    "One row per tracked entity: its status, deadlines, transitions and anomalies.",
    (BY_RESOURCE, OPEN, BY_KIND, BY_STATUS, NOTIFY),
    stored_as="records_v3",
)
BY_REASON = _spread(
    "quarantine_v3_by_reason",
    "quarantine",
    (("reason", "STRING"), ("last_received", "INTEGER")),
    "All entries with one reason, newest first.",
)
NOTIFY_REFUSED = _spread(
    "quarantine_v3_notify",
    "quarantine",
    (("notify_at", "INTEGER"),),
    "The entries of which something is to be sent, by when.",
)
QUARANTINE = Table(
    "quarantine",
    (("payload", "STRING"), ("part", "INTEGER")),
    "One row per distinct refused payload: its bytes, the reason and errors, and how often and when it arrived.",
    (BY_REASON, NOTIFY_REFUSED),
    stored_as="quarantine_v3",
)

CURSORS = Table(
    "cursors",
    (("cursor", "STRING"),),
    "One row per poller and region: how far it has read, and the page that the current round reads next. One row each "
    "for the sweeper and the migration: where they stand; for the redriver: what it did last; for the totals: what the "
    "sweeper counted last.",
)

ECI_GROUPS_OPEN = Index(
    "eci_groups_open",
    "eci_groups",
    (("open_in", "STRING"),),
    "The container groups of one region and bucket that ECI still has, or of which something is to be recorded.",
)
ECI_GROUPS = Table(
    "eci_groups",
    (("group", "STRING"),),
    "One row per container group that the poller has seen: its last status, and what is still to be recorded of it.",
    (ECI_GROUPS_OPEN,),
)

DELIVERIES_DUE = _spread(
    "deliveries_due",
    "deliveries",
    (("due_at", "INTEGER"),),
    "What is still to be sent, by when; what is being sent, by when its lease is over.",
)
DELIVERIES_BY_STATE = _spread(
    "deliveries_by_state",
    "deliveries",
    (("state", "STRING"), ("planned_at", "INTEGER")),
    "The deliveries in one state, newest first.",
)
DELIVERIES_BY_SUBJECT = Index(
    "deliveries_by_subject", "deliveries", (("subject", "STRING"),), "All that was sent of one record."
)
DELIVERIES_BY_MESSAGE = Index(
    "deliveries_by_message", "deliveries", (("message", "STRING"),), "All that one message was about."
)
DELIVERIES = Table(
    "deliveries",
    (("delivery", "STRING"),),
    "One row per stage of a record and channel: what became of sending it, and what the channel answered.",
    (DELIVERIES_DUE, DELIVERIES_BY_STATE, DELIVERIES_BY_SUBJECT, DELIVERIES_BY_MESSAGE),
)
NOTIFY_LIMITS = Table(
    "notify_limits",
    (("limit", "STRING"),),
    "One row per channel, with when messages were sent to it, and per muted record, with until when.",
)

NOTES = Table(
    "notes",
    (("record", "STRING"), ("at", "INTEGER"), ("note", "STRING")),
    "One row per note that a person made on a record, never changed: an acknowledgement, an assignment, a comment.",
)

RESOURCES_BY_NAME = Index(
    "resources_by_name", "resources", (("name", "STRING"),), "The resources that have, or last had, this name."
)
RESOURCES = Table(
    "resources",
    (("resource", "STRING"),),
    "One row per resource that an API has described: its name, tags, owner, zone and type, and as of when.",
    (RESOURCES_BY_NAME,),
)
DRILLS = Table(
    "drills",
    (("record", "STRING"),),
    "One row per record of a simulated event: who made it, when, and which channels get its messages.",
)
VERDICTS_PENDING = Index(
    "verdicts_pending",
    "verdicts",
    (_BUCKET, ("region", "STRING"), ("judge_at", "INTEGER")),
    "The events of one region whose verdict may change, by when it is to be looked at.",
)
VERDICTS_BY_KIND = Index(
    "verdicts_by_kind",
    "verdicts",
    (_BUCKET, ("verdict", "STRING"), ("since", "INTEGER")),
    "The events with one verdict, newest first.",
)
NOTIFY_VERDICTS = Index(
    "verdicts_notify",
    "verdicts",
    (_BUCKET, ("notify_at", "INTEGER")),
    "The verdicts of which something is to be sent, by when.",
)
VERDICTS = Table(
    "verdicts",
    (("record", "STRING"),),
    "One row per event that the reconciler compared: what ECS says of it, and whether that agrees with what arrived.",
    (VERDICTS_PENDING, VERDICTS_BY_KIND, NOTIFY_VERDICTS),
)

TABLES = (
    *(LEDGER, RECORDS, QUARANTINE, CURSORS, ECI_GROUPS, DELIVERIES, NOTIFY_LIMITS),
    *(NOTES, RESOURCES, DRILLS, VERDICTS),
)
TABLE_OF = {index.name: table for table in TABLES for index in table.indexes}
"""The table of each index."""

OLD_LEDGER = Table("ledger", LEDGER.key, "The ledger of version 0.1.")
OLD_RECORDS = Table("records", RECORDS.key, "The records of version 0.1.")
OLD_QUARANTINE = Table("quarantine", QUARANTINE.key, "The quarantine of version 0.1.")
REPLACED_BY = {OLD_LEDGER: LEDGER, OLD_RECORDS: RECORDS, OLD_QUARANTINE: QUARANTINE}
"""The tables of version 0.1 (schemas 1 and 2), and those that `opsledger migrate` copies them to. The code uses none of
their indexes."""


def hashed(name: str) -> str:
    """`name` behind its hash prefix."""
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:HASH_DIGITS]}:{name}"


def unhashed(value: str) -> str:
    """The inverse of `hashed`."""
    return value[HASH_DIGITS + 1 :]


def bucket(value: str) -> str:
    """The bucket of the row whose first key column is `value`, made by `hashed`."""
    return value[0]
