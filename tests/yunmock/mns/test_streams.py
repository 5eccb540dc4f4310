"""A queue as the source of an event stream, from an `s.yaml` or the API."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.conftest import Place, trigger
from tests.yunmock.mns.conftest import NOW_MS, QueueClient, client_of

from yunmock import deploy as deploy_template
from yunmock import local_cloud
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.mns.arn import parse_arn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEN = """
import json
seen = []

def handler(event, context):
    if json.loads(event) != "seen":
        seen.append(json.loads(event))
    return seen
"""


def source(**parameters: Any) -> dict[str, Any]:
    """A trigger whose source is the queue, as the vendor's sample of a queue trigger has it."""
    given = {"QueueName": "q", **parameters}
    pattern = {"source": ["MNS-echo-queue"]}
    config = {"eventSourceType": "MNS", "eventSourceParameters": {"sourceMNSParameters": given}}
    return trigger(pattern, name="queue", eventSourceConfig=config)


def seen(place: Place) -> Any:
    """The batches that the function has received."""
    return json.loads(place.functions.invoke("echo", b'"seen"').body)


@pytest.mark.parametrize(
    ("parameters", "sent", "body"),
    [
        ({}, base64.b64encode("grüße".encode()).decode(), "grüße"),
        ({"IsBase64Decode": True}, "not base64!", "not base64!"),
        ({"IsBase64Decode": False}, "YQ==", "YQ=="),
        ({"IsBase64Decode": False}, '{"a": 1.50}', '{"a": 1.50}'),
    ],
)
def test_a_message_reaches_the_function(
    everywhere: QueueClient, place: Place, deploy: Any, parameters: dict[str, Any], sent: str, body: str
) -> None:
    """A message of the queue becomes an event, decoded unless the source says not to, and leaves the queue."""
    deploy(place, SEEN, triggers=[source(**parameters)])

    message = everywhere.send(sent).fields

    ((event,),) = seen(place)
    assert event["data"] == {
        "requestId": event["data"]["requestId"],
        "messageId": message["MessageId"],
        "messageBody": body,
    }
    assert (event["source"], event["type"]) == ("MNS-echo-queue", "mns:Queue:SendMessage")
    assert event["subject"] == "acs:mns:cn-hangzhou:1000000000000001:queues/q"
    assert event["aliyuneventbusname"] == "MNS-echo-queue"
    assert everywhere.receive().error == (404, "MessageNotExist")


def test_messages_wait_for_the_stream(here: Place, client: QueueClient, deploy: Any) -> None:
    """While a stream is paused its messages stay in the queue, and those of other queues always do."""
    deploy(here, SEEN, triggers=[source(IsBase64Decode=False)])
    client.create("other")
    here.bridge.streams.pause("echo-queue")
    for number in range(40):
        client.send(f"m{number}")
    client.send("mine", "other")
    before = client.attributes()["ActiveMessages"]

    here.bridge.streams.start("echo-queue")

    assert before == "40"
    assert [event["data"]["messageBody"] for (event,) in seen(here)] == [f"m{number}" for number in range(40)]
    assert client.receive("other").fields["MessageBody"] == "mine"


def test_messages_that_were_there_before(here: Place, client: QueueClient, deploy: Any) -> None:
    """A stream that is deployed running reads what is in the queue already."""
    client.send("waiting")
    deploy(here, SEEN, triggers=[source(IsBase64Decode=False)])

    assert [event["data"]["messageBody"] for (event,) in seen(here)] == ["waiting"]


def test_a_delayed_message(here: Place, client: QueueClient, deploy: Any) -> None:
    """A stream receives a delayed message when it is due."""
    deploy(here, SEEN, triggers=[source(IsBase64Decode=False)])
    client.send("late", DelaySeconds=60)
    here.cloud.advance(59)
    early = seen(here)
    here.cloud.advance(1)

    assert early == []
    assert [event["data"]["messageBody"] for (event,) in seen(here)] == ["late"]


def test_a_missing_queue(here: Place, deploy: Any) -> None:
    """A stream whose queue does not exist says so, and reads it once it is there."""
    deploy(here, SEEN, triggers=[source(IsBase64Decode=False)])
    here.bridge.streams.start("echo-queue")
    error = here.bridge.streams.get("echo-queue").last_error
    client = client_of(here)
    client.create()
    client.send("now")

    assert error == "QueueNotExist: The queue name you provided is not exist."
    assert len(seen(here)) == 1


def test_after_a_restart(write_template: Callable[..., Path], tmp_path: Path) -> None:
    """A message that was sent while nothing ran the stream is read when it runs again."""
    template = write_template(SEEN, triggers=[source(IsBase64Decode=False)])
    for number in range(2):
        cloud = local_cloud(data=tmp_path / "cloud.sqlite")
        cloud.clock.freeze(NOW_MS + number)
        queues: Any = cloud.services["mns"]
        if number == 0:
            queues.create_queue("q")
            deploy_template(cloud, template)
            cloud.on_message.clear()  # as in a process that has made no EventBridge yet
            queues.send("acs:mns:::queues/q", "kept")
        else:
            deploy_template(cloud, template)
            cloud.run_due()
            (run,) = cloud.invocations_of("echo")
            assert b"kept" in run.event
        cloud.close()


def test_wrong_parameters(here: Place) -> None:
    """A source whose parameters are no object is refused when the stream is made."""
    settings: Any = {
        "Source": {"SourceMNSParameters": ["q"]},
        "Sink": {"SinkFcParameters": {"FunctionName": {"Form": "CONSTANT", "Value": "echo"}}},
    }
    with pytest.raises(EventBridgeError, match="SourceMNSParameters must be an object"):
        here.bridge.streams.create("s1", settings)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("acs:mns:cn-x:1:/queues/q/messages", ("cn-x", "1", "q")),
        ("acs:mns:cn-x:1:queues/q", ("cn-x", "1", "q")),
        ("acs:mns:::/queues/q-2", ("", "", "q-2")),
        ("acs:mns:cn-x:1:/topics/q/messages", None),
        ("acs:mns:cn-x:1:/queues/-q", None),
        ("acs:mns:cn-x:1:/queues/q/others", None),
        ("acs:mq:cn-x:1:/queues/q", None),
    ],
)
def test_arns(text: str, parts: tuple[str, str, str] | None) -> None:
    """An ARN names a queue in the three forms that services write, and nothing else does."""
    assert parse_arn(text) == parts
