"""Run one plan: the platform hands out jobs, handlers work at them, and whatever is not acknowledged comes again."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation import workload
from tests.simulation.memory_store import MemoryStore
from tests.simulation.plan import Plan, Poll, Sending
from tests.simulation.world import Crash, Handler, Turns, World

from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.errors import UnavailableError, WorldFailedError
from opsledger.intake import understand as intake

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from tests.simulation.plan import Job
    from tests.simulation.world import Rows

    from opsledger.pipeline import Entry
    from opsledger.store import Store

MANY_ATTEMPTS = 60
"""Faults end after a few attempts; a job that still fails after so many never ends."""
PAGE_GROUPS = 2
_STATUSES = ("Running", "Pending", "Restarting")


class Invocation(NamedTuple):
    """One attempt at a job.

    Attributes:
        ended: `ok`, `failed` (the world failed, as told), `crashed`, or the exception that nothing should raise.
        entries: what became of each delivery, where there was an answer.
        struck: the faults that hit it.
    """

    job: int
    attempt: int
    ended: str
    entries: Sequence[Entry] = ()
    struck: Sequence[str] = ()


@dataclass
class Outcome:
    """What a plan led to."""

    plan: Plan
    invocations: list[Invocation]
    rows: Rows
    trace: Sequence[str]
    struck: Counter[str]
    groups: Mapping[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """Of everything that happened and everything stored, byte by byte."""
        stored = [f"{row.key.values} {sorted(row.columns.items())}" for rows in self.rows.values() for row in rows]
        return hashlib.sha256("\n".join((*self.trace, *stored)).encode()).hexdigest()


def run(plan: Plan, store: Store | None = None) -> Outcome:
    """Carry `plan` out on `store`, which must be empty; in memory unless told otherwise."""
    rng = random.Random(f"turns {plan.seed}")  # noqa: S311 - chance that can be repeated is the point
    world = World(plan, store or MemoryStore(), rng)
    platform = _Platform(world)
    if plan.lanes > 1:
        world.turns = Turns(rng, plan.lanes)
        world.turns.run(platform.lane)
    else:
        platform.lane(0)
    world.land(at_last=True)
    return Outcome(plan, platform.invocations, world.rows(), world.trace, +world.struck, platform.api.groups)


@lru_cache(maxsize=4096)
def understand(payload: bytes) -> Sequence[Any]:
    """As the pipeline, which is pure here: a payload that comes again need not be read again."""
    return intake.understand(payload)


def forget() -> None:
    """Forget what was understood: the code that understands is another now."""
    understand.cache_clear()
    _plainly.cache_clear()


def plainly(plan: Plan) -> Outcome:
    """The same deliveries, each once, in one batch, in order, with nothing going wrong."""
    return _plainly(tuple(sorted({e._replace(text="") if not e.reason else e for e in _said(plan)}, key=repr)))


def _said(plan: Plan) -> list[workload.Element]:
    polled = [workload.Element("", fact, _POLLED) for job in plan.jobs if isinstance(job, Poll) for fact in job.facts]
    return [*plan.elements, *polled]


_POLLED = "polled"


@lru_cache(maxsize=4)
def _plainly(said: tuple[workload.Element, ...]) -> Outcome:
    """`said` without the ids of its envelopes, for they must not matter."""
    elements = [_retold(element) for element in said]
    return run(Plan(-1, (Sending(0, tuple(elements)),)))


def _retold(element: workload.Element) -> workload.Element:
    if element.reason:
        return element
    if element.form == _POLLED:
        return element._replace(text=_jsontext(_as_polled(element.fact)))
    return workload.tell(element.fact, element.form)


def _jsontext(value: Any) -> str:
    from opsledger import strict_json  # noqa: PLC0415 - needed with a poller alone

    return strict_json.write(value)


class _Platform:
    """Hands out jobs until every one is acknowledged."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: deque[tuple[Job, int]] = deque((job, 0) for job in world.plan.jobs)
        self.invocations: list[Invocation] = []
        self.api = Api(world.plan)

    def lane(self, number: int) -> None:
        """One instance of the function: takes the next job as long as there is one."""
        while self.waiting:
            job, attempt = self.waiting.popleft()
            if attempt > MANY_ATTEMPTS:
                self.invocations.append(Invocation(job.number, attempt, "is never done"))
                continue
            done = self._invoke(job, Handler(self.world, number, job.number, attempt))
            self.invocations.append(done)
            self.world.struck["poller crashed midway"] += isinstance(job, Poll) and done.ended == "crashed"
            self.world.struck["clock jumped"] += (job.number, attempt) in self.world.plan.jumps
            self.world.tell(f"{job.number}.{attempt} {done.ended} {[e.disposition.value for e in done.entries]}")
            if done.ended in ("failed", "crashed"):
                soon = self.world.rng.random() < 0.5
                (self.waiting.appendleft if soon else self.waiting.append)((job, attempt + 1))

    def _invoke(self, job: Job, handler: Handler) -> Invocation:
        deadline = Deadline(handler, self.world.plan.seconds if isinstance(job, Sending) else 60.0)
        # Nothing may depend on whether a retry keeps its request id: half of the jobs do.
        request_id = f"request-{job.number}" + (f"-{handler.attempt}" if job.number % 2 else "")
        entries: Sequence[Entry] = ()
        try:
            if isinstance(job, Sending):
                entries = pipeline.record(understand(job.payload), handler, deadline, request_id).entries
            else:
                self._poll(handler, deadline, request_id)
            ended = "ok"
        except WorldFailedError:
            ended = "failed"
        except Crash:
            ended = "crashed"
        except Exception as error:  # noqa: BLE001 - nothing else may come out, and if it does that is the finding
            ended = f"raised {type(error).__name__}: {error}"
        return Invocation(job.number, handler.attempt, ended, entries, tuple(handler.struck))

    def _poll(self, handler: Handler, deadline: Deadline, request_id: str) -> None:
        from opsledger.eci_poller.poller import Poller  # noqa: PLC0415 - loads the vendor's SDK, which few schedules need

        account = workload.names_of("0").account
        poller = Poller(_Calls(self.api, handler), handler, deadline, account=account, request_id=request_id)
        if not poller.poll().finished:
            raise UnavailableError("the round is not finished")


