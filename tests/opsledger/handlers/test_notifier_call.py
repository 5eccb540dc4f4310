"""The call that has people notified soon: what it sends, when it is made, and that its failure changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_openapi_util.client import Client as OpenApiUtil
from Tea.request import TeaRequest
from tests.conftest import NOW_MS, make_event

from opsledger import pipeline, settings
from opsledger.errors import DamagedRowError
from opsledger.handlers import events, invocation, notifier_call
from opsledger.ledger.state import Disposition
from opsledger.settings import AccessKeys
from opsledger.store.tables import RECORDS
from yunmock import Fault, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import PipelineHarness

    from yunmock import Cloud

REBOOT, STATE = "ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:StateChange"
NOTIFIER = "opsledger-notifier"
CODE = "def handler(event, context):\n    return event.decode()\n"
_INSTANCES = count(1)


@dataclass
class Caller:
    """A function's instance on a cloud that has a function to invoke."""

    cloud: Cloud
    context: Any = field(default_factory=lambda: SimpleNamespace(account_id="1", region="cn-hangzhou"))

    def call(self, at: float = 100.0) -> str:
        """Invoke at a moment of the instance's clock."""
        return notifier_call.invoke(self.context, "request-1", clock=at)

    def runs(self) -> list[Any]:
        """What the notifier was invoked with."""
        functions: Any = self.cloud.services["fc"]
        return [json.loads(run.event) for run in functions.invocations(NOTIFIER)]


