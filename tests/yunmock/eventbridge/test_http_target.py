"""Events to HTTP receivers: what is sent, when it is sent again, and where nothing is sent."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import TeaException

from yunmock import Fault, local_cloud, mock_aliyun
from yunmock.eventbridge.retry import BACKOFF_RETRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place
    from tests.yunmock.receiver import Receiver

    from yunmock.json_types import JsonObject, JsonValue

    Rule = Callable[..., None]

QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/dead"
PUBLIC = ("CONSTANT", "PublicNetwork")
TEMPLATE = ("TEMPLATE", '{"state":"$.data.state","who":"$.source"}', '{"text":"${who} is ${state}"}')


def params(url: str, **more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The parameters of an HTTP target."""
    return {"url": ("CONSTANT", url), "Body": ("ORIGINAL",), "Network": PUBLIC, **more}


def delivery(place: Place, event_id: str = "e1") -> Any:
    """The only delivery of an event."""
    return place.trace(event_id).rules[0].deliveries[0]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (TEMPLATE, b'{"text":"acs.ecs is Running"}'),
        (("JSONPATH", "$.data"), b'{"state":"Running"}'),
        (("CONSTANT", "fixed"), b"fixed"),
    ],
)
def test_the_body_of_a_post(
    place: Place, receiver: Receiver, make_rule: Rule, event: Any, body: Any, sent: Any
) -> None:
    """A receiver gets a POST with what the target's Body makes of the event; the trace has its answer."""
    make_rule(place, "http", receiver.url, params(f"{receiver.url}/in?a=1", Body=body))

    place.put(event())

    (got,) = receiver.received
    assert (got.method, got.path, got.body) == ("POST", "/in?a=1", sent)
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    done = delivery(place)
    assert (done.state, done.attempts[0].status, done.attempts[0].response) == ("delivered", 200, "taken")


def test_the_whole_event(here: Place, receiver: Receiver, make_rule: Rule, event: Any) -> None:
    """ORIGINAL sends the CloudEvent as the bus stamped it."""
    make_rule(here, "https", receiver.url, params(receiver.url))

    here.put(event())

    assert json.loads(receiver.received[0].body) == here.trace("e1").event


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_another_answer_is_a_failure(here: Place, receiver: Receiver, make_rule: Rule, event: Any, status: int) -> None:
    """Any status outside 200 to 299 fails the attempt, a redirect too, which is not followed; a retry delivers."""
    here.cloud.clock.freeze()
    receiver.answer(status, b"no", Location=f"{receiver.url}/elsewhere")
    make_rule(here, "http", receiver.url, params(receiver.url))

    here.put(event())

    first = delivery(here)
    assert (first.state, first.attempts[0].error) == ("retrying", f"the receiver answered {status}")
    here.cloud.advance(20)
    assert delivery(here).state == "delivered"
    assert [got.path for got in receiver.received] == ["/", "/"]


def test_after_the_last_retry_the_queue_has_the_event(
    place: Place, receiver: Receiver, make_rule: Rule, event: Any
) -> None:
    """A receiver that never answers well gets the event four times, 10 to 20 seconds apart; then the queue has it."""
    place.cloud.clock.freeze()
    for _ in range(BACKOFF_RETRIES + 1):
        receiver.answer(500)
    make_rule(place, "http", receiver.url, params(receiver.url))
    (target,) = place.bridge.registry.rule("default", "r1").targets
    place.bridge.registry.change_rule("default", "r1", targets=(replace(target, dead_letter=QUEUE),))

    place.put(event())
    place.cloud.advance(90)

    assert (delivery(place).state, len(receiver.received)) == ("dead-lettered", BACKOFF_RETRIES + 1)
    assert [one["event"]["id"] for one in place.bridge.dead_letters(QUEUE)] == ["e1"]


def test_a_receiver_that_is_not_there(here: Place, make_rule: Rule, event: Any, unused_port: int) -> None:
    """A refused connection is a failed attempt whose error names the host, and not the query."""
    url = f"http://127.0.0.1:{unused_port}/?secret=hidden"
    make_rule(here, "http", url, params(url))

    here.put(event())

    (attempt,) = delivery(here).attempts
    assert attempt.error == "127.0.0.1 was not reached: the connection was refused or broke"
    assert delivery(here).endpoint == f"http://127.0.0.1:{unused_port}/"


def test_other_hosts_are_refused(here: Place, make_rule: Rule, event: Any) -> None:
    """Nothing is sent to a host that was not allowed; the error says how to allow it."""
    url = "https://hooks.example.com/?secret=hidden"
    make_rule(here, "https", url, params(url))

    here.put(event())

    (attempt,) = delivery(here).attempts
    assert "sends nothing to 'hooks.example.com'" in attempt.error
    assert "allow_targets" in attempt.error
    assert "--allow-target" in attempt.error
    assert "hidden" not in attempt.error


