"""The handler of functions that receive events: `functions/ecs_events` and `functions/eci_events`.

It answers with the number of deliveries per disposition. It raises only where its surroundings fail, which makes
the platform deliver again. A payload that is too large for the platform's own record of a failure is not left to it:
`failure_queue` hands it on.
"""

from __future__ import annotations

import time

from opsledger import pipeline, settings
from opsledger.errors import DamagedRowError, WorldFailedError
from opsledger.handlers import failure_queue, invocation, log


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
    is_large = failure_queue.is_needed_for(event)
    try:
        store = invocation.open_store(settings.read(context))
        deadline = invocation.deadline(context, failure_queue.RESERVE_S if is_large else 0.0)
        report = pipeline.process(event, store, deadline, request_id)
    except (WorldFailedError, DamagedRowError) as error:
        log.failed(request_id, error)
        if is_large:
            return failure_queue.hand_on(event, context, error)
        raise
    log.deliveries(report.entries, request_id)
    counts = report.counts()
    notifier = _invoke_notifier(context, request_id) if report.urgent else None
    log.write("done", request_id=request_id, **counts, notifier=notifier, ms=round((time.monotonic() - started) * 1000))
    return counts


def _invoke_notifier(context: object, request_id: str) -> str | None:
    """Have people notified soon; a failure changes nothing, because the notifier's timer finds what is due."""
    # Few events are critical, so a cold start does not load this.
    from opsledger.handlers import notifier_call  # noqa: PLC0415 - see above

    return notifier_call.invoke(context, request_id) or None
