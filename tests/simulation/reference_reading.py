"""What one fact says, for the reference model: read from the fact's simplest form, without the pipeline's code."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.pipeline_reading import read_by_pipeline
from tests.simulation.workload import event_of

from opsledger.catalog.eci import content as eci
from opsledger.catalog.ecs import content as ecs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.simulation.workload import Fact

Json = dict[str, Any]


class ExpectedTransition(NamedTuple):
    """What one fact says.

    Attributes:
        identity: facts of one entity with the same identity are one transition.
        at: when the status was reached, in ms; None where only its receipt says so. last_at: when it was last reported.
        notice_period: how long after `last_at` the announced action is due, in ms.
        issued: when the source issued the event, to the second; stated: when it sent what is said here.
        second: the moment in the identity, in ms, to the second; the oldest transitions are forgotten by it.
    """

    entity_id: str
    status: str
    identity: tuple[Any, ...]
    at: int | None
    last_at: int | None = None
    not_before: int | None = None
    due: int | None = None
    notice_period: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    issued: int | None = None
    stated: int = 0
    second: int = 0


@lru_cache(maxsize=16_384)
def transition_of(fact: Fact) -> ExpectedTransition:
    """What `fact` says, read from its simplest form."""
    spec = fact.spec
    if spec.kind.product == "eci" and spec.content is not eci.ContainerGroupState:
        return _kubernetes(event_of(fact, "kubernetes"), is_notice=spec.content is eci.Notice)
    if spec.content not in READERS:
        return ExpectedTransition(**read_by_pipeline(fact))
    return READERS[spec.content](event_of(fact, "cloudevent")["data"], fact)


def cut(moment: int) -> int:
    """A moment in ms, to the second."""
    return moment // 1000 * 1000


def _ms(text: str | None) -> int | None:
    return None if not text else int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _system(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished, not_before = (_ms(data.get(n)) for n in ("executeStartTime", "executeFinishTime", "notBefore"))
    issued = _ms(data["publishTime"])
    assert issued is not None
    announces = fact.status in ("Inquiring", "Scheduled")
    key = (fact.status, issued, not_before if announces else None)
    sent = fact.timestamp + (fact.stated_ms or 0)
    return ExpectedTransition(
        data["eventId"],
        fact.status,
        key,
        fact.timestamp,
        None,
        not_before,
        not_before,
        None,
        started,
        finished,
        issued,
        sent,
        issued,
    )


def _disk(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = (_ms(data.get(n)) for n in ("executeStartTime", "executeFinishTime"))
    assert started is not None
    entity_id = f"{data['eventId']}+{data['diskId']}"
    return ExpectedTransition(
        entity_id,
        fact.status,
        (fact.status, started),
        fact.timestamp,
        started_at=started,
        finished_at=finished,
        second=started,
    )


def _by_envelope(entity_id: str, fact: Fact, **further: Any) -> ExpectedTransition:
    """What only its envelope dates, or only its receipt."""
    if not fact.dated:
        return ExpectedTransition(entity_id, fact.status, (fact.status, None), None, **further)
    second = fact.timestamp
    at = second + fact.precise_ms
    return ExpectedTransition(entity_id, fact.status, (fact.status, second), at, stated=at, second=second, **further)


def _state(data: Json, fact: Fact) -> ExpectedTransition:
    return _by_envelope(data["resourceId"], fact)


def _interruption(data: Json, fact: Fact) -> ExpectedTransition:
    return _by_envelope(data["instanceId"], fact, notice_period=5 * 60_000)


def _migration(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = _ms(data["startTime"]), _ms(data.get("endTime"))
    assert started is not None
    entity_id = f"{data['instanceId']}:{started}"
    return ExpectedTransition(
        entity_id,
        fact.status,
        (fact.status, finished),
        finished or started,
        started_at=started,
        finished_at=finished,
        second=finished or started,
    )


def _mode(data: Json, fact: Fact) -> ExpectedTransition:
    return _by_envelope(data["instanceId"], fact)


def _restriction(data: Json, fact: Fact) -> ExpectedTransition:
    started, finished = _ms(data["intervalStart"]), _ms(data["intervalEnd"])
    assert started is not None
    return ExpectedTransition(
        data["instanceId"],
        fact.status,
        (started, finished),
        started,
        started_at=started,
        finished_at=finished,
        second=started,
    )


def _group_state(data: Json, fact: Fact) -> ExpectedTransition:
    created, *ends = (_ms(data.get(f"{n}Time")) for n in ("creation", "succeeded", "failed", "expired"))
    finished = next((end for end in ends if end is not None), None)
    entity_id = data["containerGroupId"]
    return ExpectedTransition(
        entity_id,
        fact.status,
        (fact.status, fact.timestamp),
        fact.timestamp,
        started_at=created,
        finished_at=finished,
        second=fact.timestamp,
    )


def _kubernetes(data: Json, *, is_notice: bool) -> ExpectedTransition:
    first, last = _ms(data["firstTimestamp"]), _ms(data["lastTimestamp"])
    assert first is not None
    uid, reason, message = data["involvedObject"]["uid"], data["reason"], data["message"]
    entity_id, status = (f"{uid}:{reason}", data["type"]) if is_notice else (uid, reason)
    transition = ExpectedTransition(entity_id, status, (reason, message, first), first, last, second=first)
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
READERS: Mapping[Any, Callable[[Json, Fact], ExpectedTransition]] = {
    ecs.SystemEvent: _system,
    ecs.DiskEvent: _disk,
    ecs.StateChange: _state,
    ecs.PreemptibleInstanceInterruption: _interruption,
    ecs.LiveMigrationAcrossDDH: _migration,
    ecs.PerformanceModeChange: _mode,
    ecs.BurstablePerformanceRestricted: _restriction,
    eci.ContainerGroupState: _group_state,
}
