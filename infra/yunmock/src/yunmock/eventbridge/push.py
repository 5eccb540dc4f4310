"""Deliver to a target once: build what it receives, and send it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from yunmock.errors import RefusalError
from yunmock.eventbridge.target import function_of, queue_arn
from yunmock.eventbridge.target_types import BASE64, DINGTALK, FUNCTION, HTTP, HTTPS, QUEUE
from yunmock.eventbridge.trace import Attempt
from yunmock.eventbridge.transform import Transform
from yunmock.eventbridge.webhook import to_robot, to_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.eventbridge.model import Target

MAX_RESPONSE = 64 * 1024
ORIGINAL = Transform("ORIGINAL")
CREATED = 201


def message(target: Target, events: list[Event]) -> bytes:
    """What the target receives: each event transformed, as one object or as a list of them."""
    body, shape = target.param("Body"), target.param("DataFormat")
    transform = Transform(body.form, body.value or "", body.template or "") if body else ORIGINAL
    texts = [transform.apply(event) for event in events]
    if shape is not None and shape.value == "ObjectList":
        return f"[{','.join(texts)}]".encode()
    return texts[0].encode()


def push(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    """Deliver `body` once."""
    return _PUSH[target.type](cloud, target, body)


def _to_function(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    at_ms = cloud.clock.now_ms()
    invoker = cloud.invoker
    kind = target.param("InvocationType")
    asynchronous = kind is not None and kind.value == "Async"
    accepted = invoker.invoke(function_of(target), body, asynchronous=asynchronous)
    # An accepted asynchronous invocation is a successful delivery; its result is shown if it has run already.
    runs = invoker.async_results(accepted.request_id) if asynchronous else []
    shown = runs[-1] if runs else accepted
    return Attempt(
        at_ms,
        ok=cloud.readings.delivers(accepted),
        status=accepted.status,
        request_id=accepted.request_id,
        response=shown.body[:MAX_RESPONSE].decode("utf-8", "replace"),
        error=shown.error,
        log=shown.log[-MAX_RESPONSE:],
        duration_ms=shown.duration_ms,
        asynchronous=asynchronous,
    )


def _to_queue(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    """Send a message; the attempt's answer is its id."""
    at_ms, encode = cloud.clock.now_ms(), target.param(BASE64)
    encoded = encode is not None and str(encode.value).lower() == "true"
    text = (base64.b64encode(body) if encoded else body).decode()
    try:
        return Attempt(at_ms, ok=True, status=CREATED, response=cloud.queues.send(queue_arn(target), text))
    except RefusalError as error:
        return Attempt(at_ms, ok=False, status=error.status, error=f"{error.code}: {error}")


_PUSH: dict[str, Callable[[Cloud, Target, bytes], Attempt]] = {
    FUNCTION: _to_function,
    QUEUE: _to_queue,
    HTTP: to_url,
    HTTPS: to_url,
    DINGTALK: to_robot,
}