# -------------------------------------------------------------------------------------------------- ECI's API
class Api:
    """Container groups and their events, as ECI lists them, two groups a page."""

    region = workload.names_of("0").region

    def __init__(self, plan: Plan) -> None:
        names = {thing: workload.names_of(thing).container_group_id for thing in sorted(plan.polled)}
        self.groups = {group: _STATUSES[int(thing) % len(_STATUSES)] for thing, group in names.items()}
        self.events_of: dict[str, list[dict[str, Any]]] = {group: [] for group in self.groups}
        for fact in dict.fromkeys(fact for job in plan.jobs if isinstance(job, Poll) for fact in job.facts):
            self.events_of[names[fact.thing]].append(_api_event(fact))


class _Calls:
    """The API as one invocation sees it: calls may fail, and the process may die between pages."""

    def __init__(self, api: Api, handler: Handler) -> None:
        self.region = api.region
        self._api, self._handler = api, handler

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Any:
        """A page of groups."""
        names = [name for name in self._api.groups if name in ids] if ids else list(self._api.groups)
        shown = [{"containerGroupId": name, "status": self._api.groups[name]} for name in names]
        start = int(next_token or 0)
        end = start + PAGE_GROUPS
        return self._answer(shown[start:end], f"{end}" if end < len(shown) else None)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Any:
        """All events of these groups since then."""
        del next_token
        since = 0 if since_s is None else self._handler.now_ms() - since_s * 1000
        return self._answer([{"containerGroupId": group, "events": self._since(group, since)} for group in ids], None)

    def _since(self, group: str, since: int) -> list[dict[str, Any]]:
        from opsledger import timestamps  # noqa: PLC0415 - needed with a poller alone

        return [event for event in self._api.events_of[group] if timestamps.parse(event["lastTimestamp"]) >= since]

    def _answer(self, items: list[dict[str, Any]], token: str | None) -> Any:
        from opsledger.eci_poller.api import Page  # noqa: PLC0415 - loads the vendor's SDK, which few schedules need

        fault = self._handler.begin("asks ECI")
        self._handler.refuse(fault)
        self._handler.lose(fault)
        return Page(items, token)


def _api_event(fact: workload.Fact) -> dict[str, Any]:
    """In the casing in which `eci_api` hands it over."""
    event = workload.event_of(fact, "api")
    return {f"{key[:1].lower()}{key[1:]}": value for key, value in event.items()}


def _as_polled(fact: workload.Fact) -> dict[str, Any]:
    """What the poller makes of the event."""
    names = workload.names_of(fact.thing)
    return {
        "specversion": "1.0",
        "source": "acs.eci",
        "type": fact.type,
        "aliyunregionid": names.region,
        "aliyunaccountid": names.account,
        "data": {**_api_event(fact), "containerGroupId": names.container_group_id},
    }
