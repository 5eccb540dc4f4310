"""The client of queues against a local cloud: in process and over HTTP, with and without faults."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from opsledger.errors import MisconfiguredError, ThrottledError, UnavailableError, WorldFailedError
from opsledger.queues.client import SmqQueue
from opsledger.settings import AccessKeys
from yunmock import Fault, local_cloud, mock_aliyun
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock import Cloud

ARN = "acs:mns:cn-hangzhou:1000000000000001:/queues/q/messages"
TEXT = 'a <b> & "c"\n\t"\u00fc" \u4e2d'


class Opened:
    """A cloud with the queue `q`, and how to open queues on it."""

    def __init__(self, cloud: Cloud, address: str = "") -> None:
        self.cloud, self.address = cloud, address
        service: Any = cloud.services["mns"]
        self.service = service
        service.create_queue("q", VisibilityTimeout=30)
        cloud.clock.freeze()

    def queue(self, arn: str = ARN, secret: str = "") -> SmqQueue:
        """A queue, signed for with the account's keys."""
        account = self.cloud.account
        return SmqQueue(arn, AccessKeys(account.access_key_id, secret or account.access_key_secret), self.address)


@pytest.fixture(params=["process", "server"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A cloud in this process, and one behind HTTP."""
    cloud = local_cloud(strict_keys=True)
    with ExitStack() as stack:
        stack.callback(cloud.close)
        if request.param == "process":
            stack.enter_context(mock_aliyun(cloud))
            yield Opened(cloud)
        else:
            server = stack.enter_context(Server(cloud))
            yield Opened(cloud, server.environment["MNS_ENDPOINT"])


def test_a_message_is_sent_received_and_deleted(opened: Opened) -> None:
    """Its text comes back unchanged, with when it was sent; afterwards there is none."""
    queue = opened.queue()

    queue.send(TEXT)
    (received,) = queue.receive(16)
    hidden = queue.receive(16)
    left = queue.delete([received])

    assert (received.body, received.times, received.sent) == (TEXT, 1, opened.cloud.clock.now_ms())
    assert (list(hidden), left, opened.service.messages("q")) == ([], 0, [])


def test_a_batch_has_at_most_sixteen(opened: Opened) -> None:
    """And no more than asked for."""
    queue = opened.queue()
    for number in range(20):
        queue.send(f"{number}")

    assert [len(queue.receive(limit)) for limit in (1, 100, 100)] == [1, 16, 3]


def test_a_message_whose_time_is_up_is_kept(opened: Opened) -> None:
    """It is counted, the others are deleted, and it is received again."""
    queue = opened.queue()
    queue.send("late")
    late = queue.receive(1)
    opened.cloud.advance(31)
    queue.send("early")
    early = [message for message in queue.receive(16) if message.body == "early"]

    assert queue.delete([*late, *early]) == 1
    assert [message.body for message in opened.service.messages("q")] == ["late"]


def test_nothing_is_deleted_without_a_call(opened: Opened) -> None:
    """The service refuses an empty batch."""
    assert opened.queue().delete([]) == 0
    assert opened.cloud.calls_of("mns") == []


def test_a_released_message_comes_again_at_once(opened: Opened) -> None:
    """After a second, which is the shortest time."""
    queue = opened.queue()
    queue.send("a")
    queue.release(queue.receive(1))
    opened.cloud.advance(1)

    (again,) = queue.receive(1)

    assert again.times == 2


def test_a_message_that_can_be_received_already_does_not_keep_the_others_from_being_released(opened: Opened) -> None:
    """Such as one that was held for longer than its queue's visibility timeout, and was perhaps received by another."""
    queue = opened.queue()
    queue.send("a")
    late = queue.receive(1)
    opened.cloud.advance(31)
    queue.delete(queue.receive(1))
    queue.send("b")
    queue.release([*late, *queue.receive(1)])
    opened.cloud.advance(1)

    assert [(message.body, message.times) for message in queue.receive(16)] == [("b", 2)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"action": "drop"}, UnavailableError),
        ({"code": "InternalError", "status": 500}, UnavailableError),
        ({"code": "Throttled", "status": 429}, ThrottledError),
        ({"code": "AccessDenied", "status": 403}, MisconfiguredError),
    ],
    ids=str,
)
def test_failures_are_the_worlds(opened: Opened, fault: dict[str, Any], error: type[WorldFailedError]) -> None:
    """Each as the kind that says whether another attempt can help; the message names the queue."""
    calls: tuple[Callable[[SmqQueue], object], ...] = (lambda queue: queue.send("a"), lambda queue: queue.receive(1))
    for call in calls:
        opened.cloud.faults.add(Fault("mns", "*", **fault))
        with pytest.raises(error, match="queue q"):
            call(opened.queue())


def test_a_wrong_secret_and_a_missing_queue_are_misconfigured(opened: Opened) -> None:
    """The message has the service's code, and no secret."""
    with pytest.raises(MisconfiguredError, match="SignatureDoesNotMatch") as refused:
        opened.queue(secret="a-wrong-one").send("a")
    with pytest.raises(MisconfiguredError, match="QueueNotExist"):
        opened.queue(ARN.replace("/q/", "/other/")).receive(1)
    assert "a-wrong-one" not in str(refused.value)


@pytest.mark.parametrize(
    "arn", ["", "q", "acs:mns:cn-hangzhou:1:/topics/q/messages", ARN + "/x", "acs:fc:a:1:functions/q"]
)
def test_other_arns_are_refused(arn: str) -> None:
    """Before any call."""
    with pytest.raises(MisconfiguredError, match="is no queue"):
        SmqQueue(arn, AccessKeys("id", "secret"))


def test_no_secret_is_shown() -> None:
    """Neither in a traceback's locals nor in a log."""
    assert repr(AccessKeys("an-id", "a-secret", "a-token")) == "AccessKeys('an-id')"
