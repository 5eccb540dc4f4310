"""Broken variants of the code: mistakes that are easily made, each paired with the invariant that must catch it.

A check that has never failed proves nothing. Every variant here replaces one small part of the pipeline by something
plausible and wrong; the simulator must notice within a bounded number of schedules.
"""

from __future__ import annotations

import pkgutil
import random
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from tests.simulation import story
from tests.simulation.invariants import SAME_TRACE
from tests.simulation.plan import draw
from tests.simulation.run import forget

from opsledger.errors import BadEventError, UnavailableError, WorldFailedError
from opsledger.intake import notification
from opsledger.ledger import state
from opsledger.ledger.rows import read_record
from opsledger.ledger.state import Disposition
from opsledger.store import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.memory_store import MemoryStore

BOUND = 1500
"""Schedules within which every variant must be caught; most are within ten."""


class Variant(NamedTuple):
    """One mistake.

    Attributes:
        caught_by: the invariant it is paired with.
        target and name: what is replaced; by: what makes the replacement of the original.
    """

    mistake: str
    caught_by: str
    target: str
    name: str
    by: Callable[[Any], Any]


class Hunt(NamedTuple):
    """Whether a variant was caught, and after how many schedules."""

    variant: str
    invariant: str
    caught: bool
    schedules: int

    def to_json(self) -> dict[str, Any]:
        """For the command line."""
        return {"variant": self.variant, "caught by": self.invariant, "after schedules": self.schedules}


def hunt_all(seed: int) -> list[Hunt]:
    """Every variant, hunted with the schedules from `seed` on."""
    return [hunt(variant, seed) for variant in VARIANTS]


def hunt(variant: Variant, seed: int, bound: int = BOUND) -> Hunt:
    """Run schedules until the paired invariant breaks; of the poller's variants, those that poll."""
    twice = variant.caught_by == SAME_TRACE
    with broken(variant):
        plans = (plan for plan in map(draw, count(seed)) if plan.polled or "poller" not in variant.target)
        for done, plan in enumerate(islice(plans, bound), start=1):
            found = story.violations(plan, twice=twice)
            if any(violation.invariant == variant.caught_by for violation in found):
                return Hunt(variant.mistake, variant.caught_by, caught=True, schedules=done)
    return Hunt(variant.mistake, variant.caught_by, caught=False, schedules=bound)


@contextmanager
def broken(variant: Variant) -> Iterator[None]:
    """The code with this mistake in it."""
    target = pkgutil.resolve_name(variant.target)
    original = target.__dict__[variant.name]
    with ExitStack() as stack:
        stack.callback(forget)
        stack.enter_context(patch.object(target, variant.name, variant.by(original)))
        forget()
        yield


# ----------------------------------------------------------------------------------------------------- writing
def _without_revision(_original: Any) -> Any:
    def write(self: MemoryStore, put: Any) -> Written:
        self.rows[put.key] = dict(put.columns)
        return Written.LANDED

    return write


