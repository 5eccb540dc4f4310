"""The wire client on real connections: whatever breaks, there is a whole answer or none."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import tablestore_on, wire_on
from tests.opsledger.store.wire.both_clients import INSTANCE, KEY_ID, SECRET, outcome, signed
from tests.opsledger.store.wire.live_answer import RESULT, SHORT_S, client_of, good
from tests.opsledger.store.wire.scripted_server import (
    ScriptedServer,
    chunked,
    respond,
    respond_and_close,
    respond_and_reset,
    until_close,
    with_length,
)
from tests.opsledger.store.wire.test_answers import writes

from opsledger.errors import MisconfiguredError
from opsledger.store import Key
from opsledger.store.calls import ServiceError, UnansweredError
from opsledger.store.tables import RECORDS
from opsledger.store.wire import connection
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.store.wire.connection import Answer

ENDS = pytest.mark.parametrize("ending", [respond_and_close, respond_and_reset])
FORMS = pytest.mark.parametrize("form", [with_length, chunked, until_close])


@FORMS
def test_answers_in_every_form(form: Callable[[Answer], bytes]) -> None:
    """With a length, in chunks as Tablestore sends them, and up to the end of the connection."""
    with ScriptedServer(respond_and_close(form(good()))) as server:
        assert outcome(client_of(server), writes) == RESULT


@pytest.mark.parametrize("form", [with_length, chunked])
def test_a_connection_is_kept(form: Callable[[Answer], bytes]) -> None:
    """Calls one after the other, errors of the service among them, use one connection."""
    error = b"\x0a\x0dOTSServerBusy"
    refused = signed("/BatchWriteRow", error, 503)
    headers = {name: value for name, value in refused.headers.items() if name not in ("authorization", "x-ots-date")}
    with ScriptedServer(respond(form(refused._replace(headers=headers))), respond(form(good()))) as server:
        client = client_of(server)
        assert isinstance(outcome(client, writes), ServiceError)
        assert [outcome(client, writes) for _ in range(3)] == [RESULT] * 3
        client.close()

    assert server.connections == 1


@ENDS
@FORMS
def test_an_answer_that_breaks_off_is_none(form: Callable[[Answer], bytes], ending: Any) -> None:
    """After every byte, by an end or a reset of the connection."""
    data = form(good())
    sizes = [*range(0, len(data), 7), len(data) - 2, len(data) - 1]
    with ScriptedServer(*[ending(data[:size]) for size in sizes]) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in sizes]

    # The end of the last chunk may miss: the body is whole by then, and its digest and signature right.
    assert all(isinstance(result, UnansweredError) or result == RESULT for result in results)
    assert all(isinstance(result, UnansweredError) for result in results[:-3])
    assert len(server.requests) == len(sizes)


@ENDS
def test_a_kept_connection_that_was_closed_is_opened_again(ending: Any) -> None:
    """As after a freeze: the call succeeds, and nobody sees it."""
    data = with_length(good())
    with ScriptedServer(ending(data)) as server:
        client = client_of(server)
        assert [outcome(client, writes) for _ in range(5)] == [RESULT] * 5


@ENDS
def test_a_kept_connection_that_breaks_at_a_request_is_opened_again(ending: Any) -> None:
    """Once, and only where nothing of an answer came; the same request is sent again."""
    data = with_length(good())
    with ScriptedServer(respond(data), ending(b""), respond(data)) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in range(2)]
        client.close()

    assert results == [RESULT, RESULT]
    assert len(server.requests) == 3
    assert server.requests[1] == server.requests[2]


@ENDS
def test_a_new_connection_that_breaks_is_not_tried_again(ending: Any) -> None:
    """The caller decides whether and when to try again."""
    with ScriptedServer(ending(b"")) as server:
        assert isinstance(outcome(client_of(server), writes), UnansweredError)

    assert len(server.requests) == 1


def test_a_kept_connection_that_breaks_twice_is_no_answer() -> None:
    """There is no third request."""
    with ScriptedServer(respond(with_length(good())), respond_and_close(b"")) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in range(2)]

    assert isinstance(results[1], UnansweredError)
    assert len(server.requests) == 3


def test_a_kept_connection_whose_answer_breaks_off_is_not_used_again() -> None:
    """The rest of that answer is never read as the next one."""
    data = with_length(good())
    with ScriptedServer(respond(data), respond_and_close(data[:100]), respond(data)) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in range(3)]
        client.close()

    assert (results[0], results[2]) == (RESULT, RESULT)
    assert isinstance(results[1], UnansweredError)
    assert server.connections == 2


def test_more_than_was_asked_for_is_not_the_next_answer() -> None:
    """A connection on which something came that nobody asked for is closed."""
    data = with_length(good())
    with ScriptedServer(respond(data + data), respond(data)) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in range(2)]
        client.close()

    assert results == [RESULT, RESULT]
    assert server.connections == 2


def test_a_doubtful_answer_ends_its_connection() -> None:
    """Who sent a wrong digest may be out of step."""
    answer = good()
    with ScriptedServer(respond(with_length(answer._replace(body=b""))), respond(with_length(answer))) as server:
        client = client_of(server)
        results = [outcome(client, writes) for _ in range(2)]
        client.close()

    assert isinstance(results[0], UnansweredError)
    assert results[1] == RESULT
    assert server.connections == 2


def test_an_idle_connection_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway may have forgotten it and say nothing."""
    with ScriptedServer(respond(with_length(good()))) as server:
        client = client_of(server)
        assert outcome(client, writes) == RESULT
        monkeypatch.setattr(connection, "MAX_IDLE_S", -1.0)
        assert outcome(client, writes) == RESULT
        client.close()

    assert server.connections == 2


