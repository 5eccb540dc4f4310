"""The world around the handlers: a clock, turns, and a store that fails as planned.

Handlers run in threads of which exactly one is awake. At every call of the store and at every wait, the next is chosen
by the plan's own chance: so every interleaving of calls can happen, and each happens the same way again.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.workload import NOW_MS

from opsledger.errors import ThrottledError, UnavailableError
from opsledger.store import Put, Written
from opsledger.store.tables import RECORDS, TABLES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.simulation.plan import Plan

    from opsledger.store import Key, Row, Store
    from opsledger.store.tables import Index, Table

Rows = dict[str, list["Row"]]


class Crash(BaseException):
    """The process dies here."""


class Turns:
    """Who is awake: one of several threads at a time."""

    def __init__(self, rng: random.Random, lanes: int) -> None:
        self._rng = rng
        self._live = list(range(lanes))
        self._locks = [threading.Lock() for _ in range(lanes)]
        self._over = threading.Lock()
        for lock in (*self._locks, self._over):
            lock.acquire()

    def run(self, lane: Callable[[int], None]) -> None:
        """Run `lane` in every thread, until all are done."""

        def body(number: int) -> None:
            self._locks[number].acquire()
            try:
                lane(number)
            finally:
                self._live.remove(number)
                (self._locks[self._rng.choice(self._live)] if self._live else self._over).release()

        threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in self._live]
        for thread in threads:
            thread.start()
        self._locks[self._rng.choice(self._live)].release()
        self._over.acquire()
        for thread in threads:
            thread.join()

    def give(self, lane: int) -> None:
        """Let another have a turn, perhaps."""
        if len(self._live) > 1:
            chosen = self._rng.choice(self._live)
            if chosen != lane:
                self._locks[chosen].release()
                self._locks[lane].acquire()


@dataclass
class World:
    """What all handlers of one schedule share.

    Attributes:
        store: where rows really are.
        trace: everything that happened, a line each.
        struck: the faults that did, by kind.
        in_flight: writes without a reply that have yet to land, and at which step they do.
    """

    plan: Plan
    store: Store
    rng: random.Random
    turns: Turns | None = None
    seconds: float = 0.0
    step: int = 0
    trace: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    in_flight: list[tuple[int, list[Put]]] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add to the trace."""
        self.trace.append(f"{self.step} {line}")

    def land(self, *, at_last: bool = False) -> None:
        """Let what is in flight and due arrive."""
        due = [item for item in self.in_flight if at_last or item[0] <= self.step]
        if due:
            self.in_flight = [item for item in self.in_flight if item not in due]
            for _, puts in due:
                told = self.store.write(puts)
                self.tell(f"in flight no more: {_outcomes(told)}")

    def rows(self) -> Rows:
        """Everything stored, by table."""
        return {table.name: list(self.store.walk(table, [])) for table in TABLES}


