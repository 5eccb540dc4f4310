"""Measurements, their thresholds, and the functions that take samples."""

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
    """The samples of one implementation, in the unit of the measurement."""

    name: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the samples."""
        return statistics.median(self.samples)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold: `figure` should be at most `limit`, or with `at_least`, at least `limit`.

    Attributes:
        says: what the figure is.
    """

    says: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the threshold is reached."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that was measured.

    Attributes:
        sides: ours first, then the peers and the minimal baselines.
        lines: the thresholds. The name is the one in `results.json`.
        note: how it was measured, for people.
    """

    what: str
    unit: str
    sides: tuple[Side, ...]
    lines: tuple[Threshold, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """For `results.json`: the samples and their median, with four digits."""
        return {
            "what": self.what,
            "unit": self.unit,
            "sides": [
                {"name": s.name, "median": _rounded(s.median), "samples": [*map(_rounded, s.samples)]}
                for s in self.sides
            ],
            "lines": [
                {**asdict(line), "figure": _rounded(line.figure), "reached": line.reached} for line in self.lines
            ],
            "note": self.note,
        }


def in_turn(candidates: Mapping[str, Sample], rounds: int, scale: float = 1.0) -> tuple[Side, ...]:
    """Sample every candidate once a round, so that a busy minute affects all. A first round is not counted."""
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, sample in candidates.items():
            gc.collect()
            taken = sample() * scale
            if number:
                samples[name].append(taken)
    return tuple(Side(name, tuple(taken)) for name, taken in samples.items())


def ratio(one: Side, other: Side) -> float:
    """The median of the ratios of the rounds: what affects both sides in a round cancels out."""
    return statistics.median(a / b for a, b in zip(one.samples, other.samples, strict=True))


def wall(job: Callable[[], object], times: int = 1) -> Sample:
    """Samples the wall-clock seconds that one `job` takes, as the mean of `times` runs."""
    return _timed(time.perf_counter, job, times)


def cpu(job: Callable[[], object], times: int = 1) -> Sample:
    """Samples the seconds of processor time that one `job` takes, as the mean of `times` runs."""
    return _timed(time.process_time, job, times)


def _timed(clock: Callable[[], float], job: Callable[[], object], times: int) -> Sample:
    def sample() -> float:
        started = clock()
        for _ in range(times):
            job()
        return (clock() - started) / times

    return sample


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
