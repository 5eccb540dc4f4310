"""A schedule, drawn from one seed: what is delivered, in which order and batches, and which fault is injected where.

A schedule is data. The same schedule always runs the same way, and a part of a schedule is a schedule too: this is how
a failing one is reduced.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tests.simulation import workload
from tests.simulation.reference import identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.simulation.workload import Fact, RenderedEvent

STORE_FAULTS = {
    "throttled": "The store asks the caller to slow down. Nothing is written.",
    "request lost": "No reply. Nothing is written.",
    "reply lost": "No reply. All rows are written.",
    "reply lost midway": "No reply. Half of the rows are written.",
    "still in flight": "No reply. The rows are written later, if their conditions still hold.",
    "partial failure": "Every other row is refused as busy.",
    "slow": "Half of the rows are written, other handlers may run, then the rest is written.",
    "crash before": "The process dies before the call.",
    "crash midway": "The process dies when half of the rows are written.",
    "crash after": "The process dies when all rows are written.",
    "crash in flight": "The process dies. Its rows are written later.",
}
"""The faults of a call, by name, and what each does."""
ATTEMPTS = 3
"""Faults are drawn for so many attempts at a job; later attempts run without."""
DELIVERY_WEIGHTS = (0.5, 1.5, 0.5, 1.5, 0.5, 1.5)
"""How likely a fault is at each call of an invocation: every second call writes."""
POLL_WEIGHTS = (*(0.3,) * 5, *(0.8,) * 12, *(0.6,) * 40)
"""The same for a poll: it takes the cursor, then makes about ten calls for a page with something new."""
REBUILD = "rebuild"
TOOLS = ("sweep", REBUILD, REBUILD, "replay", "export and import")
"""What runs beside the handlers, as often as it is here; `operators` runs it."""
TOOL_WEIGHTS = (0.15,) * 80
"""The same for a tool: it makes a call for each kind or status, then a few for each record."""
NOTIFIER_WEIGHTS = (0.5,) * 60
"""The same for a notifier: some twenty reads, then about eight calls for each message."""
MIGRATION_WEIGHTS = (0.5,) * 40
"""The same for a migration: it makes five calls for each batch."""
FIRST_TOOL = 3000
NOTIFY = "notify"
FIRST_NOTIFIER = 4000
MIGRATE = "migrate"
FIRST_MIGRATION = 5000
LAST_MIGRATION = 5001
"""The migration that begins once no function of version 0.1 runs any more."""
POLL_PACES = ((60.0, 0.05), (60.0, 0.05), (5.5, 2.0))
"""The seconds that a poll has, and those that a call of ECI takes; with the last it takes several invocations."""
LATEST_S = 10 * 60
"""Events come until then while the polls run."""
MAX_CLOCK_OFFSET_MS = 3 * 86_400_000


@dataclass(frozen=True)
class DeliveryJob:
    """One payload to deliver to a function until it is acknowledged.

    Attributes:
        old_attempts: so many of the first attempts are made by functions of version 0.1, until its rows are moved.
    """

    number: int
    events: tuple[RenderedEvent, ...]
    style: str = "array"
    old_attempts: int = 0

    @cached_property
    def payload(self) -> bytes:
        """The payload; it holds the text of each event unchanged, or as a JSON string."""
        texts = [event.text for event in self.events]
        alone = len(texts) == 1
        if alone and (self.style == "one" or self.events[0].reason):  # a corrupted event alone is no valid array
            return texts[0].encode()
        if self.style == "strings":
            return json.dumps(texts).encode()
        whole = texts[0] if alone and self.style == "quoted" else f"[{','.join(texts)}]"
        return (json.dumps(whole) if self.style == "quoted" else whole).encode()

    def describe(self) -> str:
        """For a report."""
        old = f", version 0.1 for {self.old_attempts} attempts" if self.old_attempts else ""
        events = "; ".join(event.describe() for event in self.events)
        return f"delivery {self.number} ({self.style}{old}): {events}"


@dataclass(frozen=True)
class PollJob:
    """A round of the ECI poller.

    Attributes:
        facts: the events that the API lists.
        entities: the entities whose container groups the API lists. It must list all of them: the poller takes a group
            that is missing for deleted.
    """

    number: int
    facts: tuple[Fact, ...]
    entities: tuple[str, ...]

    def describe(self) -> str:
        """For a report."""
        return f"poll {self.number} finds: " + "; ".join(fact.describe() for fact in self.facts)


@dataclass(frozen=True)
class ToolJob:
    """A run of the sweeper or of an operator's tool; `tool` is one of `TOOLS`."""

    number: int
    tool: str

    def describe(self) -> str:
        """For a report."""
        return f"job {self.number}: {self.tool}"


