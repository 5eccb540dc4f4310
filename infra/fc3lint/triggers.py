"""Check triggers: the configuration of each by its type, and what must hold between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fc3lint.document import UNKNOWN, dig, mapping
from fc3lint.trigger_models import ASYNCHRONOUS, CONFIGS, SOURCES
from fc3lint.validation import validate
from yunmock.fc.schedule import InvalidScheduleError, parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

MAX_TRIGGERS = 50
MAX_DEFAULT_RULES = 10
MAX_PAYLOAD_BYTES = 128 * 1024
STREAMING, DRIVEN = "event-streaming", "event-driven"
MODES = {"Default": (DRIVEN,), "Kafka": (STREAMING,), "DTS": (STREAMING,)}
"""The modes of sources that do not have both."""
STREAMING_OPTIONS = ("retryStrategy", "deadLetterQueue", "batchWindow", "errorsTolerance")
KAFKA_OPTIONS = (("runOptions", "maximumTasks"), ("eventSinkConfig", "deliveryOption", "concurrency"))
RULE_FIX = "Remove it. Set retries and the dead-letter queue on the target of your own EventBridge rule."
ASYNC_MEANING = (
    "In the API of 2023-03-30, which fc3 calls, true is synchronous and false, the default, asynchronous; on pages of "
    "the older API it is the other way round. Check after deploying how the trigger invokes."
)
"""https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-eventbridgetriggerconfig
against https://alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-struct-eventbridgetriggerconfig.
"""
CRON_FIX = "Write second minute hour day month weekday in UTC, or `CRON_TZ=Asia/Shanghai …`, or `@every 5m`."


class Trigger(NamedTuple):
    """One trigger and its place in the file.

    Attributes:
        given: its `triggerConfig`, of any type.
    """

    name: str
    type: str
    given: object
    keys: Keys
    source_arn: str = ""

    @property
    def config(self) -> Mapping[str, object]:
        """Its configuration, empty if it is not a mapping."""
        return mapping(self.given)

    def at(self, *keys: str) -> Keys:
        """The place of a key of its configuration."""
        return (*self.keys, "triggerConfig", *keys)

    def get(self, *keys: str) -> object:
        """The value of a key of its configuration, None if there is none."""
        return dig(self.given, *keys)

    @property
    def source(self) -> str | None:
        """The eventSourceType of an EventBridge trigger, if it is text."""
        value = self.get("eventSourceConfig", "eventSourceType")
        return value if isinstance(value, str) else None


def triggers(props: Mapping[str, object], keys: Keys) -> Iterator[Trigger]:
    """The triggers of a function; items that are not mappings are left out."""
    found = props.get("triggers")
    for number, item in enumerate(found if isinstance(found, list) else []):
        if isinstance(item, dict):
            name, type_, arn = (str(item.get(key) or "") for key in ("triggerName", "triggerType", "sourceArn"))
            yield Trigger(name, type_, item.get("triggerConfig"), (*keys, "triggers", number), arn)


def check(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    """Check the triggers of one function."""
    found = list(triggers(props, keys))
    _check_names(document, found, keys)
    for trigger in found:
        model = CONFIGS.get(trigger.type)
        if model is not None and isinstance(trigger.given, dict):
            validate(document, model, trigger.config, trigger.at(), f"{trigger.type} trigger: ")
        if check_type := BY_TYPE.get(trigger.type):
            check_type(document, trigger)
    _check_order(document, found)
    _check_destination(document, props, found)


def check_all(document: Document, functions: Mapping[str, Mapping[str, object]]) -> None:
    """Check what must hold between the triggers of all functions."""
    found = [trigger for name, props in functions.items() for trigger in triggers(props, ("resources", name, "props"))]
    bridges = [trigger for trigger in found if trigger.type == "eventbridge"]
    seen: dict[str, Trigger] = {}
    for trigger in bridges:
        first = seen.setdefault(trigger.source_arn, trigger) if trigger.source_arn else trigger
        if first is not trigger:
            message = f"trigger {first.name!r} has the same sourceArn"
            document.add("shared-source", (*trigger.keys, "sourceArn"), message, "Create a rule for each trigger.")
    default = [trigger for trigger in bridges if trigger.source == "Default" and not trigger.source_arn]
    for trigger in default[MAX_DEFAULT_RULES:]:
        message = f"the default bus takes at most {MAX_DEFAULT_RULES} rules; this file makes {len(default)}"
        fix = "Combine patterns, or create your own rules and name them in sourceArn."
        document.add("rule-limit", trigger.keys, message, fix)


def _check_names(document: Document, found: list[Trigger], keys: Keys) -> None:
    names = [trigger.name for trigger in found]
    for number, trigger in enumerate(found):
        if trigger.name and trigger.name in names[:number]:
            message = f"the function already has a trigger {trigger.name!r}"
            document.add("duplicate-trigger", (*trigger.keys, "triggerName"), message, "Use another name.")
    if len(found) > MAX_TRIGGERS:
        message = f"a function takes at most {MAX_TRIGGERS} triggers; this has {len(found)}"
        document.add("too-many-triggers", (*keys, "triggers"), message, "Split the function.")


def _check_order(document: Document, found: list[Trigger]) -> None:
    first = next((number for number, trigger in enumerate(found) if trigger.type == "eventbridge"), len(found))
    after = [trigger.name for trigger in found[first + 1 :]]
    if after:
        message = f"{', '.join(after)} follow the EventBridge trigger {found[first].name}"
        fix = "Put it last. If there are several, use one function for each, or run `s deploy --trigger <name>`."
        document.add("not-last", found[first].keys, message, fix)


def _check_destination(document: Document, props: Mapping[str, object], found: list[Trigger]) -> None:
    if dig(props, "asyncInvokeConfig", "destinationConfig", "onFailure", "destination"):
        return
    # Who says how often a tick is tried, and names no destination, leaves the work to the next tick.
    decided = ("timer",) if isinstance(props.get("asyncInvokeConfig"), dict) else ()
    for trigger in found:
        if (trigger.type in ASYNCHRONOUS and trigger.type not in decided) or _is_asynchronous(trigger):
            message = f"trigger {trigger.name!r} invokes asynchronously, and there is no destination for failures"
            fix = "Set asyncInvokeConfig.destinationConfig.onFailure.destination to a queue, a topic or a function."
            document.add("no-failure-destination", trigger.keys, message, fix)
            return


# ---------------------------------------------------------------------------------------------- EventBridge
def _is_asynchronous(trigger: Trigger) -> bool:
    """Whether it hands events of Alibaba Cloud services over asynchronously; streams have their own dead letters."""
    is_driven = trigger.type == "eventbridge" and trigger.source in ("Default", None)
    return is_driven and trigger.config.get("asyncInvocationType") is not True


def _check_eventbridge(document: Document, trigger: Trigger) -> None:
    if "eventSourceConfig" not in trigger.config:
        message = f"the EventBridge trigger {trigger.name!r} has no eventSourceConfig"
        fix = "Add `eventSourceConfig: {eventSourceType: Default}` for events of Alibaba Cloud services."
        document.add("source-missing", trigger.keys, message, fix)
    if "asyncInvocationType" not in trigger.config:
        message = f"the EventBridge trigger {trigger.name!r} does not set asyncInvocationType"
        document.add("async-unset", trigger.keys, message, f"Write `asyncInvocationType: false`. {ASYNC_MEANING}")
    elif trigger.config["asyncInvocationType"] is True:
        message = f"the EventBridge trigger {trigger.name!r} invokes synchronously in the API that fc3 calls"
        fix = f"Write false for asynchronous calls. {ASYNC_MEANING}"
        document.add("async-meaning", trigger.at("asyncInvocationType"), message, fix)
    for check_part in (_check_source, _check_mode, _check_streaming, _check_kafka, _check_delivery):
        check_part(document, trigger)


def _check_source(document: Document, trigger: Trigger) -> None:
    if trigger.source not in SOURCES:
        return
    parameters = trigger.get("eventSourceConfig", "eventSourceParameters")
    expected = f"source{trigger.source}Parameters"
    for key in mapping(parameters).keys() & {f"source{name}Parameters" for name in SOURCES} - {expected}:
        where = trigger.at("eventSourceConfig", "eventSourceParameters", key)
        message = f"{key} does not fit eventSourceType {trigger.source}"
        document.add("source-parameters", where, message, f"Write `{expected}:`.")
    if trigger.source != "Default" and not parameters:
        message = f"eventSourceType {trigger.source} needs eventSourceParameters"
        fix = f"Add `eventSourceParameters: {{{expected}: …}}`."
        document.add("source-parameters", trigger.at("eventSourceConfig"), message, fix)


def _check_mode(document: Document, trigger: Trigger) -> None:
    mode, allowed = trigger.get("runOptions", "mode"), MODES.get(trigger.source or "", (DRIVEN, STREAMING))
    if mode in (DRIVEN, STREAMING) and mode not in allowed:
        message = f"eventSourceType {trigger.source} does not support the mode {mode}"
        document.add("mode", trigger.at("runOptions", "mode"), message, f"Write `{allowed[0]}`.")


def _mode(trigger: Trigger) -> object:
    """The mode that applies."""
    return trigger.get("runOptions", "mode") or MODES.get(trigger.source or "", (DRIVEN,))[0]


def _check_streaming(document: Document, trigger: Trigger) -> None:
    options = mapping(trigger.get("runOptions"))
    for key in STREAMING_OPTIONS:
        if key in options and _mode(trigger) == DRIVEN:
            message = f"{key} has no effect in the mode {DRIVEN}"
            document.add("no-effect", trigger.at("runOptions", key), message, RULE_FIX)


def _check_kafka(document: Document, trigger: Trigger) -> None:
    for keys in KAFKA_OPTIONS:
        if trigger.source not in ("Kafka", "DTS") and trigger.get(*keys) not in (None, UNKNOWN):
            document.add("no-effect", trigger.at(*keys), f"{keys[-1]} has an effect only with Kafka", "Remove it.")


def _check_delivery(document: Document, trigger: Trigger) -> None:
    keys = ("eventSinkConfig", "deliveryOption", "mode")
    if trigger.get("runOptions") and trigger.get(*keys) not in (None, _mode(trigger), UNKNOWN):
        message = "runOptions.mode overrides deliveryOption.mode, which is deprecated"
        document.add("no-effect", trigger.at(*keys), message, "Remove deliveryOption.mode.")


# ---------------------------------------------------------------------------------------------------- timer
def _check_timer(document: Document, trigger: Trigger) -> None:
    expression, payload = trigger.get("cronExpression"), trigger.get("payload")
    if isinstance(expression, str):
        try:
            parse_schedule(expression)
        except InvalidScheduleError as error:
            document.add("cron", trigger.at("cronExpression"), str(error), CRON_FIX)
    size = len(payload.encode()) if isinstance(payload, str) else 0
    if size > MAX_PAYLOAD_BYTES:
        message = f"a timer's payload takes at most {MAX_PAYLOAD_BYTES} bytes; this has {size}"
        document.add("payload-size", trigger.at("payload"), message, "Store it in OSS, and pass its address here.")


BY_TYPE = {"eventbridge": _check_eventbridge, "timer": _check_timer}
