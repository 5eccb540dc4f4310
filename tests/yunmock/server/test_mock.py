"""The in-process front end: what it intercepts, what it lets through, how it nests."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import fc2
import pytest
import requests
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client

from yunmock import Account, EndpointRefusedError, Fault, local_cloud, mock_aliyun
from yunmock.nesting import NestedClouds
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNT = Account()
HOST = f"{ACCOUNT.account_id}.eventbridge.cn-hangzhou.aliyuncs.com"


def eventbridge(host: str = HOST) -> Any:
    """A client for the real endpoint."""
    config = models.Config(
        access_key_id=ACCOUNT.access_key_id, access_key_secret=ACCOUNT.access_key_secret, endpoint=host
    )
    return Client(config)


def buses(client: Any) -> list[str]:
    """The names of the buses a client sees."""
    return [bus.event_bus_name for bus in client.list_event_buses(models.ListEventBusesRequest()).event_buses]


def test_earlier_clients_are_intercepted() -> None:
    """A client created before the mock was entered talks to the cloud, too."""
    client = eventbridge()

    with mock_aliyun() as cloud:
        assert buses(client) == ["default"]

    assert [call.operation for call in cloud.calls] == ["listEventBuses"]


def test_an_account_of_ones_own() -> None:
    """ARNs of a template name an account: a cloud can have its number."""
    with mock_aliyun(account=Account(account_id="1234567890123456")) as cloud:
        assert os.environ["ALIBABA_CLOUD_ACCOUNT_ID"] == cloud.account.account_id == "1234567890123456"


def test_every_entry_has_a_fresh_cloud() -> None:
    """State does not leak from one block to the next."""
    for _ in range(2):
        with mock_aliyun():
            client = eventbridge()
            client.create_event_bus(models.CreateEventBusRequest(event_bus_name="mine"))
            assert buses(client) == ["default", "mine"]


def test_decorator(write_template: Callable[..., Path]) -> None:
    """As a decorator, with and without arguments, each call runs in its own cloud; signatures stay."""
    template = write_template()

    @mock_aliyun
    def plain(name: str) -> list[str]:
        client = eventbridge()
        client.create_event_bus(models.CreateEventBusRequest(event_bus_name=name))
        return buses(client)

    @mock_aliyun(template=template)
    def deployed() -> Any:
        client = fc2.Client(
            endpoint=f"https://{ACCOUNT.account_id}.cn-hangzhou.fc.aliyuncs.com",
            accessKeyID=ACCOUNT.access_key_id,
            accessKeySecret=ACCOUNT.access_key_secret,
        )
        return json.loads(client.invoke_function("s", "echo", b"[1]").data)

    @mock_aliyun()
    async def coroutine() -> list[str]:
        await asyncio.sleep(0)
        return buses(eventbridge())

    assert plain("one") == ["default", "one"]
    assert plain(name="two") == ["default", "two"]
    assert deployed() == {"seen": [1]}
    assert asyncio.run(coroutine()) == ["default"]


@pytest.mark.parametrize("decorate", [mock_aliyun, mock_aliyun(), mock_aliyun(local_cloud())])
def test_classes_are_refused(decorate: Callable[[type], type]) -> None:
    """Runners would find no test in what came back, and none would have failed."""
    with pytest.raises(TypeError, match="decorate the methods of Tests"):
        decorate(type("Tests", (), {}))


def test_nesting() -> None:
    """The block entered last answers; when it ends the outer one does again, also for one cloud entered twice."""
    client = eventbridge()
    with mock_aliyun() as outer:
        client.create_event_bus(models.CreateEventBusRequest(event_bus_name="outer"))
        with mock_aliyun():
            assert buses(client) == ["default"]
            with mock_aliyun(outer):
                assert buses(client) == ["default", "outer"]
            assert buses(client) == ["default"]
        assert buses(client) == ["default", "outer"]


def test_a_patch_that_fails_is_applied_by_the_next_block() -> None:
    """A patch that was tried and failed is not taken for applied: calls would leave the machine."""
    install, cloud = Mock(side_effect=[ImportError, None]), local_cloud()
    nested = NestedClouds(install, Mock())
    with pytest.raises(ImportError), nested.entered(cloud):
        pass

    with nested.entered(cloud):
        assert (nested.newest, install.call_count) == (cloud, 2)
    assert nested.newest is None


def test_threads() -> None:
    """Calls from many threads all reach the active cloud."""
    seen: list[list[str]] = []
    with mock_aliyun() as cloud:
        threads = [threading.Thread(target=lambda: seen.append(buses(eventbridge()))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert seen == [["default"]] * 16
    assert len(cloud.calls_of("eventbridge", "listEventBuses")) == 16


REFUSED = [
    "https://ecs-workbench.aliyuncs.com/",
    "https://slb.aliyuncs.com/",
    "https://eventbridge-console.cn-hangzhou.aliyuncs.com/",
    "http://sub.domain.oss-cn-hangzhou.aliyuncs.com/x?y=1",
]


@pytest.mark.parametrize("url", REFUSED)
def test_other_services_are_refused(url: str) -> None:
    """A service that yunmock does not emulate is refused with its host's name, and nothing leaves the machine."""
    with mock_aliyun(), pytest.raises(EndpointRefusedError, match=r"aliyuncs\.com was refused"):
        requests.get(url, timeout=1)


