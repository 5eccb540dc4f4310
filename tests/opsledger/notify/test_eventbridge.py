"""Republishing on a bus of one's own: the signature against the vendor's, the form of events, and every answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge_util.client import Client as Vendor
from Tea.request import TeaRequest
from tests.opsledger.notify.receivers import NOW_MS, message
from tests.opsledger.notify.world import World

from opsledger.notify import plan, texts
from opsledger.notify.channels import CHANNELS, Channel, Target, kind_of_url
from opsledger.notify.channels.eventbridge import cloudevent
from opsledger.notify.config import NotifyConfigError, validate
from opsledger.notify.exchange import Request, Response, Result
from opsledger.notify.network import ForbiddenTargetError
from opsledger.notify.sender import Sender
from opsledger.notify.signature import signed
from opsledger.settings import AccessKeys
from yunmock import Fault, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsledger.notify.exchange import Receipt
    from opsledger.notify.message import Message
    from yunmock import Cloud

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

EVENTBRIDGE: Channel = CHANNELS["eventbridge"]
BUS = "ops-events"
URL = "https://1000000000000001.eventbridge.cn-hangzhou.aliyuncs.com"
TARGET = Target("bus", "eventbridge", URL, settings={"bus": BUS})
RECORD: dict[str, Any] = {"key": "ecs:event:e-1", "status": "Scheduled", "region": "cn-hangzhou"}
STEP = message()._replace(id="5f1c0de2a1b2c3d4", stage="step", record=RECORD, severity="critical")


class Bus:
    """A bus on a local cloud behind a server, and a way to send to it as the notifier does."""

    def __init__(self, cloud: Cloud, address: str) -> None:
        self.cloud = cloud
        account = cloud.account
        self.keys = AccessKeys(account.access_key_id, account.access_key_secret)
        self.target = TARGET._replace(url=f"http://{address}")
        config = models.Config(
            access_key_id=self.keys.key_id, access_key_secret=self.keys.secret, endpoint=address, protocol="http"
        )
        self.client = Client(config)
        self.client.create_event_bus(models.CreateEventBusRequest(event_bus_name=BUS))

    def send(self, sent: Message = STEP, name: str = BUS, keys: AccessKeys | None = None) -> Receipt:
        """The verdict on a message."""
        target = self.target._replace(settings={"bus": name})
        (request,) = EVENTBRIDGE.requests(target, sent, NOW_MS)
        sender = Sender(5, allow_private=True, keys=keys or self.keys)
        receipt: Receipt = EVENTBRIDGE.verdict(sender.send(request))
        return receipt

    def rule(self, name: str, pattern: object) -> None:
        """A rule whose target is the queue of that name."""
        params = [
            models.EBTargetParam(resource_key="queue", form="CONSTANT", value=name),
            models.EBTargetParam(resource_key="Body", form="ORIGINAL"),
        ]
        endpoint = f"acs:mns:cn-hangzhou:{self.cloud.account.account_id}:queues/{name}"
        target = models.TargetEntry(id="t1", type="acs.mns.queue", endpoint=endpoint, param_list=params)
        self.client.create_rule(
            models.CreateRuleRequest(
                event_bus_name=BUS,
                rule_name=name,
                filter_pattern=json.dumps(pattern),
                targets=[target],
                status="ENABLE",
            )
        )

    def matched(self, name: str) -> list[str]:
        """The ids of the events that a rule has sent to its queue."""
        queues: Any = self.cloud.services["mns"]
        return [json.loads(message.body)["id"] for message in queues.messages(name)]

    def events(self) -> Sequence[dict[str, Any]]:
        """What the bus has received."""
        bridge: Any = self.cloud.services["eventbridge"]
        return [trace.event for trace in bridge.traces.between(BUS, 0, 10**14)]


@pytest.fixture
def bus() -> Iterator[Bus]:
    """A bus whose cloud takes no other keys than the account's."""
    cloud = local_cloud(strict_keys=True)
    with Server(cloud) as server:
        yield Bus(cloud, server.address)
    cloud.close()


