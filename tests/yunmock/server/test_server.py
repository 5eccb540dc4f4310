"""The loopback server: `yunmock serve`, faults, control calls, and a killed process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tablestore import (
    CapacityUnit,
    OTSClient,
    ReservedThroughput,
    Row,
    RowExistenceExpectation,
    TableMeta,
    TableOptions,
)
from tablestore.metadata import Condition
from tablestore.retry import NoRetryPolicy
from tests.yunmock.server.raw_http import HEALTH, healthy, talk

from yunmock import Fault
from yunmock.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.server import Server


@contextlib.contextmanager
def serve(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`yunmock serve --json` as a process, and the line it printed."""
    command = [sys.executable, "-m", "yunmock", "serve", "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def tablestore(env: dict[str, str]) -> Any:
    """The vendor's Tablestore client, from the printed environment alone."""
    return OTSClient(
        env["OTS_ENDPOINT"],
        env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        env["OTS_INSTANCE"],
        retry_policy=NoRetryPolicy(),
    )


def make_table(client: Any) -> None:
    """A table with one STRING key."""
    client.create_table(TableMeta("t", [("k", "STRING")]), TableOptions(), ReservedThroughput(CapacityUnit(0, 0)))


def put(client: Any, key: str) -> None:
    """Put a row that must not exist yet."""
    condition = Condition(RowExistenceExpectation.EXPECT_NOT_EXIST)
    client.put_row("t", Row([("k", key)], [("v", key)]), condition)


def test_command_line(write_template: Callable[..., Path]) -> None:
    """It prints endpoints and environment as one line of JSON, serves until stopped, and exits with 0."""
    template = write_template(environmentVariables={"OTS_INSTANCE": "ledger"})

    with serve("--template", str(template)) as (process, line):
        assert set(line["endpoints"]) == {"tablestore", "eventbridge", "fc", "eci", "ecs", "mns", "ros", "cloudmonitor"}
        assert line["env"]["OTS_INSTANCE"] == "ledger"
        client = tablestore(line["env"])
        make_table(client)
        assert client.list_table() == ("t",)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_command_line_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that cannot be read makes it exit with 2 and a message with the file."""
    assert main(["serve", "--template", str(tmp_path / "gone.yaml")]) == 2
    assert capsys.readouterr().err == f"yunmock: {tmp_path}/gone.yaml: cannot be read: No such file or directory\n"


def test_killed_while_writing(tmp_path: Path) -> None:
    """After kill -9 during writes, every acknowledged row is in the data file."""
    data = ("--data", str(tmp_path / "cloud.sqlite"))
    acknowledged: list[str] = []
    with serve(*data) as (process, line):
        client = tablestore(line["env"])
        make_table(client)

        def write(thread: int) -> None:
            own = tablestore(line["env"])
            with contextlib.suppress(Exception):
                for number in range(10_000):
                    put(own, f"{thread}-{number}")
                    acknowledged.append(f"{thread}-{number}")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 60:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()

    with serve(*data) as (_, line):
        client = tablestore(line["env"])
        missing = [key for key in acknowledged if client.get_row("t", [("k", key)])[1] is None]

    assert missing == []


def test_dropped_connection(server: Server) -> None:
    """A drop fault closes the connection without a reply."""
    server.cloud.faults.add(Fault("eventbridge", "*", "drop"))

    assert talk(server, b"POST /openapi/getRule HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}") == b""
    assert healthy(server)


def test_a_bug_is_an_error_reply(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception inside yunmock answers 500, and the connection stays open."""
    monkeypatch.setattr(server.cloud.services["eventbridge"], "handle", lambda _: 1 / 0)
    broken = b"POST /openapi/getRule HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"

    answer = talk(server, broken + HEALTH)

    assert b"500 Internal Server Error" in answer
    assert b"200 OK" in answer


def test_jobs_run_without_requests(server: Server) -> None:
    """The server runs due jobs without a request."""
    done = threading.Event()
    server.cloud.workers["test"] = lambda _payload, _due: done.set()
    server.cloud.scheduler.add("test", 0, {})

    assert done.wait(5)


class Controls:
    """The control calls of a server."""

    def __init__(self, server: Server) -> None:
        self._url = f"http://{server.address}/_yunmock/"

    def __call__(self, method: str, path: str, **arguments: Any) -> Any:
        """The JSON answer of a successful call."""
        answer = requests.request(method, self._url + path, json=arguments, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, name: str, body: bytes = b"") -> tuple[int, str]:
        """The status and error of a refused call."""
        answer = requests.request(method, self._url + name, data=body, timeout=5)
        return answer.status_code, answer.json()["error"]


def test_control(server: Server) -> None:
    """Reset, snapshots, the clock, the request log and faults can be controlled over HTTP."""
    control, client = Controls(server), tablestore(server.environment)
    make_table(client)
    put(client, "a")
    control("POST", "snapshot", name="one")
    put(client, "b")

    assert len(control("GET", "calls", service="tablestore", operation="PutRow")["calls"]) == 2
    control("DELETE", "calls")
    assert control("GET", "calls")["calls"] == []
    control("POST", "restore", name="one")
    assert client.get_row("t", [("k", "a")])[1] is not None
    assert client.get_row("t", [("k", "b")])[1] is None
    control("POST", "faults", service="tablestore", operation="ListTable", action="drop")
    with pytest.raises(Exception, match="Connection"):
        client.list_table()
    control("POST", "faults", service="tablestore", times=-1)
    control("DELETE", "faults")
    assert control("POST", "clock/freeze", at_ms=1000) == {"now_ms": 1000, "frozen": True}
    assert control("POST", "clock/advance", seconds=2.5)["now_ms"] == 3500
    assert control("POST", "clock/unfreeze")["frozen"] is False
    control("POST", "reset")
    assert client.list_table() == ()


def test_control_refusals(server: Server) -> None:
    """An unknown or invalid control call is refused with a helpful message."""
    control = Controls(server)

    status, error = control.refused("POST", "explode")
    assert (status, error) == (404, "no such control")
    assert control.refused("POST", "faults", b'{"colour": "red"}')[0] == 400
    assert control.refused("POST", "faults", b"{")[0] == 400
    assert control.refused("POST", "faults", b"[]")[0] == 400
    assert control.refused("POST", "restore", b'{"name": "gone"}')[0] == 400
    assert control.refused("POST", "clock/advance", b'{"seconds": -1}')[0] == 400


UNFIT = [
    ({"action": "boom"}, "action must be one of error, drop, delay, duplicate, reorder, not 'boom'"),
    ({"when": "later"}, "when must be one of before, after"),
    ({"times": "x"}, "times must be a whole number, -1 for all calls, not 'x'"),
    ({"times": -5}, "times must be"),
    ({"times": 1.5}, "times must be"),
    ({"skip": -1}, "skip must be"),
    ({"status": "abc"}, "status must be a status from 200 to 599, not 'abc'"),
    ({"status": 100}, "status must be"),
    ({"seconds": -1}, "seconds must be a number from 0 to 3600, not -1"),
    ({"seconds": 1e9}, "seconds must be"),
    ({"code": 5}, "code must be a text"),
    ({"service": None}, "service must be a text"),
    ({"rows": [-1]}, "rows must be a set of positions"),
    ({"rows": ["a"]}, "rows must be"),
]


@pytest.mark.parametrize(("fields", "reason"), UNFIT, ids=str)
def test_a_fault_that_cannot_strike(server: Server, fields: dict[str, Any], reason: str) -> None:
    """A field of a fault that makes no sense is refused by its name when it is added, over HTTP and in Python."""
    status, error = Controls(server).refused("POST", "faults", json.dumps(fields).encode())

    assert (status, reason in error) == (400, True)
    assert not server.cloud.faults
    made = {**fields, "rows": frozenset(fields["rows"])} if "rows" in fields else fields
    with pytest.raises(ValueError, match=next(iter(fields))):
        Fault(**made)


@pytest.mark.parametrize(("given", "answer"), [("true", [200, True]), ("false", [200, False]), ("yes", [400, None])])
def test_cold_starts_by_query(server: Server, given: str, answer: list[Any]) -> None:
    """An argument in the query is read as true or false; anything else is refused."""
    got = requests.post(f"http://{server.address}/_yunmock/cold-start", params={"always": given}, timeout=5)

    assert [got.status_code, got.json().get("always")] == answer


def test_a_missing_service_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing service answers 501 with its name."""
    monkeypatch.setitem(sys.modules, "yunmock.eci.service", None)
    request = b"POST /?Action=DescribeContainerGroups HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"

    answer = talk(server, request)

    assert answer.startswith(b"HTTP/1.1 501")
    assert b"no service 'eci' here" in answer


def test_eci_control(server: Server) -> None:
    """The control calls of ECI can be made over HTTP by their names."""
    control = Controls(server)

    group = control("POST", "eci/create_container_group", region="cn-hangzhou", name="web")["result"]

    (shown,) = control("POST", "eci/list_container_groups")["result"]
    assert shown["ContainerGroupId"] == group
    assert control.refused("POST", "eci/explode", b"{}")[0] == 400
    assert control.refused("POST", "eci/container_group", b'{"container_group_id": "gone"}')[0] == 400


def test_streams_and_traces_over_http(server: Server) -> None:
    """EventBridge's traces and dead letters can be read over HTTP; an unknown stream is an error."""
    control = Controls(server)
    event = {"id": "e1", "source": "s", "type": "t", "specversion": "1.0", "data": {}}
    server.cloud.services["eventbridge"].publish("default", event)  # type: ignore[attr-defined]

    assert control("GET", "traces", event_id="e1")["traces"][0]["event"]["data"] == {}
    assert control("GET", "dead-letters") == {"dead_letters": []}
    assert control("GET", "jobs") == {"jobs": []}
    assert control("POST", "cold-start", always=True) == {"always": True, "stopped": 0}
    status, error = control.refused("POST", "streams/feed", b'{"name": "gone", "messages": []}')
    assert (status, "EventStreamingNotExist" in error) == (400, True)
