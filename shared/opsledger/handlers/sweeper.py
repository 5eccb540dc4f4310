"""The handler of `functions/sweeper`."""

from __future__ import annotations

from opsledger import settings, timestamps
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log
from opsledger.ledger import overdue, state


def handle(_event: bytes | str, context: object) -> dict[str, int | bool]:
    """Sweep once.

    Returns:
        The numbers of `overdue.Swept`.

    Raises:
        WorldFailedError: the store failed until time was up; the next sweep repeats it.
    """
    request_id = invocation.request_id(context)
    try:
        store = invocation.open_store(settings.read(context))
        swept = overdue.sweep(store, invocation.deadline(context), request_id)
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
    return numbers
