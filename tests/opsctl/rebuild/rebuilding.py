"""Rebuild on a harness, and damage what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsctl.rebuild import Rebuilt, Which, rebuild
from opsledger.deadline import Deadline
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from tests.conftest import PipelineHarness


REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def run(harness: PipelineHarness, which: Which | None = None, **options: Any) -> list[Rebuilt]:
    """Rebuild on a harness."""
    return list(rebuild(harness.store, which or Which(), lambda: Deadline(harness.clock, 10), **options))


def damage(harness: PipelineHarness, columns: dict[str, Any]) -> None:
    """Overwrite the only record."""
    from opsledger.store import Put  # noqa: PLC0415 - what no other test should do

    (row,) = harness.store.walk(RECORDS, [])
    revision = int(row.columns["revision"])
    harness.store.write([Put(row.key, {**columns, "revision": revision + 1}, revision)])
