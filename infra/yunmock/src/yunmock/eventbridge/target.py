"""Targets: read and check them, build what they receive, and send it.

Keys of a function target: https://help.aliyun.com/document_detail/185887.html. The names of FC3 endpoints
(`functions/F` without a service) are not documented there; they are accepted too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from yunmock.eventbridge import retry
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.fields import entries, one_of, optional_text, section
from yunmock.eventbridge.model import Param, Target
from yunmock.eventbridge.trace import Attempt
from yunmock.eventbridge.transform import InvalidTransformError, Transform

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.event import Event
    from yunmock.json_types import JsonObject, JsonValue

FUNCTION = "acs.fc.function"
TYPES = (FUNCTION,)
TOLERANCES = ("ALL", "NONE")
MAX_RESPONSE = 64 * 1024

_ENDPOINT = re.compile(
    r"acs:fc:(?P<region>[\w-]*):(?P<account>\d*):"
    r"(?:services/(?P<service>[\w-]+)(?:\.(?P<service_qualifier>[\w-]+))?/)?"
    r"functions/(?P<function>[\w-]+)(?:/(?P<qualifier>[\w-]+))?"
)
_BUS = re.compile(r"acs:eventbridge:[\w-]*:\d*:eventbus/(?P<bus>[\w-]+)")
ORIGINAL = Transform("ORIGINAL")


def read_target(entry: JsonValue) -> Target:
    """A target from its JSON, as CreateRule and CreateTargets take it.

    Raises:
        EventBridgeError: InvalidArgument if it is not an object, else EventTargetInvalid with the reason.
    """
    if not isinstance(entry, dict):
        raise EventBridgeError("InvalidArgument", "a target must be a JSON object")
    name = str(entry.get("Id") or "")
    try:
        return _read(name, entry)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EventBridgeError("EventTargetInvalid", name, error) from None


def write_target(target: Target) -> JsonObject:
    """A target as its JSON."""
    params: list[JsonValue] = [
        {"ResourceKey": param.key, "Form": param.form, "Value": param.value, "Template": param.template}
        for param in target.params
    ]
    entry: JsonObject = {
        "Id": target.id,
        "Type": target.type,
        "Endpoint": target.endpoint,
        "PushRetryStrategy": target.retry,
        "ErrorsTolerance": target.tolerance,
        "ParamList": params,
    }
    if target.dead_letter:
        entry["DeadLetterQueue"] = {"Arn": target.dead_letter}
    if target.concurrency is not None:
        entry["ConcurrentConfig"] = {"Concurrency": target.concurrency}
    return entry


def function_of(target: Target) -> str:
    """The function a target names: by its ParamList, else by its endpoint."""
    named = target.param("functionName")
    return (named.value if named and named.value else None) or _function_at(target.endpoint)


@lru_cache(maxsize=256)
def _function_at(endpoint: str) -> str:
    found = _ENDPOINT.fullmatch(endpoint)
    return found["function"] if found else ""


def dead_letter_bus(arn: str) -> str | None:
    """The bus that a dead-letter ARN names, None if it names a queue."""
    found = _BUS.match(arn)
    return found["bus"] if found else None


def message(target: Target, events: list[Event]) -> bytes:
    """What the target receives: each event transformed, as one object or as a list of them."""
    body, shape = target.param("Body"), target.param("DataFormat")
    transform = Transform(body.form, body.value or "", body.template or "") if body else ORIGINAL
    texts = [transform.apply(event) for event in events]
    if shape is not None and shape.value == "ObjectList":
        return f"[{','.join(texts)}]".encode()
    return texts[0].encode()


def send(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    """Deliver `body` once."""
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


def _read(name: str, entry: JsonObject) -> Target:
    if not name:
        raise ValueError("Id is missing")
    if entry.get("Type") not in TYPES:
        raise ValueError(f"yunmock delivers to {list(TYPES)}, not to {entry.get('Type')!r}")
    endpoint = str(entry.get("Endpoint") or "")
    if not _ENDPOINT.fullmatch(endpoint):
        raise ValueError(f"the endpoint {endpoint!r} names no function")
    concurrency = section(entry, "ConcurrentConfig").get("Concurrency")
    return Target(
        name,
        FUNCTION,
        endpoint,
        tuple(_param(item) for item in entries(entry, "ParamList")),
        one_of(entry, "PushRetryStrategy", retry.BACKOFF, sorted(retry.STRATEGIES)),
        one_of(entry, "ErrorsTolerance", "ALL", TOLERANCES),
        str(section(entry, "DeadLetterQueue").get("Arn") or ""),
        None if concurrency is None else int(str(concurrency)),
    )


def _param(item: JsonValue) -> Param:
    if not isinstance(item, dict):
        raise TypeError("an entry of ParamList must be an object")
    value, template = optional_text(item, "Value"), optional_text(item, "Template")
    param = Param(str(item["ResourceKey"]), str(item.get("Form") or ""), value, template)
    try:
        Transform.parse(param.form, param.value, param.template)
    except InvalidTransformError as error:
        raise ValueError(f"{param.key}: {error}") from None
    return param
