"""Mutants: mistakes that are easy to make, each paired with the invariant that must detect it.

A check that has never failed proves nothing. Each mutant replaces one small part of the pipeline by something plausible
and wrong; `detection` runs schedules with it until its invariant is violated.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from tests.simulation.invariants import SAME_TRACE

from opsledger.errors import BadEventError, UnavailableError, WorldFailedError
from opsledger.intake.understand import Refused
from opsledger.ledger.changes import ApplyNotifications
from opsledger.ledger.state import Disposition
from opsledger.store import Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.memory_store import MemoryStore


class Mutant(NamedTuple):
    """One mistake.

    Attributes:
        name: what the mistaken code does.
        detected_by: the invariant that must notice.
        target: the module or class whose `attribute` is replaced, as `pkgutil.resolve_name` reads it.
        mutate: makes the replacement from the original.
    """

    name: str
    detected_by: str
    target: str
    attribute: str
    mutate: Callable[[Any], Any]


# ----------------------------------------------------------------------------------------------------- writing
def _unconditional_write(_original: Any) -> Any:
    def write(self: MemoryStore, put: Any) -> Written:
        self.rows[put.key] = dict(put.columns)
        return Written.LANDED

    return write


def _ignore_conflicts(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        _again, more, _error = original(store, puts, extras)
        return set(), more, None

    return write


def _ignore_busy_rows(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        again, _more, error = original(store, puts, extras)
        return again, [], error if again else None

    return write


def _ignore_missing_replies(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        try:
            return original(store, puts, conditional)
        except UnavailableError:
            return set(), None

    return write


def _report_success(original: Any) -> Any:
    def commit_(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        try:
            original(store, changes, deadline, writer)
        except WorldFailedError:
            for change in changes:
                if isinstance(change, ApplyNotifications) and not change.dispositions:
                    change.dispositions = (Disposition.RECORDED,) * len(change._updates)

    return commit_


def _no_ledger_row_for_duplicates(original: Any) -> Any:
    def commit_group(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        rows = store.read([change.key for change in changes])
        for change in changes:
            row = rows.get(change.key)
            if isinstance(change, ApplyNotifications) and row is not None:
                stored = change.decode(row)
                if change.decide(stored) == stored:
                    self._inserts = [put for put in self._inserts if put not in change.inserts]
        original(self)

    return attempt


def _forget_own_write(original: Any) -> Any:
    def decide(self: Any, row: Any, writer: str) -> Any:
        put = original(self, row, writer)
        before = None if row is None else read_record(row)
        self.dispositions = state.decide(before, self.notifications).dispositions
        return put

    return decide


def _count_every_retry(original: Any) -> Any:
    def decide(self: Any, row: Any, writer: str) -> Any:
        return original(self, row, writer + "-again" if row is not None else writer)

    return decide


def _ledger_key_with_request_id(original: Any) -> Any:
    def ledger_put(notification_: Any, received_ms: int, request_id: str) -> Any:
        put = original(notification_, received_ms, request_id)
        *values, digest = put.key.values
        return put._replace(key=put.key._replace(values=(*values, f"{digest}-{request_id}")))

    return ledger_put


# ------------------------------------------------------------------------------------------------------ state
def _arrival_order(_original: Any) -> Any:
    return lambda record: list(record.transitions.values())


def _overwrite_terminal_status(original: Any) -> Any:
    def walk(transitions: Any, lifecycle: Any) -> Any:
        return original(transitions, lifecycle)._replace(current=transitions[-1])

    return walk


def _drop_out_of_order(original: Any) -> Any:
    def decide(before: Any, notifications: Any) -> Any:
        decision = original(before, notifications)
        outcomes = zip(notifications, decision.dispositions, strict=True)
        dropped = {n.transition.key for n, disposition in outcomes if disposition is Disposition.LATE}
        kept = {key: t for key, t in decision.record.transitions.items() if key not in dropped}
        return decision._replace(record=decision.record._replace(transitions=kept))

    return apply


def _add_counts(original: Any) -> Any:
    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(count=self.count + other.count)

    return join


def _keep_first_values(original: Any) -> Any:
    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(at=self.at, detail=self.detail, last_at=self.last_at)

    return join


# ----------------------------------------------------------------------------------------------------- intake
def _key_with_envelope_id(original: Any) -> Any:
    def read(delivery: Any) -> Any:
        read_ = original(delivery)
        received = delivery.received
        envelope_id = str(received.get("id", "")) if isinstance(received, dict) else ""
        transition = read_.transition._replace(key=read_.transition.key + envelope_id[:8])
        record = read_.record._replace(transitions={transition.key: transition})
        return read_._replace(transition=transition, record=record, written=transition.written())

    return understand_element


def _raise_on_bad_event(original: Any) -> Any:
    def quarantined(refused: Any, now_ms: int) -> Any:
        if refused.error.reason == "unknown_type":
            raise BadEventError("unexpected")
        return original(refused, now_ms)

    return quarantined


def _quarantine_whole_batch(original: Any) -> Any:
    def understand(payload: Any) -> Any:
        found = original(payload)
        bad = [item for item in found if isinstance(item, Refused)]
        return [bad[0]._replace(received=payload)] if bad else found

    return understand


def _quarantine_parsed_value(_original: Any) -> Any:
    return lambda _payload, found: list(found)


# ------------------------------------------------------------------------------------------ polling, retries
def _save_cursor_first(original: Any) -> Any:
    def page(self: Any, cursor: Any) -> Any:
        kept: list[Any] = []
        with patch.object(self, "_record", kept.append):
            done = original(self, cursor)
        for found in kept:
            self._record(found)
        return done

    return page


def _skip_known_states(original: Any) -> Any:
    def states(self: Any, groups: Any, cursor: Any) -> Any:
        self._resumed = False
        return original(self, groups, cursor)

    return states


def _unseeded_jitter(_original: Any) -> Any:
    return lambda _self: random.random()  # noqa: S311 - the mistake


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a write has no condition",
        "records match the ledger",
        "tests.simulation.memory_store:MemoryStore",
        "_write",
        _unconditional_write,
    ),
    Mutant(
        "a conflict is treated as success",
        "every delivery is accounted for",
        "opsledger.ledger.commit",
        "_write",
        _ignore_conflicts,
    ),
    Mutant(
        "a busy row is treated as success",
        "records match the ledger",
        "opsledger.ledger.commit",
        "_write",
        _ignore_busy_rows,
    ),
    Mutant(
        "a missing reply is treated as success",
        "every delivery is accounted for",
        "opsledger.ledger.commit",
        "_write",
        _ignore_missing_replies,
    ),
    Mutant(
        "a failed commit is reported as success",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "commit",
        _report_success,
    ),
    Mutant(
        "a duplicate writes no ledger row",
        "faults do not change what is stored",
        "opsledger.ledger.commit",
        "_commit_group",
        _no_ledger_row_for_duplicates,
    ),
    Mutant(
        "a retry does not recognise its own write",
        "every delivery is accounted for",
        "opsledger.ledger.commit:RecordChange",
        "decide",
        _forget_own_write,
    ),
    Mutant(
        "the quarantine count grows with every retry",
        "every delivery is accounted for",
        "opsledger.ledger.commit:QuarantineChange",
        "decide",
        _count_every_retry,
    ),
    Mutant(
        "the ledger key contains the request id",
        "faults do not change what is stored",
        "opsledger.pipeline",
        "ledger_put",
        _ledger_key_with_request_id,
    ),
    Mutant(
        "the status follows the order of arrival",
        "records do not depend on delivery order",
        "opsledger.ledger.state",
        "in_order",
        _arrival_order,
    ),
    Mutant(
        "a terminal status is overwritten",
        "a terminal status is kept",
        "opsledger.ledger.state",
        "_walk",
        _overwrite_terminal_status,
    ),
    Mutant(
        "an out-of-order notification is dropped",
        "every delivery is accounted for",
        "opsledger.ledger.state",
        "decide",
        _drop_out_of_order,
    ),
    Mutant(
        "occurrence counts are added up",
        "records do not depend on delivery order",
        "opsledger.ledger.record:Transition",
        "join",
        _add_counts,
    ),
    Mutant(
        "the values delivered first are kept",
        "records do not depend on delivery order",
        "opsledger.ledger.record:Transition",
        "join",
        _keep_first_values,
    ),
    Mutant(
        "the transition key contains the envelope id",
        "each transition is stored once",
        "opsledger.intake.notification",
        "read",
        _key_with_envelope_id,
    ),
    Mutant(
        "a bad event raises an exception",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "quarantined",
        _raise_on_bad_event,
    ),
    Mutant(
        "a bad event quarantines its whole batch",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "understand",
        _quarantine_whole_batch,
    ),
    Mutant(
        "quarantine keeps the parsed value instead of the text",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "as_sent",
        _quarantine_parsed_value,
    ),
    Mutant(
        "the poller saves its cursor before the events",
        "every delivery is accounted for",
        "opsledger.eci_poller.poller:Poller",
        "_page",
        _save_cursor_first,
    ),
    Mutant(
        "a resumed poll skips the states already known",
        "records match the ledger",
        "opsledger.eci_poller.poller:Poller",
        "_states",
        _skip_known_states,
    ),
    Mutant(
        "the retry delay does not follow the seed",
        SAME_TRACE,
        "tests.simulation.fault_injector:FaultInjector",
        "jitter",
        _unseeded_jitter,
    ),
)