# ------------------------------------------------------------------------------------------------------ signature
@pytest.mark.parametrize("token", ["", "a-token"])
def test_the_signature_is_the_vendors(token: str) -> None:
    """The vendor's package signs the same headers with the same result."""
    keys = AccessKeys("id", "secret", token)
    made = signed(EVENTBRIDGE.requests(TARGET, STEP, NOW_MS)[0], keys)
    theirs = TeaRequest()
    theirs.method, theirs.pathname, theirs.query = "POST", "/openapi/putEvents", {}
    theirs.headers = {name: value for name, value in made.headers.items() if name != "authorization"}
    expected = Vendor.get_signature(Vendor.get_string_to_sign(theirs), keys.secret)

    assert made.headers["authorization"] == f"acs:id:{expected}"
    assert made.headers.get("x-acs-security-token", "") == token


def test_a_wrong_key_is_a_refusal(bus: Bus) -> None:
    """With the service's code, and without the key's secret."""
    receipt = bus.send(keys=AccessKeys(bus.keys.key_id, "another secret"))

    assert (receipt.result, receipt.code) == (Result.REFUSED, "SignatureDoesNotMatch")
    assert "another secret" not in receipt.note
    with pytest.raises(ForbiddenTargetError, match="no keys"):
        Sender().send(EVENTBRIDGE.requests(TARGET, STEP, NOW_MS)[0])


def test_only_what_asks_for_it_is_signed() -> None:
    """A channel outside the account never gets a header that was made with the role's keys."""
    for kind in CHANNELS.keys() - {"eventbridge", "email"}:
        target = Target("ops", kind, "https://x.example/y", "eA==")
        assert [request.signed_for for request in CHANNELS[kind].requests(target, message(), NOW_MS)] == [""]


# ---------------------------------------------------------------------------------------------------------- events
def test_a_step_is_a_transition_that_a_rule_can_match(bus: Bus) -> None:
    """By type, severity and what the record is; it has the attributes that CloudEvents requires."""
    patterns = {
        "critical": {"type": ["opsledger.transition"], "data": {"severity": ["critical"]}},
        "hangzhou": {"source": ["opsledger"], "data": {"record": {"region": ["cn-hangzhou"]}}},
        "overdue": {"type": ["opsledger.overdue"]},
    }
    for name, pattern in patterns.items():
        bus.rule(name, pattern)
    assert bus.send().result is Result.SENT
    assert bus.send(STEP._replace(id="0123456789abcdef", stage="overdue", severity="warning")).result is Result.SENT
    first, second = bus.events()

    assert {k: first[k] for k in ("id", "source", "type", "subject", "specversion")} == {
        "id": STEP.id,
        "source": "opsledger",
        "type": "opsledger.transition",
        "subject": "ecs:event:e-1",
        "specversion": "1.0",
    }
    assert first["data"]["record"] == RECORD
    assert second["type"] == "opsledger.overdue"
    matched = {name: bus.matched(name) for name in patterns}
    assert matched == {"critical": [STEP.id], "hangzhou": [STEP.id, second["id"]], "overdue": [second["id"]]}


def test_the_documented_event_is_what_is_sent(root: Path) -> None:
    """Names, types and words of docs/notifications.md are those of an event that was made."""
    page = (root / "docs" / "notifications.md").read_text(encoding="utf-8")
    documented = json.loads(page.partition("```json\n")[2].partition("```")[0])
    world = World()
    world.deliver()
    (record,) = world.harness.stored()
    config = world.config
    now_ms = world.clock.now_ms()
    (intent,) = plan.plan(record, config, now_ms).intents
    audience = texts.Audience.of(config.channels["ops"], config)
    sent = texts.message(texts.Item(intent.id, intent.stage, record), audience, now_ms)
    made = json.loads(json.dumps(cloudevent(sent, now_ms)))

    assert shape(made) == shape(documented)
    changing = {"key", "resource", "account", "at", "due"}
    record_made, record_documented = made["data"]["record"], documented["data"]["record"]
    assert {k: v for k, v in record_made.items() if k not in changing} == {
        k: v for k, v in record_documented.items() if k not in changing
    }


def shape(value: Any) -> Any:
    """A document with the names of types in place of its values."""
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else type(value).__name__


def test_hostile_texts_stay_values(bus: Bus) -> None:
    """Whatever a record is called, the event is taken, and its text is a text."""
    hostile = 'x"}\r\nauthorization: y\u202e\x00' + "界" * 5000
    assert bus.send(STEP._replace(key=hostile, title=hostile)).result is Result.SENT
    (event,) = bus.events()

    assert len(event["subject"]) <= 512
    assert not set("\r\n\x00\u202e") & set(event["subject"] + event["data"]["title"])


