"""From records, quarantine and verdicts to deliveries: what `notify_at` says is due is planned.

The deliveries are written first, each where there is none. Then `notify_at` is cleared or moved on, if the record is
still as it was when it was planned. A crash between the two plans the same deliveries again, and a record that has
moved meanwhile is planned again: nothing is lost, and nothing is planned twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import enrichment
from opsledger.ledger.changes import QuarantineChange, RecordChange
from opsledger.ledger.commit import commit
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_record
from opsledger.ledger.verdicts import VerdictChange, read_verdict
from opsledger.notify.deliveries import PlanDelivery, delivery_key, planned
from opsledger.notify.limits import mute_key, muted_until
from opsledger.notify.plan import Plan, plan, plan_refused, plan_silence, plan_verdict
from opsledger.store import READ_ROWS, batched, read_rows
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import CURSORS, NOTIFY, NOTIFY_REFUSED, NOTIFY_VERDICTS, RECORDS, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.ledger.commit import AnyChange
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.plan import Intent
    from opsledger.store import Key, Row, Store
    from opsledger.store.tables import Index

RESERVE_S: Final = 10.0
"""No batch is begun with less time than this."""
_HEARD: Final = ("swept_at", "high_water")
"""The columns of cursors that say when the sweeper and the pollers were last through."""


class Planning:
    """One run of the planner.

    Attributes:
        keys: the deliveries that it wrote.
        looked: how many records and refused payloads it planned.
        unreadable: how many have a kind or status that the catalogue lacks; they stay due.
    """

    def __init__(self, store: Store, config: NotifyConfig, deadline: Deadline, worker: str) -> None:
        self._store, self._config, self._deadline, self._worker = store, config, deadline, worker
        self.keys: list[Key] = []
        self.looked = self.unreadable = 0

    def run(self) -> None:
        """Plan everything that is due, as far as time allows.

        Raises:
            WorldFailedError: the store failed until time was up; the next run goes on.
        """
        self._plan_silence()
        for index, subject in _SUBJECTS:
            for keys in self._due(index):
                if self._deadline.remaining() < RESERVE_S:
                    return
                rows = self._read(keys)
                known = self._known(rows.values())
                self._plan([subject(row, known) for row in rows.values()])

    def _due(self, index: Index) -> Iterator[list[Key]]:
        now = self._deadline.clock.now_ms()
        keys = self._deadline.retry(lambda: [row.key for row in walk_buckets(self._store, index, end=(now + 1,))])
        return batched(dict.fromkeys(keys), READ_ROWS, lambda _: 1, READ_ROWS)

    def _known(self, rows: Iterable[Row]) -> dict[Key, Row]:
        """The rows that say what is known of records besides their events."""
        keys = [key for row in rows if row.key.table is RECORDS for key in enrichment.keys_in(row)]
        return enrichment.read_all(self._store, keys, self._deadline)

    def _plan(self, subjects: Sequence[_RecordSubject | _RefusedSubject | _VerdictSubject]) -> None:
        now = self._deadline.clock.now_ms()
        changes: list[AnyChange] = []
        intents: list[Intent] = []
        for subject in subjects:
            self.looked += 1
            try:
                made = subject.plan(self._config, now)
            except (LookupError, BadEventError, DamagedRowError, ValueError):
                # Of another version, or damaged: it must not stop the others.
                self.unreadable += 1
                continue
            intents += made.intents
            changes.append(subject.advance(made.next_at))
        self._write(intents, now)
        commit(self._store, changes, self._deadline, self._worker)

    def _plan_silence(self) -> None:
        now = self._deadline.clock.now_ms()
        cursors = self._deadline.retry(lambda: list(self._store.walk(CURSORS, ())))
        plans = [plan_silence(name, at, self._config, now) for name, at in heard(cursors)]
        self._write([intent for made in plans for intent in made.intents], now)

    def _write(self, intents: Sequence[Intent], now_ms: int) -> None:
        """Write the deliveries of intents; those that depend on an earlier one, only where that is there."""
        known = self._read([delivery_key(id_) for intent in intents for id_ in intent.after])
        muted = self._muted(intents, now_ms)
        wanted = [i for i in intents if not i.after or any(delivery_key(id_) in known for id_ in i.after)]
        changes = [PlanDelivery(planned(i, now_ms, muted=i.muted or i.subject in muted)) for i in wanted]
        commit(self._store, changes, self._deadline, self._worker)
        self.keys += [change.key for change in changes]

    def _muted(self, intents: Sequence[Intent], now_ms: int) -> set[str]:
        keys = {mute_key(intent.subject): intent.subject for intent in intents}
        return {keys[key] for key, row in self._read(list(keys)).items() if muted_until(row) > now_ms}

    def _read(self, keys: Iterable[Key]) -> dict[Key, Row]:
        return {row.key: row for row in read_rows(self._store, dict.fromkeys(keys), self._deadline)}


def heard(cursors: Iterable[Row]) -> Iterator[tuple[str, int]]:
    """The pollers and the sweeper, and when each was last through, in ms."""
    for row in cursors:
        for column in _HEARD:
            if column in row.columns:
                yield unhashed(str(row.key.values[0])), int(row.columns[column])


class _RecordSubject:
    """A record that is due."""

    def __init__(self, row: Row, known: Mapping[Key, Row]) -> None:
        self._row = row
        self._known = enrichment.from_rows(enrichment.keys_in(row), known)

    def plan(self, config: NotifyConfig, now_ms: int) -> Plan:
        """What to send of it."""
        return plan(read_record(self._row), config, now_ms, self._known)

    def advance(self, next_at: int | None) -> AnyChange:
        """The change that sets its `notify_at`."""
        return AdvanceRecord(self._row.key, read_record(self._row), next_at)


class _RefusedSubject:
    """A refused payload that is due."""

    def __init__(self, row: Row, _known: Mapping[Key, Row]) -> None:
        self._row = row

    def plan(self, config: NotifyConfig, now_ms: int) -> Plan:
        """What to send of it."""
        return plan_refused(read_quarantined(self._row), config, now_ms)

    def advance(self, next_at: int | None) -> AnyChange:
        """The change that sets its `notify_at`."""
        return AdvanceRefused(self._row.key, read_quarantined(self._row, unpack=False), next_at)


class _VerdictSubject:
    """A verdict of the reconciler that is due."""

    def __init__(self, row: Row, _known: Mapping[Key, Row]) -> None:
        self._row = row

    def plan(self, config: NotifyConfig, now_ms: int) -> Plan:
        """What to send of it."""
        return plan_verdict(read_verdict(self._row), config, now_ms)

    def advance(self, next_at: int | None) -> AnyChange:
        """The change that sets its `notify_at`."""
        return AdvanceVerdict(read_verdict(self._row), next_at)


_SUBJECTS: Final = (
    (NOTIFY, _RecordSubject),
    (NOTIFY_REFUSED, _RefusedSubject),
    (NOTIFY_VERDICTS, _VerdictSubject),
)
"""What each index has."""


class AdvanceRecord(RecordChange):
    """`notify_at` of a record is cleared or moved on, if the record is still as it was planned."""

    def __init__(self, key: Key, before: Record, next_at: int | None) -> None:
        self.key = key
        self._before, self._next_at = before, next_at

    def decide(self, stored: Record | None) -> Record | None:
        """The record with its next moment."""
        return stored._replace(notify_at=self._next_at) if stored == self._before and stored is not None else None


class AdvanceRefused(QuarantineChange):
    """The same for a refused payload."""

    def __init__(self, key: Key, before: Quarantined, next_at: int | None) -> None:
        self.key = key
        self._before, self._next_at = before, next_at

    def decide(self, stored: Quarantined | None) -> Quarantined | None:
        """The entry with its next moment."""
        return stored._replace(notify_at=self._next_at) if stored == self._before and stored is not None else None


class AdvanceVerdict(VerdictChange):
    """The same for a verdict."""

    def __init__(self, before: EventVerdict, next_at: int | None) -> None:
        super().__init__(before.record)
        self._before, self._next_at = before, next_at

    def decide(self, stored: EventVerdict | None) -> EventVerdict | None:
        """The verdict with its next moment; one that only was looked at again is the same."""
        if stored is None or (stored.verdict, stored.since) != (self._before.verdict, self._before.since):
            return None
        return stored._replace(notify_at=self._next_at)
