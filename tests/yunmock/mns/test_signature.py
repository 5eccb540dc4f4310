"""Who may call: signatures, dates, hashes, keys, roles and their permissions, faults."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.conftest import Place
from tests.yunmock.mns.conftest import NOW_MS, QueueClient, batch, client_of, document

from yunmock import Fault, local_cloud, mock_aliyun
from yunmock.http import Request
from yunmock.mns.routes import CALLS, operation_of

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = document("Message", {"MessageBody": "m"})
ACCOUNT = "acs:mns:cn-hangzhou:1000000000000001"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, (201, "")),
        ({"secret": "wrong"}, (403, "SignatureDoesNotMatch")),
        ({"key": "stranger"}, (403, "InvalidAccessKeyId")),
        ({"left_out": ("authorization",)}, (400, "MissingAuthorizationHeader")),
        ({"left_out": ("date",)}, (400, "MissingDateHeader")),
        ({"extra": {"date": "yesterday"}}, (400, "InvalidDateHeader")),
        ({"extra": {"date": "", "x-mns-date": "Thu, 01 Jan 2026 00:00:00 GMT"}}, (403, "SignatureDoesNotMatch")),
        ({"extra": {"x-mns-version": "2014-07-08"}}, (400, "InvalidArgument")),
        ({"extra": {"x-mns-user-request-id": "mine"}}, (201, "")),
        ({"extra": {"content-md5": base64.b64encode(hashlib.md5(BODY).digest()).decode()}}, (201, "")),  # noqa: S324 - RFC 1864
        ({"extra": {"content-md5": "AAAA"}}, (400, "InvalidDegist")),
        ({"extra": {"x-mns-late": "unsigned"}, "left_out": ("x-mns-late",)}, (403, "SignatureDoesNotMatch")),
    ],
)
def test_signatures(here: Place, client: QueueClient, changes: dict[str, Any], error: tuple[int, str]) -> None:
    """A request is accepted if the account's key signed it as a whole; else the first problem is named."""
    answer = client_of(here, **changes).call("POST", "/queues/q/messages", BODY)

    assert (answer.status, answer.fields.get("Code", "")) == error
    assert client.attributes()["ActiveMessages"] == str(int(error[0] == 201))


def test_form_of_an_error(client: QueueClient) -> None:
    """An error has code, message, request id and host, as the vendor's SDK reads it."""
    answer = client.receive()

    assert (answer.name, answer.headers["content-type"]) == ("Error", "text/xml;charset=utf-8")
    assert answer.fields == {
        "Code": "MessageNotExist",
        "Message": "Message not exist.",
        "RequestId": answer.headers["x-mns-request-id"],
        "HostId": "1000000000000001.mns.cn-hangzhou.aliyuncs.com",
    }
    assert answer.headers["x-mns-version"] == "2015-06-06"


def test_an_escaped_resource(here: Place, client: QueueClient) -> None:
    """A handle with escapes in the address is accepted, signed with the escapes or without."""
    signs_as_sent, signs_unescaped = client, client_of(here)
    for _ in range(9):
        client.send(Priority=16)
    for each in (signs_as_sent, signs_unescaped):
        client.send(Priority=1)  # the handle of the tenth message and of the next ends with `=`
        handle = client.receive().fields["ReceiptHandle"]
        escaped = handle.replace("=", "%3D")
        assert escaped != handle
        if each is signs_unescaped:
            each.signed_target = f"/queues/q/messages?ReceiptHandle={handle}"
        assert each.delete(escaped).status == 204


def test_any_key_pair_by_default() -> None:
    """Without strict keys a stranger's signature is accepted; the account's own key with a wrong secret is not."""
    with mock_aliyun() as cloud:
        place = Place(cloud, {"eventbridge": "x", "fc": "https://x.cn-hangzhou.fc.aliyuncs.com"})

        assert client_of(place, "stranger", "any").create().status == 201
        assert client_of(place, secret="wrong").create().error == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("PUT", "/topics/t", "Unknown"),
        ("GET", "/?accountmeta=true", "Unknown"),
        ("POST", "/queues/q", "Unknown"),
        ("GET", "/queues/q/others", "Unknown"),
    ],
)
def test_calls_that_yunmock_lacks(here: Place, client: QueueClient, method: str, target: str, name: str) -> None:
    """Another call of the service is refused with its method and path."""
    refused = client.call(method, target)

    assert refused.error == (400, "InvalidArgument")
    assert f"{method} {target.partition('?')[0]}" in refused.fields["Message"]
    assert here.cloud.calls_of("mns")[-1].operation == name


