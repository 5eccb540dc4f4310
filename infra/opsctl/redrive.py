"""See what waits in a queue, and what a redrive would make of it, without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.intake.understand import Refused, understand
from opsledger.queues import BATCH, parts
from opsledger.redrive import event_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.notification import Notification
    from opsledger.queues import Queue, QueueMessage


class Preview(NamedTuple):
    """A message, and what is in it: a line for each event, or for the part of a payload."""

    message: QueueMessage
    events: tuple[str, ...]


def preview(queue: Queue, limit: int | None = None) -> Iterator[Preview]:
    """Every message that can be received now, up to `limit`; at the end they can be received again at once.

    Raises:
        WorldFailedError: the queue's service does not answer, or refuses.
    """
    held: list[QueueMessage] = []
    try:
        while messages := queue.receive(BATCH if limit is None else min(BATCH, limit - len(held))):
            held += messages
            yield from (Preview(message, tuple(_events(message))) for message in messages)
            if limit is not None and len(held) >= limit:
                break
    finally:
        queue.release(held)


def _events(message: QueueMessage) -> Iterator[str]:
    part = parts.read(message.body)
    if part is not None:
        yield f"part {part.number} of {part.total} of a large payload"
        return
    for item in understand(event_of(message.body), message.sent):
        yield _refusal(item) if isinstance(item, Refused) else _event(item)


def _event(notification: Notification) -> str:
    return f"{notification.transition.type} {notification.transition.status}: {notification.record.key}"


def _refusal(refused: Refused) -> str:
    return f"would be quarantined: {refused.error.reason}: {refused.error}"
