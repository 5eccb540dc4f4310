"""The handler of `functions/sweeper`: marks what is overdue, and then counts for monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import settings, timestamps
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log
from opsledger.ledger import overdue, state
from opsledger.ledger.commit import commit
from opsledger.metrics import counting
from opsledger.metrics.totals import NoteTotals

if TYPE_CHECKING:
    from opsledger.deadline import Deadline
    from opsledger.metrics.totals import Totals
    from opsledger.settings import Settings
    from opsledger.store import Store


def handle(_event: bytes | str, context: object) -> dict[str, int | bool]:
    """Sweep once.

    Returns:
        The numbers of `overdue.Swept`.

    Raises:
        WorldFailedError: the store failed until time was up; the next sweep repeats it.
    """
    request_id = invocation.request_id(context)
    deadline = invocation.deadline(context)
    try:
        configured = settings.read(context)
        store = invocation.open_store(configured)
        swept = overdue.sweep(store, deadline, request_id)
    except WorldFailedError as error:
        log.failed(request_id, error)
        raise
    for record in swept.marked:
        summary = state.summarize(record)
        since = None if record.overdue_at is None else timestamps.show(record.overdue_at)
        event = "presumed" if summary.presumed else "overdue"
        log.write(
            event, request_id=request_id, record=record.key, type=summary.type, status=summary.status, since=since
        )
    numbers = swept.to_json()
    log.write("swept", request_id=request_id, **numbers)
    totals = _count(store, deadline, request_id)
    if configured.reports_metrics:
        _report(configured, totals, deadline, request_id)
    return numbers


def _count(store: Store, deadline: Deadline, request_id: str) -> Totals:
    """Count, and keep the totals; the sweep is done, whatever fails here."""
    counted = counting.count(store, deadline)
    failures = dict(counted.failures)
    try:
        commit(store, [NoteTotals(counted.totals)], deadline, request_id)
    except WorldFailedError as error:
        failures["totals"] = f"{type(error).__name__}: {error}"
    for part, reason in failures.items():
        log.write("not counted", request_id=request_id, part=part, message=reason)
    return counted.totals


def _report(configured: Settings, totals: Totals, deadline: Deadline, request_id: str) -> None:
    """Report the totals to CloudMonitor; the next sweep reports its own, whatever fails here."""
    # The vendor's core library takes long to load, and few need it here.
    from opsledger.metrics import cloudmonitor  # noqa: PLC0415 - see above

    try:
        entries = cloudmonitor.report(configured, totals, deadline)
    except WorldFailedError as error:
        log.write("not reported", request_id=request_id, error=type(error).__name__, message=str(error))
        return
    log.write("reported", request_id=request_id, entries=entries)
