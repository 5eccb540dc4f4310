"""One schedule, drawn from one number: what is sent, in which batches, and what goes wrong when.

A plan is data. The same plan always runs the same way, and a part of it is a plan again: that is how a failing one is
cut down to what matters.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.simulation import workload
from tests.simulation.reference import identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.simulation.workload import Element, Fact

STORE_FAULTS = {
    "throttled": "the store asks to slow down; nothing was written",
    "request lost": "no reply; nothing was written",
    "reply lost": "no reply; everything was written",
    "reply lost midway": "no reply; half of the rows were written",
    "still in flight": "no reply; the rows are written later, unless something came between",
    "partial failure": "every other row is refused as busy",
    "slow": "half of the rows are written, others get their turn, then the rest",
    "crash before": "the process dies before the call",
    "crash midway": "the process dies with half of the rows written",
    "crash after": "the process dies with everything written",
    "crash in flight": "the process dies; its rows are written later",
}
"""What goes wrong at a call of the store, and what that means."""
ATTEMPTS = 3
WEIGHTS = (0.5, 1.5, 0.5, 1.5, 0.5, 1.5)
"""How likely a fault is at each call of an invocation: every second call is the one that writes."""
POLL_WEIGHTS = (*(0.2,) * 5, *(0.7,) * 6, *(3.0,) * 5)
"""The same of a poll, which asks a lot before it writes."""
MAX_JUMP_MS = 3 * 86_400_000


@dataclass(frozen=True)
class Sending:
    """One payload on its way to a function, again and again until it is acknowledged."""

    number: int
    elements: tuple[Element, ...]
    style: str = "array"

    @cached_property
    def payload(self) -> bytes:
        """The bytes; every element's text is in them as it is, or as a JSON string."""
        texts = [element.text for element in self.elements]
        alone = len(texts) == 1
        if alone and (self.style == "one" or self.elements[0].reason):  # nothing to tell a broken batch of one by
            return texts[0].encode()
        if self.style == "strings":
            return json.dumps(texts).encode()
        whole = texts[0] if alone and self.style == "quoted" else f"[{','.join(texts)}]"
        return (json.dumps(whole) if self.style == "quoted" else whole).encode()

    def show(self) -> str:
        """For a story."""
        return f"delivery {self.number} ({self.style}): " + "; ".join(element.show() for element in self.elements)


@dataclass(frozen=True)
class Poll:
    """A round of the ECI poller over what the API has to tell.

    Attributes:
        facts: the events it finds.
        things: whose container groups are listed: all that there are, or the others would have vanished.
    """

    number: int
    facts: tuple[Fact, ...]
    things: tuple[str, ...]

    def show(self) -> str:
        """For a story."""
        return f"poll {self.number} finds: " + "; ".join(fact.show() for fact in self.facts)


Job = Sending | Poll
Place = tuple[int, int, int]
"""A job's number, the attempt at it, and the number of the call within that."""


@dataclass(frozen=True)
class Plan:
    """One schedule.

    Attributes:
        jobs: in the order in which the platform hands them out.
        lanes: how many handlers run at once.
        faults: what goes wrong where.
        jumps: by how many ms the wall clock of an attempt at a job is off.
        seconds: the time each invocation has.
        mishaps: what was done to the deliveries before any handler saw them, by kind.
    """

    seed: int
    jobs: tuple[Job, ...]
    lanes: int = 1
    faults: Mapping[Place, str] = field(default_factory=dict)
    jumps: Mapping[tuple[int, int], int] = field(default_factory=dict)
    seconds: float = 30.0
    mishaps: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that is told well at least once."""
        told = [element.fact for element in self.elements if not element.reason]
        polled = [fact for job in self.jobs if isinstance(job, Poll) for fact in job.facts]
        return tuple(dict.fromkeys((*told, *polled)))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every element of every sending, with its repetitions."""
        return tuple(element for job in self.jobs if isinstance(job, Sending) for element in job.elements)

    @cached_property
    def polled(self) -> frozenset[str]:
        """The things whose container groups the poller sees."""
        return frozenset(thing for job in self.jobs if isinstance(job, Poll) for thing in job.things)


def draw(seed: int) -> Plan:
    """The schedule of this number."""
    rng = random.Random(f"opsledger {seed}")  # noqa: S311 - chance that can be repeated is the point
    mishaps: Counter[str] = Counter()
    facts = workload.draw_facts(rng, rng.randint(1, 3))
    polls = _polls(rng, facts, mishaps)
    unsent = polls[0].facts if polls and rng.random() < 0.5 else ()
    elements = _ordered(rng, _told(rng, [fact for fact in facts if fact not in unsent], mishaps), mishaps)
    sendings = _dropped(rng, _batched(rng, elements, mishaps), mishaps)
    jobs: list[Job] = [*sendings, *polls]
    rate = rng.choice((0.03, 0.1, 0.25))
    lanes = rng.choice((1, 2, 2, 3))
    mishaps["handlers interleaved"] += lanes > 1
    return Plan(
        seed,
        tuple(jobs),
        lanes,
        _faults(rng, jobs, rate),
        _jumps(rng, jobs),
        rng.choice((0.1, 2.0, 30.0)),
        +mishaps,
    )


