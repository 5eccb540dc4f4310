"""The mistakes behind the mutants: each function makes a wrong replacement of the original it is given."""

from __future__ import annotations

import json
import random
from functools import reduce
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from opsctl import rebuild
from opsledger import pipeline, strict_json
from opsledger.catalog.eci import lifecycles
from opsledger.catalog.transition import max_known, min_known
from opsledger.eci_poller import observation
from opsledger.eci_poller.journal import MarkRecorded
from opsledger.errors import BadEventError, UnavailableError, WorldFailedError
from opsledger.intake.understand import Refused
from opsledger.ledger.changes import ApplyNotifications
from opsledger.ledger.overdue import MarkOverdue
from opsledger.ledger.record import Record
from opsledger.ledger.rows import read_ledger, read_record
from opsledger.ledger.state import Disposition
from opsledger.store import Row, Written
from opsledger.store.tables import BY_KIND, BY_STATUS

if TYPE_CHECKING:
    from tests.simulation.memory_store import MemoryStore


# ----------------------------------------------------------------------------------------------------- writing
def unconditional_write(_original: Any) -> Any:
    """Write a row without checking its condition."""

    def write(self: MemoryStore, put: Any) -> Written:
        self.rows[put.key] = dict(put.columns)
        return Written.LANDED

    return write


def arm_new_records_only(original: Any) -> Any:
    """Leave a record that is there already without a moment for the notifier."""

    def armed(record: Any, before: Any) -> Any:
        return original(record, before) if before is None else record

    return armed


def ignore_conflicts(original: Any) -> Any:
    """Treat a row whose condition failed as written."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, _error = original(store, puts, conditional)
        return again - conditional, None

    return write


def ignore_busy_rows(original: Any) -> Any:
    """Treat a row that was refused as busy as written."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, error = original(store, puts, conditional)
        return again & conditional, error if again & conditional else None

    return write


def ignore_missing_replies(original: Any) -> Any:
    """Treat a write without a reply as done."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        try:
            return original(store, puts, conditional)
        except UnavailableError:
            return set(), None

    return write


def report_success(original: Any) -> Any:
    """Answer that everything was recorded although the commit failed."""

    def commit_(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        try:
            original(store, changes, deadline, writer)
        except WorldFailedError:
            for change in changes:
                if isinstance(change, ApplyNotifications) and not change.dispositions:
                    change.dispositions = (Disposition.RECORDED,) * len(change._updates)

    return commit_


def no_ledger_row_for_duplicates(original: Any) -> Any:
    """Drop the ledger rows of a record that does not change."""

    def attempt(self: Any) -> None:
        rows = self._store.read([change.key for change in self._undecided])
        for change in self._undecided:
            row = rows.get(change.key)
            if isinstance(change, ApplyNotifications) and row is not None:
                stored = change.decode(row)
                if change.decide(stored) == stored:
                    self._inserts = [put for put in self._inserts if put not in change.inserts]
        original(self)

    return attempt


def forget_own_write(_original: Any) -> Any:
    """Take every stored row for another writer's."""
    return lambda _row, _attempted: False


def count_every_retry(original: Any) -> Any:
    """Keep the count of the last attempt, so that a refused payload is counted again at each retry."""

    def decide(self: Any, stored: Any) -> Any:
        self.entry = original(self, stored)
        return self.entry

    return decide


def ledger_key_with_request_id(original: Any) -> Any:
    """Add the request id to the key of a ledger row."""

    def ledger_put(notification_: Any, request_id: str) -> Any:
        put = original(notification_, request_id)
        *values, digest = put.key.values
        return put._replace(key=put.key._replace(values=(*values, f"{digest}-{request_id}")))

    return ledger_put


# ------------------------------------------------------------------------------------------------------ state
def arrival_order(_original: Any) -> Any:
    """Walk the transitions in the order of their arrival."""
    return lambda transitions, _lifecycle: [list(transitions)]


def overwrite_terminal_status(original: Any) -> Any:
    """Take the status of the last transition, whatever the lifecycle says."""

    def walk(record: Any) -> Any:
        steps = original(record)
        return steps._replace(current=steps.transitions[-1])

    return walk


