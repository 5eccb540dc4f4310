"""The handler of `functions/ecs_reconciler`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import timestamps
from opsledger.ecs_reconciler.api import EcsApi
from opsledger.ecs_reconciler.reconciler import Reconciler
from opsledger.handlers import log, regions

if TYPE_CHECKING:
    from opsledger.ecs_reconciler.reconciler import Reconciled
    from opsledger.handlers.regions import RegionTask
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.strict_json import JsonValue

MINUTE_MS = 60_000


def handle(event: bytes | str, context: object) -> dict[str, JsonValue]:
    """Reconcile the regions.

    Returns:
        As `regions.poll`.

    Raises:
        WorldFailedError: a region failed; what was read is stored, and the next invocation resumes there.
    """
    return regions.poll(event, context, _reconcile, "reconciled")


def _reconcile(task: RegionTask) -> Reconciled:
    reconciler = Reconciler(
        EcsApi(task.configured, task.region),
        task.store,
        task.deadline,
        account=task.account,
        request_id=task.request_id,
        patience_ms=task.configured.missed_after_min * MINUTE_MS,
        on_report=task.on_report,
        on_problem=lambda verdict: _write_log(verdict, task.request_id),
    )
    return reconciler.reconcile()


def _write_log(verdict: EventVerdict, request_id: str) -> None:
    log.write(
        "verdict",
        request_id=request_id,
        record=verdict.record,
        verdict=verdict.verdict.value,
        status=verdict.status or None,
        note=verdict.note or None,
        since=timestamps.show(verdict.since),
    )
