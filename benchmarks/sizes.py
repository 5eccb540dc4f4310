"""How many events, rounds and records the benchmarks use: in full, or for a quick run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The numbers of rounds, events, records, schedules and container groups."""

    rounds: int = 9
    storm_events: int = 1_000
    zone_records: int = 500
    bulk_events: int = 800
    single_events: int = 50
    rebuilt_records: int = 1_000
    memory_events: int = 100_000
    records: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    schedules: int = 2_000
    groups: tuple[int, ...] = (1_000, 10_000, 100_000)
    groups_of_rounds: tuple[int, ...] = (39_000, 100_000, 260_000)


QUICK = Sizes(
    rounds=3,
    storm_events=80,
    zone_records=60,
    bulk_events=160,
    single_events=20,
    rebuilt_records=100,
    memory_events=4_000,
    records=(1_000, 10_000),
    schedules=200,
    groups=(1_000, 10_000),
    groups_of_rounds=(3_900,),
)
