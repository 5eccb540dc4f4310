"""Rows of the three tables: what they hold, and how they are read back."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog, strict_json, timestamps
from opsledger.ledger import state
from opsledger.ledger.record import SCHEMA, Record, Transition
from opsledger.store import Key, Put, Row
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.errors import FieldError
    from opsledger.intake.notification import Notification
    from opsledger.store import Value

NO_DUE = timestamps.LATEST_MS
"""`due_key` of a record without a deadline: it sorts behind those that have one."""


# -------------------------------------------------------------------------------------------------- records
def record_key(record: str) -> Key:
    """Where the record called `record` is."""
    return Key(RECORDS, (hashed(record),))


def record_columns(record: Record, revision: int, writer: str) -> dict[str, Value]:
    """The columns of a record: `state` is all there is, the others are read off it for indexes and people.

    Args:
        revision: this write's own; the next must name it.
        writer: the request that writes, so that a write whose reply was lost is known again.
    """
    seen = state.view(record)
    columns: dict[str, Value | None] = {
        "schema": SCHEMA,
        "revision": revision,
        "writer": writer,
        "product": record.product,
        "kind": record.kind,
        "type": seen.type,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "status": seen.status,
        "status_at": seen.status_at,
        "terminal": seen.terminal,
        "outcome": seen.outcome.value,
        "severity": seen.severity,
        "region": record.region,
        "account": record.account,
        "not_before": seen.not_before,
        "due": seen.due,
        "due_key": NO_DUE if seen.due is None or seen.presumed else seen.due,
        "overdue_since": seen.overdue_since,
        "presumed_since": record.lapsed if seen.presumed else None,
        "started_at": seen.started_at,
        "finished_at": seen.finished_at,
        "first_seen": seen.first_seen,
        "last_seen": seen.last_seen or 0,
        "anomalies": len(seen.anomalies),
        "state": _state(record, seen.transitions),
    }
    return {name: value for name, value in columns.items() if value is not None}


def read_record(row: Row) -> Record:
    """The record in a row of any schema version so far."""
    columns = row.columns
    state = strict_json.read(str(columns["state"]))
    transitions = [Transition.from_json(t) for t in state["transitions"]]
    return Record(
        key=unhashed(str(row.key.values[0])),
        kind=str(columns["kind"]),
        product=str(columns["product"]),
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions={t.key: t for t in transitions},
        first_at=state.get("first_at"),
        truncated=state.get("truncated", False),
        also=tuple(state.get("also", ())),
        lapsed=_moment(columns, "overdue_since") or _moment(columns, "presumed_since"),
    )


def _state(record: Record, transitions: Sequence[Transition]) -> str:
    """As `strict_json.write` would write it whole: what is written already is put in as it is."""
    also = {"also": record.also} if record.also else {}
    facts = strict_json.write_in_order({**also, "first_at": record.first_at})[:-1]
    written = ",".join([transition.written() for transition in transitions])
    return f'{facts},"transitions":[{written}],"truncated":{"true" if record.truncated else "false"}}}'


# --------------------------------------------------------------------------------------------------- ledger
def ledger_put(notification: Notification, received_ms: int, request_id: str) -> Put:
    """The ledger row of a notification: written once, never changed."""
    record, transition = notification.record, notification.transition
    values = (hashed(notification.resource), transition.at or 0, notification.digest)
    columns: dict[str, Value | None] = {
        "schema": SCHEMA,
        "record": record.key,
        "product": record.product,
        "kind": record.kind,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "account": record.account,
        "region": record.region,
        "status": transition.status,
        "type": transition.type,
        "transition": notification.written,
        "content": notification.content,
        "form": notification.form,
        "received": received_ms,
        "request_id": request_id,
    }
    return Put(Key(LEDGER, values), {name: value for name, value in columns.items() if value is not None})


def read_ledger(row: Row) -> Record:
    """What one ledger row alone says of its thing."""
    columns = row.columns
    transition = Transition.from_json(strict_json.read(str(columns["transition"])))
    return Record(
        key=str(columns["record"]),
        kind=str(columns["kind"]),
        product=catalog.kind(str(columns["kind"])).product,
        resource_type=str(columns["resource_type"]),
        resource_id=str(columns["resource_id"]),
        account=_text(columns, "account"),
        region=_text(columns, "region"),
        transitions={transition.key: transition},
        first_at=transition.at,
    )


# ----------------------------------------------------------------------------------------------- quarantine
CHUNK_BYTES = 1_500_000
"""A cell holds 2 MB; a payload may be 32 MB (the synchronous limit of a function) and is kept in parts."""


class Quarantined(NamedTuple):
    """One distinct refused payload.

    Attributes:
        digest: SHA-256 of the bytes, in hex.
        payload: the bytes as received.
        count: deliveries; first_received and last_received: their moments, in ms.
        replays: how often an operator gave it to the pipeline again.
        resolved: when a replay was accepted, in ms; None while it waits.
        became: what that replay made of each delivery inside: its outcome, and its record or the refusal's reason.
    """

    digest: str
    payload: bytes
    reason: str
    errors: tuple[FieldError, ...]
    form: str
    type: str
    count: int  # type: ignore[assignment]  # it hides a tuple's method, which has no use here
    first_received: int
    last_received: int
    replays: int = 0
    resolved: int | None = None
    became: tuple[tuple[str, str], ...] = ()

    def seen_again(self, other: Quarantined) -> Quarantined:
        """This entry after the deliveries of `other`, with the newer reason; refused anew, it waits again."""
        newer = self if self.last_received > other.last_received else other
        return Quarantined(
            self.digest,
            self.payload,
            newer.reason,
            newer.errors,
            newer.form,
            newer.type,
            self.count + other.count,
            min(self.first_received, other.first_received),
            max(self.last_received, other.last_received),
            self.replays + other.replays,
        )


def quarantine_key(digest: str, part: int = 0) -> Key:
    """Where part `part` of the payload with `digest` is; part 0 has everything but the rest of the bytes."""
    return Key(QUARANTINE, (hashed(digest), part))


def quarantine_columns(entry: Quarantined, revision: int, writer: str) -> dict[str, Value]:
    """The columns of part 0."""
    chunks = _chunks(entry.payload)
    return {
        **quarantine_facts(entry, revision, writer),
        "size": len(entry.payload),
        "parts": len(chunks),
        "bytes": chunks[0],
    }


RESOLVED = "resolved:"
"""Before the reason of an entry that was replayed: the index by reason then has the two apart, and what waits is
listed without a look at what does not."""


def quarantine_facts(entry: Quarantined, revision: int, writer: str) -> dict[str, Value]:
    """The columns of part 0 but the payload's."""
    facts: dict[str, Value] = {
        "schema": SCHEMA,
        "revision": revision,
        "writer": writer,
        "reason": entry.reason if entry.resolved is None else f"{RESOLVED}{entry.reason}",
        "errors": strict_json.write([[path, message] for path, message in entry.errors]),
        "form": entry.form,
        "type": entry.type,
        "count": entry.count,
        "first_received": entry.first_received,
        "last_received": entry.last_received,
        "replays": entry.replays,
    }
    if entry.resolved is not None:
        facts["resolved"] = entry.resolved
        facts["became"] = strict_json.write(entry.became)
    return facts


