"""Mistakes of the poller: wrong replacements of the original."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from opsledger import pipeline, strict_json
from opsledger.catalog.eci import lifecycles
from opsledger.eci_poller import observation
from opsledger.eci_poller.journal import MarkRecorded
from opsledger.store.tables import BY_KIND


def mark_at_end(original: Any) -> Any:
    """Move the high-water mark to the last invocation of a round, though its first pages were read before."""
    return lambda self: original(self)._replace(high_water=self.turn)


def record_before_journal(_original: Any) -> Any:
    """Give the events to the pipeline, then write them to the journal."""

    def record(self: Any, groups: Any, journaled: Any, turn: int, asked_ms: int) -> None:
        sights = self._sights(groups, journaled, turn, asked_ms)
        events = [event for sight in sights for event in sight.to_record]
        if events:
            pipeline.process(strict_json.write(events), self._store, self._deadline, self._request_id)
        self._commit(sights)
        self._commit([MarkRecorded(self._polled, sight.group, turn, events) for sight in sights])

    return record


def forget_unrecorded(original: Any) -> Any:
    """Do not record what a dead invocation left in the journal."""
    return lambda self, base: original(self, None if base is None else base._replace(unrecorded=()))


def close_gone_groups(original: Any) -> Any:
    """Take a group out of the index when it is gone, though something of it is not recorded."""

    def encode(self: Any, stored: Any) -> Any:
        return original(self, stored._replace(unrecorded=())) | {"state": original(self, stored)["state"]}

    return encode


def close_all_ended(original: Any) -> Any:
    """Take a group out of the index when it has ended and all of it is recorded, though ECI still has it."""

    def encode(self: Any, stored: Any) -> Any:
        closed = stored._replace(gone=stored.gone or observation.ended(stored.status))
        return original(self, closed) | {"state": original(self, stored)["state"]}

    return encode


def ignore_turn(_original: Any) -> Any:
    """Write over what a later poller has written."""
    return lambda _self, _stored: None


def repeat_unknown_status(original: Any) -> Any:
    """Keep the last known status in the journal, so that an unknown one is new to every poll."""

    def seen(self: Any, base: Any) -> Any:
        found = original(self, base)
        known = found.status in lifecycles.GROUP_STATE.moves
        return found if known else found._replace(status="Running" if base is None else base.status)

    return seen


def ask_for_no_ids(_original: Any) -> Any:
    """Take every group that was on no page for one that is gone."""
    return lambda _self, names: [observation.missing(name) for name in names]


def walk_records(original: Any) -> Any:
    """Look for missing groups among all records of their kind."""

    def next_open(self: Any) -> Any:
        list(self._store.walk(BY_KIND, ["container-group-state"]))
        return original(self)

    return next_open


def read_new_groups_from_mark(original: Any) -> Any:
    """Read the events of a group that no round has seen from the high-water mark on, like those of all others."""
    return lambda self, groups, _journaled: original(self, groups, groups)


def ignore_time(original: Any) -> Any:
    """Read to the end of the round, however long it takes."""

    def read(self: Any) -> Any:
        with patch.object(self._deadline, "remaining", lambda: 60.0):
            return original(self)

    return read


def restart_at_once(_original: Any) -> Any:
    """Begin again without a wait, as often as it takes."""

    def restart(self: Any, _error: Any) -> None:
        self._save(self._cursor._replace(next_token=None))

    return restart
