"""Where a drill runs: on the real services, or on the local cloud, whose clock does not wait."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from opsctl.cli import display, endpoints
from opsctl.cli.cloud_clock import seen_by_functions
from opsctl.cli.local import local
from opsctl.cli.tables import open_remote
from opsctl.drill.api import DrillApi
from opsledger import settings
from opsledger.deadline import Clock, Deadline, SystemClock
from opsledger.errors import MisconfiguredError
from opsledger.ledger import resources
from opsledger.rpc import ECS, RpcClient
from opsledger.settings import AccessKeys
from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsctl.cli.local import LocalCloud
    from opsledger.store import Store
    from yunmock import Cloud
    from yunmock.ecs.service import EcsService

LOCAL_CHANNEL = "drill"
LOCAL_TAGS = {"owner": "shop team", "env": "prod"}


class Scene(NamedTuple):
    """What a drill works on.

    Attributes:
        instances: what to take where none is named; none on the real services.
        channels: likewise.
        messages: the texts that people got, where that can be seen.
    """

    api: DrillApi
    store: Store
    clock: Clock
    region: str
    instances: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    messages: Callable[[], list[str]] = list


class LocalClock:
    """The clock of a local cloud: to wait is to move it, and to let happen what is due on the way."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def now_ms(self) -> int:
        """The cloud's time, in ms."""
        return self._cloud.clock.now_ms()

    def monotonic(self) -> float:
        """The same in seconds: it only goes forward."""
        return self._cloud.clock.now_ms() / 1000

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self._cloud.advance(seconds)

    def jitter(self) -> float:
        """Nobody else is on the cloud, so nothing has to be spread."""
        return 0.0


def remote(region: str = "") -> Scene:
    """The real services, of a region or of that which the environment names.

    Raises:
        MisconfiguredError: a variable is missing or wrong.
    """
    chosen = region or settings.variable(endpoints.REGION)
    if not chosen:
        raise MisconfiguredError(f"name a region with --region, or set {endpoints.REGION}")
    keys = AccessKeys(*endpoints.credentials())
    client = RpcClient(ECS, chosen, keys, settings.address(settings.variable("ECS_ENDPOINT")))
    return Scene(DrillApi(client), open_remote(), SystemClock(), chosen)


@contextmanager
def on_local_cloud(data: Path, template: Path) -> Iterator[Scene]:
    """The local cloud in the folder `data`, with an instance to drill, and a chat that shows what people get."""
    outside = local_cloud()
    chat = outside.services["chat"]
    with Server(outside) as server:
        channel = {
            "url": f"http://{server.address}{chat.add('dingtalk', LOCAL_CHANNEL)}",
            "kind": "dingtalk",
            "language": display.current().language,
        }
        routes = json.dumps({"channels": {LOCAL_CHANNEL: channel}, "allow_private": True})
        with local(data, template, environment={"OPSLEDGER_NOTIFY": routes}) as here, seen_by_functions(here.cloud):
            instance = _instance(here)
            account = here.cloud.account
            client = RpcClient(ECS, account.region, AccessKeys(account.access_key_id, account.access_key_secret))
            yield Scene(
                DrillApi(client),
                here.store,
                LocalClock(here.cloud),
                account.region,
                (instance,),
                (LOCAL_CHANNEL,),
                lambda: chat.messages("dingtalk"),
            )
    outside.close()


def _instance(here: LocalCloud) -> str:
    """An instance of the local cloud, made if there is none; its name and owner are known, as if reconciled."""
    ecs = cast("EcsService", here.cloud.services["ecs"])
    region = here.cloud.account.region
    there: list[Any] = ecs.list_instances(region)
    id_ = str(there[0]["InstanceId"]) if there else ecs.create_instance(region, "web-3", tags=LOCAL_TAGS)
    known = resources.of_instance(ecs.instance(id_), SystemClock().now_ms())
    if known is not None:
        resources.save(here.store, [known], Deadline(SystemClock(), 10), "opsledger-drill")
    return id_
