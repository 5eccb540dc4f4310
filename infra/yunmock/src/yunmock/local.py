"""A cloud with all its services, each created on first use."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from yunmock.cloud import Account, Cloud
from yunmock.errors import ServiceUnavailableError
from yunmock.ram.access import AccessControl
from yunmock.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from yunmock.chat.service import ChatService
    from yunmock.clock import Clock
    from yunmock.cloudmonitor.service import CloudMonitorService
    from yunmock.eci.service import EciService
    from yunmock.ecs.service import EcsService
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.service import FunctionComputeService
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.mns.service import MnsService
    from yunmock.ros.service import RosService
    from yunmock.services import Service
    from yunmock.tablestore.service import TablestoreService
    from yunmock.template import Template

FACTORIES: dict[str, tuple[str, str]] = {
    "tablestore": ("yunmock.tablestore.service", "TablestoreService"),
    "eventbridge": ("yunmock.eventbridge.service", "EventBridgeService"),
    "fc": ("yunmock.fc.service", "FunctionComputeService"),
    "eci": ("yunmock.eci.service", "EciService"),
    "ecs": ("yunmock.ecs.service", "EcsService"),
    "ros": ("yunmock.ros.service", "RosService"),
    "mns": ("yunmock.mns.service", "MnsService"),
    "cloudmonitor": ("yunmock.cloudmonitor.service", "CloudMonitorService"),
    "chat": ("yunmock.chat.service", "ChatService"),
}


class Services(dict[str, "Service"]):
    """The services of a cloud by name, each created on first use."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud

    def __missing__(self, name: str) -> Service:
        if name not in FACTORIES:
            raise KeyError(f"no service {name!r}; there are {', '.join(FACTORIES)}")
        module, factory = FACTORIES[name]
        try:
            made: Service = getattr(importlib.import_module(module), factory)(self._cloud)
        except ModuleNotFoundError as error:
            raise ServiceUnavailableError(name, error.name or "") from error
        return self.setdefault(name, made)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, name: Literal["tablestore"]) -> TablestoreService: ...
        @overload
        def __getitem__(self, name: Literal["eventbridge"]) -> EventBridgeService: ...
        @overload
        def __getitem__(self, name: Literal["fc"]) -> FunctionComputeService: ...
        @overload
        def __getitem__(self, name: Literal["eci"]) -> EciService: ...
        @overload
        def __getitem__(self, name: Literal["ecs"]) -> EcsService: ...
        @overload
        def __getitem__(self, name: Literal["ros"]) -> RosService: ...
        @overload
        def __getitem__(self, name: Literal["mns"]) -> MnsService: ...
        @overload
        def __getitem__(self, name: Literal["cloudmonitor"]) -> CloudMonitorService: ...
        @overload
        def __getitem__(self, name: Literal["chat"]) -> ChatService: ...
        @overload
        def __getitem__(self, name: str) -> Service: ...
        def __getitem__(self, name: str) -> Service: ...


class LocalCloud(Cloud):
    """A cloud that has every service, so that type checkers know the methods of each: `cloud.services["chat"].add`."""

    services: Services


