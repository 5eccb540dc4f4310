"""Rows of the tables `records` and `ledger`: their columns, and how they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import catalog, timestamps
from opsledger.ledger import codec, state
from opsledger.ledger.record import Record
from opsledger.store import Key, Put
from opsledger.store.tables import LEDGER, RECORDS, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.ledger.notification import Notification
    from opsledger.store import Row, Value

NO_DUE = timestamps.LATEST_MS
"""`due_key` of a record without a deadline, so that it sorts behind those that have one."""


# -------------------------------------------------------------------------------------------------- records
def record_key(record: str) -> Key:
    """The key of the row of the record called `record`."""
    return Key(RECORDS, (hashed(record),))


def record_columns(record: Record) -> dict[str, Value]:
    """The columns of a record, less those of `commit`.

    `state` holds the whole record; the other columns are derived from it, for indexes and people.
    """
    summary = state.summarize(record)
    columns: dict[str, Value | None] = {
        "schema": codec.SCHEMA,
        "product": record.product,
        "kind": record.kind,
        "type": summary.type,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": summary.status,
        "status_at": summary.status_at,
        "terminal": summary.terminal,
        "outcome": summary.outcome.value,
        "severity": summary.severity,
        "region": record.region,
        "account": record.account,
        "not_before": summary.not_before,
        "due": summary.due,
        "due_key": NO_DUE if summary.due is None or summary.presumed else summary.due,
        "overdue_since": summary.overdue_since,
        "presumed_since": record.overdue_at if summary.presumed else None,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
        "first_seen": summary.first_seen,
        "last_seen": summary.last_seen or 0,
        "anomalies": len(summary.anomalies),
        "state": codec.write_state(record, summary.transitions),
    }
    return {name: value for name, value in columns.items() if value is not None}


def read_record(row: Row) -> Record:
    """The record in a row of any schema version so far."""
    columns = row.columns
    kept = codec.read_state(str(columns["state"]))
    return Record(
        key=unhashed(str(row.key.values[0])),
        kind=str(columns["kind"]),
        product=str(columns["product"]),
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions={transition.key: transition for transition in kept.transitions},
        first_at=kept.first_at,
        truncated=kept.truncated,
        also=kept.also,
        overdue_at=_moment(columns, "overdue_since") or _moment(columns, "presumed_since"),
    )


# --------------------------------------------------------------------------------------------------- ledger
def ledger_put(notification: Notification, received_ms: int, request_id: str) -> Put:
    """The ledger row of a notification: written once, never changed."""
    record, transition = notification.record, notification.transition
    values = (hashed(record.partition), transition.at or 0, notification.digest)
    columns: dict[str, Value | None] = {
        "schema": codec.SCHEMA,
        "record": record.key,
        "product": record.product,
        "kind": record.kind,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "account": record.account,
        "region": record.region,
        "status": transition.status,
        "type": transition.type,
        "transition": codec.write_transition(transition),
        "content": notification.content,
        "form": notification.form,
        "received": received_ms,
        "request_id": request_id,
    }
    return Put(Key(LEDGER, values), {name: value for name, value in columns.items() if value is not None})


def read_ledger(row: Row) -> Record:
    """The record of one ledger row alone, with one transition.

    Raises:
        KeyError: this version's catalogue does not have its kind.
    """
    columns = row.columns
    transition = codec.read_transition(str(columns["transition"]))
    kind = str(columns["kind"])
    return Record(
        key=str(columns["record"]),
        kind=kind,
        product=catalog.kind(kind).product,
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions={transition.key: transition},
        first_at=transition.at,
    )


def _text(columns: Mapping[str, Value], name: str) -> str | None:
    value = columns.get(name)
    return None if value is None else str(value)


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    value = columns.get(name)
    return None if value is None else int(value)
