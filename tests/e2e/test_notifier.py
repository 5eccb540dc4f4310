"""From an event to the message in a chat: rules, functions under their roles, Tablestore, and the chat's receiver."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client

from opsctl import notify as notifications
from opsctl import sample
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger import catalog
from opsledger.notify.listing import in_state
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.chat.mail_server import MailServer
from yunmock.clock import Clock
from yunmock.mock import mock_aliyun
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.chat.service import ChatService
    from yunmock.fc.service import FunctionComputeService
    from yunmock.ram.policy import Permission
    from yunmock.services import InvocationRecord

ENDPOINT, INSTANCE = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger"
ECS, NOTIFIER = "opsledger-ecs-events", "opsledger-notifier"
SECRET = {"webhook": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "dingtalk": "SEC1", "feishu": "demo"}
KINDS = ("dingtalk", "feishu", "wecom", "slack", "pagerduty", "webhook")
BUS = "ops-events"
REBOOT, STARVED = "ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:BurstablePerformanceRestricted"
TICK = b"{}"


class Account:
    """The functions on a local cloud, and a chat on another one, to which the notifier sends over the network."""

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

    def denied(self, function: str) -> set[Permission]:
        """What a function has asked for in vain."""
        assert self.cloud.access is not None
        return self.cloud.access.denied[f"{function}-{self.cloud.account.region}"]

    def unused(self, function: str, prefix: str) -> list[Permission]:
        """The actions of one service that a function may and has not asked for."""
        assert self.cloud.access is not None
        found = self.cloud.access.unused(f"{function}-{self.cloud.account.region}")
        return [permission for permission in found if permission.action.startswith(prefix)]

    def runs(self) -> list[InvocationRecord]:
        """What ran, the oldest first."""
        return cast("FunctionComputeService", self.cloud.services["fc"]).invocations()

    def event(self, status: str | None, type_: str = REBOOT) -> bytes:
        """A step of one reboot, or of another event."""
        spec = catalog.find(type_)[0]
        now_ms = self.cloud.clock.now_ms()
        step = status or sample.statuses(spec)[0]
        return json.dumps(sample.event(spec, step, "cloudevent", seed="e2e", now_ms=now_ms)).encode()


@contextmanager
def account_of(
    root: Path, chat: ChatService, channel: dict[str, Any], *, bus: str = "", clock: Clock | None = None
) -> Iterator[Account]:
    """An account whose people have one channel, and whose notifier may publish on a bus."""
    routes = json.dumps({"channels": {"ops": {"language": "en", **channel}}, "allow_private": True})
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE, "OPSLEDGER_NOTIFY": routes}
    roles = policies(read(NotifyBus=bus))
    cloud = local_cloud(template=root / "s.yaml", function_environment=environment, roles=roles, clock=clock)
    with mock_aliyun(cloud):
        yield Account(cloud, chat)
    cloud.close()


@pytest.fixture
def outside() -> Iterator[Cloud]:
    """The cloud that people's chats are in."""
    cloud = local_cloud()
    yield cloud
    cloud.close()


@pytest.fixture
def chat(outside: Cloud) -> ChatService:
    """The chats."""
    return cast("ChatService", outside.services["chat"])


@pytest.fixture(params=[*KINDS, "email"])
def account(request: pytest.FixtureRequest, root: Path, outside: Cloud, chat: ChatService) -> Iterator[Account]:
    """An account whose people use one kind of channel."""
    with ExitStack() as stack:
        channel = channel_of(request.param, stack, outside, chat)
        yield stack.enter_context(account_of(root, chat, channel))


def channel_of(kind: str, stack: ExitStack, outside: Cloud, chat: ChatService) -> dict[str, Any]:
    """A channel of a kind, with its receiver behind a server."""
    if kind == "email":
        chat.add("email", "ops@example.com")
        mail = stack.enter_context(MailServer(outside))
        return {"url": f"smtp://{mail.host}:{mail.port}", "from": "ledger@example.com", "to": "ops@example.com"}
    server = stack.enter_context(Server(outside))
    secret = "token-1" if kind == "pagerduty" else SECRET.get(kind, "")
    address = f"http://{server.address}{chat.add(kind, 'token-1', secret=SECRET.get(kind, ''))}"
    return {"url": address, "kind": kind, "secret": secret}


def test_an_event_becomes_a_message(account: Account) -> None:
    """One invocation of the recorder, one of the notifier; a second run sends nothing more; no call is denied."""
    cloud = account
    cloud.invoke(ECS, cloud.event("Scheduled"))
    first, second = cloud.invoke(NOTIFIER), cloud.invoke(NOTIFIER)
    cloud.invoke(ECS, cloud.event("Canceled"))
    third = cloud.invoke(NOTIFIER)

    assert (first["sent"], second["sent"], third["sent"]) == (1, 0, 1), first
    assert len(cloud.chat.attempts()) == 2
    assert all(attempt.accepted for attempt in cloud.chat.attempts())
    assert cloud.denied(ECS) == cloud.denied(NOTIFIER) == set()


