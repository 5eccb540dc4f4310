"""Every run of a function can be seen, whatever caused it: in Python, over HTTP, on a terminal, in an event's trace."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests

from yunmock import Fault, Readings, local_cloud
from yunmock.fc import journal as journal_module
from yunmock.fc.journal import KEPT_BODY, Journal
from yunmock.recent import Recent
from yunmock.serve import described, printer
from yunmock.server import Server
from yunmock.services import Invocation, InvocationRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.yunmock.conftest import Place

FAILS = """
import json

def handler(event, context):
    event = json.loads(event)
    print("got", event)
    if event.get("fail") or "triggerTime" in event:
        raise ValueError("no luck")
    return event
"""
FAILS_TWICE = """
calls = []

def handler(event, context):
    calls.append(event)
    if len(calls) < 3:
        raise ValueError(f"call {len(calls)}")
    return "done"
"""
TIMER = {
    "triggerName": "tick",
    "triggerType": "timer",
    "triggerConfig": {"cronExpression": "@every 1h", "enable": True},
}


def invoke_async(place: Place, payload: bytes) -> str:
    """Invoke asynchronously; returns the request id."""
    answer = place.invoke(payload, x_fc_invocation_type="Async")
    return str(answer.headers["X-Fc-Request-Id"])


def test_synchronous_calls(place: Place, deploy: Any) -> None:
    """A call has its event, result, error and log."""
    deploy(place, FAILS)
    place.invoke(b'{"a": 1}')
    with pytest.raises(fc2.FcError):
        place.invoke(b'{"fail": 1}')

    good, bad = place.cloud.invocations_of("echo")

    assert (good.cause, good.attempt, good.event, good.invocation.body) == ("call", 1, b'{"a": 1}', b'{"a": 1}')
    assert "got {'a': 1}" in good.invocation.log
    assert (bad.invocation.ok, bad.invocation.error) == (False, "ValueError: no luck")
    assert "got {'fail': 1}" in bad.invocation.log
    assert place.cloud.invocations_of("other") == []
    assert len(place.cloud.invocations_of()) == 2


def test_asynchronous_retries(here: Place, deploy: Any) -> None:
    """Each attempt of an asynchronous invocation is a run of its own, with the same request id."""
    deploy(here, FAILS, asyncInvokeConfig={"maxAsyncRetryAttempts": 2})
    here.cloud.clock.freeze(1_000_000_000_000)
    request_id = invoke_async(here, b'{"fail": 1}')

    here.cloud.advance(60)

    runs = here.cloud.invocations_of("echo")
    assert [(run.cause, run.attempt, run.at_ms) for run in runs] == [
        ("async", 1, 1_000_000_000_000),
        ("async", 2, 1_000_000_001_000),
        ("async", 3, 1_000_000_003_000),
    ]
    assert {(run.invocation.request_id, run.invocation.error) for run in runs} == {(request_id, "ValueError: no luck")}


def test_timers_that_raise(here: Place, deploy: Any) -> None:
    """A timer whose function raises is seen with its log and error."""
    here.cloud.clock.freeze(1_000_000_000_000)
    deploy(here, FAILS, triggers=[TIMER], asyncInvokeConfig={"maxAsyncRetryAttempts": 0})

    here.cloud.advance(3600)

    (run,) = here.cloud.invocations_of("echo")
    assert (run.cause, run.invocation.error) == ("timer", "ValueError: no luck")
    assert "triggerTime" in run.invocation.log


def test_refused_invocations(here: Place) -> None:
    """An event for a function that does not exist leaves a run with the refusal."""
    here.cloud.invoker.invoke("gone", b"{}")

    (run,) = here.cloud.invocations_of("gone")
    assert (run.invocation.status, run.invocation.error[:16]) == (404, "FunctionNotFound")


def test_over_http(write_template: Callable[..., Path]) -> None:
    """`GET /_yunmock/invocations` lists the runs of one function, or of all."""
    cloud = local_cloud(template=write_template(FAILS))
    cloud.invoker.invoke("echo", b'{"fail": 1}')
    with Server(cloud) as server:
        url = f"http://{server.address}/_yunmock/invocations"
        (run,) = requests.get(url, params={"function": "echo"}, timeout=5).json()["invocations"]
        assert len(requests.get(url, timeout=5).json()["invocations"]) == 1
        assert requests.get(url, params={"function": "x"}, timeout=5).json()["invocations"] == []

    assert (run["ok"], run["error"], run["event"], run["cause"]) == (
        False,
        "ValueError: no luck",
        '{"fail": 1}',
        "call",
    )
    assert json.loads(run["result"])["errorType"] == "ValueError"
    assert "got {'fail': 1}" in run["log"]


def test_reset_forgets(here: Place, deploy: Any) -> None:
    """A reset empties the list."""
    deploy(here, FAILS)
    here.invoke(b"{}")

    here.cloud.reset()

    assert here.cloud.invocations_of() == []


def test_trace_of_a_failed_asynchronous_delivery(place: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """The trace says accepted while Function Compute retries, and failed with the last error at the end."""
    deploy(place, "def handler(event, context):\n    1 / 0\n", triggers=[make_trigger(asyncInvocationType=True)])
    place.cloud.clock.freeze()

    place.put(event("e1"))
    (before,) = place.trace("e1").rules[0].deliveries
    place.cloud.advance(3600)
    (after,) = place.trace("e1").rules[0].deliveries

    assert (before.state, before.attempts[0].status, before.attempts[0].asynchronous) == ("accepted", 202, True)
    assert (after.state, len(after.attempts)) == ("failed", 1)
    assert after.attempts[0].error == "ZeroDivisionError: division by zero"


def test_trace_of_an_asynchronous_delivery_that_succeeds(
    here: Place, deploy: Any, event: Any, make_trigger: Any
) -> None:
    """The trace says accepted, then succeeded with the result; at once if the first attempt succeeds."""
    deploy(here, FAILS_TWICE, triggers=[make_trigger(asyncInvocationType=True)])
    here.cloud.clock.freeze()

    here.put(event("e1"))
    (before,) = here.trace("e1").rules[0].deliveries
    here.cloud.advance(10)
    (after,) = here.trace("e1").rules[0].deliveries
    here.put(event("e2"))

    assert (before.state, before.attempts[0].error) == ("accepted", "ValueError: call 1")
    assert (after.state, after.attempts[0].error, after.attempts[0].response) == ("succeeded", "", "done")
    assert here.trace("e2").rules[0].deliveries[0].state == "succeeded"


def test_the_end_is_written_by_another_process(
    tmp_path: Path, write_template: Callable[..., Path], make_trigger: Any
) -> None:
    """A cloud that opens the data file later finishes the invocation and writes its end into the trace."""
    template = write_template(FAILS_TWICE, triggers=[make_trigger(asyncInvocationType=True)])
    data = tmp_path / "cloud.sqlite"
    first = local_cloud(data=data, template=template, readings=Readings(async_invocation_type="async"))
    first.clock.freeze()
    first.publisher.publish("default", {"id": "e1", "source": "s", "type": "t", "data": {}})
    first.close()

    second = local_cloud(data=data, template=template)
    second.advance(3600)
    bridge: Any = second.services["eventbridge"]

    assert bridge.traces.of_event("default", "e1")[0].rules[0].deliveries[0].state == "succeeded"
    second.close()


CALLS_BACK = """
import os, requests

