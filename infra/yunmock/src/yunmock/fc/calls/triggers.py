"""The calls that describe what invokes a function: its triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import answer

if TYPE_CHECKING:
    from yunmock.fc.calls.functions import Parts
    from yunmock.fc.model import Trigger
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject


def list_triggers(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """ListTriggers of a function."""
    function = state.function(parts["function"], parts.get("service", ""))
    return answer({"triggers": [_trigger_entry(trigger) for trigger in function.triggers], "nextToken": None})


def get_trigger(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetTrigger."""
    function = state.function(parts["function"], parts.get("service", ""))
    for trigger in function.triggers:
        if trigger.name == parts["trigger"]:
            return answer(_trigger_entry(trigger))
    raise FunctionComputeError("TriggerNotFound", parts["trigger"], parts.get("service", ""), function.name)


def _trigger_entry(trigger: Trigger) -> JsonObject:
    return {
        "triggerName": trigger.name,
        "triggerType": trigger.type,
        "triggerConfig": trigger.config,
        "sourceArn": trigger.source_arn,
    }
