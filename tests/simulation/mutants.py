"""Broken variants of the code: mistakes that are easily made, each paired with the invariant that must catch it.

A check that has never failed proves nothing. Every variant here replaces one small part of the pipeline by something
plausible and wrong; the simulator must notice within a bounded number of schedules.
"""

from __future__ import annotations

import json
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
from opsledger.intake.understand import Refused
from opsledger.ledger.changes import ApplyNotifications
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
    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, _error = original(store, puts, conditional)
        return again - conditional, None

    return write


def _busy_is_done(original: Any) -> Any:
    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, error = original(store, puts, conditional)
        return again & conditional, error if again & conditional else None

    return write


def _no_reply_is_done(original: Any) -> Any:
    def write(store: Any, puts: Any, conditional: Any) -> Any:
        try:
            return original(store, puts, conditional)
        except UnavailableError:
            return set(), None

    return write


def _failure_is_success(original: Any) -> Any:
    def commit_(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        try:
            original(store, changes, deadline, writer)
        except WorldFailedError:
            for change in changes:
                if isinstance(change, ApplyNotifications) and not change.dispositions:
                    change.dispositions = (Disposition.RECORDED,) * len(change._updates)

    return commit_


def _no_insert_for_duplicate(original: Any) -> Any:
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


def _never_own(_original: Any) -> Any:
    return lambda _row, _writer, _attempted: False


def _counted_again(original: Any) -> Any:
    def decide(self: Any, stored: Any) -> Any:
        self.entry = original(self, stored)
        return self.entry

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
    def apply(before: Any, updates: Any) -> Any:
        applied = original(before, updates)
        dispositions = zip(updates, applied.dispositions, strict=True)
        late = {key for update, d in dispositions if d is Disposition.OUT_OF_ORDER for key in update.transitions}
        kept = {key: t for key, t in applied.record.transitions.items() if key not in late}
        return applied._replace(record=applied.record._replace(transitions=kept))

    return apply


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
    def understand_element(payload: Any, index: int) -> Any:
        understood = original(payload, index)
        element, result = payload.elements[index], understood.result
        if isinstance(result, Refused):
            return understood
        own = str(element.get("id", "")) if isinstance(element, dict) else ""
        transition = result.transition._replace(key=result.transition.key + own[:8])
        record = result.record._replace(transitions={transition.key: transition})
        return understood._replace(result=result._replace(transition=transition, record=record))

    return understand_element


def _bad_event_raises(original: Any) -> Any:
    def quarantined(refused: Any, now_ms: int) -> Any:
        if refused.error.reason == "unknown_type":
            raise BadEventError("nobody expected this")
        return original(refused, now_ms)

    return quarantined


def _bad_takes_batch(original: Any) -> Any:
    def understand(payload: Any) -> Any:
        found = original(payload)
        bad = [item for item in found if isinstance(item, Refused)]
        return [bad[0]._replace(received=payload)] if bad else found

    return understand


def _value_not_text(_original: Any) -> Any:
    return lambda self, index: json.dumps(self.elements[index], sort_keys=True, separators=(",", ":"))


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
        "opsledger.ledger.commit:_Commit",
        "attempt",
        _no_insert_for_duplicate,
    ),
    Variant(
        "own landed write taken for others'",
        "every delivery accounted for",
        "opsledger.ledger.commit",
        "_is_own_write",
        _never_own,
    ),
    Variant(
        "a refusal counted at every try",
        "every delivery accounted for",
        "opsledger.ledger.changes:CountRefusals",
        "decide",
        _counted_again,
    ),
    Variant(
        "a ledger row per request", "a crash leaves no trace", "opsledger.pipeline", "ledger_put", _ledger_per_request
    ),
    Variant("the last to arrive wins", "same record", "opsledger.ledger.state", "in_order", _by_arrival),
    Variant("an end overwritten", "an end holds", "opsledger.ledger.state", "_walk", _end_overwritten),
    Variant(
        "what comes late is dropped", "every delivery accounted for", "opsledger.ledger.state", "apply", _late_dropped
    ),
    Variant("counts added up", "same record", "opsledger.catalog.transition:Transition", "join", _counts_added),
    Variant(
        "the first told stands", "same record", "opsledger.catalog.transition:Transition", "join", _first_told_stands
    ),
    Variant(
        "the envelope's id in the key",
        "each transition once",
        "opsledger.intake.understand",
        "_understand_element",
        _key_with_envelope_id,
    ),
    Variant(
        "a bad event raises", "every delivery accounted for", "opsledger.pipeline", "quarantined", _bad_event_raises
    ),
    Variant(
        "a bad event takes its batch along",
        "every delivery accounted for",
        "opsledger.intake.understand",
        "understand",
        _bad_takes_batch,
    ),
    Variant(
        "a value kept, not the text",
        "every delivery accounted for",
        "opsledger.intake.payload:Payload",
        "text_of",
        _value_not_text,
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
