"""Run one schedule: start its jobs, run the handlers, and redeliver what is not acknowledged."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation import channels, eci_api, migrating, operators, workload
from tests.simulation.environment import Environment
from tests.simulation.fault_injector import FaultInjector, SimulatedCrash
from tests.simulation.interleaver import Interleaver
from tests.simulation.memory_store import MemoryStore
from tests.simulation.roles import EVENTS, POLLER
from tests.simulation.schedule import (
    LAST_MIGRATION,
    MAX_CLOCK_OFFSET_MS,
    NOTIFY,
    REBUILD,
    DeliveryJob,
    PollJob,
    Schedule,
    ToolJob,
)

from opsledger import pipeline, strict_json
from opsledger.deadline import Deadline
from opsledger.eci_poller.poller import Poller
from opsledger.errors import UnavailableError, WorldFailedError
from opsledger.intake import understand as intake
from opsledger.polling.cursor import OvertakenError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from tests.simulation.environment import RowsByTable
    from tests.simulation.schedule import Job

    from opsledger.pipeline import Entry
    from opsledger.store import Store

MAX_ATTEMPTS = 60
"""Faults end after a few attempts, so a job that still fails after so many never ends."""
STEPS_S = (1, 1, 1, 150)
"""So much time passes before a poll is resumed."""
BETWEEN_POLLS_S = (1, 150, 300)
"""So much time passes before a poll begins."""
BETWEEN_NOTIFIERS_S = (1, 1, 30, 200)
"""So much time passes before a notifier runs: some meet the claims of another one, some claims have ended."""
LATE_S = MAX_CLOCK_OFFSET_MS / 1000
MOST_NOTIFIERS = 60
"""After so many runs without faults every notification is final."""
SETTLING = 2000
"""The number of the poll that runs when all jobs have ended, without faults: it sees the world as it is."""
_POLLED = "polled"
_BASELINE_SEED = -1


class InvocationResult(NamedTuple):
    """The result of one attempt at a job.

    Attributes:
        ended: `ok`, `failed` (it raised `WorldFailedError`), `crashed`, or a description of an exception that must not
            be raised.
        entries: the result of each event; empty when the invocation did not end with `ok`.
        faults: the faults injected into it.
        received_at: by its own clock, in ms.
        old: whether it was one of a function of version 0.1.
    """

    job: int
    attempt: int
    ended: str
    entries: Sequence[Entry] = ()
    faults: Sequence[str] = ()
    received_at: int = 0
    old: bool = False


@dataclass
class RunResult:
    """The result of running a schedule.

    Attributes:
        trace: everything that happened, one line each.
        faults: how often each fault was injected.
        undone: acknowledged transitions that a later write left out.
        channels: what the channels have seen of notifications.
        unplanned: what should have been notified of, and was not planned.
        groups: every status that each container group of the API has had, first to last.
    """

    schedule: Schedule
    invocations: list[InvocationResult]
    rows: RowsByTable
    trace: Sequence[str]
    faults: Counter[str]
    undone: Sequence[str] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channels: channels.Channels = field(default_factory=channels.Channels)
    unplanned: Sequence[str] = ()

    def digest(self) -> str:
        """A hash of the trace and of every stored byte."""
        stored = [f"{row.key.values} {sorted(row.columns.items())}" for rows in self.rows.values() for row in rows]
        return hashlib.sha256("\n".join((*self.trace, *stored)).encode()).hexdigest()


def run(schedule: Schedule, store: Store | None = None) -> RunResult:
    """Run `schedule` on `store`, which must be empty; the default is a store in memory."""
    rng = random.Random(f"turns {schedule.seed}")  # noqa: S311 - a seeded generator is the point
    environment = Environment(schedule, store or MemoryStore(), rng, reads_old_tables=schedule.migrating)
    if schedule.swept:
        operators.plant_foreign_record(environment.store)
    platform = _Platform(environment)
    with operators.seeded_writers(rng), channels.watched(), migrating.small_batches():
        if schedule.workers > 1:
            environment.interleaver = Interleaver(rng, schedule.workers)
            environment.interleaver.run(platform.work)
        else:
            platform.work(0)
    environment.interleaver = None
    environment.land_due_writes(everything=True)
    if schedule.polled:
        platform.settle()
    if schedule.notifiers:
        with channels.watched():
            platform.notify_rest()
    if schedule.swept:
        platform.sweep()
    rows, faults = environment.rows(), +environment.faults
    history = platform.api.history
    return RunResult(
        schedule,
        platform.invocations,
        rows,
        environment.trace,
        faults,
        environment.undone,
        history,
        environment.channels,
        platform.unplanned,
    )


@lru_cache(maxsize=4096)
def understand(payload: bytes, received_at: int) -> Sequence[Any]:
    """`intake.understand`, which is pure, with a cache: a redelivered payload is often parsed once."""
    return intake.understand(payload, received_at)


def clear_caches() -> None:
    """Empty the caches. Call this whenever the code under test changes."""
    understand.cache_clear()
    _run_baseline.cache_clear()


# -------------------------------------------------------------------------------------------------- baseline
def run_baseline(schedule: Schedule) -> RunResult:
    """Deliver the same events once each, in one batch, in order and without faults."""
    events = {event if event.reason else event._replace(text="") for event in _all_events(schedule)}
    return _run_baseline(tuple(sorted(events, key=repr)), swept=schedule.swept)


def _all_events(schedule: Schedule) -> list[workload.RenderedEvent]:
    polls = (job for job in schedule.jobs if isinstance(job, PollJob))
    polled = [workload.RenderedEvent("", fact, _POLLED) for poll in polls for fact in poll.facts]
    return [*schedule.events, *polled]


@lru_cache(maxsize=4)
def _run_baseline(events: tuple[workload.RenderedEvent, ...], *, swept: bool) -> RunResult:
    return run(Schedule(_BASELINE_SEED, (DeliveryJob(0, tuple(map(_rendered_again, events))),), swept=swept))


def _rendered_again(event: workload.RenderedEvent) -> workload.RenderedEvent:
    """`event` with the envelope id of its fact: a new id must make no difference."""
    if event.reason:
        return event
    if event.form == _POLLED:
        return event._replace(text=strict_json.write(eci_api.polled_event(event.fact)))
    return workload.render(event.fact, event.form)


# -------------------------------------------------------------------------------------------------- platform
class _Platform:
    """Starts jobs until every one is acknowledged."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.waiting: deque[tuple[Job, int]] = deque((job, 0) for job in environment.schedule.jobs)
        self.invocations: list[InvocationResult] = []
        self.unplanned: list[str] = []
        self.api = eci_api.SimulatedEciApi(environment.schedule)
        self._before_last_migration = {*environment.schedule.old_attempts, *environment.schedule.early_migrations}

    def work(self, worker: int) -> None:
        """Run jobs, one after the other, as long as there are any: one instance of the function."""
        while self.waiting:
            job, attempt = self.waiting.popleft()
            if self._waits(job):
                self.waiting.append((job, attempt))
                self._let_others_run(worker)
                continue
            if isinstance(job, PollJob):
                self._move_world(begins=attempt == 0)
            if (
                job.number == LAST_MIGRATION
            ):  # operators wait a minute (docs/upgrading.md): nothing is in flight any more
                self.environment.land_due_writes(everything=True)
            if isinstance(job, ToolJob) and job.tool == NOTIFY:
                self.environment.seconds += self.environment.rng.choice(BETWEEN_NOTIFIERS_S)
            if attempt > MAX_ATTEMPTS:
                self.invocations.append(InvocationResult(job.number, attempt, "never ends"))
                continue
            result = self._invoke(job, FaultInjector(self.environment, worker, job.number, attempt))
            self.invocations.append(result)
            self._count(job, result)
            self._note_migration(result)
            if result.ended in ("failed", "crashed"):
                soon = self.environment.rng.random() < 0.5
                (self.waiting.appendleft if soon else self.waiting.append)((job, attempt + 1))

    def _waits(self, job: Job) -> bool:
        """Whether operators wait with a job: with the last migration for what it moves, with a rebuild for its end.

        Before that the record of a late step of version 0.1 may have been moved, and its ledger row not yet.
        """
        if job.number == LAST_MIGRATION:
            return bool(self._before_last_migration)
        return isinstance(job, ToolJob) and job.tool == REBUILD and self.environment.reads_old_tables

    def _let_others_run(self, worker: int) -> None:
        if self.environment.interleaver is not None:
            self.environment.interleaver.switch(worker)

    def _note_migration(self, result: InvocationResult) -> None:
        """Note what was done by version 0.1 or before the last migration, and whether that has ended."""
        old_attempts = self.environment.schedule.old_attempts.get(result.job, MAX_ATTEMPTS)
        if result.ended == "ok" or result.attempt + 1 >= old_attempts:
            self._before_last_migration.discard(result.job)
        if result.ended == "ok" and result.job == LAST_MIGRATION:
            self.environment.reads_old_tables = False

    def settle(self) -> None:
        """Poll until a whole round has seen the world as it is now, which no longer moves."""
        self.api.moves = False
        polls = [job for job in self.environment.schedule.jobs if isinstance(job, PollJob)]
        last_ms = max(fact.timestamp for poll in polls for fact in poll.facts)
        self.environment.seconds = max(self.environment.seconds, (last_ms - workload.NOW_MS) / 1000 + 1)
        for number in (SETTLING, SETTLING + 1):  # the first may resume a round that began before the last move
            job = PollJob(number, (), polls[0].entities)
            for attempt in range(MAX_ATTEMPTS):
                result = self._invoke(job, FaultInjector(self.environment, 0, number, attempt))
                if result.ended == "ok":
                    break
            if result.ended != "ok":
                self.invocations.append(InvocationResult(polls[0].number, attempt, f"did not settle: {result.ended}"))

    def notify_rest(self) -> None:
        """Run the notifier, whenever something is due, until every notification is final."""
        environment, job = self.environment, ToolJob(SETTLING + 2, NOTIFY)
        for attempt in range(MOST_NOTIFIERS):
            self._invoke(job, FaultInjector(environment, 0, job.number, attempt))
            due_s = channels.next_due_s(environment.store)
            if due_s is None and environment.seconds > LATE_S:
                break
            # A record may be due by a clock that was ahead.
            environment.seconds = max(environment.seconds + 1, LATE_S + 1 if due_s is None else due_s)
        self.unplanned = channels.unplanned(environment, FaultInjector(environment, 0, job.number, 0).now_ms())

    def sweep(self) -> None:
        """Mark what is overdue, long after everything was delivered."""
        job = ToolJob(SETTLING, operators.LAST_SWEEP)
        result = self._invoke(job, FaultInjector(self.environment, 0, job.number, 0))
        if result.ended != "ok":
            first = self.environment.schedule.jobs[0].number
            self.invocations.append(result._replace(job=first, ended=f"did not sweep: {result.ended}"))

    def _count(self, job: Job, result: InvocationResult) -> None:
        environment, attempt = self.environment, (result.job, result.attempt)
        environment.faults["poller crashed midway"] += isinstance(job, PollJob) and result.ended == "crashed"
        environment.faults["clock jumped"] += attempt in environment.schedule.clock_offsets
        dispositions = [entry.disposition.value for entry in result.entries]
        environment.log(f"{result.job}.{result.attempt} {result.ended} {dispositions}")

    def _invoke(self, job: Job, injector: FaultInjector) -> InvocationResult:
        # Nothing may depend on whether a retry keeps its request id, so half of the jobs keep it.
        request_id = f"request-{job.number}" + (f"-{injector.attempt}" if job.number % 2 else "")
        entries: Sequence[Entry] = ()
        old = injector.attempt < self.environment.schedule.old_attempts.get(job.number, 0)
        received_at = injector.now_ms()
        try:
            if isinstance(job, DeliveryJob):
                entries = self._deliver(job.payload, injector, request_id, old=old)
            elif isinstance(job, ToolJob):
                operators.run(job.tool, injector, request_id)
            else:
                self._poll(injector, request_id)
            ended = "ok"
        except OvertakenError:  # as the handler: the other poller goes on
            ended = "ok"
        except WorldFailedError:
            ended = "failed"
        except SimulatedCrash:
            ended = "crashed"
        except Exception as error:  # noqa: BLE001 - no other exception is allowed: it is reported as a violation
            ended = f"raised {type(error).__name__}: {error}"
        return InvocationResult(job.number, injector.attempt, ended, entries, tuple(injector.faults), received_at, old)

    def _deliver(self, payload: bytes, injector: FaultInjector, request_id: str, *, old: bool) -> Sequence[Entry]:
        understood = understand(payload, injector.now_ms())
        deadline = Deadline(injector, self.environment.schedule.timeout_s)
        store = migrating.OldVersionStore(injector) if old else migrating.function_store(injector, EVENTS)
        entries = pipeline.record(understood, store, deadline, request_id).entries
        if not old:  # what version 0.1 acknowledges may come to the new tables with the last migration
            self.environment.acknowledge(entry.notification for entry in entries if entry.notification is not None)
        return entries

    def _poll(self, injector: FaultInjector, request_id: str) -> None:
        timeout_s = self.environment.schedule.poll_timeout_s
        client, deadline = eci_api.FaultyEciClient(self.api, injector, timeout_s), Deadline(injector, timeout_s)
        store = migrating.function_store(injector, POLLER)
        poller = Poller(client, store, deadline, account=eci_api.ACCOUNT, request_id=request_id)
        polled = poller.poll()
        if polled.progress.waits_until is not None:  # the timer strikes again
            self.environment.seconds += max(0, polled.progress.waits_until - injector.now_ms()) / 1000 + 1
        if not polled.progress.finished:
            raise UnavailableError("the round is not finished")

    def _move_world(self, *, begins: bool) -> None:
        """Time passes before a poll begins or is resumed, and container groups change."""
        self.environment.seconds += self.environment.rng.choice(BETWEEN_POLLS_S if begins else STEPS_S)
        if begins:
            self.api.create()
        self.api.move(self.environment.rng, self.environment.seconds)
