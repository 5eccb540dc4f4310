"""Pages show the sweeper's count, with its time, where they stop counting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.conftest import REBOOT, Visitor

from opsledger.console.totals_shown import filled_in
from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.metrics.totals import NoteTotals, Totals

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject

TOTALS = Totals(
    NOW_MS - 60_000,
    {"open_records": {("a",): 400, ("b",): 100}, "overdue_records": {("a",): 7}},
    {"open": True, "quarantine": False},
)
LATER = "2025-12-31T23:59:00Z"


@pytest.fixture
def counted(harness: PipelineHarness) -> PipelineHarness:
    """Three open records, and totals that say more."""
    harness.process([make_event(REBOOT, "Scheduled", seed=f"{number}") for number in range(3)])
    commit(harness.store, [NoteTotals(TOTALS)], Deadline(harness.clock, 60), "test")
    return harness


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("open", {"count": 50, "exact": False}, {"count": 500, "exact": True, "counted_at": LATER}),
        ("open", {"count": 3, "exact": True}, {"count": 3, "exact": True}),
        ("open", {"count": 501, "exact": False}, {"count": 501, "exact": False}),
        ("overdue", {"count": 5, "exact": False}, {"count": 7, "exact": True, "counted_at": LATER}),
        ("quarantine", {"count": 100, "exact": False}, {"count": 100, "exact": False}),
        ("pending", {"count": 100, "exact": False}, {"count": 100, "exact": False}),
    ],
)
def test_a_lower_bound_gives_way_to_a_whole_count(
    counted: PipelineHarness, name: str, number: JsonObject, shown: JsonObject
) -> None:
    """Not what is exact, nor by a count that is not whole, older than what is seen, or of something else."""
    beside: JsonObject = {"count": 0, "exact": False}  # so that the totals are read

    assert filled_in({"quarantine": beside, name: number}, counted.store)[name] == shown


def test_the_page_now_shows_it_with_its_time(counted: PipelineHarness) -> None:
    """Where the list goes on, and nothing is filtered."""
    visitor = Visitor(counted.store)

    assert visitor.json("now", limit="2")["counts"]["open"] == {"count": 500, "exact": True, "counted_at": LATER}
    assert "counted" in visitor.html("now", limit="2").main.text
    assert visitor.json("now")["counts"]["open"] == {"count": 3, "exact": True}
    assert visitor.json("now", limit="2", region="cn-hangzhou")["counts"]["open"] == {"count": 2, "exact": False}
