"""The server's HTTP: malformed, ambiguous and oversized requests, slow peers, and running out of descriptors."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.yunmock.server.raw_http import HEALTH, healthy, talk, with_host

from yunmock import connection
from yunmock.connection import MAX_BODY
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.server import Server

NONSENSE = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
    (b"GET\r\n\r\n", b"400"),
    (b"GET / HTTP/9.9\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n", b"400"),
    (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"431"),
    (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), b"413"),
    (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}", b"400"),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
    (b"GET http://[broken/ HTTP/1.1\r\n\r\n", b"400"),
    (b"GET /nothing HTTP/1.1\r\n\r\n", b"404"),
]


@pytest.mark.parametrize(("sent", "status"), NONSENSE, ids=range(len(NONSENSE)))
def test_malformed_requests(server: Server, sent: bytes, status: bytes) -> None:
    """Malformed and oversized requests are answered with the right status; the server stays up."""
    assert talk(server, with_host(sent)).split(b" ")[1] == status
    assert healthy(server)


AMBIGUOUS = [
    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"content-length: 2, 2\r\n\r\n{}",
    b"Content-Length: +2\r\n\r\n{}",
    b"Content-Length : 2\r\n\r\n{}",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X-Folded: one\r\n two\r\nContent-Length: 2\r\n\r\n{}",
    b"X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    b"X-Bare: a\nContent-Length: 2\r\n\r\n{}",
    b"Content-Length: 2\n\n{}",
    b"Host: localhost\r\nContent-Length: 2\r\n\r\n{}",
]


@pytest.mark.parametrize("rest", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
def test_ambiguous_requests(server: Server, rest: bytes) -> None:
    """A request that two programs may read in two ways is refused, and the connection ends: nothing is smuggled."""
    answer = talk(server, b"POST /_yunmock/reset HTTP/1.1\r\nHost: localhost\r\n" + rest + HEALTH)

    assert answer.split(b" ")[1] in (b"400", b"501")
    assert b"200 OK" not in answer


HOSTS = [
    (b"http://evil.example/_yunmock/health", b"127.0.0.1", b"400"),
    (b"http://127.0.0.1/_yunmock/health", b"evil.example", b"400"),
    (b"http://LOCALHOST:1/_yunmock/health", b"localhost:1", b"200"),
    (b"/_yunmock/health", b"127.0.0.1:80:evil.example", b"400"),
    (b"/_yunmock/health", b"127.0.0.1@evil.example", b"400"),
    (b"/_yunmock/health", b"[::1", b"400"),
    (b"/_yunmock/health", b"127.0.0.1/x", b"400"),
    (b"//evil.example/_yunmock/health", b"127.0.0.1", b"404"),
    (b"//_yunmock/health?a=//b", b"127.0.0.1", b"404"),
]


@pytest.mark.parametrize(("target", "host", "status"), HOSTS)
def test_the_host_is_named_once(server: Server, target: bytes, host: bytes, status: bytes) -> None:
    """A malformed Host, or one that differs from that of the address, is refused; two slashes begin a path, no host."""
    request = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"

    assert talk(server, request).split(b" ")[1] == status
    assert healthy(server)


def test_a_host_is_needed(server: Server) -> None:
    """An HTTP/1.1 request without a Host header is refused."""
    assert talk(server, b"GET /_yunmock/health HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_bodies_too_large(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunked body that grows too large is refused while it arrives; one that is cut off is refused too."""
    monkeypatch.setattr(connection, "MAX_BODY", 10)
    head = with_host(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    assert talk(server, head + b"6\r\n123456\r\n6\r\n123456\r\n").startswith(b"HTTP/1.1 413")
    assert talk(server, head + b"6\r\n123").startswith(b"HTTP/1.1 400")


def test_random_bytes(server: Server) -> None:
    """After random bytes, complete or cut off, the server answers the next peer."""
    chance = random.Random(1)  # noqa: S311 - the same bytes at each run
    heads = [
        b"POST /PutRow HTTP/1.1\r\nx-ots-date: x\r\nContent-Length: 50\r\n\r\n",
        b"POST /openapi/putEvents HTTP/1.1\r\nContent-Length: 50\r\n\r\n",
        b"POST /2016-08-15/services/s/functions/f/invocations HTTP/1.1\r\nContent-Length: 50\r\n\r\n",
        b"POST /_yunmock/faults HTTP/1.1\r\nContent-Length: 50\r\n\r\n",
    ]
    for _ in range(60):
        sent = with_host(chance.choice(heads)) + chance.randbytes(50)
        talk(server, sent[: chance.randrange(1, len(sent) + 1)])
        talk(server, chance.randbytes(50))

    assert healthy(server)


def test_keep_alive_and_pipelining(server: Server) -> None:
    """Requests on one connection are answered in order; HTTP/1.0 and `close` end it; HEAD has no body."""
    assert talk(server, HEALTH * 3).count(b"HTTP/1.1 200 OK") == 3
    one = b"GET /_yunmock/health HTTP/1.0\r\n\r\n"
    assert talk(server, one * 2, close=False).count(b"200 OK") == 1
    closing = with_host(b"GET /_yunmock/health HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert talk(server, closing * 2, close=False).count(b"200 OK") == 1
    head = talk(server, with_host(b"HEAD /nothing HTTP/1.1\r\n\r\n"))
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 0" not in head


def test_chunked_and_expected_bodies(server: Server) -> None:
    """A body may be chunked, or wait for `100 Continue`."""
    clock = with_host(b"POST /_yunmock/clock/freeze HTTP/1.1\r\n")
    chunks = clock + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"at_\r\n8;x=y\r\nms": 42}\r\n0\r\nTrailer: x\r\n\r\n'
    assert b'{"now_ms":42,"frozen":true}' in talk(server, chunks)
    expected = clock + b'Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{"at_ms": 43}'
    answer = talk(server, expected)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert b'"now_ms":43' in answer


def test_a_slow_peer_does_not_block_others(server: Server) -> None:
    """While one peer is slow, others are answered."""
    with socket.create_connection((server.host, server.port)) as slow:
        slow.sendall(b"POST /openapi/putEvents HTTP/1.1\r\nHost: localhost\r\nContent-Len")
        assert healthy(server)
        slow.sendall(b"gth: 2\r\n\r\n{}")
        assert slow.recv(1000).startswith(b"HTTP/1.1 403")


INJECTED = [
    Response(200, {"X-A": "1\r\nX-B: 2"}),
    Response(200, {"X A": "1"}),
    Response(999, {}),
    Response(42, {}),
]


@pytest.mark.parametrize("response", INJECTED, ids=range(len(INJECTED)))
def test_responses_that_http_does_not_allow(
    server: Server, monkeypatch: pytest.MonkeyPatch, response: Response
) -> None:
    """A response with a line break in a header, or with no valid status, is answered as a bad gateway."""
    monkeypatch.setattr(server, "answer", lambda _: response)

    answer = talk(server, HEALTH)

    assert answer.startswith(b"HTTP/1.1 502")
    assert b"X-B" not in answer.partition(b"\r\n\r\n")[0]


OUT_OF_DESCRIPTORS = """
import resource, socket
from yunmock import local_cloud
from yunmock.server import Server

with Server(local_cloud()) as server:
    hold = []
    limit = len(__import__("os").listdir("/dev/fd")) + 12
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    try:
        while True:
            hold.append(socket.create_connection((server.host, server.port), timeout=5))
    except OSError as error:
        assert error.errno == 24, error
    hold.pop().close()
    with hold.pop() as peer:
        peer.sendall(b"GET /_yunmock/health HTTP/1.0\\r\\n\\r\\n")
        first = peer.recv(100)
    for peer in hold:
        peer.close()
    with socket.create_connection((server.host, server.port), timeout=5) as peer:
        peer.sendall(b"GET /_yunmock/health HTTP/1.0\\r\\n\\r\\n")
        print(peer.recv(100).split(b" ")[1].decode())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors to lower")
def test_running_out_of_descriptors() -> None:
    """After the process ran out of descriptors the server accepts connections again."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", OUT_OF_DESCRIPTORS], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
    assert "cannot accept a connection" in done.stderr
