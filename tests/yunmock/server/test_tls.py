"""HTTPS of the server: one port for both, a certificate for one run, and how each client comes to trust it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any

import certifi
import fc2
import pytest
import requests
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from alibabacloud_tea_util.models import RuntimeOptions
from cryptography import x509
from tablestore import OTSClient
from tests.yunmock.server.raw_http import HEALTH, healthy, talk

from yunmock import local_cloud
from yunmock.__main__ import main
from yunmock.certificates import new_certificate
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server writes what clients must trust."""
    return tmp_path_factory.mktemp("tls") / "ca.pem"


@pytest.fixture(scope="module")
def secure(authority: Path) -> Iterator[Server]:
    """A server with a certificate that has one more name."""
    cloud = local_cloud()
    with Server(cloud, certificate=new_certificate(authority, ["yunmock.internal"])) as server:
        yield server
    cloud.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "yunmock.internal"])
def test_a_name_of_the_certificate(secure: Server, authority: Path, name: str) -> None:
    """A client that trusts the authority and checks strictly, as Python 3.13 does, reaches each name."""
    context = ssl.create_default_context(cafile=authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    peer = socket.create_connection((secure.host, secure.port), timeout=5)
    with context.wrap_socket(peer, server_hostname=name) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_one_port_speaks_both(secure: Server, authority: Path) -> None:
    """HTTPS and HTTP reach the same services, and a page of the server may be read with either."""
    for url, verify in ((f"https://{secure.address}", str(authority)), (f"http://{secure.address}", "")):
        headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
        with requests.get(f"{url}/_yunmock/health", verify=verify, headers=headers, timeout=5) as answer:
            assert answer.status_code == 200


def test_who_does_not_trust_leaves(secure: Server) -> None:
    """Without the authority's certificate a client refuses; what is no handshake is let go; the server goes on."""
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{secure.address}/_yunmock/health", timeout=5)
    assert b"HTTP" not in talk(secure, b"\x16 no handshake")
    assert healthy(secure)


def test_a_stopped_server_takes_up_no_connection(authority: Path) -> None:
    """Who connects, and sends the first byte only when the server has stopped, gets no answer."""
    with Server(local_cloud(), certificate=new_certificate(authority.with_name("stopped.pem"))) as server:
        peer = socket.create_connection((server.host, server.port), timeout=5)
        assert healthy(server)  # so the connection before it was accepted
    with peer, contextlib.suppress(ConnectionError):
        peer.sendall(HEALTH)
        assert peer.recv(65536) == b""


def test_the_authority_signs_nothing_else(authority: Path, secure: Server) -> None:
    """The file has one certificate and no key; another server has another authority."""
    text = authority.read_text()
    (made,) = x509.load_pem_x509_certificates(authority.read_bytes())
    other = new_certificate(authority.with_name("other.pem")).authority

    assert "PRIVATE" not in text
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert other.read_text() != text
    assert secure.certificate is not None
    assert secure.certificate.authority == authority


def test_the_environment(secure: Server, authority: Path) -> None:
    """Programs are pointed to HTTPS and to the file; functions, which run in the server's process, to HTTP."""
    url = f"https://{secure.address}"
    environment, inside = secure.environment, secure.cloud.function_environment

    named = {name for name, value in environment.items() if value.startswith("https:")}
    assert named == {
        "YUNMOCK_URL",
        *(f"{name}_ENDPOINT" for name in ("OTS", "MNS", "FC", "ECI", "ECS", "CLOUDMONITOR")),
    }
    assert secure.url == url
    assert (environment["YUNMOCK_CA"], environment["NODE_EXTRA_CA_CERTS"]) == (str(authority), str(authority))
    assert {inside[name] for name in named if name in inside} == {f"http://{secure.address}"}
    assert "YUNMOCK_CA" not in inside


def call_fc(server: Server) -> Any:
    """With `aliyun-fc2`."""
    return fc2.Client(endpoint=server.url, accessKeyID="any", accessKeySecret="any").list_services().data["services"]


def call_eventbridge(server: Server) -> Any:
    """With `alibabacloud-eventbridge`."""
    config = models.Config(access_key_id="any", access_key_secret="any", endpoint=server.address, protocol="https")
    return Client(config).list_event_buses_with_options(models.ListEventBusesRequest(), RuntimeOptions()).event_buses


def call_tablestore(server: Server) -> Any:
    """With `tablestore`, which trusts `certifi` alone."""
    account = server.cloud.account
    client = OTSClient(server.url, account.access_key_id, account.access_key_secret, "yunmock")
    return client.list_table() == ()


@pytest.mark.parametrize(
    ("variable", "call"), [("REQUESTS_CA_BUNDLE", call_fc), ("SSL_CERT_FILE", call_eventbridge), ("", call_tablestore)]
)
def test_the_sdks(
    secure: Server, authority: Path, monkeypatch: pytest.MonkeyPatch, variable: str, call: Callable[[Server], Any]
) -> None:
    """Each SDK of the vendor's trusts the authority in the way that the page says."""
    if variable:
        monkeypatch.setenv(variable, str(authority))
    else:
        monkeypatch.setattr(certifi, "where", lambda: str(authority))

    assert call(secure)


def test_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--tls` serves HTTPS and writes the file, here or where the option says; without the extra it says what to do."""
    served: list[str] = []

    def serve(server: Server, **_: Any) -> None:
        with server:
            served.append(server.url[:6])

    monkeypatch.setattr("yunmock.__main__.serve_until_stopped", serve)
    monkeypatch.chdir(tmp_path)

    assert [main(["serve", *options]) for options in (["--tls"], ["--tls", "own.pem"], [])] == [0, 0, 0]
    assert served == ["https:", "https:", "http:/"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.pem", "yunmock-ca.pem"]

    assert main(["serve", "--tls", "missing/ca.pem"]) == 2
    assert "missing/ca.pem" in capsys.readouterr().err
    monkeypatch.delitem(sys.modules, "yunmock.certificates")
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert main(["serve", "--tls"]) == 2
    assert capsys.readouterr().err.rstrip().endswith("run: pip install 'yunmock[tls]'")