Job = DeliveryJob | PollJob | ToolJob
CallSite = tuple[int, int, int]
"""The number of a job, of the attempt at it, and of the call within the attempt."""


@dataclass(frozen=True)
class Schedule:
    """One schedule.

    Attributes:
        jobs: in the order in which the platform starts them.
        workers: how many handlers run at once.
        faults: the fault to inject at each call.
        clock_offsets: by how many ms the wall clock of an attempt at a job is off.
        timeout_s: the time that each invocation has.
        disturbances: what was done to the deliveries before any handler saw them, with counts.
        poll_timeout_s: the time that each poll has.
        eci_call_s: the time that a call of ECI takes.
        swept: whether overdue records are marked once more when all jobs have ended.
    """

    seed: int
    jobs: tuple[Job, ...]
    workers: int = 1
    faults: Mapping[CallSite, str] = field(default_factory=dict)
    clock_offsets: Mapping[tuple[int, int], int] = field(default_factory=dict)
    timeout_s: float = 30.0
    disturbances: Mapping[str, int] = field(default_factory=dict)
    poll_timeout_s: float = 60.0
    eci_call_s: float = 0.05
    swept: bool = False

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that is delivered intact or polled at least once."""
        delivered = [event.fact for event in self.events if not event.reason]
        polled = [fact for job in self.jobs if isinstance(job, PollJob) for fact in job.facts]
        return tuple(dict.fromkeys((*delivered, *polled)))

    @cached_property
    def events(self) -> tuple[RenderedEvent, ...]:
        """The events of every delivery, repetitions included."""
        return tuple(event for job in self.jobs if isinstance(job, DeliveryJob) for event in job.events)

    @cached_property
    def tools(self) -> frozenset[str]:
        """The tools that run beside the handlers."""
        return frozenset(job.tool for job in self.jobs if isinstance(job, ToolJob))

    @cached_property
    def notifiers(self) -> bool:
        """Whether notifiers run beside the handlers."""
        return NOTIFY in self.tools

    @cached_property
    def migrating(self) -> bool:
        """Whether version 0.1 runs beside this one, and its rows are moved in the end."""
        return any(job.number == LAST_MIGRATION for job in self.jobs)

    @cached_property
    def old_attempts(self) -> Mapping[int, int]:
        """How many attempts at each delivery functions of version 0.1 make."""
        deliveries = [job for job in self.jobs if isinstance(job, DeliveryJob)] if self.migrating else []
        return {job.number: job.old_attempts for job in deliveries if job.old_attempts}

    @cached_property
    def moved(self) -> frozenset[str]:
        """The records that version 0.1 may have: people are not notified of what it recorded."""
        jobs = [job for job in self.jobs if isinstance(job, DeliveryJob) and job.number in self.old_attempts]
        return frozenset(identity(event.fact)[0] for job in jobs for event in job.events if not event.reason)

    @cached_property
    def early_migrations(self) -> frozenset[int]:
        """The migrations that run while functions of version 0.1 still do."""
        return frozenset(job.number for job in self.jobs if job.number == FIRST_MIGRATION)

    @cached_property
    def polled(self) -> frozenset[str]:
        """The entities whose container groups the poller sees."""
        return frozenset(entity for job in self.jobs if isinstance(job, PollJob) for entity in job.entities)


def draw(seed: int) -> Schedule:
    """The schedule of `seed`."""
    rng = random.Random(f"opsledger {seed}")  # noqa: S311 - a seeded generator is the point
    disturbances: Counter[str] = Counter()
    facts = workload.draw_facts(rng, rng.randint(1, 3))
    polls = _polls(rng, facts, disturbances)
    polled_only = polls[0].facts if polls and rng.random() < 0.5 else ()
    events = _rendered(rng, [fact for fact in facts if fact not in polled_only], disturbances)
    deliveries = _some_last(rng, _batched(rng, _ordered(rng, events, disturbances), disturbances), disturbances)
    jobs: list[Job] = [*deliveries, *polls]
    tools = _tools(random.Random(f"tools {seed}"), jobs, disturbances)  # noqa: S311 - a seeded generator is the point
    notifiers = _notifiers(random.Random(f"notifiers {seed}"), jobs, disturbances)  # noqa: S311 - the same
    migrations = _migrations(random.Random(f"migrations {seed}"), jobs, disturbances)  # noqa: S311 - the same
    rate = rng.choice((0.03, 0.1, 0.25))
    workers = max(rng.choice((1, 2, 2, 3)), 2 if tools or notifiers or migrations else 1)
    disturbances["handlers interleaved"] += workers > 1
    return Schedule(
        seed,
        tuple(jobs),
        workers,
        _faults(rng, jobs, rate),
        _clock_offsets(rng, jobs),
        rng.choice((0.1, 2.0, 30.0)),
        +disturbances,
        *rng.choice(POLL_PACES),
        swept=any(tool.tool == "sweep" for tool in tools),
    )


# ---------------------------------------------------------------------------------------------------- events
def _rendered(rng: random.Random, facts: Sequence[Fact], disturbances: Counter[str]) -> list[RenderedEvent]:
    events = []
    for fact in facts:
        form = rng.choice(fact.forms())
        events.append(workload.render(fact, form))
        if rng.random() < 0.3:
            events += _copies(rng, fact, form, disturbances)
        if rng.random() < 0.12:
            events.insert(len(events) - 1, workload.corrupt(rng, events[-1]))
            disturbances["malformed, later corrected"] += 1
        disturbances["same id, other content"] += bool(fact.postponed_hours or fact.repeats)
    return events


def _copies(rng: random.Random, fact: Fact, form: str, disturbances: Counter[str]) -> list[RenderedEvent]:
    copies = []
    for _ in range(rng.randint(1, 2)):
        other = rng.choice((form, rng.choice(fact.forms())))
        new_id = f"{rng.getrandbits(64):016x}" if rng.random() < 0.5 else ""
        wrapping = rng.choice(workload.wrappings(other)) if rng.random() < 0.25 else ""
        copies.append(workload.render(fact, other, new_id, wrapping))
        disturbances["duplicate"] += 1
        disturbances["in another envelope"] += other != form
        disturbances["with a new id"] += bool(new_id)
        disturbances["in a wrapper"] += bool(wrapping)
    return copies


def _ordered(rng: random.Random, events: list[RenderedEvent], disturbances: Counter[str]) -> list[RenderedEvent]:
    by_time = sorted(events, key=lambda event: event.fact.timestamp)
    order = rng.choice(("shuffled", "shuffled", "reversed", "by time"))
    if order == "shuffled":
        rng.shuffle(events)
    else:
        events = by_time if order == "by time" else by_time[::-1]
    disturbances["reordered"] += events != by_time
    ended: set[str] = set()
    for event in events:
        record, lifecycle = identity(event.fact)[0], event.fact.spec.kind.lifecycle
        terminal = lifecycle.terminal(event.fact.status)
        disturbances["after a terminal status"] += record in ended and not terminal
        if terminal:
            ended.add(record)
    return events


# ------------------------------------------------------------------------------------------------------ jobs
def _batched(rng: random.Random, events: list[RenderedEvent], disturbances: Counter[str]) -> list[DeliveryJob]:
    deliveries: list[DeliveryJob] = []
    while events:
        size = min(rng.choice((1, 1, 2, 3, 6)), len(events))
        batch, events = events[:size], events[size:]
        style = rng.choice(("one", "quoted", "array") if size == 1 else ("array", "strings", "quoted"))
        deliveries.append(DeliveryJob(len(deliveries), tuple(batch), style))
        disturbances["merged into a batch"] += size > 1
        if size > 1 and rng.random() < 0.15:
            deliveries += [DeliveryJob(len(deliveries) + i, (event,), "one") for i, event in enumerate(batch)]
            disturbances["batch sent again, split"] += 1
    return deliveries


def _some_last(rng: random.Random, deliveries: list[DeliveryJob], disturbances: Counter[str]) -> list[DeliveryJob]:
    """Drop some deliveries and redeliver them after all others."""
    dropped = [delivery for delivery in deliveries if rng.random() < 0.08]
    disturbances["dropped, then redelivered"] += len(dropped)
    return [delivery for delivery in deliveries if delivery not in dropped] + dropped


def _polls(rng: random.Random, facts: Sequence[Fact], disturbances: Counter[str]) -> list[PollJob]:
    found = tuple(fact for fact in facts if workload.found_by_poll(fact))
    if not found or rng.random() < 0.4:
        return []
    disturbances["also polled"] += 1
    entities = tuple(dict.fromkeys(f.entity for f in facts if f.spec.kind.resource_type == "container-group"))
    facts = (*found, *_later(rng, found))
    return [PollJob(1000 + i, facts, entities) for i in range(rng.randint(2, 3))]


def _later(rng: random.Random, found: Sequence[Fact]) -> list[Fact]:
    """Some of the facts again, at moments while the polls run."""
    return [
        replace(fact, timestamp=workload.NOW_MS + rng.randint(1, LATEST_S) * 1000, repeats=0)
        for fact in found
        if rng.random() < 0.8
    ]


def _tools(rng: random.Random, jobs: list[Job], disturbances: Counter[str]) -> list[ToolJob]:
    """Put tools between the jobs of a quarter of the schedules."""
    if rng.random() < 0.75:
        return []
    tools = [ToolJob(FIRST_TOOL + i, rng.choice(TOOLS)) for i in range(rng.randint(1, 3))]
    for tool in tools:
        jobs.insert(rng.randint(len(jobs) // 3, len(jobs)), tool)
    disturbances["beside tools"] += 1
    return tools


def _notifiers(rng: random.Random, jobs: list[Job], disturbances: Counter[str]) -> list[ToolJob]:
    """Put notifiers between the jobs of a quarter of the schedules."""
    if rng.random() < 0.75:
        return []
    notifiers = [ToolJob(FIRST_NOTIFIER + i, NOTIFY) for i in range(rng.randint(1, 4))]
    for notifier in notifiers:
        jobs.insert(rng.randint(len(jobs) // 3, len(jobs)), notifier)
    disturbances["beside notifiers"] += 1
    return notifiers


def _migrations(rng: random.Random, jobs: list[Job], disturbances: Counter[str]) -> list[ToolJob]:
    """Let version 0.1 take some deliveries of a sixth of the schedules, and move its rows, often once too early."""
    if rng.random() < 5 / 6:
        return []
    for place, job in enumerate(jobs):
        if isinstance(job, DeliveryJob) and rng.random() < 0.6:
            jobs[place] = replace(job, old_attempts=rng.choice((1, ATTEMPTS)))
    early = [ToolJob(FIRST_MIGRATION, MIGRATE)] if rng.random() < 0.5 else []
    migrations = [*early, ToolJob(LAST_MIGRATION, MIGRATE)]
    for migration in migrations:
        jobs.insert(rng.randint(0, len(jobs)), migration)
    disturbances["beside a migration"] += 1
    return migrations


# ---------------------------------------------------------------------------------------------------- faults
_WEIGHTS = {DeliveryJob: DELIVERY_WEIGHTS, PollJob: POLL_WEIGHTS, ToolJob: TOOL_WEIGHTS}
_OWN_WEIGHTS = {NOTIFY: NOTIFIER_WEIGHTS, MIGRATE: MIGRATION_WEIGHTS}


def _faults(rng: random.Random, jobs: Sequence[Job], rate: float) -> dict[CallSite, str]:
    faults = tuple(STORE_FAULTS)
    return {
        (job.number, attempt, call): rng.choice(faults)
        for job in jobs
        for attempt in range(ATTEMPTS)
        for call, weight in enumerate(_weights(job))
        if rng.random() < rate * weight
    }


def _weights(job: Job) -> Sequence[float]:
    own = _OWN_WEIGHTS.get(job.tool) if isinstance(job, ToolJob) else None
    return own or _WEIGHTS[type(job)]


def _clock_offsets(rng: random.Random, jobs: Sequence[Job]) -> dict[tuple[int, int], int]:
    # The poller asks for new events by its own clock, which is assumed not to jump.
    return {
        (job.number, attempt): rng.randint(-MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS)
        for job in jobs
        if isinstance(job, DeliveryJob)
        for attempt in range(2)
        if rng.random() < 0.05
    }
