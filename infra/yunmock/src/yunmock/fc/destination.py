"""Where the result of an asynchronous invocation is sent.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-a-destination-service-for-an-asynchronous-invocation:
another function (128 KB), an event bus (64 KB), or a queue of Simple Message Queue (64 KB). What is sent to a topic or
to RocketMQ, which yunmock does not have, is only kept for tests. The page says that a payload over the limit "may fail"
to be delivered; here it is lost. The type of the event on a bus is not documented.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from yunmock.errors import RefusalError
from yunmock.fc.invocation import new_request_id
from yunmock.fc.limits import MAX_BUS_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud
    from yunmock.json_types import JsonObject
    from yunmock.services import Invocation

EVENT_SOURCE = "acs.fc"
EVENT_TYPE = "fc:AsyncInvokeFunction:Finished"

SentToQueue: TypeAlias = "tuple[str, JsonObject]"
"""A queue's ARN and what was sent to it."""

_FUNCTION = re.compile(r"acs:fc:[\w-]*:\d*:(?:services/[\w.-]+/)?functions/(?P<name>[\w-]+)(?:/[\w-]+)?")
_QUEUE = re.compile(r"acs:mns:[\w-]*:\d*:/?queues/.*")
_BUS = re.compile(r"acs:eventbridge:[\w-]*:\d*:eventbus/(?P<name>[\w-]+)")


@dataclass(frozen=True, slots=True)
class Finished:
    """An asynchronous invocation that has finished: its last result, and how many retries it took."""

    function: str
    request_id: str
    event: bytes
    result: Invocation
    retries: int


@dataclass(frozen=True, slots=True)
class Destination:
    """A destination that a result was sent to; `error` says why the result is lost, and is empty if it arrived."""

    arn: str
    error: str = ""


def send(cloud: Cloud, arn: str, done: Finished, kept: Callable[[SentToQueue], None]) -> Destination:
    """Send a result to a destination.

    Args:
        cloud: where the destination is.
        arn: the destination.
        done: the invocation that has finished.
        kept: called with what arrived at a queue, or would arrive at a topic or at RocketMQ.
    """
    content = report(cloud, done)
    if found := _FUNCTION.fullmatch(arn):
        accepted = cloud.invoker.invoke(found["name"], _text(content).encode(), asynchronous=True)
        return Destination(arn, "" if accepted.ok else accepted.error)
    try:
        if found := _BUS.fullmatch(arn):
            return _publish(cloud, arn, found["name"], content)
        if _QUEUE.fullmatch(arn):
            cloud.queues.send(arn, _text(content))
    except RefusalError as error:
        return Destination(arn, f"{error.code}: {error}")
    kept((arn, content))
    return Destination(arn)


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


def _publish(cloud: Cloud, arn: str, bus: str, content: JsonObject) -> Destination:
    size = len(_text(content).encode())
    if size > MAX_BUS_BYTES:
        return Destination(arn, f"it has {size} bytes, a bus takes {MAX_BUS_BYTES}")
    cloud.publisher.publish(bus, _event(content))
    return Destination(arn)


def _text(content: JsonObject) -> str:
    return json.dumps(content)


def _event(content: JsonObject) -> JsonObject:
    return {
        "id": new_request_id(),
        "source": EVENT_SOURCE,
        "specversion": "1.0",
        "type": EVENT_TYPE,
        "data": content,
    }
