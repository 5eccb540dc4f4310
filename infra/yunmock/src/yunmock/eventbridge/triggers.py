"""A function's EventBridge trigger, as an `s.yaml` declares it, becomes a rule or an event stream.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-event-triggers-for-alibaba-cloud-services:
a trigger of source `Default` is the rule `Function-Trigger` on bus `default`; one of any other source is an event
stream of that name. Keys are camelCase outside and PascalCase inside the run options (github.com/devsapp/fc3).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.fields import section
from yunmock.eventbridge.model import DEFAULT_BUS, Param, Rule, Target
from yunmock.eventbridge.stream import READY, RUNNING

if TYPE_CHECKING:
    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.json_types import JsonObject


def put_trigger(state: EventBridgeState, function: str, trigger: str, config: JsonObject) -> None:
    """Add or replace the rule or stream of a trigger.

    Raises:
        ValueError: the configuration is invalid.
    """
    try:
        (_put_rule if is_event_driven(config) else _put_stream)(state, function, trigger, config)
    except (EventBridgeError, AttributeError, TypeError) as error:
        raise ValueError(str(error)) from None


def drop_trigger(state: EventBridgeState, function: str, trigger: str) -> None:
    """Delete the rule or stream of a trigger, if it is there."""
    name = f"{function}-{trigger}"
    with contextlib.suppress(EventBridgeError):
        state.registry.delete_rule(DEFAULT_BUS, name)
    with contextlib.suppress(EventBridgeError):
        state.streams.delete(name)


def is_event_driven(config: JsonObject) -> bool:
    """Whether a trigger listens to the bus of Alibaba Cloud services, rather than to a queue or stream."""
    return section(config, "eventSourceConfig").get("eventSourceType", "Default") == "Default"


def _put_rule(state: EventBridgeState, function: str, trigger: str, config: JsonObject) -> None:
    account = state.account
    name = f"{function}-{trigger}"
    body = Param("Body", "JSONPATH", "$.data") if _sends_data_only(config) else Param("Body", "ORIGINAL")
    target = Target(
        id=name,
        type="acs.fc.function",
        endpoint=f"acs:fc:{account.region}:{account.account_id}:functions/{function}",
        params=(body, Param("InvocationType", "CONSTANT", _invocation_type(state, config))),
    )
    rule = Rule(
        bus=DEFAULT_BUS,
        name=name,
        pattern=str(config["eventRuleFilterPattern"]),
        targets=(target,),
        enabled=config.get("triggerEnable", True) is not False,
        description=f"trigger {trigger} of function {function}",
    )
    state.registry.put_rule(rule)


def _put_stream(state: EventBridgeState, function: str, trigger: str, config: JsonObject) -> None:
    source, options = section(config, "eventSourceConfig"), section(config, "runOptions")
    body: JsonObject = {"Form": "JSONPATH", "Value": "$.data"} if _sends_data_only(config) else {"Form": "ORIGINAL"}
    name, given = f"source{source['eventSourceType']}Parameters", section(source, "eventSourceParameters")
    settings: JsonObject = {
        "Source": {name.replace("s", "S", 1): given.get(name) or given or {"": ""}},
        "FilterPattern": str(config["eventRuleFilterPattern"]),
        "Sink": {
            "SinkFcParameters": {
                "FunctionName": {"Form": "CONSTANT", "Value": function},
                "Body": body,
                "InvocationType": {"Form": "CONSTANT", "Value": _invocation_type(state, config)},
            }
        },
        "RunOptions": {
            "ErrorsTolerance": options.get("errorsTolerance", "ALL"),
            "RetryStrategy": options.get("retryStrategy") or {},
            "DeadLetterQueue": options.get("deadLetterQueue") or {},
            "BatchWindow": options.get("batchWindow") or {},
        },
    }
    status = READY if config.get("triggerEnable") is False else RUNNING
    state.streams.create(f"{function}-{trigger}", settings, status=status, replace_it=True)


def _invocation_type(state: EventBridgeState, config: JsonObject) -> str:
    given = config.get("asyncInvocationType") is True
    return "Async" if state.readings.asynchronous(async_invocation_type=given) else "Sync"


def _sends_data_only(config: JsonObject) -> bool:
    delivery = section(section(config, "eventSinkConfig"), "deliveryOption")
    return delivery.get("eventSchema") == "RawData"
