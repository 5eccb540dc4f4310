"""The changes that the pipeline commits: notifications applied to a record, and refusals counted in quarantine."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from opsledger.catalog import Outcome
from opsledger.errors import NewerRowError
from opsledger.ledger import former, state
from opsledger.ledger.backlog import backlog
from opsledger.ledger.commit import Change
from opsledger.ledger.quarantine import (
    Quarantined,
    quarantine_columns,
    quarantine_key,
    quarantine_parts,
    read_quarantined,
)
from opsledger.ledger.record import Record
from opsledger.ledger.rows import read_record, record_columns, record_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.ledger.notification import Notification
    from opsledger.ledger.state import Disposition
    from opsledger.store import Put, Row, Store, Value


class RecordChange(Change[Record]):
    """A change of one record's row; a subclass decides."""

    def decode(self, row: Row) -> Record:
        """The record in the row."""
        return read_record(row)

    def encode(self, stored: Record) -> Mapping[str, Value]:
        """The record's columns."""
        return record_columns(stored)


class QuarantineChange(Change[Quarantined]):
    """A change of one quarantine entry's row; a subclass decides."""

    def decode(self, row: Row) -> Quarantined:
        """The entry in the row."""
        return read_quarantined(row, unpack=False)

    def encode(self, stored: Quarantined) -> Mapping[str, Value]:
        """The entry's columns."""
        return quarantine_columns(stored)


class ApplyNotifications(RecordChange):
    """Notifications of one entity are joined to its record, and their ledger rows inserted.

    Attributes:
        dispositions: of each notification, once the change is committed; none where the record cannot be read.
    """

    def __init__(self, notifications: Sequence[Notification], inserts: Sequence[Put]) -> None:
        self.key = record_key(notifications[0].record.key)
        self.inserts = inserts
        self.dispositions: tuple[Disposition, ...] = ()
        self._updates = [notification.record for notification in notifications]
        self._notifications = notifications
        self._others: Sequence[Record] = ()

    def decode(self, row: Row) -> Record:
        """The record in the row; what was decided before holds no more if it cannot be read."""
        self.dispositions = ()
        return super().decode(row)

    def decide(self, stored: Record | None) -> Record:
        """The record after the notifications.

        Raises:
            NewerRowError: a newer version wrote the record, and this one would drop what it does not know.
        """
        if stored is not None and (unknown := stored.unknown()):
            raise NewerRowError(f"this version does not know the {unknown} of record {stored.key}: deploy a newer one")
        if stored is not None and any(map(former.is_former, stored.transitions)):
            stored = stored.rekeyed(former.present_keys(self._notifications))
        applied = state.apply(stored, self._updates)
        self.dispositions = applied.dispositions
        return armed(reduce(Record.join, self._others, applied.record), stored)

    def take_along(self, store: Store, row: Row) -> None:
        """The notifications of other invocations that have lost a race for this record; see `backlog`.

        Those find their own stored when they look again, and answer that it is a duplicate.
        """
        stored = self.decode(row)
        if any(n.transition.key not in stored.transitions for n in self._notifications):
            self._others = backlog(store, stored, self._notifications[-1])


REDELIVERED_MS: Final = 4 * 86_400_000
"""Where a handler has died between ledger and record, its event is delivered again within this time. If an import or a
rebuild has completed the record before, that delivery is a duplicate: so they make it due for the notifier. EventBridge
and Function Compute deliver for a day each; two more are for clocks and for failures that are delivered again later."""


def armed(record: Record, before: Record | None, since_ms: int = 0) -> Record:
    """The record with `notify_at`, if it has a new step that people may want to know of, or another deadline.

    It follows from the transitions alone: who is notified, if anybody, is the notifier's business.

    Args:
        since_ms: what was received earlier is no news: it comes from a backup or from the ledger.
    """
    known = () if before is None else before.transitions
    new = [t for key, t in record.transitions.items() if key not in known]
    if not new:
        return _due_when_overdue(record, before)
    lifecycle = record.catalog_kind().lifecycle
    heard = [
        received
        for t in new
        if (received := t.received_at or 0) >= since_ms
        and (t.severity != "info" or lifecycle.outcome(t.status) is not Outcome.NOTED)
    ]
    notify_at = min([*heard, *(() if record.notify_at is None else (record.notify_at,))], default=None)
    return record if notify_at == record.notify_at else record.due_for_notifier(notify_at)


def _due_when_overdue(record: Record, before: Record | None) -> Record:
    """The record without a new step: due again if a repetition has moved its deadline and nothing else is to come."""
    if before is None or record is before or record.notify_at is not None:
        return record
    at = state.overdue_at(record)
    return record if at is None or at == state.overdue_at(before) else record.due_for_notifier(at)


class CountRefusals(QuarantineChange):
    """Deliveries of one refused payload are counted in its entry."""

    def __init__(self, entry: Quarantined) -> None:
        self.key = quarantine_key(entry.digest)
        self.inserts = quarantine_parts(entry)
        self.entry = entry

    def decide(self, stored: Quarantined | None) -> Quarantined:
        """The entry with these deliveries."""
        if stored is None:
            return self.entry._replace(notify_at=self.entry.first_received)
        return self.entry.join(stored)
