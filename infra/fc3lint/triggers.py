"""Checks of triggers: their configuration by their type, and what holds between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fc3lint import triggershapes
from fc3lint.document import UNKNOWN
from fc3lint.shapes import differences
from yunmock.fc.schedule import InvalidScheduleError, parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fc3lint.document import Document, Path_

MAX_TRIGGERS = 50
MAX_DEFAULT_RULES = 10
MAX_PAYLOAD_BYTES = 128 * 1024
STREAMING, DRIVEN = "event-streaming", "event-driven"
MODES = {"Default": (DRIVEN,), "Kafka": (STREAMING,), "DTS": (STREAMING,)}
"""The modes of sources that do not have both."""
STREAMING_OPTIONS = ("retryStrategy", "deadLetterQueue", "batchWindow", "errorsTolerance")
KAFKA_OPTIONS = (("runOptions", "maximumTasks"), ("eventSinkConfig", "deliveryOption", "concurrency"))
RULE_MEND = "Set retries and the dead-letter queue on the target of an EventBridge rule of your own, or remove it."


class Trigger(NamedTuple):
    """One trigger where it stands."""

    name: str
    type: str
    config: dict[str, Any]
    path: Path_
    source_arn: str = ""

    def at(self, *keys: str) -> Path_:
        """The path of something in its configuration."""
        return (*self.path, "triggerConfig", *keys)

    def get(self, *keys: str) -> Any:
        """The value there, None where there is none."""
        value: Any = self.config
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    @property
    def source(self) -> str | None:
        """An EventBridge trigger's eventSourceType, if it is a text."""
        value = self.get("eventSourceConfig", "eventSourceType")
        return value if isinstance(value, str) else None


def triggers(props: Mapping[str, Any], path: Path_) -> Iterator[Trigger]:
    """The triggers of a function that are mappings at all."""
    found = props.get("triggers")
    for number, item in enumerate(found if isinstance(found, list) else []):
        if isinstance(item, dict):
            config = item.get("triggerConfig")
            config = config if isinstance(config, dict) else {}
            names = [str(item.get(key) or "") for key in ("triggerName", "triggerType", "sourceArn")]
            yield Trigger(names[0], names[1], config, (*path, "triggers", number), names[2])


def check(document: Document, props: Mapping[str, Any], path: Path_) -> None:
    """The triggers of one function."""
    found = list(triggers(props, path))
    _check_names(document, found, path)
    for trigger in found:
        shape = triggershapes.CONFIGS.get(trigger.type)
        given = props["triggers"][trigger.path[-1]].get("triggerConfig")
        if shape is not None and isinstance(given, dict):
            for code, where, what, mend in differences(given, shape, trigger.at()):
                document.findings.add(code, document.mark(where), f"{trigger.type} trigger: {what}", mend)
        if one := BY_TYPE.get(trigger.type):
            one(document, trigger)
    _check_order(document, found)
    _check_destination(document, props, found)


def check_all(document: Document, functions: Mapping[str, dict[str, Any]]) -> None:
    """What holds between the triggers of all functions."""
    found = [t for name, props in functions.items() for t in triggers(props, ("resources", name, "props"))]
    bridges = [trigger for trigger in found if trigger.type == "eventbridge"]
    seen: dict[str, Trigger] = {}
    for trigger in bridges:
        first = seen.setdefault(trigger.source_arn, trigger) if trigger.source_arn else trigger
        if first is not trigger:
            what = f"trigger {first.name!r} has this sourceArn already"
            mark = document.mark((*trigger.path, "sourceArn"))
            document.findings.add("shared-source", mark, what, "Make a rule for each.")
    ruled = [trigger for trigger in bridges if trigger.source == "Default" and not trigger.source_arn]
    for trigger in ruled[MAX_DEFAULT_RULES:]:
        what = f"this is one of {len(ruled)} rules on the default bus, which takes {MAX_DEFAULT_RULES}"
        mend = "Join patterns, or make rules of your own and name them in sourceArn."
        document.findings.add("rule-limit", document.mark(trigger.path), what, mend)


def _check_names(document: Document, found: list[Trigger], path: Path_) -> None:
    names = [trigger.name for trigger in found]
    for number, trigger in enumerate(found):
        if trigger.name and trigger.name in names[:number]:
            mark = document.mark((*trigger.path, "triggerName"))
            what = f"the function has a trigger {trigger.name!r} already"
            document.findings.add("duplicate-trigger", mark, what, "Give it a name of its own.")
    if len(found) > MAX_TRIGGERS:
        what = f"{len(found)} triggers, and a function takes {MAX_TRIGGERS}"
        document.findings.add("too-many-triggers", document.mark((*path, "triggers")), what, "Split the function.")


def _check_order(document: Document, found: list[Trigger]) -> None:
    first = next((number for number, trigger in enumerate(found) if trigger.type == "eventbridge"), len(found))
    after = [trigger.name for trigger in found[first + 1 :]]
    if after:
        what = f"{', '.join(after)} after the EventBridge trigger {found[first].name}"
        mend = "Put it last; of several, give each a function, or deploy with `s deploy --trigger <name>`."
        document.findings.add("not-last", document.mark(found[first].path), what, mend)


