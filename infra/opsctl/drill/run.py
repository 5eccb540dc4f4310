"""One drill: make simulated events, follow them to the message, and cancel them, whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsctl.drill import way
from opsctl.drill.way import SimulatedEvent
from opsctl.errors import ToolError
from opsledger.deadline import Deadline
from opsledger.errors import WorldFailedError
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsctl.drill.api import DrillApi
    from opsctl.drill.way import MessageState
    from opsledger.deadline import Clock
    from opsledger.store import Store

LOOK_EVERY_S: Final = 2.0
CANCEL_S: Final = 60.0
"""So long it is tried to cancel the events."""
MADE, MARKED, SHOWN, PUSHED, NOTIFIED = "made", "marked", "api", "push", "message"
CANCELED, ENDED, CLEARED = "canceled", "ended", "all-clear"
STEPS: Final = (MADE, MARKED, SHOWN, PUSHED, NOTIFIED, CANCELED, ENDED, CLEARED)
"""The steps of a drill. The third to the fifth may come in any order."""


class DrillStep(NamedTuple):
    """One step that every event of a drill has reached.

    Attributes:
        name: one of `STEPS`.
        after_ms: how long after the drill began.
        detail: what there is to say of it, such as the channels.
    """

    name: str
    after_ms: int
    detail: str = ""


class Planned(NamedTuple):
    """What a drill is to do.

    Attributes:
        instances: of one region, at most a hundred.
        not_before_ms: when the events would be executed, were they not canceled.
        by: who makes it.
        channels: which channels get the messages; none leaves it to routes that ask for drills.
        timeout_s: so long the events are followed to the message, and again to their end.
    """

    instances: tuple[str, ...]
    event_type: str
    not_before_ms: int
    by: str
    channels: tuple[str, ...] = ()
    timeout_s: float = 300.0


class DrillRun:
    """One run.

    Attributes:
        events: those that were made, in the order of the instances.
        steps: those that were reached.
        nobody: whether the notifier has looked, and no route leads to a channel.
    """

    def __init__(
        self,
        api: DrillApi,
        store: Store,
        clock: Clock,
        planned: Planned,
        writer: str,
        on_step: Callable[[DrillStep], None],
    ) -> None:
        self.events: tuple[SimulatedEvent, ...] = ()
        self.steps: list[DrillStep] = []
        self.nobody = False
        self._sent = True
        self._api, self._store, self._clock = api, store, clock
        self._planned, self._writer, self._on_step = planned, writer, on_step
        self._began = clock.now_ms()

    @property
    def succeeded(self) -> bool:
        """Whether every step was reached, and every event led to a message."""
        return {step.name for step in self.steps} == set(STEPS) and self._sent and not self.nobody

    def run(self) -> None:
        """Make the events, follow them, and cancel them: also if something fails, or a person ends it.

        Raises:
            WorldFailedError: ECS or the store failed until time was up.
            ToolError: the events could not be canceled; the message names them.
        """
        ids = self._api.create(self._planned.instances, self._planned.event_type, self._planned.not_before_ms)
        self.events = tuple(SimulatedEvent(*pair) for pair in zip(ids, self._planned.instances, strict=True))
        try:
            self._reached(MADE, ", ".join(ids))
            self._mark()
            self._follow()
        finally:
            self._cancel()
        self._follow_to_the_end()

    def _mark(self) -> None:
        planned = self._planned
        marks = [MarkDrill(Drill(e.record, self._began, planned.by, planned.channels)) for e in self.events]
        commit(self._store, marks, Deadline(self._clock, CANCEL_S), self._writer)
        self._reached(MARKED)

    def _follow(self) -> None:
        """Look until the API shows all events, the function has recorded them, and people were notified of them."""
        self._until({SHOWN: self._is_shown, PUSHED: self._is_pushed, NOTIFIED: self._is_notified})

    def _until(self, looks: dict[str, Callable[[], bool]]) -> None:
        """Look again and again, until each step was reached or time is up."""
        deadline = Deadline(self._clock, self._planned.timeout_s)
        left = dict(looks)
        while left and deadline.remaining() > 0:
            left = {name: look for name, look in left.items() if not deadline.retry(look)}
            if left:
                self._clock.sleep(LOOK_EVERY_S)

    def _is_shown(self) -> bool:
        ids = [event.id for event in self.events]
        return self._reached_if(SHOWN, done=self._api.shown(ids) == set(ids))

    def _is_pushed(self) -> bool:
        done = all(way.pushed(self._store, event, self._began) for event in self.events)
        return self._reached_if(PUSHED, done=done)

    def _is_notified(self) -> bool:
        found = way.message_states(self._store, self.events, self._clock.now_ms())
        if not _decided(found, self.events):
            return False
        self.nobody = not any(one.outcomes for one in found.values())
        self._sent = all(one.sent for one in found.values())
        outcomes = {f"{channel} {outcome}" for one in found.values() for channel, outcome in one.outcomes.items()}
        return self._reached_if(NOTIFIED, ", ".join(sorted(outcomes)), done=True)

    def _cancel(self) -> None:
        ids = [event.id for event in self.events]
        try:
            Deadline(self._clock, CANCEL_S).retry(lambda: self._api.cancel(ids))
        except WorldFailedError as error:
            options = " ".join(f"--cancel {id_}" for id_ in ids)
            raise ToolError(f"the events are not canceled: {error}: run `opsledger drill {options}`") from error
        self._reached(CANCELED)

    def _follow_to_the_end(self) -> None:
        """Look until the end is recorded and people were notified of it, unless the beginning was not."""
        if PUSHED not in missing(self):
            self._until({ENDED: self._is_ended})
        if {NOTIFIED, ENDED}.isdisjoint(missing(self)):
            self._until({CLEARED: self._is_cleared})

    def _is_ended(self) -> bool:
        return self._reached_if(ENDED, done=way.ended(self._store, self.events) == set(self.events))

    def _is_cleared(self) -> bool:
        found = way.message_states(self._store, self.events, self._clock.now_ms())
        return self._reached_if(CLEARED, done=_decided(found, self.events))

    def _reached_if(self, name: str, detail: str = "", *, done: bool) -> bool:
        if done:
            self._reached(name, detail)
        return done

    def _reached(self, name: str, detail: str = "") -> None:
        step = DrillStep(name, self._clock.now_ms() - self._began, detail)
        self.steps.append(step)
        self._on_step(step)


def _decided(found: Mapping[SimulatedEvent, MessageState], events: Sequence[SimulatedEvent]) -> bool:
    """Whether the notifier has decided about each event."""
    return len(found) == len(events) and all(one.decided for one in found.values())


def missing(run: DrillRun) -> Sequence[str]:
    """The steps that were not reached, in their order."""
    reached = {step.name for step in run.steps}
    return [name for name in STEPS if name not in reached]
