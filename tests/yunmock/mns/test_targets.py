"""EventBridge and queues: the target `acs.mns.queue`, dead-letter queues of rules and streams."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from Tea.exceptions import TeaException

from yunmock import mock_aliyun
from yunmock.eventbridge import delivery
from yunmock.eventbridge.model import Param, Rule, Target
from yunmock.mns.errors import MnsError

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place
    from tests.yunmock.mns.conftest import QueueClient

REGION = "acs:mns:cn-hangzhou:1000000000000001:"
DEAD = f"{REGION}/queues/q"
FUNCTION = "acs:fc:cn-hangzhou:1000000000000001:functions/echo"
FAILS = "def handler(event, context): raise RuntimeError('no')"
BIG = json.dumps({"text": "x" * 60_000}).encode()


def entry(endpoint: str = f"{REGION}queues/q", **params: Any) -> Any:
    """A target of the vendor's SDK; each parameter is a form with its texts."""
    listed = [
        models.EBTargetParam(resource_key=key, form=form, value=value, template=template)
        for key, (form, value, template) in params.items()
    ]
    return models.TargetEntry(id="t1", type="acs.mns.queue", endpoint=endpoint, param_list=listed)


def create(place: Place, target: Any) -> Any:
    """CreateRule with the vendor's SDK, for every event of bus `default`."""
    request = models.CreateRuleRequest(
        event_bus_name="default", rule_name="r1", filter_pattern="{}", targets=[target], status="ENABLE"
    )
    return place.eb.create_rule(request)


def rule(place: Place, **target: Any) -> None:
    """A rule whose function fails."""
    place.bridge.put_rule(Rule("default", "r1", "{}", (Target("t1", "acs.fc.function", FUNCTION, **target),)))


def test_an_event_arrives_in_the_queue(everywhere: QueueClient, place: Place, event: Any) -> None:
    """The whole event is the message, and the trace has the message's id."""
    create(place, entry(queue=("CONSTANT", "q", None), Body=("ORIGINAL", None, None)))

    place.put(event("e1", data=b'{"price": 12.50}'))

    received = everywhere.receive().fields
    assert json.loads(received["MessageBody"])["id"] == "e1"
    assert '"price":12.50' in received["MessageBody"].replace(" ", "")
    (sent,) = place.trace("e1").rules[0].deliveries
    assert (sent.state, sent.attempts[0].status, sent.attempts[0].response) == ("delivered", 201, received["MessageId"])


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ({"Body": ("CONSTANT", "always", None)}, "always"),
        ({"Body": ("JSONPATH", "$.data.state", None)}, "Running"),
        ({"Body": ("TEMPLATE", '{"s": "$.data.state"}', "is ${s}")}, "is Running"),
        (
            {"Body": ("CONSTANT", "a", None), "IsBase64Encode": ("CONSTANT", "true", None)},
            base64.b64encode(b"a").decode(),
        ),
        ({"Body": ("CONSTANT", "a", None), "IsBase64Encode": ("CONSTANT", "false", None)}, "a"),
        ({"Body": ("CONSTANT", "a", None), "queue": ("CONSTANT", "q", None)}, "a"),
    ],
)
@pytest.mark.parametrize("endpoint", ["queues/q", "/queues/q"])
def test_parameters(
    here: Place, client: QueueClient, event: Any, params: dict[str, Any], body: str, endpoint: str
) -> None:
    """The message is what Body makes of the event, base64 if that is asked."""
    create(here, entry(REGION + endpoint, **params))

    here.put(event("e1"))

    assert client.receive().fields["MessageBody"] == body


def test_the_parameter_names_the_queue(here: Place, client: QueueClient, event: Any) -> None:
    """`queue` wins over the endpoint, as `functionName` does for functions."""
    create(here, entry(queue=("CONSTANT", "other", None)))

    here.put(event("e1"))

    assert client.receive("other").status == 200
    assert client.receive().error == (404, "MessageNotExist")


def test_the_service_adds_is_base64_encode(here: Place) -> None:
    """A target made without it is listed with `false`."""
    create(here, entry(queue=("CONSTANT", "q", None)))

    listed = here.eb.list_targets(models.ListTargetsRequest(event_bus_name="default", rule_name="r1"))

    (target,) = listed.targets
    assert [(param.resource_key, param.value) for param in target.param_list] == [
        ("queue", "q"),
        ("IsBase64Encode", "false"),
    ]


@pytest.mark.parametrize(
    "target",
    [
        entry(endpoint="acs:mns:cn-hangzhou:1000000000000001:topics/q"),
        entry(endpoint=f"{REGION}queues/q/messages"),
        entry(endpoint=FUNCTION),
        entry(IsBase64Encode=("CONSTANT", "perhaps", None)),
        entry(IsBase64Encode=("ORIGINAL", None, None)),
    ],
)
def test_invalid_targets(here: Place, target: Any) -> None:
    """A target that names no queue, or whose IsBase64Encode is no truth value, is refused when the rule is made."""
    with pytest.raises(TeaException, match="EventTargetInvalid"):
        create(here, target)


