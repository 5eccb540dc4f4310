"""Clouds to test: in process and through the server, in memory and on SQLite; and functions to deploy to them."""

from __future__ import annotations

import json
import textwrap
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import yaml
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client as EventBridgeClient

from yunmock import Readings, local_cloud, mock_aliyun
from yunmock import deploy as deploy_template
from yunmock.server import Server

with warnings.catch_warnings():
    # On every Python but 3.12 the SDK warns, once, that its native codec is for 3.12.
    warnings.simplefilter("ignore", ImportWarning)
    import tablestore  # noqa: F401 - loaded here so that tests can import it quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.service import FunctionComputeService

PLACES = ("process-memory", "process-sqlite", "server-memory", "server-sqlite")

OPTIONS: dict[str, Any] = {
    "strict_keys": True,
    "act_as_cloud": True,
    "readings": Readings(async_invocation_type="async", function_errors="retried"),
}
"""These readings are not the default: with them a function error shows how retries work. test_readings.py tests all."""

CODE = """
import json, os, sys

def handler(event, context):
    return {"seen": json.loads(event)}
"""


@dataclass
class Place:
    """A cloud and how to reach it: `eb` and `fc` are the vendor's clients."""

    cloud: Cloud
    endpoints: dict[str, str]
    eb: Any = field(init=False)
    fc: Any = field(init=False)

    def __post_init__(self) -> None:
        account = self.cloud.account
        self.eb = self.eventbridge(account.access_key_secret)
        self.fc = fc2.Client(
            endpoint=self.endpoints["fc"],
            accessKeyID=account.access_key_id,
            accessKeySecret=account.access_key_secret,
        )

    def eventbridge(self, secret: str, key: str | None = None) -> Any:
        """An EventBridge client with credentials of choice."""
        config = models.Config(
            access_key_id=key or self.cloud.account.access_key_id,
            access_key_secret=secret,
            endpoint=self.endpoints["eventbridge"],
        )
        return EventBridgeClient(config)

    @property
    def bridge(self) -> EventBridgeService:
        """The EventBridge behind it."""
        return self.cloud.services["eventbridge"]  # type: ignore[return-value]

    @property
    def functions(self) -> FunctionComputeService:
        """The Function Compute behind it."""
        return self.cloud.services["fc"]  # type: ignore[return-value]

    def put(self, *events: Any) -> Any:
        """PutEvents with the vendor's client."""
        return self.eb.put_events(list(events))

    def invoke(self, payload: bytes = b"{}", name: str = "echo", **headers: str) -> Any:
        """The answer of a function called with the vendor's client; header names have - for _."""
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.fc.invoke_function("any-service", name, payload, headers=sent)

    def trace(self, event_id: str, bus: str = "default") -> Any:
        """The trace of the newest event with an id."""
        return self.bridge.traces.of_event(bus, event_id)[-1]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each of the places."""
    front, medium = request.param.split("-")
    cloud = local_cloud(data=tmp_path / "state" / "cloud.sqlite" if medium == "sqlite" else None, **OPTIONS)
    with ExitStack() as stack:
        stack.callback(cloud.close)
        yield enter(stack, cloud, front)


@pytest.fixture
def here() -> Iterator[Place]:
    """In process and in memory, for what does not depend on the place."""
    with ExitStack() as stack:
        yield enter(stack, local_cloud(**OPTIONS), "process")


def enter(stack: ExitStack, cloud: Cloud, front: str) -> Place:
    """Open a front end for as long as the stack lasts."""
    if front == "server":
        return Place(cloud, stack.enter_context(Server(cloud)).endpoints)
    stack.enter_context(mock_aliyun(cloud))
    account = cloud.account
    return Place(
        cloud,
        {
            "eventbridge": f"{account.account_id}.eventbridge.{account.region}.aliyuncs.com",
            "fc": f"https://{account.account_id}.{account.region}.fc.aliyuncs.com",
        },
    )


@pytest.fixture
def write_template(tmp_path: Path) -> Callable[..., Path]:
    """Writes an s.yaml with one function of the given code; keyword arguments are its properties."""

    def write(code: str = CODE, name: str = "echo", **props: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "index.py").write_text(textwrap.dedent(code))
        declared = {
            "region": "cn-hangzhou",
            "functionName": name,
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": f"./{name}",
            **props,
        }
        path = tmp_path / f"{name}.yaml"
        content = {
            "edition": "3.0.0",
            "name": "test",
            "access": "default",
            "resources": {name: {"component": "fc3", "props": declared}},
        }
        path.write_text(yaml.safe_dump(content))
        return path

    return write


@pytest.fixture
def deploy(write_template: Callable[..., Path]) -> Callable[..., Any]:
    """Deploys a function to a place."""

    def to(place: Place, code: str = CODE, **props: Any) -> Any:
        return deploy_template(place.cloud, write_template(code, **props))

    return to


def trigger(pattern: dict[str, Any] | None = None, name: str = "all", **config: Any) -> dict[str, Any]:
    """An EventBridge trigger of source Default, as an s.yaml writes it."""
    settings = {
        "triggerEnable": True,
        "asyncInvocationType": False,
        "eventRuleFilterPattern": json.dumps(pattern or {}),
        "eventSourceConfig": {"eventSourceType": "Default"},
        **config,
    }
    return {"triggerName": name, "triggerType": "eventbridge", "triggerConfig": settings}


def cloud_event(event_id: str = "e1", **changes: Any) -> Any:
    """A CloudEvent of the vendor's SDK, for bus `default` by default."""
    bus = changes.pop("bus", "default")
    extensions = changes.pop("extensions", {})
    fields = {
        "id": event_id,
        "source": "acs.ecs",
        "type": "ecs:Instance:StateChange",
        "data": b'{"state":"Running"}',
        "extensions": {"aliyuneventbusname": bus, **extensions},
        **changes,
    }
    return models.CloudEvent(**fields)


@pytest.fixture
def event() -> Callable[..., Any]:
    """Makes CloudEvents of the vendor's SDK."""
    return cloud_event


@pytest.fixture
def make_trigger() -> Callable[..., Any]:
    """Makes EventBridge triggers as an s.yaml writes them."""
    return trigger
