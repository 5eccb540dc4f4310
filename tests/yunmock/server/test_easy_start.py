"""What a newcomer tries first: any keys, curl, a decorator, the environment, a function's address in the browser."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client

from yunmock import Account, Cloud, local_cloud, mock_aliyun
from yunmock.__main__ import main
from yunmock.fc.address import function_of_host
from yunmock.sdk_environment import ENVIRONMENT, HIDDEN
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.server import Server as RunningServer

HOST = f"{Account().account_id}.eventbridge.cn-hangzhou.aliyuncs.com"
WEB = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
ECHO = "def handler(event, context):\n    return event\n"


def eventbridge(endpoint: str, key: str = "any", secret: str = "thing") -> Any:  # noqa: S107 - opens nothing
    """The vendor's client with a key pair of choice."""
    return Client(models.Config(access_key_id=key, access_key_secret=secret, endpoint=endpoint))


def list_buses(client: Any) -> list[str]:
    """The names of the event buses."""
    return [bus.event_bus_name for bus in client.list_event_buses(models.ListEventBusesRequest()).event_buses]


def test_any_key_pair(server: RunningServer) -> None:
    """Whatever key pair a program has, it is accepted, in process and on a server."""
    with mock_aliyun():
        assert list_buses(eventbridge(HOST)) == ["default"]
    assert list_buses(eventbridge(server.address)) == ["default"]
    client = fc2.Client(endpoint=f"http://{server.address}", accessKeyID="any", accessKeySecret="thing")
    assert client.list_services().data["services"]


def test_the_own_key_is_checked() -> None:
    """A request with the account's AccessKey ID and another secret is refused: somebody mistyped it."""
    with mock_aliyun() as cloud, pytest.raises(Exception, match="SignatureDoesNotMatch"):
        list_buses(eventbridge(HOST, cloud.account.access_key_id))


def test_unsigned_requests_are_refused(server: RunningServer) -> None:
    """A request that nobody signed is refused."""
    assert requests.post(f"http://{server.address}/openapi/listEventBuses", json={}, timeout=5).status_code == 403


def test_strict_keys() -> None:
    """With strict_keys only the account's key pair is accepted."""
    with mock_aliyun(strict_keys=True) as cloud:
        with pytest.raises(Exception, match="InvalidAccessKeyId"):
            list_buses(eventbridge(HOST))
        assert list_buses(eventbridge(HOST, cloud.account.access_key_id, cloud.account.access_key_secret))
    own = local_cloud(account=Account(region="cn-beijing"), strict_keys=True)
    assert (own.account.region, own.account.strict_keys) == ("cn-beijing", True)


def test_strict_keys_of_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """`yunmock serve --strict-keys` serves such a cloud."""
    served: list[Cloud] = []

    def serve(server: Server, **_: Any) -> None:
        with server:
            served.append(server.cloud)

    monkeypatch.setattr("yunmock.__main__.serve_until_stopped", serve)

    assert (main(["serve", "--strict-keys"]), main(["serve"])) == (0, 0)
    assert [cloud.account.strict_keys for cloud in served] == [True, False]


def test_environment_of_a_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a mock the SDKs find its keys in the environment and no others; afterwards all is as before."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "real")
    monkeypatch.delenv("ALIBABA_CLOUD_REGION_ID", raising=False)
    before = dict(os.environ)

    with mock_aliyun() as cloud:
        os.environ["MINE"] = "kept"
        assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == cloud.account.access_key_id
        assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == cloud.account.access_key_secret
        assert os.environ["ALIBABA_CLOUD_REGION_ID"] == cloud.account.region
        assert not set(HIDDEN) & set(os.environ)
        with mock_aliyun(local_cloud(account=Account(access_key_id="inner"))):
            assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "inner"
        assert {name: os.environ[name] for name in ENVIRONMENT} == {
            name: value(cloud.account) for name, value in ENVIRONMENT.items()
        }

    assert os.environ.pop("MINE") == "kept"
    assert dict(os.environ) == before


@mock_aliyun
def test_decorated(cloud: Cloud, tmp_path: Path) -> None:
    """The decorator passes the cloud as `cloud`; other arguments are pytest's."""
    assert cloud.calls == []
    assert list_buses(eventbridge(HOST)) == ["default"]
    assert (len(cloud.calls), tmp_path.is_dir()) == (1, True)


@mock_aliyun(strict_keys=True)
def test_decorated_with_options(tmp_path: Path, *, cloud: Cloud) -> None:
    """The same with options, and for a keyword-only parameter."""
    assert (cloud.account.strict_keys, tmp_path.is_dir()) == (True, True)


