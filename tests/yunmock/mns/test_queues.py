"""Queues: create, describe, change, list, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.mns.conftest import client_of, document

from yunmock.mns.errors import MnsError

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place
    from tests.yunmock.mns.conftest import QueueClient

DEFAULTS = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": "65536",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "PollingWaitSeconds": "0",
    "LoggingEnabled": "False",
}


def test_life_of_a_queue(everywhere: QueueClient) -> None:
    """A queue is created with defaults, changed in part, listed and deleted."""
    first = everywhere.attributes()
    changed = everywhere.call("PUT", "/queues/q?metaoverride=true", document("Queue", {"VisibilityTimeout": 5}))
    after = everywhere.attributes()
    (listed,) = everywhere.call("GET", "/queues").rows
    deleted = everywhere.call("DELETE", "/queues/q")

    assert {name: first[name] for name in DEFAULTS} == DEFAULTS
    assert (first["QueueName"], first["CreateTime"], first["ActiveMessages"]) == ("q", "1767225600", "0")
    assert (changed.status, changed.body) == (204, b"")
    assert after == {**first, "VisibilityTimeout": "5"}
    assert listed["QueueURL"].endswith("/queues/q")
    assert deleted.status == 204
    assert everywhere.call("GET", "/queues/q").error == (404, "QueueNotExist")


def test_a_queue_created_twice(client: QueueClient) -> None:
    """The same queue again is 204 with its address; one that differs is refused."""
    again, other = client.create(), client.create(DelaySeconds=1)

    assert (again.status, again.body) == (204, b"")
    assert again.headers["Location"] == "http://1000000000000001.mns.cn-hangzhou.aliyuncs.com/queues/q"
    assert other.error == (409, "QueueAlreadyExist")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("q" * 120, None),
        ("9-q", None),
        ("q" * 121, "QueueNameLengthError"),
        ("-q", "InvalidQueueName"),
        ("q_r", "InvalidQueueName"),
        ("%E4%B8%AD", "InvalidQueueName"),
        ("", "QueueNameLengthError"),
    ],
)
def test_names(client: QueueClient, name: str, code: str | None) -> None:
    """A name has 1 to 120 letters, digits and hyphens, and begins with no hyphen."""
    answer = client.create(name)

    assert answer.status == (400 if code else 201)
    assert code is None or answer.fields["Code"] == code


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("VisibilityTimeout", 1, 43_200),
        ("MaximumMessageSize", 1024, 65_536),
        ("MessageRetentionPeriod", 60, 604_800),
        ("DelaySeconds", 0, 604_800),
        ("PollingWaitSeconds", 0, 30),
    ],
)
def test_ranges(client: QueueClient, name: str, lowest: int, highest: int) -> None:
    """Each number is accepted at both ends of its range and refused beyond, with the range in the message."""
    for number, value in enumerate((lowest, highest)):
        client.create(f"ok-{number}", **{name: value})
        assert client.attributes(f"ok-{number}")[name] == str(value)
    for wrong in (lowest - 1, highest + 1, "1.5", "", "٣", "1e3"):
        refused = client.create("bad", **{name: wrong})
        assert refused.error == (400, "InvalidArgument")
        assert f"{name} should between {lowest} and {highest}" in refused.fields["Message"]


@pytest.mark.parametrize("attributes", [{"Colour": "red"}, {"LoggingEnabled": "perhaps"}, {"loggingenabled": "True"}])
def test_unknown_attributes(client: QueueClient, attributes: dict[str, Any]) -> None:
    """An attribute that the API does not have, or a value that is no truth value, is refused by name."""
    refused = client.create("bad", **attributes)

    assert refused.error == (400, "InvalidArgument")
    assert next(iter(attributes)) in refused.fields["Message"]


def test_pages(client: QueueClient) -> None:
    """Queues are listed by name, in pages that join without a gap, by prefix and with attributes on request."""
    for number in range(5):
        client.create(f"page-{number}")
    names: list[str] = []
    marker: dict[str, Any] = {}
    while True:
        rows = client.call("GET", "/queues", prefix="page", ret_number="2", with_meta="true", **marker)
        names += [row["QueueName"] for row in rows.rows if "QueueName" in row]
        if "NextMarker" not in rows.fields:
            break
        marker = {"marker": rows.fields["NextMarker"]}

    assert names == [f"page-{number}" for number in range(5)]
    assert client.call("GET", "/queues", ret_number="1001").error == (400, "InvalidArgument")


def test_regions_are_apart(here: Place, client: QueueClient) -> None:
    """A queue belongs to the region of the host, also of the internal one."""
    hosts = ["mns.cn-beijing", "mns.cn-beijing-internal", "mns.cn-beijing-internal-vpc"]
    first, *others = [client_of(here) for _ in hosts]
    for each, host in zip((first, *others), hosts, strict=True):
        each.url = f"http://1000000000000001.{host}.aliyuncs.com"

    assert first.call("GET", "/queues/q").error == (404, "QueueNotExist")
    assert first.create("r").status == 201
    assert [each.call("GET", "/queues/r").status for each in others] == [200, 200]
    assert client.call("GET", "/queues/r").error == (404, "QueueNotExist")


def test_a_deleted_queue_takes_its_messages_along(client: QueueClient) -> None:
    """A queue of the same name is empty, and a queue whose name is longer keeps its messages."""
    client.create("q-2")
    client.send()
    client.send(queue="q-2")
    client.call("DELETE", "/queues/q")
    client.create()

    assert client.receive().error == (404, "MessageNotExist")
    assert client.receive("q-2").status == 200


def test_python_methods(here: Place, client: QueueClient) -> None:
    """A test can create a queue and look into it without a request."""
    queues: Any = here.cloud.services["mns"]
    queues.create_queue("made", VisibilityTimeout=7)
    client.send("one", "made")
    client.receive("made")

    assert client.attributes("made")["VisibilityTimeout"] == "7"
    assert [(message.body, message.received) for message in queues.messages("made")] == [("one", 1)]
    with pytest.raises(MnsError, match="already exist"):
        queues.create_queue("made")
