"""Run many schedules on all processors and add up their totals."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation import report
from tests.simulation.counts import by_frequency
from tests.simulation.run import run
from tests.simulation.schedule import DeliveryJob, draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.invariants import Violation
    from tests.simulation.report import OpenStore

STORES = ("memory", "tablestore", "wire")
"""In memory; on the local cloud through the vendor's SDK; and through OpsLedger's own client."""
CHUNK = 200
"""Schedules that a process takes at a time."""
TWICE_EVERY = 25
"""One schedule in so many is run twice, to compare the traces."""


@dataclass
class CampaignTotals:
    """What a campaign ran and found.

    Attributes:
        deliveries: events passed to handlers, redeliveries included.
        run_twice: schedules run a second time to compare the traces.
        notifications: what became of them at the channels.
        disturbances: what was done to deliveries before any handler saw them.
        violations: each with the seed of its schedule.
        digests: one per chunk, in order.
    """

    schedules: int = 0
    invocations: int = 0
    deliveries: int = 0
    run_twice: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    disturbances: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    notifications: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def add(self, other: CampaignTotals) -> None:
        """Add `other` to these totals."""
        self.schedules += other.schedules
        self.invocations += other.invocations
        self.deliveries += other.deliveries
        self.run_twice += other.run_twice
        self.ended.update(other.ended)
        self.disturbances.update(other.disturbances)
        self.faults.update(other.faults)
        self.notifications.update(other.notifications)
        self.violations += other.violations
        self.digests += other.digests

    def digest(self) -> str:
        """A hash of every trace and every stored byte: the same for the same seed and number of schedules."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "schedules": self.schedules,
            "invocations": self.invocations,
            "deliveries": self.deliveries,
            "ended": by_frequency(self.ended),
            "deliveries_disturbed": by_frequency(self.disturbances),
            "faults": by_frequency(self.faults),
            "notifications": by_frequency(self.notifications),
            "run_twice": self.run_twice,
            "violations": [{"schedule": s, "invariant": v.invariant, "what": v.what} for s, v in self.violations],
            "digest": self.digest(),
        }


def campaign(seed: int, schedules: int, store: str = "memory", jobs: int = 1) -> Iterator[CampaignTotals]:
    """Run the schedules of `seed` and the seeds after it; yield the totals so far after every chunk."""
    total = CampaignTotals()
    chunks = [range(start, min(start + CHUNK, seed + schedules)) for start in range(seed, seed + schedules, CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        for totals in map(partial(run_chunk, store=store), chunks):
            total.add(totals)
            yield total
        return
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(chunks))) as pool:
        for totals in pool.imap(partial(run_chunk, store=store), chunks):
            total.add(totals)
            yield total


def run_chunk(seeds: range, store: str = "memory") -> CampaignTotals:
    """The totals of the schedules of `seeds`."""
    total, digest = CampaignTotals(), hashlib.sha256()
    with ExitStack() as stack:
        open_store = store_opener(store, stack)
        for seed in seeds:
            totals, trace = _run_one(seed, open_store)
            total.add(totals)
            digest.update(trace.encode())
    total.digests = [digest.hexdigest()]
    return total


def _run_one(seed: int, open_store: OpenStore | None) -> tuple[CampaignTotals, str]:
    schedule = draw(seed)
    result = run(schedule, None if open_store is None else open_store())
    twice = seed % TWICE_EVERY == 0
    found = report.check_result(schedule, result, open_store, twice=twice)
    events = {job.number: len(job.events) for job in schedule.jobs if isinstance(job, DeliveryJob)}
    totals = CampaignTotals(
        schedules=1,
        invocations=len(result.invocations),
        deliveries=sum(events.get(invocation.job, 0) for invocation in result.invocations),
        run_twice=twice,
        ended=Counter(invocation.ended.partition(" ")[0] for invocation in result.invocations),
        disturbances=Counter(schedule.disturbances),
        faults=result.faults,
        notifications=result.channels.counts(),
        violations=[(seed, violation) for violation in found],
    )
    return totals, result.digest()


def describe_failure(seed: int, invariant: str, store: str) -> str:
    """The report on a failing schedule, with the command that replays it."""
    store_option = "" if store == "memory" else f" --store {store}"
    with ExitStack() as stack:
        command = f'make simulate ARGS="--seed {seed} --schedules 1{store_option}"'
        return report.describe(draw(seed), invariant, command, store_opener(store, stack))


def store_opener(store: str, stack: ExitStack) -> OpenStore | None:
    """A function that opens empty stores until `stack` closes; None for `memory`, which `run` opens itself."""
    if store == "memory":
        return None
    from tests.simulation.tablestore_factory import TablestoreFactory  # noqa: PLC0415 - loads the SDK

    return stack.enter_context(TablestoreFactory(wire=store == "wire"))