@dataclass
class Handler:
    """One invocation's view of the world: its store, its clock, and its place in the plan."""

    world: World
    lane: int
    job: int
    attempt: int
    call: int = 0
    struck: list[str] = field(default_factory=list)

    # ------------------------------------------------------------------------------------------------- clock
    def now_ms(self) -> int:
        """The wall clock, which may be wrong."""
        off = self.world.plan.jumps.get((self.job, self.attempt), 0)
        return NOW_MS + off + round(self.world.seconds * 1000)

    def monotonic(self) -> float:
        """Seconds since the schedule began."""
        return self.world.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass, and others have their turn."""
        self.world.seconds += seconds
        self.world.tell(f"{self.job}.{self.attempt} waits {seconds!r}")
        self._yield()

    def jitter(self) -> float:
        """Planned chance."""
        return self.world.rng.random()

    # ------------------------------------------------------------------------------------------------- store
    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read, unless something happens."""
        fault = self.begin("read")
        self.refuse(fault)
        rows = self.world.store.read(keys)
        self.world.tell(f"{self.job}.{self.attempt} reads {_names(keys)}: {len(rows)} found")
        self.lose(fault)
        return rows

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write, unless something happens."""
        fault = self.begin("write")
        self.refuse(fault)
        return _WRITES.get(fault, _write_all)(self, list(puts), fault)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], *, reverse: bool = False) -> Iterator[Row]:
        """Walk, unless something happens."""
        fault = self.begin("walk")
        self.refuse(fault)
        self.lose(fault)
        return iter(list(self.world.store.walk(index, prefix, reverse=reverse)))

    # ------------------------------------------------------------------------------------------------ faults
    def begin(self, what: str) -> str:
        """A call begins: others may come first. The fault that will strike it, or nothing."""
        self._yield()
        self.world.step += 1
        self.world.land()
        fault = self.world.plan.faults.get((self.job, self.attempt, self.call), "")
        self.call += 1
        if fault and what != "write":
            fault = _AS_READ.get(fault, fault)
        if fault:
            self.world.struck[fault] += 1
            self.struck.append(fault)
            self.world.tell(f"{self.job}.{self.attempt} {what}: {fault}")
        return fault

    def refuse(self, fault: str) -> None:
        """Fail before anything is done, if `fault` says so."""
        if fault == "crash before":
            raise Crash
        if fault == "throttled":
            raise ThrottledError("simulated")
        if fault == "request lost":
            raise UnavailableError("simulated")

    def lose(self, fault: str) -> None:
        """Fail after everything was done, if `fault` says so."""
        if fault.startswith("crash"):
            raise Crash
        if "lost" in fault or fault == "still in flight":
            raise UnavailableError("simulated")

    def put(self, puts: Sequence[Put]) -> list[Written]:
        """Write for real."""
        told = list(self.world.store.write(puts)) if puts else []
        failed = sum(w is Written.CONDITION_FAILED and p.key.table is RECORDS for p, w in zip(puts, told, strict=True))
        self.world.struck["conflict"] += failed
        self.world.tell(f"{self.job}.{self.attempt} writes {_names(p.key for p in puts)}: {_outcomes(told)}")
        return told

    def _yield(self) -> None:
        if self.world.turns is not None:
            self.world.turns.give(self.lane)


# A read has no rows to write by halves or later.
_AS_READ = {
    "reply lost midway": "request lost",
    "still in flight": "request lost",
    "reply lost": "request lost",
    "partial failure": "throttled",
    "slow": "throttled",
    "crash midway": "crash after",
    "crash in flight": "crash before",
}


def _write_all(handler: Handler, puts: list[Put], fault: str) -> list[Written]:
    told = handler.put(puts)
    handler.lose(fault)
    return told


def _write_half(handler: Handler, puts: list[Put], fault: str) -> list[Written]:
    # Rows of a batch land in no given order: which half it is, is chance too.
    handler.put([put for put in puts if handler.world.rng.random() < 0.5])
    handler.lose(fault)
    raise AssertionError(fault)


def _write_later(handler: Handler, puts: list[Put], fault: str) -> list[Written]:
    world = handler.world
    world.in_flight.append((world.step + world.rng.randint(1, 6), puts))
    handler.lose(fault)
    raise AssertionError(fault)


def _write_partly(handler: Handler, puts: list[Put], _fault: str) -> list[Written]:
    first = handler.world.rng.randrange(2)
    landed = iter(handler.put(puts[first::2]))
    return [next(landed) if place % 2 == first else Written.TRY_AGAIN for place in range(len(puts))]


def _write_slowly(handler: Handler, puts: list[Put], _fault: str) -> list[Written]:
    half = len(puts) // 2
    told = handler.put(puts[:half])
    handler._yield()
    return told + handler.put(puts[half:])


_WRITES: dict[str, Callable[[Handler, list[Put], str], list[Written]]] = {
    "reply lost midway": _write_half,
    "crash midway": _write_half,
    "still in flight": _write_later,
    "crash in flight": _write_later,
    "partial failure": _write_partly,
    "slow": _write_slowly,
}


def _names(keys: Iterator[Key] | Sequence[Key]) -> str:
    return " ".join(f"{key.table.name}/{'/'.join(str(value) for value in key.values)}" for key in keys)


def _outcomes(told: Sequence[Written]) -> str:
    return ", ".join(written.value for written in told)
