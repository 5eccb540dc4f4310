"""Messages: send, receive, peek, delete; visibility, delay, priority, retention, sizes, batches."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.yunmock.mns.conftest import NOW_MS, batch, client_of, document

from yunmock.mns.errors import MnsError
from yunmock.mns.state import MnsState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place
    from tests.yunmock.mns.conftest import QueueClient

EMPTY = (404, "MessageNotExist")


def test_life_of_a_message(everywhere: QueueClient) -> None:
    """A message is sent, seen, received with a handle, hidden meanwhile, and deleted."""
    sent = everywhere.send("grüße & <tags>\r\n\t中")
    peeked = everywhere.peek()
    received = everywhere.receive()
    hidden = everywhere.receive()
    deleted = everywhere.delete(received.fields["ReceiptHandle"])

    assert (sent.status, sent.name) == (201, "Message")
    md5 = hashlib.md5("grüße & <tags>\r\n\t中".encode()).hexdigest().upper()  # noqa: S324 - the API's checksum
    assert sent.fields == {"MessageId": sent.fields["MessageId"], "MessageBodyMD5": md5}
    common = {
        **sent.fields,
        "MessageBody": "grüße & <tags>\r\n\t中",
        "EnqueueTime": str(NOW_MS),
        "FirstDequeueTime": "0",
        "DequeueCount": "0",
        "Priority": "8",
    }
    assert (peeked.status, peeked.fields) == (200, common)
    assert received.fields == {
        **common,
        "FirstDequeueTime": str(NOW_MS),
        "DequeueCount": "1",
        "ReceiptHandle": received.fields["ReceiptHandle"],
        "NextVisibleTime": str(NOW_MS + 30_000),
    }
    assert hidden.error == EMPTY
    assert (deleted.status, deleted.body) == (204, b"")
    assert everywhere.delete(received.fields["ReceiptHandle"]).error == EMPTY


def test_a_message_that_is_not_deleted_comes_again(client: QueueClient, pass_time: Callable[[float], None]) -> None:
    """After the visibility timeout it is received again, counted, and the first handle has ended."""
    client.send()
    first = client.receive().fields
    pass_time(29.999)
    early = client.receive()
    pass_time(0.001)
    late = client.delete(first["ReceiptHandle"])
    second = client.receive().fields

    assert early.error == EMPTY
    assert late.error == EMPTY
    assert (second["MessageId"], second["DequeueCount"]) == (first["MessageId"], "2")
    assert second["FirstDequeueTime"] == first["FirstDequeueTime"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert client.delete(first["ReceiptHandle"]).error == EMPTY
    assert client.delete(second["ReceiptHandle"]).status == 204


def test_change_message_visibility(client: QueueClient, pass_time: Callable[[float], None]) -> None:
    """The timeout counts from the call, a new handle replaces the old one, and the count of receipts stays."""
    client.send()
    old = client.receive().fields["ReceiptHandle"]
    pass_time(10)
    changed = client.call("PUT", f"/queues/q/messages?receiptHandle={old}&visibilityTimeout=60")
    pass_time(59)
    waiting = client.receive()
    ended = client.delete(old)
    pass_time(1)

    assert (changed.status, changed.name) == (200, "ChangeVisibility")
    assert changed.fields["NextVisibleTime"] == str(NOW_MS + 70_000)
    assert (waiting.error, ended.error) == (EMPTY, EMPTY)
    assert client.receive().fields["DequeueCount"] == "2"


@pytest.mark.parametrize(
    ("method", "query", "error"),
    [
        ("PUT", "?ReceiptHandle={handle}", (400, "MissingVisibilityTimeout")),
        ("PUT", "?VisibilityTimeout=9", (400, "MissingReceiptHandle")),
        ("PUT", "?ReceiptHandle={handle}&VisibilityTimeout=0", (400, "InvalidArgument")),
        ("PUT", "?ReceiptHandle={handle}&VisibilityTimeout=43201", (400, "InvalidArgument")),
        ("PUT", "?ReceiptHandle=nonsense&VisibilityTimeout=9", (400, "ReceiptHandleError")),
        ("DELETE", "?ReceiptHandle=nonsense", (400, "ReceiptHandleError")),
        ("DELETE", "?ReceiptHandle=8-MS0y", EMPTY),
        ("DELETE", "?ReceiptHandle=8-OTk5OTk5OTk5OTk5OTk5OTk5OTktMQ==", (400, "ReceiptHandleError")),
        ("DELETE", "?ReceiptHandle=17-MS0y", (400, "ReceiptHandleError")),
        ("DELETE", "", (400, "MissingReceiptHandle")),
        ("GET", "?numOfMessages=0", (400, "InvalidArgument")),
        ("GET", "?numOfMessages=17", (400, "InvalidArgument")),
        ("GET", "?waitseconds=31", (400, "InvalidArgument")),
        ("GET", "?colour=red", (400, "InvalidQueryString")),
        ("PATCH", "", (400, "InvalidArgument")),
    ],
)
def test_wrong_parameters(client: QueueClient, method: str, query: str, error: tuple[int, str]) -> None:
    """A parameter that is missing, unknown or out of range is refused, and the message stays as it is."""
    client.send()
    handle = client.receive().fields["ReceiptHandle"]

    assert client.call(method, f"/queues/q/messages{query.format(handle=handle)}").error == error
    assert client.delete(handle).status == 204


@pytest.mark.parametrize(("queue_s", "message_s", "waits"), [(0, 5, 5), (9, 5, 5), (9, None, 9), (9, 0, 0)])
def test_delay(
    client: QueueClient, pass_time: Callable[[float], None], queue_s: int, message_s: int | None, waits: int
) -> None:
    """A delayed message can be received after its own delay, or else its queue's."""
    client.create("slow", DelaySeconds=queue_s)
    given_s: dict[str, Any] = {} if message_s is None else {"DelaySeconds": message_s}
    sent = client.send(queue="slow", **given_s)
    counts = client.attributes("slow")
    if waits:
        assert client.peek("slow").error == EMPTY
        assert counts["DelayMessages"] == "1"
        pass_time(waits - 0.001)
        assert client.receive("slow").error == EMPTY
        pass_time(0.001)

    assert ("ReceiptHandle" in sent.fields) is (waits > 0)
    assert client.receive("slow").fields["DequeueCount"] == "1"


