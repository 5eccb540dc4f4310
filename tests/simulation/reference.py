"""The reference model: the records that a set of facts must lead to, computed as simply as possible.

It shares the catalogue's tables with the pipeline, but no code that reads events, joins transitions or derives the
state. It has no store, no revisions and no order of arrival: it sorts a list once and walks it once.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.pipeline_reading import read_by_pipeline
from tests.simulation.workload import event_of

from opsledger.catalog import Order
from opsledger.catalog.eci import content as eci
from opsledger.catalog.ecs import content as ecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.simulation.workload import Fact

    from opsledger.catalog import Lifecycle

Json = dict[str, Any]
TransitionId = tuple[str, tuple[Any, ...]]
"""A record's key, and what tells its transitions apart."""


class ExpectedTransition(NamedTuple):
    """What one fact says.

    Attributes:
        identity: facts of one entity with the same identity are one transition.
        at: when the status was first reached, in ms; last_at: when it was last reported.
        notice_period: how long after `last_at` the announced action is due, in ms.
    """

    entity_id: str
    status: str
    identity: tuple[Any, ...]
    at: int
    last_at: int | None = None
    not_before: int | None = None
    due: int | None = None
    notice_period: int | None = None
    started_at: int | None = None
    finished_at: int | None = None


class ExpectedRecord(NamedTuple):
    """What the columns of a record must be; `statuses` are those of its transitions, first to last."""

    status: str
    status_at: int
    terminal: bool
    not_before: int | None
    due: int | None
    started_at: int | None
    finished_at: int | None
    first_seen: int
    last_seen: int
    statuses: tuple[str, ...]


def records(facts: Iterable[Fact]) -> dict[str, ExpectedRecord]:
    """The record of every entity in `facts`, by its key."""
    transitions: dict[str, dict[tuple[Any, ...], ExpectedTransition]] = {}
    lifecycles = {}
    for fact in facts:
        transition = transition_of(fact)
        key = f"{fact.spec.kind.record_prefix}:{transition.entity_id}"
        lifecycles[key] = fact.spec.kind.lifecycle
        known = transitions.setdefault(key, {}).get(transition.identity)
        transitions[key][transition.identity] = transition if known is None else _merged(known, transition)
    return {key: _record(list(own.values()), lifecycles[key]) for key, own in transitions.items()}


@lru_cache(maxsize=16_384)
def identity(fact: Fact) -> TransitionId:
    """The transition that `fact` reports."""
    transition = transition_of(fact)
    return f"{fact.spec.kind.record_prefix}:{transition.entity_id}", transition.identity


@lru_cache(maxsize=16_384)
def transition_of(fact: Fact) -> ExpectedTransition:
    """What `fact` says, read from its simplest form."""
    spec = fact.spec
    if spec.kind.product == "eci" and spec.content is not eci.ContainerGroupState:
        return _kubernetes(event_of(fact, "kubernetes"), is_notice=spec.content is eci.Notice)
    if spec.content not in _READERS:
        return ExpectedTransition(**read_by_pipeline(fact))
    return _READERS[spec.content](event_of(fact, "cloudevent")["data"], fact)


def _merged(one: ExpectedTransition, other: ExpectedTransition) -> ExpectedTransition:
    """One transition reported twice: from the earliest to the latest report."""
    lasts = [transition.last_at for transition in (one, other) if transition.last_at is not None]
    begun = [transition.started_at for transition in (one, other) if transition.started_at is not None]
    ended = [transition.finished_at for transition in (one, other) if transition.finished_at is not None]
    return one._replace(
        at=min(one.at, other.at),
        last_at=max(lasts, default=None),
        started_at=min(begun, default=None),
        finished_at=max(ended, default=None),
    )