def local_cloud(
    *,
    data: str | Path | None = None,
    template: str | Path | None = None,
    account: Account | None = None,
    clock: Clock | None = None,
    function_environment: Mapping[str, str] | None = None,
    roles: Mapping[str, Sequence[Mapping[str, JsonValue]]] | None = None,
    rules: Sequence[JsonObject] = (),
    act_as_cloud: bool = False,
    strict_keys: bool = False,
    readings: Readings | None = None,
    strict_queues: bool = False,
    allow_targets: Collection[str] = (),
    record: str | Path | None = None,
) -> LocalCloud:
    """A cloud with every service.

    Args:
        data: the SQLite file that keeps the state; None keeps it in memory.
        template: an `s.yaml` whose functions and triggers are deployed.
        account: the account, with its region and keys.
        clock: the cloud's clock; real time by default.
        function_environment: variables that every function sees on top of its template's.
        roles: the policy documents of each role by its name. When given, each function runs with temporary
            credentials of the role that its template names, and every call that is made with them needs the role's
            permission. None: every function has the account's own keys, and may do everything.
        rules: rules that something else than the template's triggers makes; see `deploy_rules`.
        act_as_cloud: let the account's own keys publish on the event bus `default` with PutEvents, so that a test can
            send what Alibaba Cloud sends. Without it this is refused, as the cloud refuses its users.
        strict_keys: refuse requests that are signed with another key pair than the account's; with `roles` this is
            always so.
        readings: how the cloud answers what the vendor's pages leave open; the worse answers if None.
        strict_queues: a message of Function Compute or EventBridge for a queue that does not exist is lost, as in the
            cloud. Otherwise its first message creates the queue.
        allow_targets: names of hosts that EventBridge and CloudMonitor may send to, beside loopback and what this cloud
            emulates.
        record: a file for all requests and their answers, without secrets, until the cloud is closed; a file that is
            there is replaced. `yunmock.replay` answers from it.

    Raises:
        InvalidPolicyError: a policy document is invalid; the message has the role and the element.
        InvalidTemplateError: the template cannot be deployed; the message has the file and the key.
        ValueError: a rule is invalid; the message has its name.
        OSError: `record` cannot be written.
    """
    if strict_keys or roles is not None:
        account = replace(account or Account(), strict_keys=True)
    cloud = LocalCloud(data=Path(data) if data else None, account=account, clock=clock)
    cloud.services = Services(cloud)
    cloud.function_environment = dict(function_environment or {})
    if roles is not None:
        cloud.access = AccessControl(cloud.clock, roles)
        cloud.on_reset.append(cloud.access.clear)
    cloud.act_as_cloud = act_as_cloud
    cloud.readings = readings or Readings()
    cloud.strict_queues = strict_queues
    cloud.allow_targets = frozenset(host.lower() for host in allow_targets)
    if record is not None:
        from yunmock.recording.recorder import Recorder  # noqa: PLC0415 - only who records needs it

        Recorder.of(cloud, Path(record))
    if data:
        _ = cloud.services["cloudmonitor"]  # the policies in the file listen again
    if template is not None:
        deploy(cloud, template)
    if rules:
        deploy_rules(cloud, rules)
    return cloud


def deploy(cloud: Cloud, path: str | Path, environment: Mapping[str, str] | None = None) -> Template:
    """Deploy an `s.yaml`: its functions, its timers, and a rule or a stream for each EventBridge trigger.

    A trigger of source `Default` becomes a rule `Function-Trigger` on the bus `default`, as
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-event-triggers-for-alibaba-cloud-services
    says. One of any other source becomes a running event stream of that name. Deploying a file again replaces what it
    deployed before; a `reset` of the cloud deploys it again.

    Args:
        cloud: where to deploy.
        path: the file.
        environment: what `${env(…)}` reads; this process's environment if None.

    Raises:
        InvalidTemplateError: the file cannot be deployed; the message has the file and the key.
    """
    from yunmock.deployment import deploy_template  # noqa: PLC0415 - importing YAML takes time, and only this needs it

    return deploy_template(cloud, path, environment)


def deploy_rules(cloud: Cloud, rules: Sequence[JsonObject]) -> None:
    """Add or replace EventBridge rules: those that a ROS or Terraform template makes beside the `s.yaml`.

    A `reset` of the cloud deploys them again.

    Args:
        cloud: where to deploy.
        rules: each as CreateRule takes it: `EventBusName`, `RuleName`, `FilterPattern` as an object or as JSON text,
            `Targets`.

    Raises:
        ValueError: a rule is invalid; the message has its name.
    """
    from yunmock.deployment import deploy_rules as put  # noqa: PLC0415 - as in `deploy`

    put(cloud, rules)
