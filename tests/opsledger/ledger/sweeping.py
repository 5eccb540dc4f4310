"""Sweep the records of a harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import FakeClock, PipelineHarness

from opsledger.deadline import Deadline
from opsledger.ledger import state
from opsledger.ledger.overdue import sweep

if TYPE_CHECKING:
    from opsledger.ledger.overdue import Swept

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
SPOT = "eci:Event:SpotToBeReleased"


def swept(harness: PipelineHarness, at_ms: int, seconds: float = 60.0) -> Swept:
    """The result of a sweep at `at_ms`."""
    clock = FakeClock(now=at_ms)
    return sweep(harness.store, Deadline(clock, seconds), f"sweep-{next(PipelineHarness._requests)}")


def due_of(harness: PipelineHarness) -> int:
    """When the one record is due."""
    (stored,) = harness.stored()
    due = state.summarize(stored).due
    assert due is not None
    return due
