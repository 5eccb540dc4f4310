"""The calls that make, change and describe what invokes a function: its triggers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.exact_json import read_json, write_json
from yunmock.fc.address import public_urls
from yunmock.fc.calls.arguments import Argument, body_of, name_of
from yunmock.fc.calls.functions import times_of
from yunmock.fc.context import QUALIFIER
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.properties import check_http, check_timer, read_trigger
from yunmock.fc.wire import API_2023, answer, empty_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.model import Function, Trigger
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.positions import Position

HTTP, TIMER, EVENTBRIDGE = TYPES = ("http", "timer", "eventbridge")
MAX_NAME = 128
CHECKS: Mapping[str, Callable[[JsonObject, Position], None]] = {HTTP: check_http, TIMER: check_timer}
"""The checks of what this service knows; EventBridge checks its own triggers."""


def list_triggers(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """ListTriggers of a function."""
    function = state.function(parts["function"], parts.get("service", ""))
    listed: list[JsonValue] = [_trigger_entry(state, request, function, trigger) for trigger in function.triggers]
    return answer({"triggers": listed, "nextToken": None})


def get_trigger(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """GetTrigger; an HTTP trigger has its addresses."""
    function = state.function(parts["function"], parts.get("service", ""))
    return answer(_trigger_entry(state, request, function, _find(function, parts)))


def create_trigger(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """CreateTrigger of a function: HTTP, timer or EventBridge."""
    function, given = state.function(parts["function"]), body_of(request)
    name = name_of(given, "triggerName", MAX_NAME)
    if any(each.name == name for each in function.triggers):
        raise FunctionComputeError("TriggerAlreadyExists", name, "", function.name)
    trigger = _read(given)
    if trigger.type == HTTP and any(each.type == HTTP for each in function.triggers):
        raise FunctionComputeError("InvalidArgument", "a function has one HTTP trigger")
    return _put(state, request, function, trigger)


def update_trigger(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """UpdateTrigger: replaces what is given; a type cannot be changed."""
    function, given = state.function(parts["function"]), body_of(request)
    before = _find(function, parts)
    props = {
        "triggerConfig": write_json(before.config),
        "description": before.description,
        "invocationRole": before.role,
        **given,
        "triggerName": before.name,
        "triggerType": before.type,
        "sourceArn": before.source_arn,
    }
    return _put(state, request, function, replace(_read(props), created_ms=before.created_ms))


def delete_trigger(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """DeleteTrigger, with the rule or stream that it stands for."""
    function = state.function(parts["function"])
    trigger = _find(function, parts)
    state.make(replace(function, triggers=tuple(each for each in function.triggers if each != trigger)))
    _disconnect(state, function.name, trigger)
    return empty_answer()


def _find(function: Function, parts: Parts) -> Trigger:
    """The trigger that a path names.

    Raises:
        FunctionComputeError: TriggerNotFound.
    """
    found = next((each for each in function.triggers if each.name == parts["trigger"]), None)
    if found is None:
        raise FunctionComputeError("TriggerNotFound", parts["trigger"], parts.get("service", ""), function.name)
    return found


def _read(given: JsonObject) -> Trigger:
    """A trigger from the arguments of a call, in which its settings are JSON text."""
    where, kind = Argument(("triggerConfig",)), given.get("triggerType")
    if kind not in TYPES:
        raise Argument(("triggerType",)).error(f"must be one of {list(TYPES)}: yunmock has no other triggers")
    try:
        config = read_json(str(given.get("triggerConfig") or "{}"))
    except ValueError as error:
        raise where.error(f"is not JSON: {error}") from None
    trigger = read_trigger({**given, "triggerConfig": config}, Argument(), CHECKS)
    return replace(
        trigger, description=str(given.get("description") or ""), role=str(given.get("invocationRole") or "")
    )


def _put(state: FunctionComputeState, request: Request, function: Function, trigger: Trigger) -> Response:
    """Add or replace a trigger: connect it, and then keep it."""
    now = state.clock.now_ms()
    made = replace(trigger, created_ms=trigger.created_ms or now, modified_ms=now)
    kept = [each for each in function.triggers if each.name != made.name]
    after = replace(function, triggers=(*kept, made))
    if made.type == EVENTBRIDGE:
        try:
            state.cloud.trigger_host.put_trigger(function.name, made.name, made.config)
        except (ValueError, LookupError) as error:
            raise Argument(("triggerConfig",)).error(f"is invalid: {error}") from None
    state.make(after)
    if made.type == TIMER:
        state.queue.set_timer(after, made)
    return answer(_trigger_entry(state, request, after, made))


def _disconnect(state: FunctionComputeState, function: str, trigger: Trigger) -> None:
    if trigger.type == EVENTBRIDGE:
        state.cloud.trigger_host.drop_trigger(function, trigger.name)
    state.queue.drop_timer(function, trigger.name)


def _trigger_entry(state: FunctionComputeState, request: Request, function: Function, trigger: Trigger) -> JsonObject:
    """A trigger as the API describes it; that of 2023-03-30 has its settings as JSON text, as its SDKs require."""
    as_text = request.path.startswith(API_2023)
    entry: JsonObject = {
        "triggerName": trigger.name,
        "triggerType": trigger.type,
        "triggerConfig": write_json(trigger.config) if as_text else trigger.config,
        "sourceArn": trigger.source_arn,
        "description": trigger.description,
        "invocationRole": trigger.role,
        "qualifier": QUALIFIER,
        **times_of(trigger),
    }
    if trigger.type != HTTP:
        return entry
    public, internal = public_urls(function.name, state.account)
    return {**entry, "httpTrigger": {"urlInternet": public, "urlIntranet": internal}, "urlInternet": public}