def test_a_delayed_message_can_be_cancelled(client: QueueClient, pass_time: Callable[[float], None]) -> None:
    """The handle that sending a delayed message answers deletes it before it is due."""
    handle = client.send(DelaySeconds=5).fields["ReceiptHandle"]

    assert client.delete(handle).status == 204
    pass_time(6)
    assert client.receive().error == EMPTY


def test_priority(client: QueueClient, pass_time: Callable[[float], None]) -> None:
    """Priority 1 comes first, 16 last, and of one priority the one that has waited longest."""
    for body, priority in (("c", 16), ("b1", 8), ("b2", 8), ("a", 1)):
        client.send(body, Priority=priority)
        pass_time(1)

    assert [client.receive().fields["MessageBody"] for _ in range(4)] == ["a", "b1", "b2", "c"]


@pytest.mark.parametrize(
    "content",
    [
        {"Priority": 0},
        {"Priority": 17},
        {"DelaySeconds": 604_801},
        {"DelaySeconds": "-1"},
        {"MessageGroupId": "g"},
        {"Colour": "red"},
    ],
)
def test_wrong_settings(client: QueueClient, content: dict[str, Any]) -> None:
    """A setting that is unknown, out of range or not supported is refused by name, and nothing is sent."""
    refused = client.send(**content)

    assert refused.error == (400, "InvalidArgument")
    assert next(iter(content)) in refused.fields["Message"]
    assert client.attributes()["ActiveMessages"] == "0"


def test_retention(client: QueueClient, pass_time: Callable[[float], None]) -> None:
    """A message is gone when its retention ends, even while a receiver holds it; a later one stays."""
    client.create("short", MessageRetentionPeriod=60, VisibilityTimeout=600)
    client.send("old", "short")
    handle = client.receive("short").fields["ReceiptHandle"]
    pass_time(1)
    client.send("new", "short")
    pass_time(58.999)
    before = client.attributes("short")
    pass_time(0.001)

    assert (before["InactiveMessages"], before["ActiveMessages"]) == ("1", "1")
    assert client.delete(handle, "short").error == EMPTY
    assert client.receive("short").fields["MessageBody"] == "new"
    assert client.attributes("short")["ActiveMessages"] == "0"


