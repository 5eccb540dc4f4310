"""The handler of `functions/ecs_reconciler`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import timestamps
from opsledger.ecs_reconciler.api import EcsApi
from opsledger.ecs_reconciler.naming import Naming
from opsledger.ecs_reconciler.reconciler import Reconciler
from opsledger.errors import WorldFailedError
from opsledger.handlers import log, regions

if TYPE_CHECKING:
    from collections.abc import Callable

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
    api = EcsApi(task.configured, task.region)
    naming = Naming(api, task.store, task.deadline, task.request_id, task.configured.owner_tag)
    _name(naming.name_new, task)
    reconciler = Reconciler(
        api,
        task.store,
        task.deadline,
        account=task.account,
        request_id=task.request_id,
        patience_ms=task.configured.missed_after_min * MINUTE_MS,
        on_report=task.on_report,
        on_problem=lambda verdict: _write_log(verdict, task.request_id),
    )
    reconciled = reconciler.reconcile()
    if reconciled.progress.finished:
        _name(naming.name_all, task)
    if naming.asked:
        log.write("named", request_id=task.request_id, region=task.region, instances=naming.asked)
    return reconciled


def _name(step: Callable[[], None], task: RegionTask) -> None:
    """Take a step of the naming; what fails there is logged, and holds up nothing."""
    try:
        step()
    except WorldFailedError as error:
        log.write("not named", request_id=task.request_id, region=task.region, message=str(error))


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
