"""Figures, the lines they should reach, and taking turns."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Sample = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Side:
    """One contestant's samples, all in the row's unit."""

    name: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)


@dataclass(frozen=True, slots=True)
class Line:
    """A line to reach: `figure` should be at most `limit`, or at least.

    Attributes:
        says: what is compared with what, and how.
    """

    says: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured.

    Attributes:
        sides: ours first, then the peers and floors.
        note: how it was done, for people.
    """

    what: str
    unit: str
    sides: tuple[Side, ...]
    lines: tuple[Line, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """For `results.json`: medians beside the samples, four digits each."""
        return {
            "what": self.what,
            "unit": self.unit,
            "sides": [
                {"name": s.name, "median": _short(s.median), "samples": [*map(_short, s.samples)]} for s in self.sides
            ],
            "lines": [{**asdict(line), "figure": _short(line.figure), "reached": line.reached} for line in self.lines],
            "note": self.note,
        }


def in_turn(contestants: Mapping[str, Sample], rounds: int, scale: float = 1.0) -> tuple[Side, ...]:
    """Every contestant once a round, so that a busy minute strikes all; one round before that is not counted."""
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, sample in contestants.items():
            gc.collect()
            taken = sample() * scale
            if number:
                samples[name].append(taken)
    return tuple(Side(name, tuple(taken)) for name, taken in samples.items())


def ratio(one: Side, other: Side) -> float:
    """The median of the ratios of each round: what both suffered cancels out."""
    return statistics.median(a / b for a, b in zip(one.samples, other.samples, strict=True))


def wall(job: Callable[[], object], times: int = 1) -> Sample:
    """Seconds by the clock for one `job`, done `times` times."""
    return _timed(time.perf_counter, job, times)


def cpu(job: Callable[[], object], times: int = 1) -> Sample:
    """Seconds of processor time of this process for one `job`, done `times` times."""
    return _timed(time.process_time, job, times)


def _timed(clock: Callable[[], float], job: Callable[[], object], times: int) -> Sample:
    def sample() -> float:
        started = clock()
        for _ in range(times):
            job()
        return (clock() - started) / times

    return sample


def _short(number: float) -> float:
    return float(f"{number:.4g}")