def _conflict_is_done(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        _again, more, _error = original(store, puts, extras)
        return set(), more, None

    return write


def _busy_is_done(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        again, _more, error = original(store, puts, extras)
        return again, [], error if again else None

    return write


def _no_reply_is_done(original: Any) -> Any:
    def write(store: Any, puts: Any, extras: Any) -> Any:
        try:
            return original(store, puts, extras)
        except UnavailableError:
            return set(), [], None

    return write


def _failure_is_success(original: Any) -> Any:
    def commit_(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        try:
            original(store, changes, deadline, writer)
        except WorldFailedError:
            for change in changes:
                if hasattr(change, "notifications") and not change.dispositions:
                    change.dispositions = (Disposition.RECORDED,) * len(change.notifications)

    return commit_


def _extras_after_decision(original: Any) -> Any:
    def commit_group(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        rows = store.read([change.key for change in changes])
        for change in changes:
            row = rows.get(change.key)
            if hasattr(change, "notifications") and row is not None and change.decide(row, writer) is None:
                change.extras.clear()
        original(store, changes, deadline, writer)

    return commit_group


def _decided_anew(original: Any) -> Any:
    def decide(self: Any, row: Any, writer: str) -> Any:
        put = original(self, row, writer)
        before = None if row is None else read_record(row)
        self.dispositions = state.decide(before, self.notifications).dispositions
        return put

    return decide


def _counted_again(original: Any) -> Any:
    def decide(self: Any, row: Any, writer: str) -> Any:
        return original(self, row, writer + "-again" if row is not None else writer)

    return decide


def _ledger_per_request(original: Any) -> Any:
    def ledger_put(told: Any, received_ms: int, request_id: str) -> Any:
        put = original(told, received_ms, request_id)
        *values, digest = put.key.values
        return put._replace(key=put.key._replace(values=(*values, f"{digest}-{request_id}")))

    return ledger_put


# ---------------------------------------------------------------------------------------------------- deciding
def _by_arrival(_original: Any) -> Any:
    return lambda told: list(told.transitions.values())


def _end_overwritten(original: Any) -> Any:
    def walk(transitions: Any, lifecycle: Any) -> Any:
        return original(transitions, lifecycle)._replace(current=transitions[-1])

    return walk


def _late_dropped(original: Any) -> Any:
    def decide(before: Any, notifications: Any) -> Any:
        told = original(before, notifications)
        late = [told for told, d in zip(notifications, told.dispositions, strict=True) if d is Disposition.LATE]
        kept = {key: t for key, t in told.record.transitions.items() if key not in {n.transition.key for n in late}}
        return told._replace(record=told.record._replace(transitions=kept))

    return decide


def _counts_added(original: Any) -> Any:
    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(count=self.count + other.count)

    return join


def _first_told_stands(original: Any) -> Any:
    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(at=self.at, detail=self.detail, last_at=self.last_at)

    return join


# ---------------------------------------------------------------------------------------------------- reading
def _key_with_envelope_id(original: Any) -> Any:
    def read(delivery: Any) -> Any:
        told = original(delivery)
        received = delivery.received
        own = str(received.get("id", "")) if isinstance(received, dict) else ""
        transition = told.transition._replace(key=told.transition.key + own[:8])
        record = told.record._replace(transitions={transition.key: transition})
        return told._replace(transition=transition, record=record, written=transition.written())

    return read


def _bad_event_raises(original: Any) -> Any:
    def quarantined(refused: Any, now_ms: int) -> Any:
        if refused.error.reason == "unknown_type":
            raise BadEventError("nobody expected this")
        return original(refused, now_ms)

    return quarantined


def _bad_takes_batch(original: Any) -> Any:
    def understand(payload: Any) -> Any:
        found = original(payload)
        bad = [item for item in found if not isinstance(item, notification.Notification)]
        return [bad[0]._replace(received=payload)] if bad else found

    return understand


def _value_not_text(_original: Any) -> Any:
    return lambda _payload, found: list(found)


# ------------------------------------------------------------------------------------------- polling, chance
def _cursor_first(original: Any) -> Any:
    def page(self: Any, cursor: Any) -> Any:
        kept: list[Any] = []
        with patch.object(self, "_record", kept.append):
            done = original(self, cursor)
        for found in kept:
            self._record(found)
        return done

    return page


def _state_told_once(original: Any) -> Any:
    def states(self: Any, groups: Any, cursor: Any) -> Any:
        self._resumed = False
        return original(self, groups, cursor)

    return states


def _own_chance(_original: Any) -> Any:
    return lambda _self: random.random()  # noqa: S311 - the mistake


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "written without a condition",
        "ledger and record agree",
        "tests.simulation.memory_store:MemoryStore",
        "_write",
        _without_revision,
    ),
    Variant(
        "a lost race taken for done",
        "every delivery accounted for",
        "opsledger.ledger.commit",
        "_write",
        _conflict_is_done,
    ),
    Variant("a busy row taken for done", "ledger and record agree", "opsledger.ledger.commit", "_write", _busy_is_done),
    Variant(
        "no reply taken for done",
        "every delivery accounted for",
        "opsledger.ledger.commit",
        "_write",
        _no_reply_is_done,
    ),
    Variant(
        "a failure answered as done",
        "every delivery accounted for",
        "opsledger.pipeline",
        "commit",
        _failure_is_success,
    ),
    Variant(
        "no ledger row for a duplicate",
        "a crash leaves no trace",
        "opsledger.ledger.commit",
        "_commit_group",
        _extras_after_decision,
    ),
    Variant(
        "own landed write taken for others'",
        "every delivery accounted for",
        "opsledger.ledger.commit:RecordChange",
        "decide",
        _decided_anew,
    ),
    Variant(
        "a refusal counted at every try",
        "every delivery accounted for",
        "opsledger.ledger.commit:QuarantineChange",
        "decide",
        _counted_again,
    ),
    Variant(
        "a ledger row per request", "a crash leaves no trace", "opsledger.pipeline", "ledger_put", _ledger_per_request
    ),
    Variant("the last to arrive wins", "same record", "opsledger.ledger.state", "in_order", _by_arrival),
    Variant("an end overwritten", "an end holds", "opsledger.ledger.state", "_walk", _end_overwritten),
    Variant(
        "what comes late is dropped", "every delivery accounted for", "opsledger.ledger.state", "decide", _late_dropped
    ),
    Variant("counts added up", "same record", "opsledger.ledger.record:Transition", "join", _counts_added),
    Variant("the first told stands", "same record", "opsledger.ledger.record:Transition", "join", _first_told_stands),
    Variant(
        "the envelope's id in the key",
        "each transition once",
        "opsledger.intake.notification",
        "read",
        _key_with_envelope_id,
    ),
    Variant(
        "a bad event raises", "every delivery accounted for", "opsledger.pipeline", "quarantined", _bad_event_raises
    ),
    Variant(
        "a bad event takes its batch along",
        "every delivery accounted for",
        "opsledger.pipeline",
        "understand",
        _bad_takes_batch,
    ),
    Variant(
        "a value kept, not the text", "every delivery accounted for", "opsledger.pipeline", "as_sent", _value_not_text
    ),
    Variant(
        "the cursor saved first",
        "every delivery accounted for",
        "opsledger.eci_poller.poller:Poller",
        "_page",
        _cursor_first,
    ),
    Variant(
        "a polled state told once",
        "ledger and record agree",
        "opsledger.eci_poller.poller:Poller",
        "_states",
        _state_told_once,
    ),
    Variant("a wait of its own length", SAME_TRACE, "tests.simulation.world:Handler", "jitter", _own_chance),
)
