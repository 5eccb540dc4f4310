"""The reference model: what the records must be, stated as plainly as can be, from the set of facts that were told.

It shares the catalogue's tables with the pipeline, and neither the reading of events, nor the joining, nor the fold. It
has no store, no revisions and no order of arrival: a list is sorted once and walked once.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.workload import event_of

from opsledger.catalog import Order
from opsledger.catalog.eci import content as eci
from opsledger.catalog.ecs import content as ecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.simulation.workload import Fact

    from opsledger.catalog import Lifecycle

Json = dict[str, Any]


class Step(NamedTuple):
    """What one fact says.

    Attributes:
        same: facts of one thing with equal `same` are one transition.
        notice: how long after it was last seen it is due.
    """

    thing: str
    status: str
    same: tuple[Any, ...]
    at: int
    last: int | None = None
    not_before: int | None = None
    due: int | None = None
    notice: int | None = None
    began: int | None = None
    ended: int | None = None


class Expected(NamedTuple):
    """What a record's columns must say; `steps` are the statuses of its transitions, from first to last."""

    status: str
    status_at: int
    terminal: bool
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None
    first_seen: int
    last_seen: int
    steps: tuple[str, ...]


def records(facts: Iterable[Fact]) -> dict[str, Expected]:
    """The record of every thing that `facts` tell of, by its key."""
    steps: dict[str, dict[tuple[Any, ...], Step]] = {}
    lifecycles = {}
    for fact in facts:
        step = step_of(fact)
        key = f"{fact.spec.kind.record_prefix}:{step.thing}"
        lifecycles[key] = fact.spec.kind.lifecycle
        known = steps.setdefault(key, {}).get(step.same)
        steps[key][step.same] = step if known is None else _merged(known, step)
    return {key: _expected(list(own.values()), lifecycles[key]) for key, own in steps.items()}


@lru_cache(maxsize=16_384)
def identity(fact: Fact) -> tuple[str, tuple[Any, ...]]:
    """The transition that `fact` is: the record's key, and which of its transitions."""
    step = step_of(fact)
    return f"{fact.spec.kind.record_prefix}:{step.thing}", step.same


@lru_cache(maxsize=16_384)
def step_of(fact: Fact) -> Step:
    """What `fact` says, read from its plainest form."""
    spec = fact.spec
    if spec.kind.product == "eci" and spec.content is not eci.ContainerGroupState:
        return _kubernetes(event_of(fact, "kubernetes"), notice=spec.content is eci.Notice)
    event = event_of(fact, "cloudevent")
    return _READERS[spec.content](event["data"], fact)


def _merged(one: Step, other: Step) -> Step:
    """Told twice: since the earliest, until the latest."""
    lasts = [step.last for step in (one, other) if step.last is not None]
    return one._replace(at=min(one.at, other.at), last=max(lasts, default=None))


# ---------------------------------------------------------------------------------------------------- reading
def _ms(text: str | None) -> int | None:
    return None if not text else int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _system(told: Json, fact: Fact) -> Step:
    began, ended, put_off = (_ms(told.get(n)) for n in ("executeStartTime", "executeFinishTime", "notBefore"))
    same = (fact.status, told["publishTime"], put_off, began, ended)
    return Step(told["eventId"], fact.status, same, fact.moment, None, put_off, put_off, None, began, ended)


def _disk(told: Json, fact: Fact) -> Step:
    began, ended = (_ms(told.get(n)) for n in ("executeStartTime", "executeFinishTime"))
    thing = f"{told['eventId']}+{told['diskId']}"
    return Step(thing, fact.status, (fact.status, began, ended), fact.moment, began=began, ended=ended)


def _state(told: Json, fact: Fact) -> Step:
    return Step(told["resourceId"], fact.status, (fact.status, fact.moment), fact.moment)


def _interruption(told: Json, fact: Fact) -> Step:
    return Step(told["instanceId"], fact.status, (fact.status,), fact.moment, notice=5 * 60_000)


def _migration(told: Json, fact: Fact) -> Step:
    began, ended = _ms(told["startTime"]), _ms(told.get("endTime"))
    assert began is not None
    thing = f"{told['instanceId']}:{began}"
    return Step(thing, fact.status, (fact.status, ended), ended or began, began=began, ended=ended)


