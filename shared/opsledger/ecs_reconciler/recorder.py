"""Record what a page of the API says: give what is new to the pipeline, and note that in the rows of verdicts.

What the API said last of an event is noted by its digest, so a round in which nothing changed writes nothing. An
invocation that dies between the two leaves the note undone. The next one records the same again, which does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.catalog.ecs.lifecycles import INTERRUPTION
from opsledger.ecs_reconciler.observed import cloudevent
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_records, record_key
from opsledger.ledger.verdicts import (
    ApiStep,
    EventVerdict,
    VerdictChange,
    VerdictKind,
    read_verdict,
    verdict_key,
)
from opsledger.polling.pages import PageRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsledger.ecs_reconciler.observed import Observed
    from opsledger.ledger.record import Record
    from opsledger.pipeline import Entry
    from opsledger.strict_json import JsonValue


class Asked(NamedTuple):
    """When the API was asked. Moments in ms.

    Attributes:
        at: before the call whose answer is read.
        expected_since: of a step since then a push had to come; None: of every step, because it is no first round.
    """

    at: int
    expected_since: int | None


class ReconcileRecorder(PageRecorder):
    """Records the pages of one invocation."""

    def record(self, found: Iterable[Observed], asked: Asked) -> None:
        """Record what is new of events: the rows of one page, at most a hundred different ones.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        by_record = {observed.record: observed for observed in found}
        known = self._verdicts(by_record)
        new = [each for each in by_record.values() if known.get(each.record) != each.digest]
        self._note(new, [cloudevent(self._polled, each) for each in new], asked)

    def record_interruptions(self, found: Iterable[Observed], asked: Asked) -> None:
        """Record that spot instances are about to go, as far as that is not recorded.

        The API does not say since when. So an interruption within ten minutes of a recorded one is that one, and the
        moment when it was seen tells it from one before only where there was one without a moment, too.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        every = list(found)
        self.record([each for each in every if not each.resource_id], asked)  # to be quarantined, once
        by_record = {each.record: each for each in every if each.resource_id}
        records = self._records(by_record)
        new = [
            each
            for name, each in by_record.items()
            if not any(abs(moment - asked.at) <= INTERRUPTION.same_within for moment in _moments(records.get(name)))
        ]
        events: list[JsonValue] = [
            cloudevent(self._polled, each, asked.at if _has_undated(records.get(each.record)) else None) for each in new
        ]
        self._note(new, events, asked)

    def _note(self, new: Sequence[Observed], events: Sequence[JsonValue], asked: Asked) -> None:
        """Record the events, and note what became of each."""
        if new:
            notes = [
                NoteStep(each, entry, self._polled.region, asked)
                for each, entry in zip(new, self._process(events), strict=True)
                if entry is not None
            ]
            commit(self._store, notes, self._deadline, self._request_id)

    def _verdicts(self, records: Iterable[str]) -> dict[str, str]:
        """The digest of what the API said last of each event."""
        keys = {verdict_key(name): name for name in records}
        rows = self._deadline.retry(lambda: self._store.read(list(keys))) if keys else {}
        return {keys[key]: read_verdict(row).digest for key, row in rows.items()}

    def _records(self, records: Iterable[str]) -> dict[str, Record]:
        keys = {record_key(name): name for name in records}
        rows = self._deadline.retry(lambda: self._store.read(list(keys))) if keys else {}
        return {keys[key]: record for key, record in read_records(rows).items()}


def _moments(record: Record | None) -> list[int]:
    transitions = () if record is None else record.transitions.values()
    return [moment for t in transitions for moment in (t.moment, t.last_at) if moment is not None]


def _has_undated(record: Record | None) -> bool:
    return record is not None and any(t.dated_by_receipt for t in record.transitions.values())


class NoteStep(VerdictChange):
    """The API said something new of an event: note it, and have the verdict looked at."""

    def __init__(self, observed: Observed, entry: Entry, region: str, asked: Asked) -> None:
        super().__init__(observed.record)
        self._observed, self._entry, self._region, self._asked = observed, entry, region, asked

    def decide(self, stored: EventVerdict | None) -> EventVerdict:
        """The row with the step."""
        observed, now_ms = self._observed, self._asked.at
        fresh = EventVerdict(observed.record, self._region, observed.resource_id, VerdictKind.WAITING, now_ms)
        notification = self._entry.notification
        if notification is None:
            refused = (stored or fresh)._replace(digest=observed.digest)
            return refused.given(VerdictKind.REFUSED, "", now_ms, None)
        transition = notification.transition
        since = self._asked.expected_since
        expected = since is None or (transition.moment or now_ms) >= since
        step = ApiStep(transition.key, transition.status, now_ms, expected)
        return (stored or fresh).with_step(transition.status, observed.digest, step, now_ms)
