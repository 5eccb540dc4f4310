"""The handler of functions that receive events: `functions/ecs_events` and `functions/eci_events`.

It answers with the number of deliveries per disposition. It raises only where its surroundings fail, which makes
the platform deliver again. A payload that is too large for the platform's own record of a failure is not left to it:
`failure_queue` hands it on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opsledger import pipeline, settings
from opsledger.errors import WorldFailedError
from opsledger.handlers import failure_queue, invocation, log
from opsledger.intake.understand import understand

if TYPE_CHECKING:
    from opsledger.errors import OpsLedgerError


def handle(event: bytes | str, context: object) -> dict[str, int]:
    """Record every event in `event`.

    Returns:
        Counts: `received`, and one per disposition; or `handed_on`, the messages that a large payload was put into.

    Raises:
        WorldFailedError: not all events could be written in time; deliver them again.
        DamagedRowError: the row of an event's record is damaged; a delivery helps when it is repaired.
    """
    started = time.monotonic()
    request_id = invocation.request_id(context)
    try:
        store = invocation.open_store(settings.read(context))
        deadline = invocation.deadline(context, failure_queue.RESERVE_S if failure_queue.is_needed_for(event) else 0.0)
        understood = understand(event, deadline.clock.now_ms())
        partial = pipeline.record_undamaged(understood, store, deadline, request_id)
    except WorldFailedError as error:
        return _failed(event, context, request_id, error)
    report = partial.report
    log.deliveries(report.entries, request_id)
    counts = report.counts()
    notifier = _invoke_notifier(context, request_id) if report.urgent else None
    if partial.damaged is not None:  # the others are recorded, and will be duplicates
        return _failed(event, context, request_id, partial.damaged)
    log.write("done", request_id=request_id, **counts, notifier=notifier, ms=round((time.monotonic() - started) * 1000))
    return counts


def _failed(event: bytes | str, context: object, request_id: str, error: OpsLedgerError) -> dict[str, int]:
    """Have the payload delivered again, by the failure queue if it is large, else by the platform.

    Raises:
        OpsLedgerError: `error`.
    """
    log.failed(request_id, error)
    if failure_queue.is_needed_for(event):
        return failure_queue.hand_on(event, context, error)
    raise error


def _invoke_notifier(context: object, request_id: str) -> str | None:
    """Have people notified soon; a failure changes nothing, because the notifier's timer finds what is due."""
    # Few events are critical, so a cold start does not load this.
    from opsledger.handlers import notifier_call  # noqa: PLC0415 - see above

    return notifier_call.invoke(context, request_id) or None
