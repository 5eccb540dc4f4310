"""The wire client and answers that are none or do not end: each call ends in time, without an answer."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection
from typing import Any

import pytest
from tests.opsledger.store.wire.both_clients import outcome
from tests.opsledger.store.wire.live_answer import SHORT_S, client_of, good
from tests.opsledger.store.wire.scripted_server import (
    ScriptedServer,
    be_silent,
    respond,
    respond_and_close,
    respond_for_ever,
    with_length,
)
from tests.opsledger.store.wire.test_answers import writes

from opsledger.store.calls import UnansweredError
from opsledger.store.wire.connection import LONGEST_WAIT_S, Connection, opener

HEAD = b"HTTP/1.1 200 OK\r\n"
BAD_HTTP = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a version of the future": b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a huge length": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a large length": HEAD + b"Content-Length: 67108865\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -5\r\n\r\n",
    "a length that is no number": HEAD + b"Content-Length: many\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a huge chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
    "a negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nxxxxx\r\n0\r\n\r\n",
    "a chunk that is no number": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a long status line": b"HTTP/1.1 200 " + b"x" * 70_000,
    "a long header": HEAD + b"A: " + b"x" * 70_000,
    "many headers": HEAD + b"A: b\r\n" * 200 + b"\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "compressed": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
    "a page": HEAD + b"Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BAD_HTTP)
def test_what_is_not_an_answer_of_tablestore_is_none(answer: str) -> None:
    """Whatever a proxy, a gateway or an attacker sends; nothing is reserved for a length that it only claims."""
    with ScriptedServer(respond_and_close(BAD_HTTP[answer])) as server:
        assert isinstance(outcome(client_of(server), writes), UnansweredError)


ENDLESS = {
    "silence": be_silent,
    "a part": lambda taken: respond(with_length(good())[:40])(taken) and be_silent(taken),
    "a body": lambda taken: (
        respond(HEAD + b"Content-Length: 67108864\r\n\r\n")(taken) and respond_for_ever(b"x")(taken)
    ),
    "chunks": lambda taken: (
        respond(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")(taken) and respond_for_ever(b"1\r\nx\r\n")(taken)
    ),
    "trailers": lambda taken: (
        respond(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")(taken) and respond_for_ever(b"a: b\r\n")(taken)
    ),
    "provisional answers": respond_for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("answer", ENDLESS)
def test_a_call_ends_when_its_time_is_up(answer: str) -> None:
    """Where nothing comes, and where something comes without an end."""
    with ScriptedServer(ENDLESS[answer]) as server:
        assert isinstance(outcome(client_of(server, SHORT_S), writes), UnansweredError)


def test_an_answer_byte_by_byte_ends_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait is short, and all together are not longer than the call may take."""
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    class SlowSocket:
        """Receives one byte in four seconds."""

        received = 0

        def settimeout(self, seconds: float) -> None:
            """Limits a wait to what is left."""
            assert 0 < seconds <= 20 - clock[0]

        def sendall(self, data: bytes) -> None:
            """Send at once."""

        def recv_into(self, buffer: Any) -> int:
            """One byte of a header that does not end."""
            clock[0] += 4
            self.received += 1
            buffer[:1] = b"H"
            return 1

        def close(self) -> None:
            """Nothing to close."""

    slow = SlowSocket()

    class Http(HTTPConnection):
        """Connected to the slow socket."""

        def connect(self) -> None:
            """Connect."""
            self.sock = slow

    with pytest.raises(TimeoutError):
        Connection(lambda: Http("h")).post("/", {}, b"", until=20)
    assert slow.received == 5


def test_a_handshake_has_what_connecting_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten seconds connecting takes all but a twentieth of one, and then the server says nothing."""
    clock, connect = [0.0], socket.create_connection

    def slowly(*arguments: Any) -> socket.socket:
        clock[0] += 9.95
        return connect(*arguments)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(socket, "create_connection", slowly)
        monkeypatch.setattr("time.monotonic", lambda: clock[0])
        started = time.perf_counter()
        with pytest.raises(TimeoutError):
            Connection(opener(f"https://127.0.0.1:{listener.getsockname()[1]}")).post("/", {}, b"", until=10)

    assert time.perf_counter() - started < LONGEST_WAIT_S / 2
