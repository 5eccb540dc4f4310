"""The handler of functions that receive events: `functions/ecs_events` and `functions/eci_events`.

It answers with the number of deliveries per disposition. It raises only for a `WorldFailedError`, which makes the
platform deliver again.
"""

from __future__ import annotations

import time

from opsledger import pipeline, settings
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log


def handle(event: bytes | str, context: object) -> dict[str, int]:
    """Record every event in `event`.

    Returns:
        Counts: `received`, and one per disposition.

    Raises:
        WorldFailedError: not all events could be written in time; deliver them again.
    """
    started = time.monotonic()
    request_id = invocation.request_id(context)
    try:
        store = invocation.open_store(settings.read(context))
        report = pipeline.process(event, store, invocation.deadline(context), request_id)
    except WorldFailedError as error:
        log.failed(request_id, error)
        raise
    log.deliveries(report.entries, request_id)
    counts = report.counts()
    log.write("done", request_id=request_id, **counts, ms=round((time.monotonic() - started) * 1000))
    return counts
