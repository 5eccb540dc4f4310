"""From the bytes of one invocation to rows in the store, and a line for the log per delivery."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger.errors import BadEventError
from opsledger.intake import notification
from opsledger.intake.envelope import Refused, as_sent, open_payload
from opsledger.intake.notification import Notification
from opsledger.ledger.commit import QuarantineChange, RecordChange, commit
from opsledger.ledger.rows import Quarantined, ledger_put
from opsledger.ledger.state import Disposition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Put, Store


class Entry(NamedTuple):
    """What became of one delivery, in the order they came."""

    disposition: Disposition
    notification: Notification | None
    quarantined: Quarantined | None


class Report(NamedTuple):
    """What became of one payload."""

    entries: tuple[Entry, ...]

    def counts(self) -> dict[str, int]:
        """How many deliveries came, and how many ended each way."""
        ended = [entry.disposition for entry in self.entries]
        return {"received": len(ended), **{d.value: ended.count(d) for d in Disposition}}


def understand(payload: bytes | str) -> list[Notification | Refused]:
    """Every delivery in `payload`, understood or refused; pure."""
    found = [opened if isinstance(opened, Refused) else _read(opened) for opened in open_payload(payload)]
    return as_sent(payload, found)


def process(payload: bytes | str, store: Store, deadline: Deadline, request_id: str) -> Report:
    """Record every event in `payload`, or quarantine it.

    Raises:
        WorldFailedError: the store failed for longer than there was time; the whole payload should come again.
    """
    return record(understand(payload), store, deadline, request_id)


def record(understood: Sequence[Notification | Refused], store: Store, deadline: Deadline, request_id: str) -> Report:
    """Write what was understood, and quarantine what was refused.

    Raises:
        WorldFailedError: as `process`.
    """
    now = deadline.clock.now_ms()
    things: dict[str, list[Notification]] = {}
    refused: dict[str, Quarantined] = {}
    keys: list[Notification | Quarantined] = []
    for item in understood:
        if isinstance(item, Refused):
            entry = quarantined(item, now)
            known = refused.get(entry.digest)
            refused[entry.digest] = entry if known is None else known.seen_again(entry)
            keys.append(entry)
        else:
            things.setdefault(item.record.key, []).append(item)
            keys.append(item)
    changes = {key: RecordChange(told, _ledger_puts(told, now, request_id)) for key, told in things.items()}
    quarantine = [QuarantineChange(entry) for entry in refused.values()]
    commit(store, [*changes.values(), *quarantine], deadline, request_id)
    dispositions = {key: iter(change.dispositions) for key, change in changes.items()}
    return Report(
        tuple(
            Entry(next(dispositions[item.record.key]), item, None)
            if isinstance(item, Notification)
            else Entry(Disposition.QUARANTINED, None, item)
            for item in keys
        )
    )


def quarantined(refused: Refused, now_ms: int) -> Quarantined:
    """The quarantine entry of one refused element."""
    payload = _bytes(refused.received)
    return Quarantined(
        digest=hashlib.sha256(payload).hexdigest(),
        payload=payload,
        reason=refused.error.reason,
        errors=refused.error.errors,
        form=refused.form,
        type=refused.type,
        count=1,
        first_received=now_ms,
        last_received=now_ms,
    )


def _read(delivery: Any) -> Notification | Refused:
    try:
        return notification.read(delivery)
    except BadEventError as error:
        return Refused(delivery.received, error, delivery.form, str(delivery.type or "")[:128])


def _ledger_puts(told: Sequence[Notification], now_ms: int, request_id: str) -> list[Put]:
    puts = {put.key: put for put in (ledger_put(n, now_ms, request_id) for n in told)}
    return list(puts.values())


def _bytes(received: Any) -> bytes:
    if isinstance(received, bytes):
        return received
    if isinstance(received, str):
        # Half a surrogate pair stands for a byte that is not UTF-8 (surrogateescape) or was written as an escape.
        try:
            return received.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            return received.encode(errors="surrogatepass")
    return json.dumps(received, sort_keys=True, separators=(",", ":")).encode()  # not from a payload
