"""An account on a local cloud, in which Serverless Devs is played by yunmock's own reading of the s.yaml."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.deploy.remote import RemoteAccount
from opsctl.deploy.steps import Deployment
from opsledger.rpc import objects
from opsledger.settings import AccessKeys
from yunmock import Cloud, deploy, local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

REGION = "cn-hangzhou"
LAYERS = ("opsledger", "opsledger-notifier", "opsledger-console", "opsledger-poller")


class LocalAccount(RemoteAccount):
    """The real calls of ROS and Function Compute; what `s` would deploy, yunmock reads and deploys itself.

    Attributes:
        ran: the arguments and variables of each run of `s`.
    """

    def __init__(self, cloud: Cloud) -> None:
        keys = AccessKeys(cloud.account.access_key_id, cloud.account.access_key_secret)
        super().__init__(REGION, keys, {})
        self._cloud = cloud
        self.ran: list[tuple[list[str], dict[str, str]]] = []

    def serverless_devs(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        """Deploy the functions of the file, or remove them with their triggers."""
        self.ran.append((list(arguments), dict(variables)))
        if arguments[0] == "deploy":
            deploy(self._cloud, arguments[-1], dict(variables))
            return
        for name in self.functions():
            path = f"/functions/{name}"
            for each in objects(self._functions.request("ListTriggers", "GET", f"{path}/triggers", {}).get("triggers")):
                self._functions.request("DeleteTrigger", "DELETE", f"{path}/triggers/{each['triggerName']}", {})
            self._functions.request("DeleteFunction", "DELETE", path, {})

    def functions(self) -> list[str]:
        """The names of the functions that there are."""
        found = objects(self._functions.request("ListFunctions", "GET", "/functions", {}).get("functions"))
        return sorted(str(each["functionName"]) for each in found)

    def wait(self) -> None:
        """Let the cloud's time pass."""
        self._cloud.advance(3)


@dataclass
class DeployedCloud:
    """A cloud, its account, and what is deployed to it."""

    cloud: Cloud
    account: LocalAccount
    target: Deployment
    lines: list[str] = field(default_factory=list)

    def tell(self, text: str, /, **values: object) -> None:
        """Keep a line."""
        self.lines.append(text.format(**values))

    def operations(self, service: str) -> list[str]:
        """The calls of a service, in order."""
        return [call.operation for call in self.cloud.calls_of(service)]

    @property
    def rules(self) -> list[str]:
        """The names of the rules on the bus `default`."""
        service: Any = self.cloud.services["eventbridge"]
        return [rule.name for rule in service.registry.rules("default")]


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., Path]:
    """Make what `make package` leaves for a runtime, with these digests by layer."""

    def make(**digests: str) -> Path:
        folder = tmp_path / "package" / "python3.10"
        folder.mkdir(parents=True, exist_ok=True)
        archives = []
        for name in LAYERS:
            with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
                archive.writestr("python/name.txt", name)
            digest = digests.get(name.replace("-", "_"), f"digest-of-{name}")
            archives.append({"kind": "layer", "name": name, "content_sha256": digest})
        (folder / "manifest.json").write_text(json.dumps({"archives": archives}), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def deployment(root: Path, built: Callable[..., Path]) -> Iterator[DeployedCloud]:
    """An empty cloud, and this folder to deploy to it."""
    with mock_aliyun(local_cloud(strict_queues=True)) as cloud:
        cloud.clock.freeze()
        template = root / "infra" / "ros" / "template.yaml"
        target = Deployment(REGION, "python3.10", "opsledger", root / "s.yaml", template, built())
        yield DeployedCloud(cloud, LocalAccount(cloud), target)
