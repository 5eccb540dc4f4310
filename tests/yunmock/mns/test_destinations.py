"""Function Compute's destinations that are queues: what arrives, and what is seen of what does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.fc.queue import KEPT_RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.yunmock.conftest import Place
    from tests.yunmock.mns.conftest import QueueClient

from yunmock import deploy as deploy_template

QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/q/messages"

FAILS = """
import json, os

def handler(event, context):
    content = json.loads(event)
    if not content.get("fixed") and not os.path.exists(content["path"]):
        raise RuntimeError("the table is not there")
    return {"done": content["number"]}
"""


def failing(**config: Any) -> dict[str, Any]:
    """An asyncInvokeConfig whose failures go to the queue."""
    return {"destinationConfig": {"onFailure": {"destination": QUEUE}}, **config}


def test_a_failed_event_is_received_replayed_and_deleted(
    here: Place, client: QueueClient, deploy: Any, tmp_path: Path
) -> None:
    """An event that fails eight times lands in the queue; once the cause is gone, its payload passes and is deleted."""
    repaired = tmp_path / "repaired"
    deploy(here, FAILS, asyncInvokeConfig=failing(maxAsyncRetryAttempts=7))
    event = json.dumps({"number": 5, "path": str(repaired)}).encode()

    here.functions.invoke("echo", event, asynchronous=True)
    here.cloud.advance(3600)
    received = client.receive().fields
    content = json.loads(received["MessageBody"])
    repaired.touch()
    replayed = here.functions.invoke("echo", content["requestPayload"].encode())

    assert len(here.cloud.invocations_of("echo")) == 9
    assert content["requestContext"]["approximateInvokeCount"] == 8
    assert content["requestContext"]["condition"] == "RetriesExhausted"
    assert json.loads(content["responsePayload"])["errorMessage"] == "the table is not there"
    assert (replayed.ok, replayed.body) == (True, b'{"done": 5}')
    assert client.delete(received["ReceiptHandle"]).status == 204
    here.cloud.advance(60)
    assert client.receive().error == (404, "MessageNotExist")


def test_success_goes_to_its_own_queue(here: Place, client: QueueClient, deploy: Any) -> None:
    """A result of success arrives in the queue of onSuccess, over the wire as in the list for tests."""
    deploy(here, FAILS, asyncInvokeConfig={"destinationConfig": {"onSuccess": {"destination": QUEUE}}})

    here.functions.invoke("echo", b'{"number": 1, "fixed": true}', asynchronous=True)

    content = json.loads(client.receive().fields["MessageBody"])
    assert content["responsePayload"] == '{"done": 1}'
    assert here.functions.queue.delivered == [(QUEUE, content)]


def test_a_queue_shows_where_a_result_went(here: Place, client: QueueClient, deploy: Any) -> None:
    """The last run of an invocation says where its result was sent; earlier runs and plain calls say nothing."""
    deploy(here, FAILS, asyncInvokeConfig=failing(maxAsyncRetryAttempts=1))

    here.functions.invoke("echo", b'{"path": "/none"}', asynchronous=True)
    here.functions.invoke("echo", b'{"path": "/none"}')
    here.cloud.advance(60)

    shown = [(run.cause, run.attempt, run.destination, run.destination_error) for run in here.cloud.invocations_of()]
    assert shown == [("async", 1, "", ""), ("call", 1, "", ""), ("async", 2, QUEUE, "")]
    assert client.peek().status == 200


@pytest.mark.parametrize(
    ("destination", "padding", "error"),
    [
        (QUEUE, 70_000, "InvalidArgument: The value of MessageBody should between 1 and 65536 seconds/bytes."),
        (QUEUE.replace("1000000000000001", "2"), 0, "it is of the account 2, and this cloud is of 1000000000000001"),
        ("acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/default", 70_000, "bytes, a bus takes 65536"),
        ("acs:fc:cn-hangzhou:1000000000000001:functions/none", 0, "FunctionNotFound"),
    ],
)
def test_a_result_that_is_lost(
    here: Place,
    client: QueueClient,
    deploy: Any,
    caplog: pytest.LogCaptureFixture,
    destination: str,
    padding: int,
    error: str,
) -> None:
    """A result that its destination refuses is in no list, and both the log and the invocation say why."""
    config = {"destinationConfig": {"onFailure": {"destination": destination}}, "maxAsyncRetryAttempts": 0}
    deploy(here, FAILS, asyncInvokeConfig=config)

    here.functions.invoke("echo", json.dumps({"path": "/none" + "x" * padding}).encode(), asynchronous=True)

    run = next(run for run in here.cloud.invocations_of("echo") if run.cause == "async")
    assert run.destination == destination
    assert error in run.destination_error
    assert run.as_json()["destination_error"] == run.destination_error
    assert error in caplog.text
    assert here.functions.queue.delivered == []
    assert client.attributes()["ActiveMessages"] == "0"


@pytest.mark.parametrize("strict", [False, True])
def test_a_queue_that_does_not_exist(write_template: Callable[..., Path], strict: bool) -> None:  # noqa: FBT001 - a case
    """A strict cloud loses the result, as the real one does; otherwise the result creates the queue."""
    cloud = local_cloud(strict_queues=strict)
    deploy_template(cloud, write_template(FAILS, asyncInvokeConfig=failing(maxAsyncRetryAttempts=0)))
    functions, queues = (cloud.services[name] for name in ("fc", "mns"))

    functions.invoke("echo", b'{"path": "/none"}', asynchronous=True)  # type: ignore[attr-defined]  # see FunctionComputeService

    (run,) = cloud.invocations_of("echo")
    assert run.destination_error == ("QueueNotExist: The queue name you provided is not exist." if strict else "")
    if not strict:
        (message,) = queues.messages("q")  # type: ignore[attr-defined]  # see MnsService
        assert json.loads(message.body)["requestPayload"] == '{"path": "/none"}'
    cloud.close()


def test_the_list_for_tests_is_bounded(here: Place, deploy: Any) -> None:
    """`queue.delivered` keeps the newest results."""
    deploy(
        here,
        "def handler(event, context): return event",
        asyncInvokeConfig={"destinationConfig": {"onSuccess": {"destination": QUEUE}}},
    )
    for number in range(KEPT_RESULTS + 2):
        here.functions.invoke("echo", str(number).encode(), asynchronous=True)

    kept = here.functions.queue.delivered
    assert len(kept) == KEPT_RESULTS
    assert [kept[place][1]["responsePayload"] for place in (0, -1)] == ["2", str(KEPT_RESULTS + 1)]
