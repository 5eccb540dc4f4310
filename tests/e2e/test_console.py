"""The console on a port of this machine and on Function Compute: the same pages."""

from __future__ import annotations

import base64
import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlencode

import pytest
import requests
from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsctl.cli.local import INSTANCE, LocalCloud, local
from opsctl.console import ConsoleServer, is_loopback
from opsledger.handlers import invocation
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import FakeClock
    from tests.e2e.conftest import Ran

    from yunmock.fc.service import FunctionComputeService

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
FUNCTION = "opsledger-console"


@pytest.fixture
def here(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[LocalCloud]:
    """A cloud with s.yaml deployed, and a few events recorded."""
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    for name, value in INSTANCE.items():
        monkeypatch.setenv(name, value)
    with local(tmp_path / "data", root / "s.yaml") as opened:
        harness = PipelineHarness(opened.store)
        harness.process([make_event(REBOOT, "Scheduled", seed=str(number)) for number in range(5)])
        harness.process({"what": "is this"})
        yield opened


@pytest.fixture
def server(here: LocalCloud) -> Iterator[ConsoleServer]:
    """The console of that cloud on a free port, at a fixed time."""
    with ConsoleServer(here.store, clock=lambda: NOW_MS) as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def on_function_compute(here: LocalCloud, path: str, query: dict[str, str]) -> Any:
    """What the function answers: status, headers, body."""
    request = {"version": "v1", "rawPath": path, "queryParameters": query, "headers": {"Accept-Language": "ja"}}
    service = cast("FunctionComputeService", here.cloud.services["fc"])
    answer = service.invoke(FUNCTION, json.dumps(request).encode())
    assert answer.ok, answer.error
    body = json.loads(answer.body)
    return body["statusCode"], body["headers"], base64.b64decode(body["body"])


def pages(here: LocalCloud) -> list[tuple[str, dict[str, str]]]:
    """A request for each page and form."""
    record = PipelineHarness(here.store).stored()[0].key
    queries = {"now": {}, "search": {"status": "Scheduled", "limit": "2"}, "record": {"id": record}}
    forms = ("", ".json", ".csv")
    wrong = [("/none", {}), ("/record", {"id": "<b>"}), ("/console.css", {}), ("/console.js", {"v": "1"}), ("/", {})]
    return [*((f"/{page}{form}", query) for page, query in queries.items() for form in forms), *wrong]


def test_metrics_are_those_of_the_last_sweep(here: LocalCloud, server: ConsoleServer) -> None:
    """Counted by the function, under its role, and read over HTTP; the format is the one that is asked for."""
    service = cast("FunctionComputeService", here.cloud.services["fc"])
    assert service.invoke("opsledger-sweeper", b"{}").ok
    answer = requests.get(f"{server.url}metrics", headers={"Accept": "application/openmetrics-text"}, timeout=10)
    numbers = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))

    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert sum(float(number) for name, number in numbers.items() if name.startswith("opsledger_open_records{")) == 5
    assert [number for name, number in numbers.items() if name.startswith("opsledger_quarantined_payloads{")] == ["1"]
    assert {number for name, number in numbers.items() if name.startswith("opsledger_count_complete{")} == {"1"}


def test_both_give_the_same_bytes(here: LocalCloud, server: ConsoleServer) -> None:
    """Each page in each form, errors and files: status, headers and body."""
    for path, query in pages(here):
        local_answer = requests.get(
            f"{server.url[:-1]}{path}", params=query, headers={"Accept-Language": "ja"}, timeout=10
        )
        status, headers, body = on_function_compute(here, path, query)

        assert (local_answer.status_code, local_answer.content) == (status, body), path
        assert headers.items() <= dict(local_answer.headers).items(), path


@pytest.mark.usefixtures("here")
def test_the_trigger_wants_a_signature() -> None:
    """A request to the function's public address that nobody signed is refused."""
    answer = requests.get(f"https://{FUNCTION}-abcdefghij.cn-hangzhou.fcapp.run/now.json", timeout=10)

    assert answer.status_code in (400, 403)
    assert "records" not in answer.text


