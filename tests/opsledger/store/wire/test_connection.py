"""The wire client on real connections: whatever breaks, there is a whole answer or none, and it ends in time."""

from __future__ import annotations

import gc
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.conftest import tablestore_on, wire_on
from tests.opsledger.store.wire.both_clients import INSTANCE, KEY_ID, SECRET, outcome, signed
from tests.opsledger.store.wire.scripted_server import (
    ScriptedServer,
    be_silent,
    chunked,
    respond,
    respond_and_close,
    respond_and_reset,
    respond_for_ever,
    until_close,
    with_length,
)
from tests.opsledger.store.wire.test_answers import writes, written

from opsledger.errors import MisconfiguredError
from opsledger.store import Key
from opsledger.store.calls import Refusal, ServiceError, UnansweredError
from opsledger.store.tables import RECORDS
from opsledger.store.wire import connection
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.connection import Connection
from opsledger.store.wire.signature import Credentials
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsledger.store.wire.connection import Answer

RESULT = {
    "t": [None, Refusal("OTSConditionCheckFail", "Condition check failed.")],
    "u": [Refusal("OTSServerBusy", "")],
}
SHORT_S = 0.05
"""How long a call may take that gets no answer."""
ENDS = pytest.mark.parametrize("ending", [respond_and_close, respond_and_reset])
FORMS = pytest.mark.parametrize("form", [with_length, chunked, until_close])


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    """Connections are closed when their client ends: one that is not is a warning, and so an error."""
    yield
    gc.collect()


def good() -> Answer:
    """An answer to `writes`, of now."""
    date = f"{datetime.now(tz=timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z"
    fresh = signed("/BatchWriteRow", written())
    headers = {name: value for name, value in fresh.headers.items() if name != "authorization"}
    headers["x-ots-date"] = date
    key = connection_signature(headers)
    return fresh._replace(headers={**headers, "authorization": f"OTS {KEY_ID}:{key}"})


def connection_signature(headers: dict[str, str]) -> str:
    """The vendor's signature of an answer to `writes`."""
    from tablestore.auth import SignV2  # noqa: PLC0415 - only here

    made: str = SignV2("utf8").make_response_signature("/BatchWriteRow", headers, SECRET)
    return made


def client_of(server: ScriptedServer, seconds: float = 10, scheme: str = "http") -> WireClient:
    """A client of the server."""
    host = "localhost" if scheme == "https" else "127.0.0.1"
    return WireClient(f"{scheme}://{host}:{server.port}", INSTANCE, Credentials(KEY_ID, SECRET), lambda: seconds)


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(tz=timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(made.public_bytes(encoding) + key.private_bytes(encoding, form, plain))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls(tls: ssl.SSLContext, certificate: Path, version: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is kept, and opened again when the server has closed it."""
    tls.minimum_version = tls.maximum_version = version
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(connection, "tls_context", lambda: trusting)
    data = chunked(good())
    with ScriptedServer(respond(data), respond(data), respond_and_close(data), respond(data), tls=tls) as server:
        client = client_of(server, scheme="https")
        assert [outcome(client, writes) for _ in range(4)] == [RESULT] * 4
        client.close()

    assert server.connections == 2
    assert len(server.requests) == 4


def test_a_server_that_cannot_prove_its_name_gets_no_request(tls: ssl.SSLContext) -> None:
    """The system's authorities have not signed its certificate."""
    with ScriptedServer(respond(with_length(good())), tls=tls) as server:
        assert isinstance(outcome(client_of(server, scheme="https"), writes), UnansweredError)

    assert server.requests == []


def test_a_name_that_the_certificate_lacks_gets_no_request(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate is for its names alone."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(connection, "tls_context", lambda: trusting)
    with ScriptedServer(respond(with_length(good())), tls=tls) as server:
        endpoint = f"https://127.0.0.1:{server.port}"
        client = WireClient(endpoint, INSTANCE, Credentials(KEY_ID, SECRET), lambda: 10)
        assert isinstance(outcome(client, writes), UnansweredError)

    assert server.requests == []


def test_the_tls_context_trusts_the_systems_authorities() -> None:
    """And asks for a certificate, its name and a version that is not broken."""
    context = connection.tls_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 0
    assert connection.tls_context() is context