def test_nobody_listens() -> None:
    """A port without a server, a name that does not resolve, one that is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for endpoint in (f"http://127.0.0.1:{port}", "https://nothing.invalid", "http://a..b", f"http://{'a' * 64}.b"):
        client = WireClient(endpoint, INSTANCE, Credentials(KEY_ID, SECRET), lambda: SHORT_S)
        assert isinstance(outcome(client, writes), UnansweredError)


def test_a_port_that_is_none_is_refused() -> None:
    """When the store is opened, with the address."""
    with pytest.raises(MisconfiguredError, match="http://a:b"):
        WireClient("http://a:b", INSTANCE, Credentials(KEY_ID, SECRET), lambda: 10)


def test_threads_share_a_client() -> None:
    """Each call has a connection of its own; those that are idle are used again."""
    with mock_aliyun() as cloud:
        tablestore_on(cloud)
        store = wire_on(cloud)
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda n: store.read([Key(RECORDS, (f"{n}",))]), range(200)))

    assert read == [{}] * 200
    assert len(cloud.calls_of("tablestore", "BatchGetRow")) == 200


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the SDK use it."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with ScriptedServer(respond_and_close(with_length(good()))) as server:
        assert outcome(client_of(server), writes) == RESULT


def test_a_path_of_the_endpoint_is_in_front() -> None:
    """As with the SDK: the signature is over the operation alone."""
    with ScriptedServer(respond_and_close(with_length(good()))) as server:
        endpoint = f"http://127.0.0.1:{server.port}/ots/"
        client = WireClient(endpoint, INSTANCE, Credentials(KEY_ID, SECRET), lambda: 10)
        assert outcome(client, writes) == RESULT

    assert server.requests[0].startswith(b"POST /ots/BatchWriteRow HTTP/1.1\r\n")


@pytest.mark.parametrize("token", ["token\r\nX-Other: 1", "token\n", "tökén"])
def test_a_credential_that_no_header_can_hold_is_refused_without_being_shown(token: str) -> None:
    """A line break in it would be a header more."""
    with pytest.raises(MisconfiguredError, match="no HTTP header can hold") as raised:
        WireClient("http://127.0.0.1:1", INSTANCE, Credentials(KEY_ID, SECRET, token), lambda: 10)

    assert "tok" not in str(raised.value)


def test_credentials_do_not_show_their_secret() -> None:
    """A traceback with them has only the id."""
    assert SECRET not in repr(Credentials(KEY_ID, SECRET, "a-token"))
    assert "a-token" not in repr(Credentials(KEY_ID, SECRET, "a-token"))


def test_an_ascii_name_is_looked_up_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """For text Python loads its tables of international names, and no other name needs them."""
    asked = []

    def create_connection(address: tuple[str | bytes, int], *_: Any) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    for host in ("one.example", "例.example"):
        with pytest.raises(ConnectionRefusedError):
            connection.Connection(connection.opener(f"http://{host}:81")).post("/", {}, b"", time.monotonic() + 5)

    assert asked == [(b"one.example", 81), ("例.example", 81)]
