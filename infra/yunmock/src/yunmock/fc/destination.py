"""Where the result of an asynchronous invocation is sent.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-a-destination-service-for-an-asynchronous-invocation:
another function, an event bus, or a queue. yunmock has no queues; it keeps what would be sent there. The type of the
event on a bus is not documented.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from yunmock.fc.invocation import new_request_id
from yunmock.fc.limits import MAX_BUS_BYTES

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation

log = logging.getLogger(__name__)

EVENT_SOURCE = "acs.fc"
EVENT_TYPE = "fc:AsyncInvokeFunction:Finished"

SentToQueue: TypeAlias = "tuple[str, JsonObject]"
"""A queue's ARN and what was sent to it."""

_FUNCTION = re.compile(r"acs:fc:[\w-]*:\d*:(?:services/[\w.-]+/)?functions/(?P<name>[\w-]+)(?:/[\w-]+)?")
_BUS = re.compile(r"acs:eventbridge:[\w-]*:\d*:eventbus/(?P<name>[\w-]+)")


@dataclass(frozen=True, slots=True)
class Finished:
    """An asynchronous invocation that has finished: its last result, and how many retries it took."""

    function: str
    request_id: str
    event: bytes
    result: Invocation
    retries: int


def send(cloud: Cloud, arn: str, done: Finished, queued: list[SentToQueue]) -> None:
    """Send a result to a destination; what goes to a queue is appended to `queued`."""
    content = report(cloud, done)
    if found := _FUNCTION.fullmatch(arn):
        cloud.invoker.invoke(found["name"], json.dumps(content).encode(), asynchronous=True)
    elif found := _BUS.fullmatch(arn):
        _publish(cloud, found["name"], content)
    else:
        queued.append((arn, content))


def report(cloud: Cloud, done: Finished) -> JsonObject:
    """What a destination receives."""
    account = cloud.account
    return {
        "timestamp": cloud.clock.now_ms(),
        "requestContext": {
            "requestId": done.request_id,
            "functionArn": f"acs:fc:{account.region}:{account.account_id}:functions/{done.function}",
            "condition": "" if done.result.ok else "RetriesExhausted",
            "approximateInvokeCount": done.retries + 1,
        },
        "requestPayload": done.event.decode("utf-8", "replace"),
        "responseContext": {"statusCode": done.result.status, "functionError": done.result.error_type},
        "responsePayload": done.result.body.decode("utf-8", "replace"),
    }


def _publish(cloud: Cloud, bus: str, content: JsonObject) -> None:
    size = len(json.dumps(content).encode())
    if size > MAX_BUS_BYTES:
        log.warning(
            "the result of an asynchronous invocation is lost: it has %d bytes, a bus takes %d", size, MAX_BUS_BYTES
        )
        return
    cloud.publisher.publish(bus, _event(content))


def _event(content: JsonObject) -> JsonObject:
    return {
        "id": new_request_id(),
        "source": EVENT_SOURCE,
        "specversion": "1.0",
        "type": EVENT_TYPE,
        "data": content,
    }
