"""The handler of `functions/redriver`: delivers again what waits in the queues, as soon as the store answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import settings
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log
from opsledger.ledger.commit import commit
from opsledger.metrics.redrives import NoteRedrive, summed_up
from opsledger.redrive import Redrive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.deadline import Deadline
    from opsledger.pipeline import Report
    from opsledger.redrive import Redriven
    from opsledger.store import Store
    from opsledger.strict_json import JsonValue


def handle(_event: bytes | str, context: object) -> dict[str, JsonValue]:
    """Redrive the failure queue, and then the dead letters; while the store does not answer, only try one message.

    Returns:
        `messages`, how many were delivered again; `finished`, whether nothing is left; `queues`, the numbers of each.

    Raises:
        WorldFailedError: a queue does not answer, or refuses; the next run goes on.
    """
    request_id = invocation.request_id(context)
    configured, deadline = settings.read(context), invocation.deadline(context)
    store = invocation.open_store(configured)

    def write_log(report: Report) -> None:
        log.deliveries(report.entries, request_id)

    done = []
    for arn in filter(None, (configured.failure_queue, configured.dead_letter_queue)):
        queue = invocation.open_queue(arn, configured)
        done.append(Redrive(queue, store, deadline, request_id, on_report=write_log).run())
        log.write("redriven", request_id=request_id, **done[-1].to_json())
        if not done[-1].finished:  # the store does not answer, or time is up: so it is for the other queue
            break
    _note(done, store, deadline, request_id)
    return {
        "messages": sum(one.messages for one in done),
        "finished": all(one.finished for one in done),
        "queues": [dict(one.to_json()) for one in done],
    }


def _note(done: Sequence[Redriven], store: Store, deadline: Deadline, request_id: str) -> None:
    """Keep the numbers for monitoring; without them the messages were delivered all the same."""
    try:
        commit(store, [NoteRedrive(summed_up(done, deadline.clock.now_ms()))], deadline, request_id)
    except WorldFailedError as error:
        log.write("not noted", request_id=request_id, error=type(error).__name__, message=str(error))