@pytest.fixture
def caller(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """An instance with keys that the cloud checks, at a clock that stands."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text(CODE)
    props = {"functionName": NOTIFIER, "runtime": "python3.10", "handler": "index.handler", "code": "./code"}
    template = {"edition": "3.0.0", "name": "t", "access": "default"}
    template["resources"] = {"n": {"component": "fc3", "props": {"region": "cn-hangzhou", **props}}}  # type: ignore[assignment]
    (tmp_path / "s.yaml").write_text(json.dumps(template))
    cloud = local_cloud(template=tmp_path / "s.yaml", strict_keys=True)
    cloud.clock.freeze(NOW_MS)
    with Server(cloud) as server:
        for name, value in {
            "OPSLEDGER_NOTIFIER": NOTIFIER,
            "FC_ENDPOINT": f"http://{server.address}",
            "FC_INSTANCE_ID": f"instance-{next(_INSTANCES)}",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.account.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.account.access_key_secret,
        }.items():
            monkeypatch.setenv(name, value)
        yield Caller(cloud)
    cloud.close()


# ------------------------------------------------------------------------------------------------------- the call
def test_the_notifier_runs_ten_seconds_later(caller: Caller) -> None:
    """So that more of the same event has arrived; the call itself does not wait."""
    assert caller.call() == notifier_call.INVOKED
    caller.cloud.advance(9.9)
    assert caller.runs() == []
    caller.cloud.advance(0.1)
    assert caller.runs() == [{"because": "critical"}]


@pytest.mark.parametrize("token", ["", "a-token"])
def test_the_signature_is_the_vendors(token: str) -> None:
    """The vendor's package makes the same of the same headers, with and without a security token."""
    path = "/2023-03-30/functions/f/invocations"
    headers = notifier_call._signed("host.example", path, AccessKeys("id", "secret", token))
    request = TeaRequest()
    request.method, request.pathname, request.query = "POST", path, {}
    request.headers = {n: v for n, v in headers.items() if not n.startswith("x-fc-") and n != "authorization"}
    body = headers["x-acs-content-sha256"]
    theirs = OpenApiUtil.get_authorization(request, "ACS3-HMAC-SHA256", body, "id", "secret")

    assert headers["authorization"] == theirs


def test_an_instance_does_not_call_again_at_once(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it records within eight seconds is there when the notifier runs; another instance calls for itself."""
    answers = [caller.call(at) for at in (100.0, 107.9, 108.0)]
    monkeypatch.setenv("FC_INSTANCE_ID", "another")

    assert [*answers, caller.call(108.1)] == ["invoked", "", "invoked", "invoked"]


def test_a_call_that_failed_is_made_again(caller: Caller) -> None:
    """With the next critical event, however soon that is."""
    caller.cloud.faults.add(Fault("fc", "InvokeFunction", status=503, code="ServiceUnavailable"))
    assert [caller.call(), caller.call()] == ["failed", "invoked"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPSLEDGER_NOTIFIER", "no-such-function"),
        ("OPSLEDGER_NOTIFIER", "not a name\r\nx: y"),
        ("FC_ENDPOINT", "http://127.0.0.1:1"),
        ("FC_ENDPOINT", "not a host"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
    ],
)
def test_whatever_fails_is_counted_and_nothing_else(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str
) -> None:
    """One line of the log, without a secret."""
    monkeypatch.setenv(variable, value)
    assert caller.call() == notifier_call.FAILED
    caller.cloud.advance(3600)
    assert caller.runs() == []
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "notifier not invoked"
    assert caller.cloud.account.access_key_secret not in line


@pytest.mark.parametrize("action", ["drop", "error"])
def test_a_lost_answer_is_a_failure(caller: Caller, action: Any) -> None:
    """The notifier may run; what it sends is fenced by its own claims."""
    caller.cloud.faults.add(Fault("fc", "InvokeFunction", action=action, when="after", status=500))
    assert caller.call() == notifier_call.FAILED


def test_without_a_name_nothing_is_called(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment without a notifier."""
    monkeypatch.delenv("OPSLEDGER_NOTIFIER")
    assert caller.call() == ""
    assert caller.cloud.calls == []


# ----------------------------------------------------------------------------------------------------- the handler
@pytest.mark.parametrize(
    ("type_", "status", "urgent"),
    [(REBOOT, "Scheduled", True), (REBOOT, "Canceled", False), (STATE, "Running", False)],
)
def test_what_is_critical_and_new_is_urgent(
    harness: PipelineHarness,
    type_: str,
    status: str,
    urgent: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A duplicate is not, nor is a step that another one has overtaken, nor what was refused."""
    assert harness.process(make_event(type_, status)).urgent is urgent
    assert not harness.process(make_event(type_, status)).urgent
    assert not harness.process(b"no event").urgent


def test_an_overtaken_step_is_not_urgent(harness: PipelineHarness) -> None:
    """The announcement of what has ended."""
    harness.process(make_event(REBOOT, "Executed"))
    late = harness.process(make_event(REBOOT, "Scheduled"))

    assert [entry.disposition for entry in late.entries] == [Disposition.OUT_OF_ORDER]
    assert not late.urgent


def test_the_handler_ends_as_if_nothing_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], harness: PipelineHarness
) -> None:
    """Its counts are the same whether the notifier was invoked or not; the log says which."""
    report = harness.process(make_event(REBOOT, "Scheduled"))
    partial = pipeline.PartialReport(report.entries, None)
    monkeypatch.setattr(pipeline, "record_undamaged", lambda *_: partial)
    monkeypatch.setattr(invocation, "open_store", lambda _: None)
    monkeypatch.setattr(settings, "read", lambda _: None)
    logged = []
    for answer in ("invoked", "failed", ""):
        monkeypatch.setattr(notifier_call, "invoke", lambda *_, answer=answer: answer)
        assert events.handle(b"{}", SimpleNamespace()) == report.counts()
        logged.append(json.loads(capsys.readouterr().out.splitlines()[-1]).get("notifier"))

    assert logged == ["invoked", "failed", None]


def test_what_is_recorded_beside_a_damaged_record_is_logged_and_notified(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], harness: PipelineHarness
) -> None:
    """The invocation fails for the one event; at its redelivery the other is a duplicate, which nobody hears of."""
    damaged, other = (make_event(REBOOT, "Scheduled", seed=seed, instanceId=f"i-{seed}") for seed in "ab")
    harness.process(damaged)
    store: Any = harness.store
    (key,) = (key for key in store.rows if key.table is RECORDS)
    store.rows[key] = {**store.rows[key], "state": "torn"}
    called: list[object] = []
    monkeypatch.setattr(invocation, "open_store", lambda _: store)
    monkeypatch.setattr(settings, "read", lambda _: None)
    monkeypatch.setattr(notifier_call, "invoke", lambda *words: called.append(words))

    with pytest.raises(DamagedRowError):
        events.handle(json.dumps([damaged, other]).encode(), SimpleNamespace(request_id="r"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line.get("outcome")) for line in lines] == [("delivery", "recorded"), ("failed", None)]
    assert len(called) == 1