def test_decorated_functions() -> None:
    """Coroutine functions get it too, each call its own; a caller may pass another; functions without it work."""

    @mock_aliyun
    async def coroutine(number: int, cloud: Any = None, *rest: int) -> Any:
        return number, cloud, rest

    @mock_aliyun()
    def plain(cloud: Any, *numbers: int, **names: int) -> Any:
        return cloud, numbers, names

    @mock_aliyun
    def without(number: int) -> int:
        return number

    first, second = asyncio.run(coroutine(1)), asyncio.run(coroutine(number=1))
    assert isinstance(first[1], Cloud)
    assert first[1] is not second[1]
    assert plain(cloud="mine") == ("mine", (), {})
    assert plain(1, 2, x=3)[1:] == ((1, 2), {"x": 3})
    assert list(inspect.signature(plain).parameters) == ["numbers", "names"]
    assert without(3) == 3


@pytest.fixture
def web(write_template: Callable[..., Path], make_trigger: Any) -> Iterator[str]:
    """The URL of a server with the function `echo`, which events and HTTP requests reach."""
    cloud = local_cloud(
        template=write_template(ECHO, triggers=[WEB, make_trigger({"source": ["mine"]}, asyncInvocationType=True)])
    )
    with Server(cloud) as server:
        yield f"http://{server.address}"


def test_publish_with_curl(web: str) -> None:
    """An unsigned POST publishes one event or several and answers what happened to each."""
    one = requests.post(
        f"{web}/_yunmock/publish", data='{"source": "mine", "type": "t", "data": {"a": 1.50}}', timeout=5
    )
    (trace,) = one.json()["traces"]
    (delivery,) = trace["rules"][0]["deliveries"]
    assert (one.status_code, delivery["state"]) == (200, "delivered")
    assert json.loads(delivery["attempts"][0]["response"])["source"] == "mine"

    two = requests.post(
        f"{web}/_yunmock/publish?bus=default", json=[{"id": "a", "source": "x", "type": "t", "data": 1}] * 2, timeout=5
    )
    assert [(trace["id"], trace["rules"][0]["matched"]) for trace in two.json()["traces"]] == [("a", False)] * 2


REFUSED = ["{", "[1]", '{"type": "t"}', '{"source": "s", "type": "t", "data": 1, "Bad-Name": 1}', "[" * 100_000, "\xff"]


@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
def test_publish_refuses(web: str, body: str) -> None:
    """An invalid event is refused with the reason, and nothing is published."""
    answer = requests.post(f"{web}/_yunmock/publish", data=body.encode("latin-1"), timeout=5)

    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert (
        requests.post(
            f"{web}/_yunmock/publish?bus=gone", json={"source": "s", "type": "t", "data": 1}, timeout=5
        ).status_code
        == 400
    )


def test_invoke_with_curl(web: str) -> None:
    """An unsigned POST invokes a function with the body as it is, and answers its result."""
    answer = requests.post(f"{web}/_yunmock/invoke/echo", data=b"not JSON", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"not JSON")
    queued = requests.post(f"{web}/_yunmock/invoke/echo?async=true", data=b"later", timeout=5)
    assert (queued.status_code, queued.content) == (202, b"")
    runs = requests.get(f"{web}/_yunmock/invocations", timeout=5).json()["invocations"]
    assert [(run["cause"], run["event"]) for run in runs] == [("call", "not JSON"), ("async", "later")]
    gone = requests.post(f"{web}/_yunmock/invoke/gone", timeout=5)
    assert (gone.status_code, gone.json()["ErrorCode"]) == (404, "FunctionNotFound")


HOSTS = ["echo-abcdefghij.cn-hangzhou.fcapp.run", "ECHO-abc.cn-hangzhou-vpc.fcapp.run:80", "echo.cn-hangzhou.fcapp.run"]
PATHS = ["/", "/_yunmock/reset", "/2016-08-15/services", "/openapi/putEvents"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", PATHS)
def test_a_functions_own_address(web: str, host: str, path: str) -> None:
    """On a server, the Host header of a function's own address leads to the function, whatever the path."""
    answer = requests.get(web + path, headers={"Host": host, "x-ots-date": "x"}, timeout=5).json()

    assert answer["rawPath"] == path
    assert answer["requestContext"]["domainName"] == host


def test_names_in_addresses() -> None:
    """A host has the function's name in lower case, with - for _; of several that fit, the longest counts."""
    names = ["My_Function", "my", "my-function-two"]

    assert function_of_host(names, "my-function-abc.cn-hangzhou.fcapp.run") == "My_Function"
    assert function_of_host(names, "my-function-two-abc.cn-hangzhou.fcapp.run") == "my-function-two"
    assert function_of_host(names, "my.cn-hangzhou.fcapp.run") == "my"
    assert function_of_host(names, "other.cn-hangzhou.fcapp.run") == "other"
