"""Programs on the standard library's `http.client` reach the cloud in this process, and no other host of it."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPConnection, HTTPSConnection

import pytest

from yunmock import Fault, mock_aliyun
from yunmock.errors import EndpointRefusedError

HOST = "1000000000000001.mns.cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize("kind", [HTTPConnection, HTTPSConnection])
def test_a_connection_is_answered_and_kept(kind: type[HTTPConnection]) -> None:
    """With and without TLS, several requests on one connection, with query and body as they were sent."""
    with mock_aliyun() as cloud:
        connection = kind(HOST)
        for target in ("/queues?a=%20", "/queues/q"):
            connection.request("PUT", target, b"body")
            assert connection.getresponse().read()

        sent = [call.request for call in cloud.calls_of("mns")]
    assert [(one.method, one.target, one.path, one.body, one.host) for one in sent] == [
        ("PUT", "/queues?a=%20", "/queues", b"body", HOST),
        ("PUT", "/queues/q", "/queues/q", b"body", HOST),
    ]


def test_urllib_reaches_the_cloud() -> None:
    """It is built on http.client; a refusal is an HTTP error."""
    with mock_aliyun(), pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"https://{HOST}/queues")
    refused.value.close()


def test_a_dropped_connection_ends_without_an_answer() -> None:
    """As when a peer closes it."""
    with mock_aliyun() as cloud:
        cloud.faults.add(Fault("mns", "*", action="drop"))
        connection = HTTPSConnection(HOST)
        connection.request("GET", "/queues")

        with pytest.raises(ConnectionError):
            connection.getresponse()


def test_other_hosts_of_alibaba_cloud_are_refused() -> None:
    """Nothing leaves the machine."""
    with mock_aliyun(), pytest.raises(EndpointRefusedError, match="yunmock emulates no service there"):
        HTTPSConnection("oss-cn-hangzhou.aliyuncs.com").request("GET", "/")


def test_a_request_in_chunks_is_refused() -> None:
    """The refusal names the host, what is refused and what to do."""
    with mock_aliyun() as cloud:
        with pytest.raises(EndpointRefusedError, match=rf"{HOST}.*Transfer-Encoding.*give the length"):
            HTTPSConnection(HOST).request("PUT", "/queues/q", iter([b"a", b"b"]), encode_chunked=True)
        assert cloud.calls == []


def test_afterwards_connections_are_as_before() -> None:
    """Also when contexts were nested."""
    before = HTTPConnection.connect
    with mock_aliyun(), mock_aliyun():
        assert HTTPConnection.connect is not before
    assert HTTPConnection.connect is before
