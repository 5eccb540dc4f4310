"""Queues and the messages in them. Looking at a message does not receive it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, WebPage
from yunmock.dashboard.visit import block, missing
from yunmock.mns.state import condition

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.mns.model import MessageQueue, QueueMessage

COUNTED = 1000
SHOWN = 50
CONDITIONS = {"ActiveMessages": "can be received", "InactiveMessages": "received", "DelayMessages": "delayed"}
"""The conditions of a message in words, by the attribute of its queue that counts them."""


def queues(visit: Visit) -> WebPage:
    """All queues, with how many messages are in which condition."""
    return WebPage(
        "Queues",
        (
            Listing(
                "Queues",
                ("Queue", "Region", "Can be received", "Received", "Delayed", "Created"),
                [_queue(visit, queue) for queue in visit.queues.state.all_queues()],
                "No queue was made yet.",
                note=f"Of each queue the first {COUNTED:,} messages are counted.",
            ),
        ),
    )


def _queue(visit: Visit, queue: MessageQueue) -> tuple[Shown, ...]:
    counts = Counter(condition(message, visit.now_ms) for message in visit.queues.state.peek(queue, COUNTED))
    return (
        Link(queue.name, "queue", {"region": queue.region, "name": queue.name}),
        queue.region,
        *(counts[attribute] for attribute in CONDITIONS),
        Moment(queue.created_s * 1000),
    )


def queue(visit: Visit) -> WebPage:
    """One queue: its attributes and its first messages."""
    region, name = visit.argument("region"), visit.argument("name")
    found = visit.queues.state.find(region, name)
    if found is None:
        raise missing(f"queue {name[:200]!r} in {region[:200]!r}")
    messages = visit.queues.state.peek(found, SHOWN)
    return WebPage(
        name,
        (
            Facts("Attributes", {"Region": region, **found.attributes}),
            Listing(
                "Messages",
                ("Id", "Condition", "Priority", "Sent", "Can be received", "In", "Received, times", "Body"),
                [_message(visit, message) for message in messages],
                "No message is in this queue.",
                note=f"The first {SHOWN}, by priority.",
            ),
        ),
        trail=(Link("Queues", "queues"),),
    )


def _message(visit: Visit, message: QueueMessage) -> tuple[Shown, ...]:
    wait_ms = message.visible_ms - visit.now_ms
    return (
        message.id,
        Status(CONDITIONS[condition(message, visit.now_ms)], "good" if wait_ms <= 0 else "warn"),
        message.priority,
        Moment(message.sent_ms),
        Moment(message.visible_ms),
        Span(wait_ms) if wait_ms > 0 else None,
        message.received,
        block(message.body),
    )
