"""From an event to the message in a chat: rules, functions under their roles, Tablestore, and the chat's receiver."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from opsctl import sample
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger import catalog
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.chat.service import ChatService
from yunmock.mock import mock_aliyun
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.fc.service import FunctionComputeService

ENDPOINT, INSTANCE = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger"
ECS, NOTIFIER = "opsledger-ecs-events", "opsledger-notifier"
SECRET = {"webhook": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "dingtalk": "SEC1", "feishu": "demo"}
KINDS = ("dingtalk", "feishu", "wecom", "slack", "pagerduty", "webhook")
TICK = b"{}"


class Account:
    """The functions on a local cloud, and a chat on another one, to which the notifier sends over HTTP."""

    def __init__(self, cloud: Cloud, chat: ChatService) -> None:
        self.cloud, self.chat = cloud, chat
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        self.store = TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "opsledger_")
        self.store.create_tables()

    def invoke(self, function: str, payload: bytes = TICK) -> Any:
        """Invoke a function that must not fail."""
        answer = cast("FunctionComputeService", self.cloud.services["fc"]).invoke(function, payload)
        assert answer.ok, answer.error
        return json.loads(answer.body)

    def event(self, status: str) -> bytes:
        """A step of one reboot."""
        spec = catalog.find("ecs:Instance:SystemMaintenance.Reboot")[0]
        now_ms = self.cloud.clock.now_ms()
        return json.dumps(sample.event(spec, status, "cloudevent", seed="e2e", now_ms=now_ms)).encode()


@pytest.fixture(params=KINDS)
def account(request: pytest.FixtureRequest, root: Path) -> Iterator[tuple[str, Account]]:
    """An account whose people use one kind of chat."""
    kind = request.param
    outside = local_cloud()
    chat = outside.services["chat"]
    assert isinstance(chat, ChatService)
    with Server(outside) as server:
        secret = "token-1" if kind == "pagerduty" else SECRET.get(kind, "")
        address = f"http://{server.address}{chat.add(kind, 'token-1', secret=SECRET.get(kind, ''))}"
        channel = {"url": address, "kind": kind, "secret": secret, "language": "en"}
        routes = json.dumps({"channels": {"ops": channel}, "allow_private": True})
        environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE, "OPSLEDGER_NOTIFY": routes}
        cloud = local_cloud(template=root / "s.yaml", function_environment=environment, roles=policies(read()))
        with mock_aliyun(cloud):
            yield kind, Account(cloud, chat)
        cloud.close()
    outside.close()


def test_an_event_becomes_a_message(account: tuple[str, Account]) -> None:
    """One invocation of the recorder, one of the notifier; a second run sends nothing more; no call is denied."""
    kind, cloud = account
    cloud.invoke(ECS, cloud.event("Scheduled"))
    first, second = cloud.invoke(NOTIFIER), cloud.invoke(NOTIFIER)
    cloud.invoke(ECS, cloud.event("Canceled"))
    third = cloud.invoke(NOTIFIER)

    assert (first["sent"], second["sent"], third["sent"]) == (1, 0, 1), first
    assert len(cloud.chat.attempts(kind)) == 2
    assert all(attempt.accepted for attempt in cloud.chat.attempts(kind))
    assert cloud.cloud.access is not None
    assert cloud.cloud.access.denied[NOTIFIER] == set()