def _check_destination(document: Document, props: Mapping[str, Any], found: list[Trigger]) -> None:
    config = props.get("asyncInvokeConfig")
    for key in ("destinationConfig", "onFailure", "destination"):
        config = config.get(key) if isinstance(config, dict) else config if config is UNKNOWN else None
    for trigger in found:
        asynchronous = trigger.type in triggershapes.ASYNCHRONOUS or trigger.config.get("asyncInvocationType") is True
        if asynchronous and not config:
            what = f"trigger {trigger.name!r} invokes asynchronously, and no failure goes anywhere"
            mend = "Set asyncInvokeConfig.destinationConfig.onFailure.destination to a queue, a topic or a function."
            document.findings.add("no-failure-destination", document.mark(trigger.path), what, mend)
            return


# ---------------------------------------------------------------------------------------------- EventBridge
def _check_eventbridge(document: Document, trigger: Trigger) -> None:
    if "eventSourceConfig" not in trigger.config:
        what = f"EventBridge trigger {trigger.name!r} has no eventSourceConfig"
        mend = "Add `eventSourceConfig: {eventSourceType: Default}` for events of Alibaba Cloud services."
        document.findings.add("source-missing", document.mark(trigger.path), what, mend)
    if "asyncInvocationType" not in trigger.config:
        what = f"EventBridge trigger {trigger.name!r} leaves asyncInvocationType open"
        mend = "Write `asyncInvocationType: true` or `false`, and see after deploying which of them it is."
        document.findings.add("async-unset", document.mark(trigger.path), what, mend)
    for part in (_check_source, _check_mode, _check_options):
        part(document, trigger)


def _check_source(document: Document, trigger: Trigger) -> None:
    parameters = trigger.get("eventSourceConfig", "eventSourceParameters")
    wanted = f"source{trigger.source}Parameters"
    if trigger.source not in triggershapes.SOURCES:
        return
    where = trigger.at("eventSourceConfig", "eventSourceParameters")
    for key in parameters if isinstance(parameters, dict) else ():
        if key != wanted and key in {f"source{name}Parameters" for name in triggershapes.SOURCES}:
            what = f"{key} does not belong to eventSourceType {trigger.source}"
            document.findings.add("source-parameters", document.mark((*where, key)), what, f"Write `{wanted}:`.")
    if trigger.source != "Default" and not parameters:
        what = f"eventSourceType {trigger.source} needs eventSourceParameters"
        mark = document.mark(trigger.at("eventSourceConfig"))
        document.findings.add("source-parameters", mark, what, f"Add `eventSourceParameters: {{{wanted}: …}}`.")


def _check_mode(document: Document, trigger: Trigger) -> None:
    mode, allowed = trigger.get("runOptions", "mode"), MODES.get(trigger.source or "", (DRIVEN, STREAMING))
    if mode in (DRIVEN, STREAMING) and mode not in allowed:
        what = f"eventSourceType {trigger.source} does not work in mode {mode}"
        document.findings.add("mode", document.mark(trigger.at("runOptions", "mode")), what, f"Write `{allowed[0]}`.")


def _check_options(document: Document, trigger: Trigger) -> None:
    options = trigger.get("runOptions")
    mode = trigger.get("runOptions", "mode") or MODES.get(trigger.source or "", (DRIVEN,))[0]
    for key in STREAMING_OPTIONS if isinstance(options, dict) and mode == DRIVEN else ():
        if key in options:
            what = f"{key} does nothing in mode {DRIVEN}"
            document.findings.add("no-effect", document.mark(trigger.at("runOptions", key)), what, RULE_MEND)
    for keys in KAFKA_OPTIONS if trigger.source not in ("Kafka", "DTS") else ():
        if trigger.get(*keys) is not None:
            what = f"{keys[-1]} is for Kafka alone"
            document.findings.add("no-effect", document.mark(trigger.at(*keys)), what, "Remove it.")
    if options and trigger.get("eventSinkConfig", "deliveryOption", "mode") not in (None, mode, UNKNOWN):
        what = "deliveryOption.mode is overruled by runOptions.mode"
        where = trigger.at("eventSinkConfig", "deliveryOption", "mode")
        document.findings.add("no-effect", document.mark(where), what, "Remove it; it is the older key.")


# ---------------------------------------------------------------------------------------------------- timer
def _check_timer(document: Document, trigger: Trigger) -> None:
    expression, payload = trigger.get("cronExpression"), trigger.get("payload")
    if isinstance(expression, str):
        try:
            parse_schedule(expression)
        except InvalidScheduleError as error:
            mend = "Write second minute hour day month weekday in UTC, or `CRON_TZ=Asia/Shanghai …`, or `@every 5m`."
            document.findings.add("cron", document.mark(trigger.at("cronExpression")), str(error), mend)
    size = len(payload.encode()) if isinstance(payload, str) else 0
    if size > MAX_PAYLOAD_BYTES:
        what = f"the payload has {size} bytes, and a timer's has up to {MAX_PAYLOAD_BYTES}"
        mend = "Put it in OSS, and its address here."
        document.findings.add("payload-size", document.mark(trigger.at("payload")), what, mend)


BY_TYPE = {"eventbridge": _check_eventbridge, "timer": _check_timer}