def test_an_event_is_published_again(root: Path, chat: ChatService) -> None:
    """On a bus of one's own, with the keys of the role, which may publish there and nowhere else."""
    with ExitStack() as stack:
        channel = {"url": "http://127.0.0.1:1", "kind": "eventbridge", "bus": BUS}
        account = stack.enter_context(account_of(root, chat, channel, bus=BUS))
        server = stack.enter_context(Server(account.cloud))
        routes = {"channels": {"bus": {**channel, "url": f"http://{server.address}"}}, "allow_private": True}
        account.cloud.function_environment["OPSLEDGER_NOTIFY"] = json.dumps(routes)
        bridge: Any = account.cloud.services["eventbridge"]
        keys = account.cloud.account.access_key_id, account.cloud.account.access_key_secret
        config = models.Config(*keys, endpoint=server.address, protocol="http")
        Client(config).create_event_bus(models.CreateEventBusRequest(BUS))
        account.invoke(ECS, account.event("Scheduled"))

        assert account.invoke(NOTIFIER)["sent"] == 1
        (trace,) = bridge.traces.between(BUS, 0, 10**14)
        assert (trace.event["type"], trace.event["data"]["record"]["status"]) == ("opsledger.transition", "Scheduled")
        assert account.denied(NOTIFIER) == set()
        assert account.unused(NOTIFIER, "eventbridge:") == []


@pytest.mark.parametrize(("type_", "status", "seconds"), [(REBOOT, "Scheduled", 10), (STARVED, None, 60)])
def test_from_an_event_to_its_message_there_are_two_invocations(
    root: Path, outside: Cloud, chat: ChatService, type_: str, status: str | None, seconds: int
) -> None:
    """The recorder's and the notifier's, ten seconds later for what is critical and at the next minute for the rest.

    The recorder makes one call for it, and no other. docs/notifications.md has these numbers.
    """
    with ExitStack() as stack:
        channel = channel_of("slack", stack, outside, chat)
        clock = Clock()
        clock.freeze(clock.now_ms() // 60_000 * 60_000)
        account = stack.enter_context(account_of(root, chat, channel, clock=clock))
        account.cloud.advance(60)  # the tables are ready, and every timer has just run
        account.cloud.clear_calls()
        before = len(account.runs())
        account.invoke(ECS, account.event(status, type_))
        calls = [call.operation for call in account.cloud.calls_of("fc", "InvokeFunction")]
        account.cloud.advance(seconds - 0.001)
        early = chat.messages()
        account.cloud.advance(0.001)

        assert (calls, early, len(chat.messages())) == (["InvokeFunction"] if seconds == 10 else [], [], 1)
        ran = [run.invocation.function for run in account.runs()[before:]]
        assert [name for name in ran if name in (ECS, NOTIFIER)] == [ECS, NOTIFIER]
        assert account.denied(ECS) == set()
        assert bool(account.unused(ECS, "fc:")) is (seconds != 10)


def test_a_whole_zone_is_three_messages(root: Path, outside: Cloud, chat: ChatService) -> None:
    """500 announcements in five payloads: one call of the notifier, and none of them is missing.

    Who is not in a message is listed by the command that the message names.
    """
    with ExitStack() as stack:
        channel = channel_of("dingtalk", stack, outside, chat)
        account = stack.enter_context(account_of(root, chat, channel))
        spec, now_ms = catalog.find(REBOOT)[0], account.cloud.clock.now_ms()
        events = [
            sample.event(spec, "Scheduled", "cloudevent", seed=f"zone {number}", now_ms=now_ms) for number in range(500)
        ]
        account.cloud.clear_calls()
        for first in range(0, 500, 100):
            account.invoke(ECS, json.dumps(events[first : first + 100]).encode())
        assert len(account.cloud.calls_of("fc", "InvokeFunction")) == 1
        account.cloud.clock.freeze(account.cloud.clock.now_ms())
        account.cloud.advance(10)

        texts = "".join(chat.messages())
        assert 1 <= len(chat.messages()) <= 3
        assert all(attempt.accepted for attempt in chat.attempts())
        (named,) = {d.message for d in in_state(account.store, "sent")}
        assert named in texts
        listed = {delivery.subject for delivery in notifications.named(account.store, named)}
        missing = [
            e
            for e in events
            if e["data"]["instanceId"] not in texts and f"ecs:event:{e['data']['eventId']}" not in listed
        ]
        assert missing == []
        assert len(listed) == 500
