"""Many schedules, over all processors, and what they add up to."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation import story
from tests.simulation.plan import Sending, draw, kinds_of
from tests.simulation.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.invariants import Violation

    from opsledger.store import Store

    OpenStore = Callable[[], Store]

STORES = ("memory", "tablestore")
CHUNK = 200
"""Schedules a process takes at a time."""
EVERY = 25
"""One schedule in so many is run twice, to compare the traces."""


@dataclass
class Figures:
    """What was done, and what was found.

    Attributes:
        deliveries: events handed to handlers, redeliveries included.
        twice: schedules run a second time to compare the traces.
        digests: one per chunk, in order; `digest` is made of them.
    """

    schedules: int = 0
    invocations: int = 0
    deliveries: int = 0
    twice: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Count `other` in."""
        self.schedules += other.schedules
        self.invocations += other.invocations
        self.deliveries += other.deliveries
        self.twice += other.twice
        self.ended.update(other.ended)
        self.mishaps.update(other.mishaps)
        self.faults.update(other.faults)
        self.violations += other.violations
        self.digests += other.digests

    def digest(self) -> str:
        """Of every trace and every byte stored: the same for the same seed and number of schedules."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "schedules": self.schedules,
            "invocations": self.invocations,
            "deliveries": self.deliveries,
            "ended": kinds_of(self.ended),
            "deliveries_disturbed": kinds_of(self.mishaps),
            "faults": kinds_of(self.faults),
            "run_twice": self.twice,
            "violations": [{"schedule": s, "invariant": v.invariant, "what": v.what} for s, v in self.violations],
            "digest": self.digest(),
        }


def campaign(seed: int, schedules: int, store: str = "memory", jobs: int = 1) -> Iterator[Figures]:
    """The figures so far, again after every chunk, of schedules number `seed` and following."""
    total = Figures()
    chunks = [range(start, min(start + CHUNK, seed + schedules)) for start in range(seed, seed + schedules, CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        for figures in map(partial(work, store=store), chunks):
            total.add(figures)
            yield total
        return
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(chunks))) as pool:
        for figures in pool.imap(partial(work, store=store), chunks):
            total.add(figures)
            yield total


def work(seeds: range, store: str = "memory") -> Figures:
    """The figures of some schedules."""
    total, digest = Figures(), hashlib.sha256()
    with ExitStack() as stack:
        open_store = opener(store, stack)
        for seed in seeds:
            figures, trace = _one(seed, open_store)
            total.add(figures)
            digest.update(trace.encode())
    total.digests = [digest.hexdigest()]
    return total


def _one(seed: int, open_store: OpenStore | None) -> tuple[Figures, str]:
    plan = draw(seed)
    outcome = run(plan, None if open_store is None else open_store())
    twice = seed % EVERY == 0
    found = story.judge(plan, outcome, open_store, twice=twice)
    events = {job.number: len(job.elements) for job in plan.jobs if isinstance(job, Sending)}
    figures = Figures(
        schedules=1,
        invocations=len(outcome.invocations),
        deliveries=sum(events.get(done.job, 0) for done in outcome.invocations),
        twice=twice,
        ended=Counter(done.ended.partition(" ")[0] for done in outcome.invocations),
        mishaps=Counter(plan.mishaps),
        faults=outcome.struck,
        violations=[(seed, violation) for violation in found],
    )
    return figures, outcome.digest()


def tell(seed: int, invariant: str, store: str) -> str:
    """The story of a failing schedule, and the command that replays it."""
    chosen = "" if store == "memory" else f" --store {store}"
    with ExitStack() as stack:
        command = f'make simulate ARGS="--seed {seed} --schedules 1{chosen}"'
        return story.tell(draw(seed), invariant, command, opener(store, stack))


def opener(store: str, stack: ExitStack) -> OpenStore | None:
    """Opens empty stores of this name for as long as `stack` lasts; None for those in memory, which `run` makes."""
    if store == "memory":
        return None
    from tests.simulation.sdk import Stores  # noqa: PLC0415 - loads the vendor's SDK and the local cloud

    return stack.enter_context(Stores())