def latest_deadline(_original: Any) -> Any:
    """Take the statement with the latest deadline for the newest."""
    return lambda t, lifecycle: (lifecycle.rank(t.status), t.moment // 1000, t.not_before or -1, t.key)


def one_episode(_original: Any) -> Any:
    """Take everything that comes after an end for the same episode."""
    return lambda _self, _before, _after: False


def believe_any_time(_original: Any) -> Any:
    """Believe any moment."""
    return property(lambda _self: False)


def fault_closes_plan(_original: Any) -> Any:
    """Take the end of a fault for that of what was planned."""
    return lambda _transition, _announced: False


def earliest_moment(_original: Any) -> Any:
    """Take the earlier of two moments, though it has no milliseconds."""
    return min_known


def last_receipt(original: Any) -> Any:
    """Date a transition by its last receipt."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(received_at=max_known(self.received_at, other.received_at))

    return join


def drop_out_of_order(original: Any) -> Any:
    """Answer an out-of-order notification as such and do not keep it."""

    def apply(before: Any, updates: Any) -> Any:
        applied = original(before, updates)
        dispositions = zip(updates, applied.dispositions, strict=True)
        dropped = {key for update, d in dispositions if d is Disposition.OUT_OF_ORDER for key in update.transitions}
        kept = {key: t for key, t in applied.record.transitions.items() if key not in dropped}
        return applied._replace(record=applied.record._replace(transitions=kept))

    return apply


def add_counts(original: Any) -> Any:
    """Add the counts of two versions of a transition instead of taking the larger one."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(count=self.count + other.count)

    return join


def keep_first_values(original: Any) -> Any:
    """Keep the values of the version that arrived first."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(at=self.at, detail=self.detail, last_at=self.last_at)

    return join


# ----------------------------------------------------------------------------------------------------- intake
def key_with_envelope_id(original: Any) -> Any:
    """Add the id of the envelope to the key of a transition."""

    def understand(element: Any, delivery: Any, received: Any, received_at: int) -> Any:
        understood = original(element, delivery, received, received_at)
        result = understood.result
        if isinstance(result, Refused):
            return understood
        transition = result.transition._replace(key=result.transition.key + (delivery.envelope.id or "")[:8])
        record = result.record._replace(transitions={transition.key: transition})
        return understood._replace(result=result._replace(transition=transition, record=record))

    return understand


def raise_on_bad_event(original: Any) -> Any:
    """Raise when the type of an event is unknown."""

    def quarantined(refused: Any, now_ms: int) -> Any:
        if refused.error.reason == "unknown_type":
            raise BadEventError("unexpected")
        return original(refused, now_ms)

    return quarantined


def quarantine_whole_batch(original: Any) -> Any:
    """Refuse a whole batch when one of its events is bad."""

    def understand(payload: Any, received_at: int) -> Any:
        found = original(payload, received_at)
        bad = [item for item in found if isinstance(item, Refused)]
        return [bad[0]._replace(received=payload)] if bad else found

    return understand


def quarantine_parsed_value(_original: Any) -> Any:
    """Quarantine the parsed value, serialized again, instead of the text as it arrived."""
    return lambda self, index: json.dumps(self.elements[index], sort_keys=True, separators=(",", ":"))


# ------------------------------------------------------------------------------------------ polling, retries
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


# ------------------------------------------------------------------------------------------------------ tools
def read_record_last(_original: Any) -> Any:
    """Compare a record with ledger rows that were read before it, and write what the rows say."""

    def compared_again(store: Any, record: Any, reader: Any) -> Any:
        readings = [reader(row).record for row in rebuild._rows(store, record)]
        stored = rebuild._stored(store, record.key)
        before = None if stored is None else read_record(stored)
        differs = rebuild.Rebuilt(record.key, {"state": (None, None)})
        return rebuild._Compared(differs, reduce(Record.join, readings), before)

    return compared_again


def write_over_moved(_original: Any) -> Any:
    """Write a rebuilt record over whatever is stored now."""
    return lambda self, _stored: self._wanted


def end_at_unknown(_original: Any) -> Any:
    """Let a record that the catalogue lacks end the sweep."""

    def decide_row(self: Any, row: Any) -> Any:
        self.marked = None
        return super(MarkOverdue, self).decide_row(row)

    return decide_row


def keep_marks(_original: Any) -> Any:
    """Keep the mark of a record that has moved."""
    return lambda joined, _before: joined


def settle_whenever(original: Any) -> Any:
    """Let an end settle whatever its resource has, also what is announced later."""
    return lambda other, settler, _announced: original(other, settler, 0)


def settle_for_good(original: Any) -> Any:
    """Keep the mark that the first sweep gave."""
    return lambda record, others: record if record.settled_by else original(record, others)


def sweep_every_record(original: Any) -> Any:
    """Look for what is overdue among all records in a status."""

    def may_be_overdue(store: Any, *args: Any) -> Any:
        list(store.walk(BY_STATUS, [0, "Scheduled"]))
        return original(store, *args)

    return may_be_overdue


def import_over_records(_original: Any) -> Any:
    """Replace a record by what the imported rows say."""

    def decide(self: Any, _stored: Any) -> Any:
        return reduce(Record.join, (read_ledger(Row(put.key, put.columns)) for put in self.inserts))

    return decide


def unseeded_jitter(_original: Any) -> Any:
    """Draw the retry delay from the global random generator."""
    return lambda _self: random.random()  # noqa: S311 - the mistake