def _mode(told: Json, fact: Fact) -> Step:
    return Step(told["instanceId"], fact.status, (fact.status, fact.moment), fact.moment)


def _restriction(told: Json, fact: Fact) -> Step:
    began, ended = _ms(told["intervalStart"]), _ms(told["intervalEnd"])
    assert began is not None
    return Step(told["instanceId"], fact.status, (began, ended), began, began=began, ended=ended)


def _group_state(told: Json, fact: Fact) -> Step:
    created, *ends = (_ms(told.get(f"{n}Time")) for n in ("creation", "succeeded", "failed", "expired"))
    ended = next((end for end in ends if end is not None), None)
    thing = told["containerGroupId"]
    return Step(thing, fact.status, (fact.status, fact.moment), fact.moment, began=created, ended=ended)


def _kubernetes(told: Json, *, notice: bool) -> Step:
    first, last = _ms(told["firstTimestamp"]), _ms(told["lastTimestamp"])
    assert first is not None
    uid, reason, message = told["involvedObject"]["uid"], told["reason"], told["message"]
    thing, status = (f"{uid}:{reason}", told["type"]) if notice else (uid, reason)
    step = Step(thing, status, (reason, message, first), first, last)
    return step._replace(**_TO_COME.get(reason, _nothing)(message, first))


def _nothing(_message: str, _first: int) -> Json:
    return {}


def _spot(message: str, _first: int) -> Json:
    minutes = re.search(r"in (\d+) minutes", message)
    return {"notice": int(minutes[1]) * 60_000} if minutes else {}


def _reboot(_message: str, first: int) -> Json:
    return {"due": first + 48 * 3_600_000}


def _maintenance(message: str, _first: int) -> Json:
    planned = re.search(r'"planExecTime":"([^"]+)"', message)
    return {"not_before": _ms(planned[1]), "due": _ms(planned[1])} if planned else {}


_TO_COME: Mapping[str, Callable[[str, int], Json]] = {
    "SpotToBeReleased": _spot,
    "SystemReboot": _reboot,
    "ScheduledMaintenance": _maintenance,
}
_READERS: Mapping[Any, Callable[[Json, Fact], Step]] = {
    ecs.SystemEvent: _system,
    ecs.DiskEvent: _disk,
    ecs.StateChange: _state,
    ecs.PreemptibleInstanceInterruption: _interruption,
    ecs.LiveMigrationAcrossDDH: _migration,
    ecs.PerformanceModeChange: _mode,
    ecs.BurstablePerformanceRestricted: _restriction,
    eci.ContainerGroupState: _group_state,
}


# ---------------------------------------------------------------------------------------------------- walking
def _expected(steps: list[Step], lifecycle: Lifecycle) -> Expected:
    statuses = list(lifecycle.moves)
    ends = {status for status in statuses if not lifecycle.moves[status]}

    def place(step: Step) -> tuple[int, ...]:
        if lifecycle.order is Order.TIME:
            return step.at, statuses.index(step.status)
        stage = len(statuses) if step.status in ends else statuses.index(step.status)
        return stage, step.at, step.not_before or -1

    steps.sort(key=place)
    now, episode = steps[0], [steps[0]]
    for step in steps[1:]:
        over = now.status in ends | lifecycle.ends
        begins_anew = over and step.status in lifecycle.reopens
        episode = [step] if begins_anew else [*episode, step]
        declared = step.status == now.status or step.status in lifecycle.moves[now.status] or begins_anew
        now = step if declared or not over else now
    return Expected(
        now.status,
        now.at,
        now.status in ends | lifecycle.ends,
        _known(reversed(episode), lambda step: step.not_before),
        _known(reversed(episode), _due),
        _known(episode, lambda step: step.began),
        _known(reversed(episode), lambda step: step.ended),
        min(step.at for step in steps),
        max(moment for step in steps for moment in (step.at, step.last) if moment is not None),
        tuple(step.status for step in steps),
    )


def _due(step: Step) -> int | None:
    return step.due if step.notice is None else (step.last or step.at) + step.notice


def _known(steps: Iterable[Step], told: Callable[[Step], int | None]) -> int | None:
    return next((moment for step in steps if (moment := told(step)) is not None), None)