# ---------------------------------------------------------------------------------------------------- reading
def _ms(text: str | None) -> int | None:
    return None if not text else int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _system(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished, not_before = (_ms(data.get(n)) for n in ("executeStartTime", "executeFinishTime", "notBefore"))
    key = (fact.status, data["publishTime"], not_before, started, finished)
    return ExpectedTransition(
        data["eventId"], fact.status, key, fact.timestamp, None, not_before, not_before, None, started, finished
    )


def _disk(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = (_ms(data.get(n)) for n in ("executeStartTime", "executeFinishTime"))
    entity_id = f"{data['eventId']}+{data['diskId']}"
    return ExpectedTransition(
        entity_id,
        fact.status,
        (fact.status, started, finished),
        fact.timestamp,
        started_at=started,
        finished_at=finished,
    )


def _state(data: Json, fact: Fact) -> ExpectedTransition:
    return ExpectedTransition(data["resourceId"], fact.status, (fact.status, fact.timestamp), fact.timestamp)


def _interruption(data: Json, fact: Fact) -> ExpectedTransition:
    return ExpectedTransition(data["instanceId"], fact.status, (fact.status,), fact.timestamp, notice_period=5 * 60_000)


def _migration(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = _ms(data["startTime"]), _ms(data.get("endTime"))
    assert started is not None
    entity_id = f"{data['instanceId']}:{started}"
    return ExpectedTransition(
        entity_id, fact.status, (fact.status, finished), finished or started, started_at=started, finished_at=finished
    )


def _mode(data: Json, fact: Fact) -> ExpectedTransition:
    return ExpectedTransition(data["instanceId"], fact.status, (fact.status, fact.timestamp), fact.timestamp)


def _restriction(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = _ms(data["intervalStart"]), _ms(data["intervalEnd"])
    assert started is not None
    return ExpectedTransition(
        data["instanceId"], fact.status, (started, finished), started, started_at=started, finished_at=finished
    )


def _group_state(data: Json, fact: Fact) -> ExpectedTransition:
    created, *ends = (_ms(data.get(f"{n}Time")) for n in ("creation", "succeeded", "failed", "expired"))
    finished = next((end for end in ends if end is not None), None)
    entity_id = data["containerGroupId"]
    return ExpectedTransition(
        entity_id, fact.status, (fact.status, fact.timestamp), fact.timestamp, started_at=created, finished_at=finished
    )


def _kubernetes(data: Json, *, is_notice: bool) -> ExpectedTransition:
    first, last = _ms(data["firstTimestamp"]), _ms(data["lastTimestamp"])
    assert first is not None
    uid, reason, message = data["involvedObject"]["uid"], data["reason"], data["message"]
    entity_id, status = (f"{uid}:{reason}", data["type"]) if is_notice else (uid, reason)
    transition = ExpectedTransition(entity_id, status, (reason, message, first), first, last)
    return transition._replace(**_ANNOUNCED.get(reason, _nothing)(message, first))


def _nothing(_message: str, _first: int) -> Json:
    return {}


def _spot(message: str, _first: int) -> Json:
    minutes = re.search(r"in (\d+) minutes", message)
    return {"notice_period": int(minutes[1]) * 60_000} if minutes else {}


def _reboot(_message: str, first: int) -> Json:
    return {"due": first + 48 * 3_600_000}


def _maintenance(message: str, _first: int) -> Json:
    planned = re.search(r'"planExecTime":"([^"]+)"', message)
    return {"not_before": _ms(planned[1]), "due": _ms(planned[1])} if planned else {}


_ANNOUNCED: Mapping[str, Callable[[str, int], Json]] = {
    "SpotToBeReleased": _spot,
    "SystemReboot": _reboot,
    "ScheduledMaintenance": _maintenance,
}
_READERS: Mapping[Any, Callable[[Json, Fact], ExpectedTransition]] = {
    ecs.SystemEvent: _system,
    ecs.DiskEvent: _disk,
    ecs.StateChange: _state,
    ecs.PreemptibleInstanceInterruption: _interruption,
    ecs.LiveMigrationAcrossDDH: _migration,
    ecs.PerformanceModeChange: _mode,
    ecs.BurstablePerformanceRestricted: _restriction,
    eci.ContainerGroupState: _group_state,
}


# ------------------------------------------------------------------------------------------------------ state
def _record(transitions: list[ExpectedTransition], lifecycle: Lifecycle) -> ExpectedRecord:
    statuses = list(lifecycle.moves)
    ends = {status for status in statuses if not lifecycle.moves[status]}

    def place(transition: ExpectedTransition) -> tuple[int, ...]:
        if lifecycle.order is Order.TIME:
            return transition.at, statuses.index(transition.status)
        stage = len(statuses) if transition.status in ends else statuses.index(transition.status)
        return stage, transition.at, transition.not_before or -1

    transitions.sort(key=place)
    current, episode = transitions[0], [transitions[0]]
    for transition in transitions[1:]:
        ended = current.status in ends | lifecycle.ends
        reopens = ended and transition.status in lifecycle.reopens
        episode = [transition] if reopens else [*episode, transition]
        declared = (
            transition.status == current.status or transition.status in lifecycle.moves[current.status] or reopens
        )
        current = transition if declared or not ended else current
    return ExpectedRecord(
        current.status,
        current.at,
        current.status in ends | lifecycle.ends,
        _first_known(reversed(episode), lambda transition: transition.not_before),
        _first_known(reversed(episode), _due),
        _first_known(episode, lambda transition: transition.started_at),
        _first_known(reversed(episode), lambda transition: transition.finished_at),
        min(transition.at for transition in transitions),
        max(time for transition in transitions for time in (transition.at, transition.last_at) if time is not None),
        tuple(transition.status for transition in transitions),
    )


def _due(transition: ExpectedTransition) -> int | None:
    if transition.notice_period is None:
        return transition.due
    return (transition.last_at or transition.at) + transition.notice_period


def _first_known(
    transitions: Iterable[ExpectedTransition], field: Callable[[ExpectedTransition], int | None]
) -> int | None:
    return next((value for transition in transitions if (value := field(transition)) is not None), None)
