"""A queue of Simple Message Queue as the source of an event stream.

Settings: https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-sourcemnsparameters.
The event is that of https://www.alibabacloud.com/help/en/eventbridge/latest/create-a-custom-event-source-of-the-mns-type;
its source and bus are `MNS-Function-trigger`, as in the vendor's sample of a queue trigger
(github.com/awesome-fc/code-example, nodejs-mns-queue-trigger).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from yunmock.eventbridge.event import stamped
from yunmock.eventbridge.wire import request_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.cloud import Account, Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.stream import Stream
    from yunmock.services import TakenMessage

PARAMETERS = "SourceMNSParameters"
BATCH = 16


class SourceQueue(NamedTuple):
    """The queue that a stream reads, and whether its messages are base64."""

    region: str
    name: str
    base64: bool


def queue_of(stream: Stream, account: Account) -> SourceQueue | None:
    """The queue that a stream reads; None if it names none, so that only a test feeds it."""
    given = stream.source_parameters if stream.source == PARAMETERS else {}
    name = str(given.get("QueueName") or "")
    encoded = str(given.get("IsBase64Decode", True)).lower() != "false"
    return SourceQueue(str(given.get("RegionId") or account.region), name, encoded) if name else None


def take_events(cloud: Cloud, stream: Stream, queue: SourceQueue) -> Iterator[Event]:
    """The messages that can be received, as events; each is deleted from the queue.

    Raises:
        RefusalError: there is no such queue.
    """
    while taken := cloud.queues.take(queue.region, queue.name, BATCH):
        yield from (_event(cloud, stream, queue, message) for message in taken)


def _event(cloud: Cloud, stream: Stream, queue: SourceQueue, message: TakenMessage) -> Event:
    account, source = cloud.account, f"MNS-{stream.name}"
    body = _decoded(message.body) if queue.base64 else message.body
    event: Event = {
        "id": request_id(),
        "source": source,
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": f"acs:mns:{queue.region}:{account.account_id}:queues/{queue.name}",
        "data": {"requestId": request_id(), "messageId": message.id, "messageBody": body},
    }
    return stamped(event, account, source, cloud.clock.now_ms())


def _decoded(body: str) -> str:
    """The text in a body that is base64; any other body as it is."""
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return body
