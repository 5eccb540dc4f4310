"""Rows of the tables `records` and `ledger`: their columns, and how they are read back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from opsledger import catalog, timestamps
from opsledger.catalog.transition import whole_second
from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import codec, former, state
from opsledger.ledger.record import Record, joined_by_key
from opsledger.store import Key, Put
from opsledger.store.tables import LEDGER, RECORDS, bucket, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.notification import Notification
    from opsledger.ledger.state import Summary
    from opsledger.store import Row, Value

MARKED = -(10**15)
"""Added to `move_by` of a record that the sweeper has marked. So marked records come first in the index `open`, apart
from those that a sweep has to look at; moments are above 0 and below 10^13 ms."""


# -------------------------------------------------------------------------------------------------- records
def record_key(record: str) -> Key:
    """The key of the row of the record called `record`."""
    return Key(RECORDS, (hashed(record),))


def record_columns(record: Record) -> dict[str, Value]:
    """The columns of a record, less those of `commit`.

    `state` holds the whole record; the other columns are derived from it, for indexes and people.
    """
    summary = state.summarize(record)
    columns: dict[str, Value] = {
        "schema": codec.SCHEMA,
        "bucket": bucket(hashed(record.key)),
        "product": record.product,
        "kind": record.kind,
        "type": summary.type,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": summary.status,
        "terminal": summary.terminal,
        "outcome": summary.outcome.value,
        "severity": summary.severity,
        "last_seen": summary.last_seen or 0,
        "anomalies": len(summary.anomalies),
        "state": _state(record, summary.transitions),
    }
    perhaps: dict[str, Value | None] = {
        "account": record.account,
        "region": record.region,
        "status_at": summary.status_at,
        "first_seen": summary.first_seen,
        "not_before": summary.not_before,
        "due": summary.due,
        "move_by": _move_by(record, summary),
        "overdue_since": summary.overdue_since,
        "presumed_since": record.overdue_at if summary.presumed else None,
        "settled_by": record.settled_by,
        "settled_at": record.settled_at,
        "notify_at": record.notify_at,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
    }
    return _with_known(columns, perhaps)


def _with_known(columns: dict[str, Value], perhaps: Mapping[str, Value | None]) -> dict[str, Value]:
    """`columns`, and those of `perhaps` that have a value."""
    for name, value in perhaps.items():
        if value is not None:
            columns[name] = value  # noqa: PERF403 - a comprehension makes one dict more
    return columns


def _state(record: Record, transitions: tuple[Transition, ...]) -> str:
    return codec.write_state(
        codec.State(
            transitions,
            first_at=record.first_at,
            truncated=record.truncated,
            also=record.also,
            also_accounts=record.also_accounts,
            also_regions=record.also_regions,
        )
    )


def _move_by(record: Record, summary: Summary) -> int | None:
    """The column of the index `open`."""
    if not summary.is_open:
        return None
    moment = state.should_move_by(record, summary)
    if moment is None:
        moment = timestamps.LATEST_MS
    return moment if summary.overdue_since is None else moment + MARKED


def move_by(row: Row) -> int:
    """The moment by which the record of a row of the index `open` should move, in ms."""
    stored = int(row.columns["move_by"])
    return stored if stored >= 0 else stored - MARKED


def read_record(row: Row) -> Record:
    """The record in a row of any schema version so far.

    Raises:
        DamagedRowError: it is none.
        LookupError: a version before 0.2.0 wrote it, and the catalogue lacks its kind.
    """
    try:
        record = _record(row)
    except (BadEventError, LookupError, TypeError, ValueError, AttributeError) as error:
        name = unhashed(str(row.key.values[0]))
        raise DamagedRowError(
            f"the row of record {name} is damaged ({type(error).__name__}: {error}): remove it from the table "
            f"{row.key.table.stored_as}, then make it again with `opsledger rebuild --resource <id> --apply`"
        ) from error
    if _unnoted(row.columns):
        renewed = (former.renewed(record.kind, transition) for transition in record.transitions.values())
        return record._replace(transitions=joined_by_key(renewed))
    return record


def read_records(rows: Mapping[Key, Row]) -> dict[Key, Record]:
    """The records of rows, less those that cannot be read: one must not keep what looks at many from the others."""
    found = {}
    for key, row in rows.items():
        with suppress(LookupError, DamagedRowError):
            found[key] = read_record(row)
    return found


def _record(row: Row) -> Record:
    columns = row.columns
    kept = codec.read_state(str(columns["state"]))
    kind, transitions = str(columns["kind"]), kept.transitions
    return Record(
        key=unhashed(str(row.key.values[0])),
        kind=kind,
        product=str(columns["product"]),
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions=joined_by_key(transitions),
        first_at=kept.first_at if kept.truncated else None,
        truncated=kept.truncated,
        also=kept.also,
        also_accounts=kept.also_accounts,
        also_regions=kept.also_regions,
        overdue_at=_moment(columns, "overdue_since") or _moment(columns, "presumed_since"),
        settled_by=_text(columns, "settled_by"),
        settled_at=_moment(columns, "settled_at"),
        notify_at=_moment(columns, "notify_at"),
    )


def _unnoted(columns: Mapping[str, Value]) -> bool:
    """Whether a version before 0.2.0 wrote the row."""
    return int(columns.get("schema", 1)) < codec.NOTED_SINCE


# --------------------------------------------------------------------------------------------------- ledger
def ledger_put(notification: Notification, request_id: str) -> Put:
    """The ledger row of a notification's content: written once, never changed."""
    record, transition, envelope = notification.record, notification.transition, notification.envelope
    columns: dict[str, Value] = {
        "schema": codec.SCHEMA,
        "record": record.key,
        "product": record.product,
        "kind": record.kind,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": transition.status,
        "type": transition.type,
        "transition": codec.write_step(transition),
        "content": notification.content,
        "form": notification.form,
        "request_id": request_id,
    }
    perhaps: dict[str, Value | None] = {
        "account": record.account,
        "region": record.region,
        "envelope_id": envelope.id,
        "source": envelope.source,
        "subject": envelope.subject,
        "instance_name": envelope.instance_name,
        "level": envelope.level,
        "published_at": envelope.published_at,
        "sent_at": transition.sent_at,
        "cluster": notification.cluster,
        "received": transition.received_at,
    }
    return Put(ledger_key(notification), _with_known(columns, perhaps))


