"""The calls that describe what invokes a function: its triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.exact_json import write_json
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import API_2023, answer

if TYPE_CHECKING:
    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.model import Trigger
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject


def list_triggers(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """ListTriggers of a function."""
    function = state.function(parts["function"], parts.get("service", ""))
    return answer({"triggers": [_trigger_entry(request, trigger) for trigger in function.triggers], "nextToken": None})


def get_trigger(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """GetTrigger."""
    function = state.function(parts["function"], parts.get("service", ""))
    for trigger in function.triggers:
        if trigger.name == parts["trigger"]:
            return answer(_trigger_entry(request, trigger))
    raise FunctionComputeError("TriggerNotFound", parts["trigger"], parts.get("service", ""), function.name)


def _trigger_entry(request: Request, trigger: Trigger) -> JsonObject:
    """A trigger as the API describes it; that of 2023-03-30 has its settings as JSON text, as its SDKs require."""
    as_text = request.path.startswith(API_2023)
    return {
        "triggerName": trigger.name,
        "triggerType": trigger.type,
        "triggerConfig": write_json(trigger.config) if as_text else trigger.config,
        "sourceArn": trigger.source_arn,
    }