# --------------------------------------------------------------------------------------------- what is told
def _told(rng: random.Random, facts: Sequence[Fact], mishaps: Counter[str]) -> list[Element]:
    elements = []
    for fact in facts:
        form = rng.choice(fact.forms())
        elements.append(workload.tell(fact, form))
        if rng.random() < 0.3:
            elements += _copies(rng, fact, form, mishaps)
        if rng.random() < 0.12:
            elements.insert(len(elements) - 1, workload.spoil(rng, elements[-1]))
            mishaps["malformed, later corrected"] += 1
        mishaps["same id, other content"] += bool(fact.later or fact.repeats)
    return elements


def _copies(rng: random.Random, fact: Fact, form: str, mishaps: Counter[str]) -> list[Element]:
    copies = []
    for _ in range(rng.randint(1, 2)):
        other = rng.choice((form, rng.choice(fact.forms())))
        fresh = f"{rng.getrandbits(64):016x}" if rng.random() < 0.5 else ""
        copies.append(workload.tell(fact, other, fresh))
        mishaps["duplicate"] += 1
        mishaps["in another envelope"] += other != form
        mishaps["under a fresh id"] += bool(fresh)
    return copies


def _ordered(rng: random.Random, elements: list[Element], mishaps: Counter[str]) -> list[Element]:
    in_time = sorted(elements, key=lambda element: element.fact.moment)
    how = rng.choice(("shuffled", "shuffled", "reversed", "in order"))
    if how == "shuffled":
        rng.shuffle(elements)
    else:
        elements = in_time if how == "in order" else in_time[::-1]
    mishaps["reordered"] += elements != in_time
    ended: set[str] = set()
    for element in elements:
        record, lifecycle = identity(element.fact)[0], element.fact.spec.kind.lifecycle
        mishaps["late, after the end"] += record in ended and not lifecycle.terminal(element.fact.status)
        if lifecycle.terminal(element.fact.status):
            ended.add(record)
    return elements


# ------------------------------------------------------------------------------------------- how it is sent
def _batched(rng: random.Random, elements: list[Element], mishaps: Counter[str]) -> list[Sending]:
    sendings: list[Sending] = []
    while elements:
        size = min(rng.choice((1, 1, 2, 3, 6)), len(elements))
        batch, elements = elements[:size], elements[size:]
        style = rng.choice(("one", "quoted", "array") if size == 1 else ("array", "strings", "quoted"))
        sendings.append(Sending(len(sendings), tuple(batch), style))
        mishaps["merged into a batch"] += size > 1
        if size > 1 and rng.random() < 0.15:
            sendings += [Sending(len(sendings) + i, (element,), "one") for i, element in enumerate(batch)]
            mishaps["batch sent again, split"] += 1
    return sendings


def _dropped(rng: random.Random, sendings: list[Sending], mishaps: Counter[str]) -> list[Sending]:
    """Some get lost and are sent again when all others have come."""
    lost = [sending for sending in sendings if rng.random() < 0.08]
    mishaps["dropped, then redelivered"] += len(lost)
    return [sending for sending in sendings if sending not in lost] + lost


def _polls(rng: random.Random, facts: Sequence[Fact], mishaps: Counter[str]) -> list[Poll]:
    found = tuple(fact for fact in facts if workload.found_by_poll(fact))
    if not found or rng.random() < 0.4:
        return []
    mishaps["polled as well"] += 1
    things = tuple(dict.fromkeys(f.thing for f in facts if f.spec.kind.resource_type == "container-group"))
    return [Poll(1000 + i, found, things) for i in range(rng.randint(1, 2))]


# ----------------------------------------------------------------------------------------- what goes wrong
def _faults(rng: random.Random, jobs: Sequence[Job], rate: float) -> dict[Place, str]:
    kinds = tuple(STORE_FAULTS)
    return {
        (job.number, attempt, call): rng.choice(kinds)
        for job in jobs
        for attempt in range(ATTEMPTS)
        for call, weight in enumerate(POLL_WEIGHTS if isinstance(job, Poll) else WEIGHTS)
        if rng.random() < rate * weight
    }


def _jumps(rng: random.Random, jobs: Sequence[Job]) -> dict[tuple[int, int], int]:
    # The poller asks for what is new by its own clock; it is assumed not to jump.
    return {
        (job.number, attempt): rng.randint(-MAX_JUMP_MS, MAX_JUMP_MS)
        for job in jobs
        if isinstance(job, Sending)
        for attempt in range(2)
        if rng.random() < 0.05
    }


def kinds_of(counted: Mapping[str, int]) -> dict[str, Any]:
    """Counts by kind, the most frequent first."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
