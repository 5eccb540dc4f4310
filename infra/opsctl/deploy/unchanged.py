"""An account in which nothing changes: what would change is printed, and taken to have worked."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from opsctl.deploy.account import DeployedStack, LayerVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from opsctl.deploy.account import Account

ACCOUNT = "<account>"
DONE = {"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE"}


def show_call(tell: Callable[[str], None], name: str, parameters: Mapping[str, object]) -> None:
    """Print a call of a service and its parameters, a line each."""
    tell(f"    {name}")
    for key, value in parameters.items():
        tell(f"      {key}={value}")


class UnchangedAccount:
    """Reads what is there, and prints each call that would change it.

    Args:
        present: the account to read; None for one that has nothing yet, which needs no credentials.
        region: the region, for names that only the services know.
        instance: the Tablestore instance, likewise.
        tell: takes each line.
    """

    def __init__(self, present: Account | None, region: str, instance: str, tell: Callable[[str], None]) -> None:
        self._present, self._region, self._instance, self._tell = present, region, instance, tell
        self._stack: DeployedStack | None = None
        self._layers: dict[str, list[LayerVersion]] = {}

    def stack(self, name: str) -> DeployedStack | None:
        """The stack as it would be now."""
        if self._stack is None and self._present is not None:
            self._stack = self._present.stack(name)
        return self._stack

    def create_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        """Print the call."""
        self._call("ROS CreateStack", StackName=name, TemplateBody=f"({len(template):,} characters)", **parameters)
        self._stack = DeployedStack(
            "<stack>", DONE["create"], "", {"InstanceName": self._instance, **parameters}, self._outputs()
        )

    def update_stack(self, stack: DeployedStack, template: str, parameters: Mapping[str, str]) -> bool:
        """Print the call; whether it would change anything only the service knows."""
        self._call("ROS UpdateStack", StackId=stack.id, TemplateBody=f"({len(template):,} characters)", **parameters)
        merged = {**stack.parameters, **parameters}
        self._stack = replace(stack, status=DONE["update"], parameters=merged)
        return True

    def delete_stack(self, stack: DeployedStack) -> None:
        """Print the call."""
        self._call("ROS DeleteStack", StackId=stack.id)
        self._stack = None
        self._present = None

    def layer_versions(self, name: str) -> Sequence[LayerVersion]:
        """The versions as they would be now."""
        if name not in self._layers:
            self._layers[name] = [] if self._present is None else list(self._present.layer_versions(name))
        return self._layers[name]

    def publish_layer(self, name: str, archive: Path, description: str, runtime: str) -> LayerVersion:
        """Print the call."""
        self._call(
            "FC CreateLayerVersion",
            layerName=name,
            code=str(archive),
            compatibleRuntime=runtime,
            description=description,
        )
        number = 1 + max([version.number for version in self.layer_versions(name)], default=0)
        arn = f"acs:fc:{self._region}:{ACCOUNT}:layers/{name}/versions/{number}"
        made = LayerVersion(arn, number, description)
        self._layers[name].insert(0, made)
        return made

    def delete_layer(self, version: LayerVersion) -> None:
        """Print the call."""
        self._call("FC DeleteLayerVersion", layer=version.arn)

    def serverless_devs(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        """Print the command with its variables."""
        for name, value in variables.items():
            self._tell(f"    {name}={shlex.quote(value)} \\")
        self._tell(f"    s {shlex.join(arguments)}")

    def wait(self) -> None:
        """Nothing takes time."""

    def _call(self, name: str, **parameters: str) -> None:
        show_call(self._tell, name, parameters)

    def _outputs(self) -> dict[str, str]:
        """What the template's outputs would be in an account whose number is not known."""
        queues = f"acs:mns:{self._region}:{ACCOUNT}:/queues"
        return {
            "Endpoint": f"https://{self._instance}.{self._region}.ots.aliyuncs.com",
            "VpcEndpoint": f"https://{self._instance}.{self._region}.vpc.tablestore.aliyuncs.com",
            "RolePrefix": f"acs:ram::{ACCOUNT}:role/",
            "FailureQueue": f"{queues}/opsledger-failed/messages",
            "DeadLetterQueue": f"{queues}/opsledger-undelivered/messages",
        }
