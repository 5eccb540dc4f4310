"""The wire client over TLS: it talks only to a server that proves its name."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.opsledger.store.wire.both_clients import INSTANCE, KEY_ID, SECRET, outcome
from tests.opsledger.store.wire.live_answer import RESULT, client_of, good
from tests.opsledger.store.wire.scripted_server import (
    ScriptedServer,
    chunked,
    respond,
    respond_and_close,
    with_length,
)
from tests.opsledger.store.wire.test_answers import writes

from opsledger.store.calls import UnansweredError
from opsledger.store.wire import connection
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials

if TYPE_CHECKING:
    from pathlib import Path


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