def test_chats_are_intercepted() -> None:
    """A message sent with `requests` reaches the robot here, and no other library reaches the real one."""
    message = {"msgtype": "text", "text": {"content": "hello"}}
    with mock_aliyun() as cloud:
        path = cloud.services["chat"].add("dingtalk", "ops")
        answer = requests.post(f"https://oapi.dingtalk.com{path}", json=message, timeout=5)
        with pytest.raises(EndpointRefusedError):
            socket.create_connection(("oapi.dingtalk.com", 443), timeout=1)

        assert answer.json()["errcode"] == 0
        assert cloud.services["chat"].messages("dingtalk", "ops") == ["hello"]


def test_names_do_not_resolve() -> None:
    """Libraries that do not use requests cannot resolve any name of the cloud."""
    with mock_aliyun(), pytest.raises(EndpointRefusedError):
        socket.getaddrinfo("ecs.aliyuncs.com", 443)
    with mock_aliyun():
        assert socket.getaddrinfo("localhost", 80)


def test_loopback_passes() -> None:
    """A server on loopback is reached through an active mock."""
    served = local_cloud()
    with mock_aliyun() as cloud, Server(served) as server:
        assert buses(eventbridge(server.address)) == ["default"]

    assert (len(cloud.calls), len(served.calls)) == (0, 1)


def test_dropped_connection() -> None:
    """A drop fault raises requests' ConnectionError, which the SDK treats as a network error."""
    with mock_aliyun() as cloud:
        cloud.faults.add(Fault("fc", "ListServices", "drop"))
        client = fc2.Client(
            endpoint=f"https://{ACCOUNT.account_id}.cn-hangzhou.fc.aliyuncs.com",
            accessKeyID=ACCOUNT.access_key_id,
            accessKeySecret=ACCOUNT.access_key_secret,
        )
        with pytest.raises(requests.ConnectionError):
            client.list_services()
        assert client.list_services().data["services"]


def test_patches_are_gone_afterwards() -> None:
    """When the last block ends, all patches are removed."""
    send, resolve = requests.adapters.HTTPAdapter.send, socket.getaddrinfo
    with mock_aliyun(), mock_aliyun():
        assert requests.adapters.HTTPAdapter.send is not send

    assert requests.adapters.HTTPAdapter.send is send
    assert socket.getaddrinfo is resolve


def test_data_outlives_the_block(tmp_path: Path) -> None:
    """With a data file the next block finds the state of the last one."""
    client = eventbridge()
    with mock_aliyun(data=tmp_path / "cloud.sqlite"):
        client.create_event_bus(models.CreateEventBusRequest(event_bus_name="kept"))

    with mock_aliyun(data=tmp_path / "cloud.sqlite"):
        assert buses(client) == ["default", "kept"]


PLUGIN_TEST = """
def test_fixture(aliyun):
    assert list(aliyun.services["fc"].functions) == ["echo"]
    assert aliyun.services["eventbridge"].registry.rules("default") == []
"""


def test_plugin(tmp_path: Path, write_template: Callable[..., Path]) -> None:
    """The plugin's fixture gives a test a cloud, deployed from the ini file's template."""
    write_template()
    (tmp_path / "pytest.ini").write_text("[pytest]\nyunmock_template = echo.yaml\n")
    (tmp_path / "test_it.py").write_text(PLUGIN_TEST)

    command = [sys.executable, "-m", "pytest", "-q", "-p", "yunmock.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own command

    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_reset_deploys_again(write_template: Callable[..., Path], make_trigger: Any) -> None:
    """After a reset the buses are empty, and the template's functions and rules are there."""
    with mock_aliyun(template=write_template(triggers=[make_trigger()])) as cloud:
        client = eventbridge()
        client.create_event_bus(models.CreateEventBusRequest(event_bus_name="mine"))

        cloud.reset()

        assert buses(client) == ["default"]
        rules = client.list_rules(models.ListRulesRequest(event_bus_name="default")).rules
        assert [rule.rule_name for rule in rules] == ["echo-all"]
        assert len(cloud.calls) == 2
