"""Where the outcome of an asynchronous invocation goes.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-a-destination-service-for-an-asynchronous-invocation:
another function, an event bus, or a queue. Queues yunmock does not have: what would go there is kept for inspection.
How the event on a bus is named is not documented.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from yunmock.fc.invocation import new_request_id

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.queue import Finished
    from yunmock.fc.service import FunctionComputeService

EVENT_SOURCE = "acs.fc"
EVENT_TYPE = "fc:AsyncInvokeFunction:Finished"

_FUNCTION = re.compile(r"acs:fc:[\w-]*:\d*:(?:services/[\w.-]+/)?functions/(?P<name>[\w-]+)(?:/[\w-]+)?")
_BUS = re.compile(r"acs:eventbridge:[\w-]*:\d*:eventbus/(?P<name>[\w-]+)")


def send(cloud: Cloud, arn: str, done: Finished, kept: list[tuple[str, dict[str, Any]]]) -> None:
    """Send an outcome to a destination; `kept` takes what goes to a queue."""
    content = outcome(cloud, done)
    if found := _FUNCTION.fullmatch(arn):
        functions = cast("FunctionComputeService", cloud.services["fc"])
        functions.invoke(found["name"], json.dumps(content).encode(), asynchronous=True)
    elif found := _BUS.fullmatch(arn):
        _publish(cloud, found["name"], content)
    else:
        kept.append((arn, content))


def outcome(cloud: Cloud, done: Finished) -> dict[str, Any]:
    """What a destination is told."""
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


def _publish(cloud: Cloud, bus: str, content: dict[str, Any]) -> None:
    bridge = cast("EventBridgeService", cloud.services["eventbridge"])
    event = {
        "id": new_request_id(),
        "source": EVENT_SOURCE,
        "specversion": "1.0",
        "type": EVENT_TYPE,
        "data": content,
    }
    bridge.publish(bus, event)