def test_an_event_that_is_too_large_for_the_queue(here: Place, client: QueueClient, event: Any) -> None:
    """The delivery fails with the queue's words, is retried, and is dropped."""
    create(here, entry(IsBase64Encode=("CONSTANT", "true", None)))

    here.put(event("e1", data=BIG))
    here.cloud.advance(120)

    (sent,) = here.trace("e1").rules[0].deliveries
    assert (sent.state, len(sent.attempts)) == ("dropped", 4)
    assert sent.attempts[-1].error.startswith("InvalidArgument: The value of MessageBody should between 1 and 65536")
    assert client.attributes()["ActiveMessages"] == "0"


@pytest.mark.parametrize("arn", [DEAD, f"{REGION}queues/q", f"{DEAD}/messages"])
def test_an_undelivered_event_arrives_in_the_queue(
    here: Place, client: QueueClient, deploy: Any, event: Any, arn: str
) -> None:
    """After the last retry the event itself is in the queue, and in the list for tests."""
    deploy(here, FAILS)
    rule(here, dead_letter=arn)

    here.put(event("e1"))
    here.cloud.advance(120)

    assert here.trace("e1").rules[0].deliveries[0].state == "dead-lettered"
    content = json.loads(client.receive().fields["MessageBody"])
    assert (content["id"], content["data"]) == ("e1", {"state": "Running"})
    assert [row["event"]["id"] for row in here.bridge.dead_letters(arn)] == ["e1"]


def test_an_undelivered_event_that_is_lost(
    here: Place, client: QueueClient, deploy: Any, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What the dead-letter queue refuses is dropped: the trace and the log say why, and no list has it."""
    client.create("small", MaximumMessageSize=1024)
    deploy(here, FAILS)
    rule(here, dead_letter=f"{REGION}/queues/small")

    here.put(event("e1", data=BIG))
    here.cloud.advance(120)

    (sent,) = here.trace("e1").rules[0].deliveries
    assert sent.state == "dropped"
    assert "RuntimeError: no; the dead letter is lost: InvalidArgument: " in sent.attempts[-1].error
    assert "an event that could not be delivered is lost" in caplog.text
    assert here.bridge.dead_letters() == []


def test_a_strict_cloud_makes_no_queue(here: Place, client: QueueClient, event: Any) -> None:
    """With strict queues an event for a queue that does not exist fails."""
    here.cloud.strict_queues = True
    create(here, entry(f"{REGION}queues/none"))

    here.put(event("e1"))

    (sent,) = here.trace("e1").rules[0].deliveries
    assert (sent.state, sent.attempts[0].status) == ("retrying", 404)
    assert client.receive("none").error == (404, "QueueNotExist")


def test_messages_of_a_queue_that_does_not_exist() -> None:
    """The error has the name that a test got wrong: an empty list would look as if nothing had come."""
    with mock_aliyun() as cloud, pytest.raises(MnsError, match=r"^there is no queue 'ded' in cn-hangzhou$"):
        cloud.services["mns"].messages("ded")


def test_an_arn_that_names_no_queue(here: Place, caplog: pytest.LogCaptureFixture) -> None:
    """It is refused, and its text reaches the log in one line."""
    lost = here.bridge.deliverer.dead_letter("acs:mns:cn-hangzhou:1:queues/a\nforged", "r1", "error", {"id": "e1"})

    assert lost.startswith("InvalidArgument: ")
    assert "\nforged" not in caplog.records[-1].getMessage()


@pytest.mark.parametrize("size", [1024, 65_536])
def test_undelivered_events_of_a_stream(here: Place, client: QueueClient, deploy: Any, size: int) -> None:
    """A tolerant stream sends the event on; what the queue refuses counts as dropped, with the reason."""
    client.create("dead", MaximumMessageSize=size)
    deploy(here, FAILS)
    constant: Any = {"Form": "CONSTANT", "Value": "echo"}
    settings: Any = {
        "Source": {"SourceMNSParameters": {"q": 1}},
        "Sink": {"SinkFcParameters": {"FunctionName": constant}},
        "RunOptions": {"DeadLetterQueue": {"Arn": f"{REGION}/queues/dead"}},
    }
    here.bridge.streams.create("s1", settings, status="RUNNING")
    here.bridge.streams.feed("s1", [{"data": {"messageBody": "x" * 2000}}])
    here.cloud.advance(120)

    stream = here.bridge.streams.get("s1")
    arrived = size > 2000
    assert stream.dropped == (0 if arrived else 1)
    assert ("the dead letter is lost" in stream.last_error) is not arrived
    assert client.attributes("dead")["ActiveMessages"] == str(int(arrived))


def test_the_list_of_undelivered_events_is_bounded(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are kept; the queue itself has them all."""
    monkeypatch.setattr(delivery, "MAX_UNDELIVERED", 3)
    for number in range(5):
        here.bridge.deliverer.dead_letter(DEAD, "r1", "error", {"id": f"e{number}"})

    queues: Any = here.cloud.services["mns"]
    assert [row["event"]["id"] for row in here.bridge.dead_letters()] == ["e2", "e3", "e4"]
    assert len(queues.messages("q")) == 5


def test_params_are_kept(here: Place) -> None:
    """A rule of a queue is stored and read back with its parameters."""
    create(here, entry(queue=("CONSTANT", "q", None)))

    (stored,) = here.bridge.registry.rules("default")
    assert stored.targets[0].params == (
        Param("queue", "CONSTANT", "q", None),
        Param("IsBase64Encode", "CONSTANT", "false", ""),
    )