def quarantine_parts(entry: Quarantined) -> list[Put]:
    """The rows of the parts after the first."""
    chunks = _chunks(entry.payload)
    return [Put(quarantine_key(entry.digest, i), {"bytes": c}) for i, c in enumerate(chunks[1:], start=1)]


def read_quarantined(row: Row, parts: Mapping[int, bytes] | None = None) -> Quarantined:
    """The entry in part 0; `payload` is whole only when the other parts' bytes are given."""
    from opsledger.errors import FieldError  # noqa: PLC0415 - a name needed at run time here alone

    columns = row.columns
    packed = b"".join([_bytes(columns, "bytes"), *(chunk for _, chunk in sorted((parts or {}).items()))])
    complete = int(columns["parts"]) == 1 + len(parts or {})
    return Quarantined(
        digest=unhashed(str(row.key.values[0])),
        payload=zlib.decompress(packed) if complete else b"",
        reason=str(columns["reason"]).removeprefix(RESOLVED),
        errors=tuple(FieldError(*e) for e in strict_json.read(str(columns["errors"]))),
        form=str(columns["form"]),
        type=str(columns["type"]),
        count=int(columns["count"]),
        first_received=int(columns["first_received"]),
        last_received=int(columns["last_received"]),
        replays=int(columns.get("replays", 0)),
        resolved=int(columns["resolved"]) if "resolved" in columns else None,
        became=tuple((str(o), str(t)) for o, t in strict_json.read(str(columns.get("became", "[]")))),
    )


def _chunks(payload: bytes) -> list[bytes]:
    packed = zlib.compress(payload)
    return [packed[i : i + CHUNK_BYTES] for i in range(0, len(packed), CHUNK_BYTES)]


def _bytes(columns: Mapping[str, Value], name: str) -> bytes:
    value = columns[name]
    assert isinstance(value, bytes)
    return value


def _text(columns: Mapping[str, Value], name: str) -> str | None:
    value = columns.get(name)
    return None if value is None else str(value)


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    value = columns.get(name)
    return None if value is None else int(value)
