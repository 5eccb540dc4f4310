"""Record what a page shows: journal what is new, give it to the pipeline, and mark it as recorded."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from opsledger.catalog.eci.kinds import GROUP_STATE
from opsledger.eci_poller import observation
from opsledger.eci_poller.journal import MarkRecorded, See, Seen, group_key, read_seen
from opsledger.eci_poller.observation import STATE_TYPE
from opsledger.ledger import state
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_records, record_key
from opsledger.polling.pages import PageRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.catalog.transition import Transition
    from opsledger.eci_poller.observation import Group
    from opsledger.ledger.record import Record


class Recorder(PageRecorder):
    """Records the pages of one invocation.

    Attributes:
        repeats: whether a state that is recorded and not in the journal is recorded again, as it was.
    """

    repeats = False

    def journaled(self, names: Iterable[str]) -> dict[str, Seen]:
        """What the journal has of the groups of these names; those that no round has seen are not in it.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        keys = {group_key(self._polled.region, name): name for name in names}
        rows = self._deadline.retry(lambda: self._store.read(list(keys)))
        return {keys[key]: read_seen(row) for key, row in rows.items()}

    def record(self, groups: Mapping[str, Group], journaled: Mapping[str, Seen], turn: int, asked_ms: int) -> None:
        """Record what is new of the groups, by their names, and what the journal still has of them.

        Args:
            journaled: what the journal has of them.
            turn: of the cursor.
            asked_ms: when the answer that has the groups was asked for.

        Raises:
            OvertakenError: a later poller has seen one of them.
            WorldFailedError: the store failed for longer than there was time.
        """
        sights = self._sights(groups, journaled, turn, asked_ms)
        self._commit(sights)
        events = [event for sight in sights for event in sight.to_record]
        if events:
            entries = iter(self._process(events))
            recorded = [s for s in sights if s.to_record and None not in list(islice(entries, len(s.to_record)))]
            self._commit([MarkRecorded(self._polled, s.group, turn, s.to_record) for s in recorded])

    def _sights(
        self, groups: Mapping[str, Group], journaled: Mapping[str, Seen], turn: int, asked_ms: int
    ) -> list[See]:
        """The groups of which the journal lacks something, or has something that is to be recorded."""
        known = self._known([group for name, group in groups.items() if name not in journaled])
        sights = []
        for name, group in groups.items():
            sight = See(self._polled, group, turn, asked_ms, known.get(name))
            is_new = sight.decide(journaled.get(name)) is not None
            if is_new or sight.to_record:
                sights.append(sight)
        return sights

    def _commit(self, changes: Sequence[See | MarkRecorded]) -> None:
        commit(self._store, changes, self._deadline, self._request_id)

    def _known(self, new: Sequence[Group]) -> dict[str, Seen]:
        """The states that are recorded of groups that are not in the journal.

        Version 0.1 had no journal, and a backup has none.
        """
        keys = {record_key(f"{GROUP_STATE.record_prefix}:{group.name}"): group for group in new if group.valid}
        rows = self._deadline.retry(lambda: self._store.read(list(keys))) if keys else {}
        last = [(keys[key], _last_polled(record)) for key, record in read_records(rows).items()]
        return {group.name: self._journaled(group, t.status, t.at) for group, t in last if t and t.at}

    def _journaled(self, group: Group, status: str, at: int) -> Seen:
        repeated = (observation.state_event(self._polled, group, status, at),) if self.repeats else ()
        return Seen(status, at, unrecorded=repeated)


def _last_polled(record: Record) -> Transition | None:
    """The newest polled transition; StopCharge comes as an event and does not count."""
    if record.unknown() is not None:
        return None
    polled = [transition for transition in state.in_order(record) if transition.type == STATE_TYPE]
    return polled[-1] if polled else None
