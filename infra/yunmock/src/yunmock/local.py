"""A cloud with all its services, each loaded when it is first asked for, and templates deployed to it."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from yunmock.cloud import Account, Cloud, Service
from yunmock.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.clock import Clock
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.model import Function, Trigger
    from yunmock.fc.service import FunctionComputeService
    from yunmock.fc.template import Template

FACTORIES: dict[str, tuple[str, str]] = {
    "tablestore": ("yunmock.tablestore.service", "TablestoreService"),
    "eventbridge": ("yunmock.eventbridge.service", "EventBridgeService"),
    "fc": ("yunmock.fc.service", "FunctionComputeService"),
    "eci": ("yunmock.eci.service", "EciService"),
}


class Services(dict[str, Service]):
    """The services of a cloud by name; one that was not yet asked for is made on the spot."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud

    def __missing__(self, name: str) -> Service:
        if name not in FACTORIES:
            raise KeyError(name)
        module, factory = FACTORIES[name]
        try:
            made: Service = getattr(importlib.import_module(module), factory)(self._cloud)
        except ModuleNotFoundError as error:
            raise ServiceUnavailableError(name, error.name or "") from error
        return self.setdefault(name, made)


def local_cloud(
    *,
    data: str | Path | None = None,
    template: str | Path | None = None,
    account: Account | None = None,
    clock: Clock | None = None,
    function_environment: Mapping[str, str] | None = None,
) -> Cloud:
    """A cloud with every service.

    Args:
        data: the SQLite file that keeps the state; in memory when None.
        template: an `s.yaml` whose functions and triggers are deployed.
        account: the one account there is.
        clock: what the cloud believes the time to be.
        function_environment: variables that every function sees on top of its template's.

    Raises:
        InvalidTemplateError: the template cannot be deployed; the message names the file and the key.
    """
    cloud = Cloud(data=Path(data) if data else None, account=account, clock=clock)
    cloud.services = Services(cloud)
    cloud.function_environment = dict(function_environment or {})
    if template is not None:
        deploy(cloud, template)
    return cloud


def deploy(cloud: Cloud, path: str | Path, environment: Mapping[str, str] | None = None) -> Template:
    """Deploy an `s.yaml`: its functions, its timers, and a rule or a stream for each EventBridge trigger.

    A trigger of source `Default` becomes a rule called `Function-Trigger` on bus `default`, as
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-event-triggers-for-alibaba-cloud-services
    says; one of any other source becomes a running event stream of that name. Deploying again replaces; a `reset` of
    the cloud deploys what was deployed.

    Raises:
        InvalidTemplateError: the file cannot be deployed; the message names it and the key.
    """
    from yunmock.fc.template import read_template  # noqa: PLC0415 - YAML is only needed for this

    template = read_template(path, cloud.account, dict(environment) if environment is not None else None)
    _apply(cloud, template)
    cloud.on_reset[:] = [restore for restore in cloud.on_reset if not _deploys(restore, template)]
    cloud.on_reset.append(functools.partial(_apply, cloud, template))
    return template


def _apply(cloud: Cloud, template: Template) -> None:
    cast("FunctionComputeService", cloud.services["fc"]).deploy(template)
    for function in template.functions:
        for trigger in function.triggers:
            if trigger.type == "eventbridge":
                _put_trigger(cloud, template, function, trigger)


def _deploys(restore: Callable[[], None], template: Template) -> bool:
    """Whether a callback deploys what the same file said earlier."""
    return isinstance(restore, functools.partial) and restore.func is _apply and restore.args[1].path == template.path


def _put_trigger(cloud: Cloud, template: Template, function: Function, trigger: Trigger) -> None:
    from yunmock.eventbridge.errors import EventBridgeError  # noqa: PLC0415 - see FACTORIES
    from yunmock.fc.variables import InvalidTemplateError  # noqa: PLC0415 - see FACTORIES

    try:
        (_put_rule if is_event_driven(trigger) else _put_stream)(cloud, function, trigger)
    except (EventBridgeError, AttributeError, TypeError) as error:
        where = f"{template.path}: trigger {trigger.name} of function {function.name}"
        raise InvalidTemplateError(f"{where}: {error}") from None


def is_event_driven(trigger: Trigger) -> bool:
    """Whether a trigger listens to the bus of Alibaba Cloud services, rather than to a queue or stream."""
    source = trigger.config.get("eventSourceConfig") or {}
    return bool(source.get("eventSourceType", "Default") == "Default")


def _put_rule(cloud: Cloud, function: Function, trigger: Trigger) -> None:
    from yunmock.eventbridge.model import DEFAULT_BUS, Param, Rule, Target  # noqa: PLC0415 - see FACTORIES

    account = cloud.account
    kind = "Async" if trigger.config.get("asyncInvocationType") is True else "Sync"
    sink = (trigger.config.get("eventSinkConfig") or {}).get("deliveryOption") or {}
    raw = sink.get("eventSchema") == "RawData"
    body = Param("Body", "JSONPATH", "$.data") if raw else Param("Body", "ORIGINAL")
    target = Target(
        id=f"{function.name}-{trigger.name}",
        type="acs.fc.function",
        endpoint=f"acs:fc:{account.region}:{account.account_id}:functions/{function.name}",
        params=(body, Param("InvocationType", "CONSTANT", kind)),
    )
    rule = Rule(
        bus=DEFAULT_BUS,
        name=f"{function.name}-{trigger.name}",
        pattern=str(trigger.config["eventRuleFilterPattern"]),
        targets=(target,),
        enabled=trigger.config.get("triggerEnable", True) is not False,
        description=f"trigger {trigger.name} of function {function.name}",
    )
    cast("EventBridgeService", cloud.services["eventbridge"]).put_rule(rule)


def _put_stream(cloud: Cloud, function: Function, trigger: Trigger) -> None:
    """https://github.com/devsapp/fc3: camel case outside, Pascal case inside the run options."""
    config = trigger.config
    source, options = config.get("eventSourceConfig") or {}, config.get("runOptions") or {}
    sink = (config.get("eventSinkConfig") or {}).get("deliveryOption") or {}
    body = {"Form": "JSONPATH", "Value": "$.data"} if sink.get("eventSchema") == "RawData" else {"Form": "ORIGINAL"}
    kind = "Async" if config.get("asyncInvocationType") is True else "Sync"
    settings = {
        "Source": {f"Source{source['eventSourceType']}Parameters": source.get("eventSourceParameters") or {"": ""}},
        "FilterPattern": str(config["eventRuleFilterPattern"]),
        "Sink": {
            "SinkFcParameters": {
                "FunctionName": {"Form": "CONSTANT", "Value": function.name},
                "Body": body,
                "InvocationType": {"Form": "CONSTANT", "Value": kind},
            }
        },
        "RunOptions": {
            "ErrorsTolerance": options.get("errorsTolerance", "ALL"),
            "RetryStrategy": options.get("retryStrategy") or {},
            "DeadLetterQueue": options.get("deadLetterQueue") or {},
            "BatchWindow": options.get("batchWindow") or {},
        },
    }
    status = "READY" if config.get("triggerEnable") is False else "RUNNING"
    bridge = cast("EventBridgeService", cloud.services["eventbridge"])
    bridge.streams.create(f"{function.name}-{trigger.name}", settings, status=status, replace_it=True)