def test_the_function_changes_nothing(here: LocalCloud) -> None:
    """Whatever it is asked, no row is written."""
    here.cloud.calls.clear()
    for path, query in pages(here):
        on_function_compute(here, path, query)

    operations = {call.operation for call in here.cloud.calls_of("tablestore")}
    assert operations == {"BatchGetRow", "GetRange"}


def test_tables_that_do_not_answer_are_said_to(here: LocalCloud, server: ConsoleServer) -> None:
    """503, with when to try again; the page names no cause, which may hold secrets."""
    assert on_function_compute(here, "/now", {})[0] == 200
    here.cloud.faults.add(Fault(service="tablestore", code="OTSAuthFailed", status=403, times=-1))
    for status, headers, body in (
        on_function_compute(here, "/now", {}),
        *((a.status_code, a.headers, a.content) for a in [requests.get(server.url, timeout=10)]),
    ):
        assert (status, headers["Retry-After"]) == (503, "5")
        assert b"OTS" not in body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("LOCALHOST:99", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example:80", 403),
        ("", 403),
    ],
)
def test_the_server_answers_to_its_own_names_alone(server: ConsoleServer, host: str, status: int) -> None:
    """A page of another site that resolves to this machine gets nothing."""
    answer = requests.get(server.url, headers={"Host": host}, timeout=10)

    assert answer.status_code == status


HOST = b"Host: localhost\r\n"
HIDDEN = b"GET /week.json HTTP/1.1\r\n" + HOST + b"\r\n"


REQUESTS: tuple[tuple[bytes, bytes, bytes], ...] = (
    (HOST, b"", b"200"),
    (HOST + b"Host: evil.example\r\n", b"", b"403"),
    (b"Host: evil.example\r\n" + HOST, b"", b"403"),
    (HOST + b"Content-Length: %d\r\n" % len(HIDDEN), HIDDEN, b"200"),
    (HOST + b"Transfer-Encoding: chunked\r\n", HIDDEN, b"200"),
)
"""Headers, what follows, and the status of the only answer."""


def test_a_request_is_one_request(server: ConsoleServer) -> None:
    """Its body is no further request (RFC 9112, section 11.2), and it has one Host (section 3.2)."""
    for headers, body, status in REQUESTS:
        with socket.create_connection(cast("tuple[str, int]", server.server_address[:2]), timeout=10) as connection:
            connection.sendall(b"GET /now.json HTTP/1.1\r\n" + headers + b"\r\n" + body)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answered:
                lines = _lines(answered)
        assert [line.split()[1] for line in lines if line.startswith(b"HTTP/")] == [status], headers


def _lines(answered: BinaryIO) -> list[bytes]:
    """Up to the end of the connection, which may be reset: what the server did not read is still under way."""
    lines: list[bytes] = []
    with suppress(ConnectionResetError):
        lines.extend(answered)
    return lines


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_server_only_shows(server: ConsoleServer, method: str) -> None:
    """Other methods are refused, and HEAD has no body."""
    assert requests.request(method, server.url, data=b"x" * 100, timeout=10).status_code == 405
    assert requests.head(server.url, timeout=10).content == b""


def test_a_query_is_decoded_as_on_function_compute(here: LocalCloud, server: ConsoleServer) -> None:
    """Blanks, signs and characters of any script."""
    for text in ("a b", "100%", "a+b", "ä/日本", "x&y=z", "\u200b"):
        answer = requests.get(f"{server.url}search.json?{urlencode({'q': text})}", timeout=10)
        assert answer.json()["q"] == text.strip()
        assert json.loads(on_function_compute(here, "/search.json", {"q": text})[2])["q"] == text.strip()


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),  # noqa: S104 - that it is refused is the point
        ("::", False),
        ("192.168.1.2", False),
        ("example.com", False),
    ],
)
def test_which_addresses_only_this_machine_reaches(host: str, only_here: bool) -> None:  # noqa: FBT001 - a test case
    """All others need a word on the command line."""
    assert is_loopback(host) is only_here


def test_the_command_does_not_open_to_the_network_unasked(run: Any) -> None:
    """It says what to add."""
    ran: Ran = run("console", "--host", "0.0.0.0", "--no-browser")  # noqa: S104 - that it is refused is the point

    assert ran.code == 2
    assert "--open-to-network" in ran.err