def ledger_key(notification: Notification) -> Key:
    """The key of the ledger row of a notification's content."""
    values = (
        hashed(notification.record.partition),
        _ledger_moment(notification.transition),
        f"{notification.digest}.{notification.content_digest}",
    )
    return Key(LEDGER, values)


def _ledger_moment(transition: Transition) -> int:
    """When the step was, by what is the same at every delivery of the same content, in ms, to the second."""
    moment = codec.key_moment(transition.key) if transition.at is None else whole_second(transition.at)
    return moment or 0


def read_ledger(row: Row) -> Record:
    """The record of one ledger row alone, with one transition.

    Raises:
        KeyError: this version's catalogue does not have its kind.
    """
    columns = row.columns
    kind, transition = str(columns["kind"]), codec.read_transition(str(columns["transition"]))
    if _unnoted(columns):
        transition = former.renewed(kind, transition, str(columns["content"]))
    else:
        sent_at = _moment(columns, "sent_at")
        transition = transition._replace(sent_at=sent_at, last_sent_at=sent_at, received_at=int(columns["received"]))
    return Record(
        key=str(columns["record"]),
        kind=kind,
        product=catalog.kind(kind).product,
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions={transition.key: transition},
    )


def _text(columns: Mapping[str, Value], name: str) -> str | None:
    value = columns.get(name)
    return None if value is None else str(value)


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    value = columns.get(name)
    return None if value is None else int(value)
