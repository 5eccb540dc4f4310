"""Targets: read and write them as JSON, and what each names. Their types are in `target_types`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from yunmock.eventbridge import retry
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.fields import entries, one_of, optional_text, section
from yunmock.eventbridge.model import Param, Target
from yunmock.eventbridge.target_types import BUS_ENDPOINT, FUNCTION_ENDPOINT, TYPES
from yunmock.eventbridge.transform import InvalidTransformError, Transform

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject, JsonValue

TOLERANCES = ("ALL", "NONE")
QUEUE_NAME = "queue"
QUEUE_ARN = re.compile(r"acs:mns:[\w-]*:\d*:/?queues/")
"""How the ARN of a queue begins; that of a topic or of RocketMQ does not."""


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
    found = FUNCTION_ENDPOINT.fullmatch(endpoint)
    return found["function"] if found else ""


def bus_of(arn: str) -> str | None:
    """The bus that an ARN names, None if it names something else, such as a queue."""
    found = BUS_ENDPOINT.match(arn)
    return found["bus"] if found else None


def queue_arn(target: Target) -> str:
    """The queue that a target names, as an ARN: by its ParamList, else by its endpoint."""
    named = target.param(QUEUE_NAME)
    if named is None or not named.value:
        return target.endpoint
    return f"{target.endpoint.rpartition('/')[0]}/{named.value}"


def shown_endpoint(target: Target) -> str:
    """The endpoint of a target for traces and logs: without the query, where addresses keep their credentials."""
    return target.endpoint.partition("?")[0] if TYPES[target.type].secret_endpoint else target.endpoint


def _read(name: str, entry: JsonObject) -> Target:
    if not name:
        raise ValueError("Id is missing")
    kind, endpoint = str(entry.get("Type")), str(entry.get("Endpoint") or "")
    if kind not in TYPES:
        raise ValueError(f"yunmock delivers to {list(TYPES)}, not to {entry.get('Type')!r}")
    if not TYPES[kind].endpoint.fullmatch(endpoint):
        raise ValueError(f"the endpoint {endpoint!r} names no {TYPES[kind].noun}")
    concurrency = section(entry, "ConcurrentConfig").get("Concurrency")
    return Target(
        name,
        kind,
        endpoint,
        TYPES[kind].complete(tuple(_param(item) for item in entries(entry, "ParamList"))),
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
