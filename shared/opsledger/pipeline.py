"""From the bytes of one invocation to rows in the store, and one log entry per delivery."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from opsledger.catalog import Outcome
from opsledger.errors import DamagedRowError, NewerRowError
from opsledger.intake.understand import understand
from opsledger.ledger.changes import ApplyNotifications, CountRefusals
from opsledger.ledger.commit import commit
from opsledger.ledger.notification import Notification
from opsledger.ledger.quarantine import Quarantined
from opsledger.ledger.rows import ledger_put
from opsledger.ledger.state import Disposition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.deadline import Deadline
    from opsledger.intake.understand import Refused
    from opsledger.store import Put, Store


class Entry(NamedTuple):
    """The result of one delivery.

    Attributes:
        envelope_id: the id of a refused event's envelope, for the log; None where it has none or could not be opened.
    """

    disposition: Disposition
    notification: Notification | None
    quarantined: Quarantined | None
    envelope_id: str | None = None


class Report(NamedTuple):
    """The results of one payload's deliveries, in the order of the payload."""

    entries: tuple[Entry, ...]

    @property
    def urgent(self) -> bool:
        """Whether a critical step was recorded that is the newest of its record, and no averted end."""
        return any(
            entry.disposition is Disposition.RECORDED
            and entry.notification is not None
            and _is_critical(entry.notification)
            for entry in self.entries
        )

    def counts(self) -> dict[str, int]:
        """How many deliveries were received, and how many have each disposition."""
        dispositions = [entry.disposition for entry in self.entries]
        return {"received": len(dispositions), **{d.value: dispositions.count(d) for d in Disposition}}


class PartialReport(NamedTuple):
    """The results of deliveries of which some could not be recorded.

    Attributes:
        entries: in the order of the deliveries; None where the row of the record is damaged, or a newer version's.
        damaged: the first such row and what to do; None where there is none.
    """

    entries: tuple[Entry | None, ...]
    damaged: DamagedRowError | NewerRowError | None

    @property
    def report(self) -> Report:
        """The results of the others."""
        return Report(tuple(entry for entry in self.entries if entry is not None))


def _is_critical(notification: Notification) -> bool:
    step, lifecycle = notification.transition, notification.record.catalog_kind().lifecycle
    return step.severity == "critical" and lifecycle.outcome(step.status) is not Outcome.AVERTED


def process(payload: bytes | str, store: Store, deadline: Deadline, request_id: str) -> Report:
    """Record every event in `payload`, or quarantine it.

    Raises:
        WorldFailedError: the store failed for longer than there was time; deliver the whole payload again.
        DamagedRowError: the row of a record is damaged; the other events are recorded.
        NewerRowError: a newer version wrote it; the other events are recorded.
    """
    return record(understand(payload, deadline.clock.now_ms()), store, deadline, request_id)


def record(understood: Sequence[Notification | Refused], store: Store, deadline: Deadline, request_id: str) -> Report:
    """Write the notifications, and quarantine what was refused.

    Raises:
        WorldFailedError, DamagedRowError, NewerRowError: as `process`.
    """
    partial = record_undamaged(understood, store, deadline, request_id)
    if partial.damaged is not None:
        raise partial.damaged
    return partial.report


def record_undamaged(
    understood: Sequence[Notification | Refused], store: Store, deadline: Deadline, request_id: str
) -> PartialReport:
    """As `record`, but such a row is no error: the results of the others would be lost, and be duplicates later.

    Raises:
        WorldFailedError: as `process`.
    """
    now = deadline.clock.now_ms()
    by_record: dict[str, list[Notification]] = {}
    refused: dict[str, Quarantined] = {}
    items: list[Notification | tuple[Quarantined, str | None]] = []
    for item in understood:
        if isinstance(item, Notification):
            by_record.setdefault(item.record.key, []).append(item)
            items.append(item)
            continue
        entry = quarantined(item, now)
        known = refused.get(entry.digest)
        refused[entry.digest] = entry if known is None else known.join(entry)
        items.append((entry, item.envelope_id))
    applied = {key: ApplyNotifications(ns, _ledger_puts(ns, request_id)) for key, ns in by_record.items()}
    damaged: DamagedRowError | NewerRowError | None = None
    try:
        commit(store, [*applied.values(), *map(CountRefusals, refused.values())], deadline, request_id)
    except (DamagedRowError, NewerRowError) as error:
        damaged = error
    dispositions = {key: iter(change.dispositions) for key, change in applied.items()}
    entries = [
        _entry(item, next(dispositions[item.record.key], None))
        if isinstance(item, Notification)
        else Entry(Disposition.QUARANTINED, None, *item)
        for item in items
    ]
    return PartialReport(tuple(entries), damaged)


def _entry(notification: Notification, disposition: Disposition | None) -> Entry | None:
    return None if disposition is None else Entry(disposition, notification, None)


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


def _ledger_puts(notifications: Sequence[Notification], request_id: str) -> list[Put]:
    puts = {put.key: put for put in (ledger_put(n, request_id) for n in notifications)}
    return list(puts.values())


def _bytes(received: bytes | str) -> bytes:
    """The text as bytes; a lone surrogate stands for a byte that is not UTF-8, or was written as one."""
    if isinstance(received, bytes):
        return received
    try:
        return received.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return received.encode(errors="surrogatepass")