def test_what_a_refusal_quotes(client: QueueClient) -> None:
    """A refusal is a document also when it quotes what no document can hold."""
    refused = client.call("GET", "/queues/q/messages?%01%3Cx%3E=1")

    assert refused.error == (400, "InvalidQueryString")
    assert "\ufffd<x>" in refused.fields["Message"]


REQUESTS: dict[str, Callable[[QueueClient], Any]] = {
    "ListQueue": lambda client: client.call("GET", "/queues"),
    "CreateQueue": lambda client: client.create(),
    "SetQueueAttributes": lambda client: client.call("PUT", "/queues/q?metaOverride=true", document("Queue", {})),
    "GetQueueAttributes": lambda client: client.call("GET", "/queues/q"),
    "SendMessage": lambda client: client.send(),
    "BatchSendMessage": lambda client: client.call(
        "POST", "/queues/q/messages", batch("Messages", "Message", [{"MessageBody": "m"}])
    ),
    "ReceiveMessage": lambda client: client.receive(),
    "BatchReceiveMessage": lambda client: client.receive(query="?numOfMessages=16"),
    "PeekMessage": lambda client: client.peek(),
    "BatchPeekMessage": lambda client: client.receive(query="?peekonly=true&numOfMessages=2"),
    "DeleteMessage": lambda client: client.delete("8-MS0y"),
    "BatchDeleteMessage": lambda client: client.call(
        "DELETE", "/queues/q/messages", batch("ReceiptHandles", "ReceiptHandle", [{}])
    ),
    "ChangeMessageVisibility": lambda client: client.call(
        "PUT", "/queues/q/messages?ReceiptHandle=8-MS0y&VisibilityTimeout=9"
    ),
    "DeleteQueue": lambda client: client.call("DELETE", "/queues/q"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_each_call_needs_its_own_permission(name: str) -> None:
    """A role with every permission but one is refused that call alone; with that one alone it passes RAM."""
    part = "" if "Queue" in name else "/messages"
    resource = f"{ACCOUNT}:/queues" if name == "ListQueue" else f"{ACCOUNT}:/queues/q{part}"
    allow = {"Effect": "Allow", "Action": f"mns:{name}", "Resource": resource}
    everything = {"Effect": "Allow", "Action": "mns:*", "Resource": "*"}
    policies: Any = {
        "one": [{"Version": "1", "Statement": [allow]}],
        "others": [{"Version": "1", "Statement": [everything, {**allow, "Effect": "Deny"}]}],
    }
    cloud = local_cloud(roles=policies)
    cloud.clock.freeze(NOW_MS)
    queues: Any = cloud.services["mns"]
    with mock_aliyun(cloud):
        place = Place(cloud, {"eventbridge": "x", "fc": "https://x.cn-hangzhou.fc.aliyuncs.com"})
        answers = {}
        for role in policies:
            queues.create_queue("q")
            keys = cloud.credentials(role)
            client = client_of(place, keys.access_key_id, keys.access_key_secret, keys.security_token)
            answers[role] = REQUESTS[name](client)

    assert cloud.calls_of("mns")[-1].operation == name
    assert (answers["others"].status, answers["others"].fields["Code"]) == (403, "AccessDenied")
    assert answers["one"].status != 403
    assert cloud.access is not None
    assert cloud.access.unused("one") == []


def test_every_call_is_tested() -> None:
    """The calls above are all that the service answers."""
    assert REQUESTS.keys() == CALLS.keys()


def test_operations_by_the_root_of_the_document() -> None:
    """The root of a document decides on a batch, whatever stands before it."""
    prolog = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <Message> -->\n"
    quoted = b"<Message><MessageBody><![CDATA[<Messages>]]></MessageBody></Message>"
    bodies = (prolog + b"<Messages/>", quoted, b"")
    names = [operation_of(Request("POST", "/queues/q/messages", {}, body)) for body in bodies]

    assert names == ["BatchSendMessage", "SendMessage", "SendMessage"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("mns", "SendMessage", code="QpsLimitExceeded"), (400, "QpsLimitExceeded")),
        (Fault("mns", "SendMessage"), (500, "InternalServerError")),
        (Fault("mns", "*", code="Mine", status=418, message="tea"), (418, "Mine")),
    ],
)
def test_faults(here: Place, client: QueueClient, fault: Fault, error: tuple[int, str]) -> None:
    """A fault is answered in the service's form, and the next call passes."""
    here.cloud.faults.add(fault)

    assert client.send().error == error
    assert client.send().status == 201
