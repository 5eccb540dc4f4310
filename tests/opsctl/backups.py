"""Ledgers to back up, and their backups."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from opsctl.backup import Copied, export, restore
from opsledger.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def fill(harness: PipelineHarness, event: MakeEvent, records: int = 12) -> None:
    """Put rows of every kind into the tables."""
    for number in range(records):
        for status in ("Scheduled", "Executing"):
            harness.process(event(REBOOT, status, seed=str(number)))
    harness.process([7, {"no": "event"}])
    harness.process(b"\xff\x00 no text")


def exported(harness: PipelineHarness, before: bytes = b"", *, resume: bool = False) -> bytes:
    """Export the harness, continuing with `before`."""
    file = io.BytesIO(before)
    export(harness.store, file, resume=resume, on_rows=lambda _share: None)  # type: ignore[arg-type]
    return file.getvalue()


def restored(
    harness: PipelineHarness, backup: bytes, on_bytes: Callable[[int], None] = lambda _at: None, start: int = 0
) -> Copied:
    """Restore a backup into the harness."""
    file = io.BytesIO(backup)
    file.seek(start)
    return restore(
        harness.store, file, lambda: Deadline(harness.clock, 10), f"restore-{next(harness._requests)}", on_bytes
    )