@pytest.mark.parametrize(
    ("body", "ok"),
    [("a" * 1024, True), ("a" * 1025, False), ("ä" * 512, True), ("ä" * 513, False), ("", False)],
)
def test_sizes(client: QueueClient, body: str, ok: bool) -> None:  # noqa: FBT001 - a case
    """A body has 1 byte to the queue's MaximumMessageSize in UTF-8; a larger one is refused, not cut."""
    client.create("small", MaximumMessageSize=1024)
    sent = client.send(body, "small")

    assert sent.status == (201 if ok else 400)
    assert ok or "MessageBody should between 1 and 1024" in sent.fields["Message"]
    assert client.attributes("small")["ActiveMessages"] == str(int(ok))


def test_batches(everywhere: QueueClient) -> None:
    """Up to 16 messages are sent, peeked, received and deleted at once."""
    entries: list[dict[str, object]] = [{"MessageBody": f"m{number}"} for number in range(16)]
    sent = everywhere.call("POST", "/queues/q/messages", batch("Messages", "Message", entries))
    peeked = everywhere.receive(query="?peekonly=true&numOfMessages=16")
    received = everywhere.receive(query="?numOfMessages=16")
    handles = "".join(f"<ReceiptHandle>{row['ReceiptHandle']}</ReceiptHandle>" for row in received.rows)
    deleted = everywhere.call("DELETE", "/queues/q/messages", f"<ReceiptHandles>{handles}</ReceiptHandles>".encode())

    assert (sent.status, sent.name) == (201, "Messages")
    assert all(row.keys() == {"MessageId", "MessageBodyMD5"} for row in sent.rows)
    ids = [row["MessageId"] for row in sent.rows]
    assert [row["MessageId"] for row in peeked.rows] == [row["MessageId"] for row in received.rows] == ids
    assert deleted.status == 204
    assert everywhere.attributes()["InactiveMessages"] == "0"


def test_a_batch_of_which_some_fail(client: QueueClient) -> None:
    """The valid messages are sent, and each invalid one is reported in its place."""
    client.create("small", MaximumMessageSize=1024)
    entries: list[dict[str, object]] = [
        {"MessageBody": "one"},
        {"MessageBody": "x" * 1025},
        {"MessageBody": "two", "Priority": 99},
        {"MessageBody": "three"},
    ]
    sent = client.call("POST", "/queues/small/messages", batch("Messages", "Message", entries))

    assert sent.status == 400
    assert [row.get("ErrorCode", "") for row in sent.rows] == ["", "InvalidArgument", "InvalidArgument", ""]
    found = client.receive("small", "?numOfMessages=16")
    assert [row["MessageBody"] for row in found.rows] == ["one", "three"]


@pytest.mark.parametrize(
    ("bodies", "ok"), [([16], True), ([17], False), ([0], False), ([4, 16_384], True), ([4, 16_385], False)]
)
def test_batch_limits(client: QueueClient, bodies: list[int], ok: bool) -> None:  # noqa: FBT001 - a case
    """A batch has 1 to 16 messages and 64 KB together; beyond that none is sent."""
    number, size = (*bodies, 1)[:2]
    entries: list[dict[str, object]] = [{"MessageBody": "x" * size}] * number
    sent = client.call("POST", "/queues/q/messages", batch("Messages", "Message", entries))

    assert sent.status == (201 if ok else 400)
    assert client.attributes()["ActiveMessages"] == str(number if ok else 0)


def test_deleting_a_batch_in_part(client: QueueClient) -> None:
    """The valid handles are deleted; the others are reported with their errors and 404."""
    client.send()
    good = client.receive().fields["ReceiptHandle"]
    handles = "".join(f"<ReceiptHandle>{handle}</ReceiptHandle>" for handle in (good, "nonsense", good))
    answer = client.call("DELETE", "/queues/q/messages", f"<ReceiptHandles>{handles}</ReceiptHandles>".encode())

    assert (answer.status, answer.name) == (404, "Errors")
    assert [(row["ErrorCode"], row["ReceiptHandle"]) for row in answer.rows] == [
        ("ReceiptHandleError", "nonsense"),
        ("MessageNotExist", good),
    ]
    assert client.attributes()["InactiveMessages"] == "0"