def deployed(url: str) -> JsonObject:
    """A rule with one HTTP target, as CreateRule takes it."""
    listed: list[JsonValue] = [
        {"ResourceKey": key, "Form": form, "Value": "".join(value)} for key, (form, *value) in params(url).items()
    ]
    target: JsonObject = {"Id": "t1", "Type": "http", "Endpoint": url, "ParamList": listed}
    return {"EventBusName": "default", "RuleName": "r1", "FilterPattern": {}, "Targets": [target]}


def test_an_allowed_host_is_called(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that was allowed by name is called like loopback, without the proxies of the environment."""
    original = socket.getaddrinfo
    port = receiver.url.rpartition(":")[2]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: original(host.replace("hooks.example.com", "127.0.0.1"), *a, **k)
    )
    url = f"http://Hooks.Example.com:{port}/in"
    with mock_aliyun(allow_targets=["hooks.EXAMPLE.com"], rules=[deployed(url)]) as cloud:
        trace = cloud.publisher.publish("default", {"id": "1", "source": "s", "type": "t", "data": {}})

    assert trace.rules[0].deliveries[0].state == "delivered"  # type: ignore[attr-defined]
    assert receiver.received[0].path == "/in"


def test_a_function_behind_its_own_address(here: Place, deploy: Any, make_rule: Rule, event: Any) -> None:
    """A function's address is answered by this cloud: the event arrives as a request of its HTTP trigger."""
    trigger = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
    deploy(here, triggers=[trigger])
    url = "https://echo-abc.cn-hangzhou.fcapp.run/in"
    make_rule(here, "https", url, params(url, Body=("CONSTANT", "hello")))

    here.put(event())

    seen = json.loads(delivery(here).attempts[0].response)["seen"]
    assert (seen["rawPath"], seen["body"]) == ("/in", "hello")


def test_a_fault_strikes_a_delivery(here: Place, receiver: Receiver, make_rule: Rule, event: Any) -> None:
    """Faults of deliveries hold for HTTP targets: a duplicate is sent twice."""
    here.cloud.faults.add(Fault("eventbridge", "deliver", action="duplicate"))
    make_rule(here, "http", receiver.url, params(receiver.url))

    here.put(event())

    assert len(receiver.received) == 2


PRIVATE = {"Network": ("CONSTANT", "PrivateNetwork")}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"url": None}, r"the parameters \['url'\] are missing"),
        ({"Network": None}, r"the parameters \['Network'\] are missing"),
        ({"Body": None}, r"the parameters \['Body'\] are missing"),
        ({"url": ("CONSTANT", "ftp://example.com")}, "url must begin with http"),
        ({"url": ("JSONPATH", "$.data")}, "the Form of url must be one of"),
        ({"Network": ("CONSTANT", "Lan")}, "Network must be one of"),
        ({"Headers": ("CONSTANT", "{}")}, r"unknown parameters \['Headers'\]"),
        (PRIVATE, "PrivateNetwork needs VPCNameAndId, VSwitchesNameAndId, SecurityGroupNameAndId"),
    ],
)
def test_parameters_that_the_page_does_not_have(here: Place, make_rule: Rule, changed: Any, problem: str) -> None:
    """A parameter that is missing, unknown or malformed is refused when the rule is made."""
    given = {key: value for key, value in {**params("http://127.0.0.1:1"), **changed}.items() if value is not None}

    with pytest.raises(TeaException, match=problem) as refused:
        make_rule(here, "http", "http://127.0.0.1:1", given)

    assert refused.value.code == "EventTargetInvalid"


def test_an_address_that_is_none(here: Place, make_rule: Rule) -> None:
    """An endpoint that is no HTTP address is refused."""
    with pytest.raises(TeaException, match="names no address"):
        make_rule(here, "http", "acs:fc:cn-hangzhou:1:functions/f", params("http://127.0.0.1:1"))


def test_rules_survive_a_restart(tmp_path: Any, receiver: Receiver) -> None:
    """A retry of a rule that is kept in a file is made by the next process."""
    receiver.answer(500)
    first = local_cloud(data=tmp_path / "cloud.sqlite", rules=[deployed(receiver.url)])
    first.publisher.publish("default", {"id": "1", "source": "s", "type": "t", "data": {}})
    first.close()

    second = local_cloud(data=tmp_path / "cloud.sqlite")
    second.advance(20)
    second.close()

    assert len(receiver.received) == 2
