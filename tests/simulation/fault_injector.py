"""One invocation's clock and store, which fail as the schedule says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulation.environment import join_outcomes
from tests.simulation.workload import NOW_MS

from opsledger.errors import ThrottledError, UnavailableError
from opsledger.store import Put, Written
from opsledger.store.tables import BUCKETS, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.simulation.environment import Environment

    from opsledger.store import Key, Row
    from opsledger.store.tables import Index, Table


ASKS_ECI = "asks ECI"
SENDS = "sends"
LONG_SWITCHES = 40
"""So often other workers may run while an answer of ECI is slow: for about two invocations of another poller."""


class SimulatedCrash(BaseException):
    """The process dies here. It is no `Exception`: the code under test must not catch it."""


@dataclass
class FaultInjector:
    """The clock and the store of one invocation.

    Attributes:
        worker: the thread that runs the invocation.
        call: the number of the next call.
        faults: the faults injected so far.
        wrote_s: when it wrote last, in s.
    """

    environment: Environment
    worker: int
    job: int
    attempt: int
    call: int = 0
    faults: list[str] = field(default_factory=list)
    wrote_s: float = 0.0

    # ------------------------------------------------------------------------------------------------- clock
    def now_ms(self) -> int:
        """The wall clock, which may be off."""
        offset = self.environment.schedule.clock_offsets.get((self.job, self.attempt), 0)
        return NOW_MS + offset + round(self.environment.seconds * 1000)

    def monotonic(self) -> float:
        """Seconds since the schedule began."""
        return self.environment.seconds

    def sleep(self, seconds: float) -> None:
        """Advance the simulated time; other workers may run meanwhile."""
        self.environment.seconds += seconds
        self.log(f"waits {seconds!r}")
        self.switch()

    def jitter(self) -> float:
        """A random number that the seed decides."""
        return self.environment.rng.random()

    # ------------------------------------------------------------------------------------------------- store
    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read rows, unless a fault is scheduled."""
        fault = self.begin("read")
        self.fail_before(fault)
        rows = self.environment.store.read(keys)
        self.log(f"reads {_join_keys(keys)}: {len(rows)} found")
        self.fail_after(fault)
        return rows

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows, unless a fault is scheduled."""
        fault = self.begin("write")
        self.wrote_s = self.environment.seconds
        self.fail_before(fault)
        return _WRITES.get(fault, _write_all)(self, list(puts), fault)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Walk an index or a table, unless a fault is scheduled; all buckets of an index are one call."""
        if prefix[:1] not in [(bucket,) for bucket in BUCKETS[1:]]:
            fault = self.begin("walk")
            self.fail_before(fault)
            self.fail_after(fault)
        return iter(list(self.environment.store.walk(index, prefix, **options)))

    def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
        """Read a table behind `key`, unless a fault is scheduled; other handlers may run between two rows."""
        self.fail_before(self.begin("walk"))
        for row in list(self.environment.store.walk(table, [])):
            if row.key.values > tuple(key):
                yield row
                self.switch()

    # ------------------------------------------------------------------------------------------------ faults
    def begin(self, operation: str) -> str:
        """Begin a call: let other workers run first, and return the fault to inject, or an empty string."""
        self.switch()
        self.environment.step += 1
        self.environment.land_due_writes()
        fault = self.environment.schedule.faults.get((self.job, self.attempt, self.call), "")
        self.call += 1
        if fault and operation not in ("write", SENDS) and (operation, fault) != (ASKS_ECI, "slow"):
            fault = _READ_FAULTS.get(fault, fault)
        if fault:
            self.environment.faults[fault] += 1
            self.faults.append(fault)
            self.log(f"{operation}: {fault}")
        return fault

    def fail_before(self, fault: str) -> None:
        """Raise if `fault` prevents the call."""
        if fault == "crash before":
            raise SimulatedCrash
        if fault == "throttled":
            raise ThrottledError("simulated")
        if fault == "request lost":
            raise UnavailableError("simulated")

    def fail_after(self, fault: str) -> None:
        """Raise if `fault` hides the result of the call."""
        if fault.startswith("crash"):
            raise SimulatedCrash
        if "lost" in fault or fault == "still in flight":
            raise UnavailableError("simulated")

    def put(self, puts: Sequence[Put]) -> list[Written]:
        """Write rows without a fault."""
        outcomes = list(self.environment.write(puts)) if puts else []
        self.environment.faults["conflict"] += sum(
            outcome is Written.CONDITION_FAILED and put.key.table is RECORDS
            for put, outcome in zip(puts, outcomes, strict=True)
        )
        self.log(f"writes {_join_keys(put.key for put in puts)}: {join_outcomes(outcomes)}")
        return outcomes

    def log(self, event: str) -> None:
        """Add what this invocation does to the trace."""
        self.environment.log(f"{self.job}.{self.attempt} {event}")

    def pause(self) -> None:
        """Let other workers run for long."""
        for _ in range(LONG_SWITCHES):
            self.switch()

    def switch(self) -> None:
        """Let another worker run, perhaps."""
        if self.environment.interleaver is not None:
            self.environment.interleaver.switch(self.worker)


# A read writes no rows, so the faults of a write become the nearest fault of a read.
_READ_FAULTS = {
    "reply lost midway": "request lost",
    "still in flight": "request lost",
    "reply lost": "request lost",
    "partial failure": "throttled",
    "slow": "throttled",
    "crash midway": "crash after",
    "crash in flight": "crash before",
}


def _write_all(injector: FaultInjector, puts: list[Put], fault: str) -> list[Written]:
    outcomes = injector.put(puts)
    injector.fail_after(fault)
    return outcomes


def _write_half(injector: FaultInjector, puts: list[Put], fault: str) -> list[Written]:
    # The rows of a batch land in any order, so chance picks which half lands.
    injector.put([put for put in puts if injector.environment.rng.random() < 0.5])
    injector.fail_after(fault)
    raise AssertionError(fault)


def _write_later(injector: FaultInjector, puts: list[Put], fault: str) -> list[Written]:
    environment = injector.environment
    environment.in_flight.append((environment.step + environment.rng.randint(1, 6), puts))
    injector.fail_after(fault)
    raise AssertionError(fault)


def _write_every_other(injector: FaultInjector, puts: list[Put], _fault: str) -> list[Written]:
    first = injector.environment.rng.randrange(2)
    landed = iter(injector.put(puts[first::2]))
    return [next(landed) if place % 2 == first else Written.TRY_AGAIN for place in range(len(puts))]


def _write_slowly(injector: FaultInjector, puts: list[Put], _fault: str) -> list[Written]:
    half = len(puts) // 2
    outcomes = injector.put(puts[:half])
    injector.switch()
    return outcomes + injector.put(puts[half:])


_WRITES: dict[str, Callable[[FaultInjector, list[Put], str], list[Written]]] = {
    "reply lost midway": _write_half,
    "crash midway": _write_half,
    "still in flight": _write_later,
    "crash in flight": _write_later,
    "partial failure": _write_every_other,
    "slow": _write_slowly,
}


def _join_keys(keys: Iterable[Key]) -> str:
    return " ".join(f"{key.table.name}/{'/'.join(str(value) for value in key.values)}" for key in keys)
