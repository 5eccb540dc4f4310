"""A cloud in memory and one on SQLite, its ECS, and a client that signs plain HTTP requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

import pytest
import requests
from tests.yunmock.noon import REGION, STORAGES, cloud_at_noon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.ecs import EcsService

REBOOT = "SystemMaintenance.Reboot"
URL = "https://ecs.cn-hangzhou.aliyuncs.com/"


class RefusedError(Exception):
    """The answer was a refusal."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body['Code']}: {body['Message']}")
        self.status, self.code, self.body = status, body["Code"], body


@dataclass(frozen=True)
class Api:
    """Calls of the API as signed HTTP requests: HMAC-SHA1, the oldest signature, made here from its description."""

    key: str
    secret: str
    url: str = URL
    form: bool = False

    def __call__(self, action: str, **parameters: object) -> dict[str, Any]:
        """Make a call in the region; lists become `Name.1`, `Name.2`, and `__` in a name a dot."""
        sent = self.signed({"Action": action, "RegionId": REGION, **flat(parameters)})
        if self.form:
            answer = requests.post(self.url, data=sent, timeout=5)
        else:
            answer = requests.post(f"{self.url}?{urlencode(sent)}", timeout=5)
        body = cast("dict[str, Any]", answer.json())
        if answer.status_code != 200:
            raise RefusedError(answer.status_code, body)
        return body

    def signed(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The parameters with those of the signature; one that is empty is left out."""
        common = {
            "Version": "2014-05-26",
            "AccessKeyId": self.key,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": "n",
            "Timestamp": "2025-01-01T12:00:00Z",
            "Format": "JSON",
        }
        sent = {name: value for name, value in {**common, **parameters}.items() if value}
        query = "&".join(f"{quote(name, safe='~')}={quote(sent[name], safe='~')}" for name in sorted(sent))
        text = f"POST&%2F&{quote(query, safe='~')}"
        digest = hmac.new(f"{self.secret}&".encode(), text.encode(), hashlib.sha1).digest()
        return {**sent, "Signature": base64.b64encode(digest).decode()}

    def history(self, **parameters: object) -> list[dict[str, Any]]:
        """The rows of DescribeInstanceHistoryEvents."""
        body = self("DescribeInstanceHistoryEvents", **parameters)
        return cast("list[dict[str, Any]]", body["InstanceSystemEventSet"]["InstanceSystemEventType"])

    def instances(self, **parameters: object) -> list[dict[str, Any]]:
        """The rows of DescribeInstances."""
        return cast("list[dict[str, Any]]", self("DescribeInstances", **parameters)["Instances"]["Instance"])

    def status(self, event_id: str) -> str:
        """The status of an event, of any type."""
        (row,) = self.history(EventId=[event_id], InstanceEventCycleStatus=list(ALL))
        return cast("str", row["EventCycleStatus"]["Name"])


ALL = ("Inquiring", "Scheduled", "Executing", "Executed", "Avoided", "Canceled", "Failed")


def flat(parameters: Mapping[str, object]) -> dict[str, str]:
    """Parameters as they go over the wire."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, (list, tuple)):
            found |= {f"{name.replace('__', '.')}.{place}": str(each) for place, each in enumerate(value, 1)}
        else:
            found[name.replace("__", ".")] = str(value)
    return found


@pytest.fixture(params=STORAGES)
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud at noon, once in memory and once on SQLite, that answers the requests of this process."""
    yield from cloud_at_noon(request.param, tmp_path)


@pytest.fixture
def ecs(cloud: Cloud) -> EcsService:
    """The cloud's ECS."""
    return cast("EcsService", cloud.services["ecs"])


@pytest.fixture
def api(cloud: Cloud) -> Api:
    """A client with the account's keys."""
    return Api(cloud.account.access_key_id, cloud.account.access_key_secret)


@pytest.fixture
def instance(ecs: EcsService) -> str:
    """A running instance."""
    return ecs.create_instance(REGION, "web-1")


@dataclass
class Bus:
    """What the event bus `default` has received."""

    cloud: Cloud

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in the order of their publication."""
        bridge: Any = self.cloud.services["eventbridge"]
        return [trace.event for trace in bridge.traces.between("default", 0, 10**14)]

    def seen(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of one type, oldest first."""
        return [event["data"] for event in self.events if event["type"] == f"ecs:{kind}"]


@pytest.fixture
def bus(cloud: Cloud) -> Bus:
    """The bus that the cloud's events arrive at."""
    return Bus(cloud)
