"""What a poll of many container groups costs, in calls and rows, and how many invocations a round takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.opsledger.eci_poller.fake_eci import (
    ECI_CALL_S,
    REGION,
    TIMEOUT_S,
    CountedTime,
    CountingStore,
    FakeEci,
    poll,
)

from benchmarks.measure import Measurement, Side, Threshold
from opsledger.eci_poller.poller import SeenGroups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TICK_S = 300
MOST_INVOCATIONS = 24
"""Two hours of invocations every five minutes."""


class Cost(NamedTuple):
    """What one round costs."""

    eci_calls: int
    store_calls: int
    rows_read: int
    rows_written: int
    invocations: int


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Poll regions of several sizes, with nothing changed and with one group in a hundred changed."""
    polls = {
        f"{groups:,} groups, {name}": (groups, _round(groups, changed=changed))
        for groups in sizes.groups
        for name, changed in (("nothing changed", 0), ("1 % changed", groups // 100))
    }
    how = (
        "One round, counted on a fake API and a store in memory. All groups are in the journal. A changed group has a "
        "new status. Events are asked for with each page."
    )
    for what, name in (
        ("calls of ECI", "eci_calls"),
        ("calls of Tablestore", "store_calls"),
        ("rows read", "rows_read"),
        ("rows written", "rows_written"),
    ):
        sides = tuple(Side(side, (float(getattr(cost, name)),)) for side, (_, cost) in polls.items())
        by_group = [getattr(cost, name) / groups for groups, cost in polls.values()]
        lines = (Threshold("the most of a group ÷ that of the smallest region", max(by_group) / by_group[1], 1.3),)
        title = f"poller: {what}, a round of {sides[0].name}"
        yield Measurement(title, what.partition(" ")[0], sides, lines, how)
    rounds = {
        f"{groups:,} groups, {where}": _round(groups, changed=1, one_process=one_process).invocations
        for groups in sizes.groups_of_rounds
        for where, one_process in (("one process", True), ("each invocation in a new process", False))
    }
    yield Measurement(
        f"poller: invocations, a round of {next(iter(rounds))}",
        "invocations",
        tuple(Side(name, (float(count),)) for name, count in rounds.items()),
        (Threshold("invocations, one every five minutes", max(rounds.values()), MOST_INVOCATIONS),),
        f"Of {TIMEOUT_S:.0f} s each, if a call of ECI takes {ECI_CALL_S:g} s. A new process does not know what the one "
        "before has seen, and asks for it by id.",
    )


def _round(groups: int, *, changed: int, one_process: bool = True) -> Cost:
    clock, names = CountedTime(), [f"eci-{number:06}" for number in range(groups)]
    api, store, seen = FakeEci(clock), CountingStore(clock), SeenGroups()
    api.add(*names)
    store.fill(REGION, names)
    if changed:
        api.add(*names[:: groups // changed], status="Updating")
    invocations, finished = 0, False
    while not finished:
        invocations += 1
        finished = poll(api, store, seen=seen if one_process else None).progress.finished
        clock.seconds = max(clock.seconds, float(invocations * TICK_S))
    rows_read = store.rows_of["read"] + store.rows_of["range"]
    return Cost(sum(api.calls.values()), sum(store.calls.values()), rows_read, store.rows_of["write"], invocations)