def test_properties(client: QueueClient) -> None:
    """User and system properties come back with the message."""
    one = "<Name>n</Name><Value>v &amp; w</Value><Type>STRING</Type>"
    body = (
        f"<Message><MessageBody>m</MessageBody><UserProperties><PropertyValue>{one}</PropertyValue></UserProperties>"
        f"<SystemProperties><SystemPropertyValue>{one}</SystemPropertyValue></SystemProperties></Message>"
    )
    assert client.call("POST", "/queues/q/messages", body.encode()).status == 201
    text = client.receive().body.decode()

    assert f"<UserProperties><PropertyValue>{one}</PropertyValue></UserProperties>" in text
    assert f"<SystemProperties><SystemPropertyValue>{one}</SystemPropertyValue></SystemProperties>" in text


@pytest.mark.parametrize(("query", "polling"), [("?waitseconds=30", 0), ("", 30)])
def test_long_polling_with_a_frozen_clock(client: QueueClient, query: str, polling: int) -> None:
    """Nothing can come while the clock stands still, so the answer comes at once."""
    client.create("polled", PollingWaitSeconds=polling)

    assert client.receive("polled", query).error == EMPTY


def test_long_polling(here: Place, client: QueueClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a running clock a receiver waits, and gets the message that is sent meanwhile."""
    here.cloud.clock.unfreeze()
    waits, found = threading.Event(), list[Any]()
    original = MnsState._await_change

    def await_change(state: MnsState, seen: int, timeout_s: float) -> None:
        waits.set()
        original(state, seen, timeout_s)

    monkeypatch.setattr(MnsState, "_await_change", await_change)
    receiver = threading.Thread(target=lambda: found.append(client.receive(query="?waitseconds=30")))
    receiver.start()
    assert waits.wait(60)
    client.send("at last")
    receiver.join(60)

    assert found[0].fields["MessageBody"] == "at last"


def test_long_polling_ends(here: Place, client: QueueClient) -> None:
    """A receiver that waits answers as soon as the clock has passed the end of its wait."""
    here.cloud.clock.unfreeze()
    found: list[Any] = []
    receiver = threading.Thread(target=lambda: found.append(client.receive(query="?waitseconds=30")))
    receiver.start()
    while receiver.is_alive():
        here.cloud.advance(31)
        receiver.join(0.05)

    assert found[0].error == EMPTY


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_comes_back(here: Place, text: str) -> None:
    """Whatever another service may send is received unchanged, or refused when it is sent."""
    queues: Any = here.cloud.services["mns"]
    client = client_of(here)
    try:
        queues.send("acs:mns:cn-hangzhou:1000000000000001:/queues/any", text)
    except MnsError as error:
        assert error.code == "MalformedXML"  # noqa: PT017 - a refusal is one of the two outcomes
        return
    received = client.receive("any").fields
    assert received["MessageBody"] == text
    assert client.delete(received["ReceiptHandle"], "any").status == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<Message><MessageBody>", "MalformedXML"),
        (b"", "MalformedXML"),
        (b"\xff\xfe\x00", "MalformedXML"),
        (b"<?xml version='1.0' encoding='klingon'?><Message/>", "MalformedXML"),
        (
            b'<!DOCTYPE m [<!ENTITY a "aaaaa"><!ENTITY b "&a;&a;">]><Message><MessageBody>&b;</MessageBody></Message>',
            "MalformedXML",
        ),
        (b'<!DOCTYPE m SYSTEM "file:///etc/passwd"><Message><MessageBody>a</MessageBody></Message>', "MalformedXML"),
        (b"<Queue/>", "InvalidArgument"),
        (b"<Message><MessageBody><b/></MessageBody></Message>", "InvalidArgument"),
        (
            b"<Message><MessageBody>a</MessageBody><MessageBody>b</MessageBody></Message>",
            "InvalidArgument",
        ),
        (b"<Message>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</Message>", "InvalidArgument"),
    ],
)
def test_documents_that_are_refused(client: QueueClient, body: bytes, code: str) -> None:
    """What is no document of the API is refused before anything is sent; entities are never expanded."""
    assert client.call("POST", "/queues/q/messages", body).error == (400, code)
    assert client.attributes()["ActiveMessages"] == "0"


def test_a_missing_queue(client: QueueClient) -> None:
    """A call on a queue that nobody created is refused; a request never creates one."""
    answers = [
        client.send(queue="none"),
        client.receive("none"),
        client.peek("none"),
        client.delete("8-MS0y", "none"),
        client.call("DELETE", "/queues/none"),
        client.call("PUT", "/queues/none?metaoverride=true", document("Queue", {"DelaySeconds": 1})),
    ]

    assert {answer.error for answer in answers} == {(404, "QueueNotExist")}