# --------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize(
    ("status", "body", "result", "code"),
    [
        (200, {"FailedEntryCount": 0, "EntryList": [{"EventId": "x"}]}, Result.SENT, ""),
        (200, {"FailedEntryCount": 0, "EntryList": [{"ErrorCode": "Success"}]}, Result.SENT, ""),
        (200, {"FailedEntryCount": 1, "EntryList": [{"EventId": "x"}]}, Result.UNKNOWN, "200"),
        (
            200,
            {"FailedEntryCount": 1, "EntryList": [{"ErrorCode": "EventSizeExceed"}]},
            Result.REFUSED,
            "EventSizeExceed",
        ),
        (200, {"FailedEntryCount": 1, "EntryList": [{"ErrorCode": "InternalError"}]}, Result.UNKNOWN, "InternalError"),
        (200, {"EntryList": [{"ErrorCode": "TooManyRequests"}]}, Result.THROTTLED, "TooManyRequests"),
        (200, {"EntryList": [{"EventId": "x"}]}, Result.UNKNOWN, "200"),
        (200, {"EntryList": []}, Result.UNKNOWN, "200"),
        (200, {"EntryList": [{}, {}], "FailedEntryCount": 0}, Result.UNKNOWN, "200"),
        (200, {"EntryList": "x"}, Result.UNKNOWN, "200"),
        (200, {}, Result.UNKNOWN, "200"),
        (403, {"code": "AccessDenied", "message": "no"}, Result.REFUSED, "AccessDenied"),
        (409, {"code": "EventBusNotExist", "message": "no"}, Result.REFUSED, "EventBusNotExist"),
        (429, {"code": "TooManyRequests"}, Result.THROTTLED, "TooManyRequests"),
        (500, {"code": "InternalError"}, Result.UNKNOWN, "InternalError"),
        (503, {}, Result.THROTTLED, "503"),
    ],
)
def test_an_answer_decides(status: int, body: dict[str, Any], result: Result, code: str) -> None:
    """HTTP 200 hides what became of each event; what says nothing clear is unknown."""
    receipt = EVENTBRIDGE.verdict(Response(status, {}, json.dumps(body).encode()))
    assert (receipt.result, receipt.code) == (result, code)


def test_the_services_own_refusals(bus: Bus) -> None:
    """A bus that does not exist, an event that is too large, and a service that is busy."""
    assert bus.send(name="another")[:2] == (Result.REFUSED, "EventBusNotExist")
    large = STEP._replace(record={"key": "x" * 70_000})
    assert bus.send(large)[:2] == (Result.REFUSED, "EventSizeExceed")
    bus.cloud.faults.add(Fault("eventbridge", "putEvents", status=429, code="TooManyRequests"))
    assert bus.send()[:2] == (Result.THROTTLED, "TooManyRequests")
    assert bus.send().result is Result.SENT


# -------------------------------------------------------------------------------------------------------- settings
@pytest.mark.parametrize("name", ["", "default", "eventbridge-reserved-x", "a b", "x" * 128, "-x"])
def test_a_bus_is_ones_own(name: str) -> None:
    """Nobody but the cloud publishes on the bus default."""
    with pytest.raises(NotifyConfigError, match="bus"):
        validate({"channels": {"bus": {"url": URL, "bus": name}}})


def test_an_address_of_eventbridge_is_known() -> None:
    """So a channel needs its address and the name of the bus."""
    assert kind_of_url(URL) == "eventbridge"
    config = validate({"channels": {"bus": {"url": URL, "bus": BUS}}})
    assert config.channels["bus"].target("bus").settings["bus"] == BUS
    assert kind_of_url("https://1.eventbridge.cn-hangzhou.aliyuncs.com.evil.example/") == "webhook"


def test_a_request_shows_no_keys() -> None:
    """Nor does the sender, which holds them."""
    keys = AccessKeys("id", "the secret", "the token")
    shown = repr([Sender(keys=keys), signed(Request(URL, {"content-type": "x"}, b"{}", "eventbridge"), keys)])
    assert "the secret" not in shown
    assert "the token" not in shown