def handler(event, context):
    return requests.get(os.environ["URL"] + "/2016-08-15/proxy/any/inner/", timeout=5).text
"""


def test_causes_stand_before_effects(here: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """The request log has a PutEvents before the calls that its delivery makes."""
    web = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
    deploy(here, "def handler(event, context):\n    return 'x'\n", name="inner", triggers=[web])
    with Server(here.cloud) as server:
        variables = {"URL": f"http://{server.address}"}
        deploy(here, CALLS_BACK, triggers=[make_trigger()], environmentVariables=variables)
        here.cloud.clear_calls()
        here.put(event("e1"))

    assert [(call.operation, call.status) for call in here.cloud.calls] == [
        ("putEvents", 200),
        ("InvokeHttpTrigger", 200),
    ]


def test_dropped_calls_have_no_status(here: Place) -> None:
    """A call whose connection is dropped stays in the log without a status."""
    here.cloud.faults.add(Fault("fc", "ListServices", "drop"))
    with pytest.raises(requests.ConnectionError):
        here.fc.list_services()

    assert [(call.operation, call.status) for call in here.cloud.calls] == [("ListServices", None)]


def test_serve_prints(write_template: Callable[..., Path]) -> None:
    """`yunmock serve` prints on stderr what a function logs and how it fails, and stays quiet on stdout."""
    web = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
    template = write_template("def handler(event, context):\n    print('hello')\n    1 / 0\n", triggers=[web])
    command = [sys.executable, "-m", "yunmock", "serve", "--json", "--template", str(template)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["env"]["YUNMOCK_URL"]
        assert requests.get(f"{url}/2016-08-15/proxy/any/echo/", timeout=5).status_code == 502
        process.terminate()
        out, err = process.communicate(timeout=10)

    assert (out, process.returncode) == ("", 0)
    assert "echo | hello\n" in err
    assert "echo | FAILED (call): ZeroDivisionError: division by zero\n" in err
    assert "index.py" in err
    assert "line 3, in handler, 1 / 0\n" in err


def record(number: int = 0, **changes: Any) -> InvocationRecord:
    """A run of the function `f`."""
    return InvocationRecord(number, "async", 2, b"{}", Invocation(f"r{number}", "f", 200, **{"body": b"", **changes}))


def test_a_terminal_that_is_gone() -> None:
    """Printing to a closed stream is no error; a good run without a log prints nothing."""
    stream = io.StringIO()
    stream.close()

    printer(stream)(record(error_type="X", error="X: y"))

    assert described(record()) == ""
    assert described(record(body=b"[", error_type="X", error="X: y")) == "f | FAILED (async, attempt 2): X: y\n"


def test_the_journal_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the newest runs within a number and a size, and shortens long texts."""
    monkeypatch.setattr(journal_module, "MAX_RECORDS", 3)
    monkeypatch.setattr(journal_module, "MAX_BYTES", 3 * KEPT_BODY)
    journal = Journal([])
    for number in range(5):
        journal.add(record(number))

    assert [run.at_ms for run in journal.of_function()] == [2, 3, 4]
    assert (journal.of_request("r1"), len(journal.of_request("r4"))) == ([], 1)
    for number in range(5, 7):
        journal.add(record(number, body=b"b" * 10**6, log="a" * 10**6 + "end"))
    (last,) = journal.of_function()
    assert (last.at_ms, len(last.invocation.body), len(last.invocation.log)) == (6, KEPT_BODY, KEPT_BODY)
    assert last.invocation.log.endswith("end")


def test_recent() -> None:
    """The newest item stays however large it is; several threads may add."""
    dropped: list[int] = []
    recent = Recent[int](100, 1000, dropped.append)
    recent.add(-1, 5000)
    assert recent.items() == [-1]
    threads = [threading.Thread(target=lambda: [recent.add(n, 1) for n in range(500)]) for _ in range(4)]  # type: ignore[func-returns-value]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(recent.items()), len(dropped)) == (100, 1901)
    recent.clear()
    assert recent.items() == []


def test_what_callers_choose_cannot_steer_a_terminal() -> None:
    """Control characters in a name, log, error or stack are printed as their escapes; a tab and text stay."""
    hostile = "\x1b]0;pwned\x07\u202e"
    body = json.dumps({"stackTrace": [[f"File {hostile}"]]}).encode()
    run = record(body=body, error_type="X", error=f"X: {hostile}", log=f"重启\t{hostile}\r\nnext\n")

    shown = described(replace(run, invocation=replace(run.invocation, function=hostile)))

    assert all(char.isprintable() or char in "\t\n" for char in shown)
    assert "重启\t\\x1b]0;pwned\\x07\\u202e\n" in shown
    assert "FAILED (async, attempt 2): X: \\x1b]0;pwned" in shown
