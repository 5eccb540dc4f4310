"""The function on Function Compute: what it answers, what it logs, whose credentials it takes, when it fails."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.cli import function_compute
from opsctl.cli.local import INSTANCE, LocalCloud, local
from opsledger import settings
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.handlers import events, invocation
from yunmock import Fault, deploy
from yunmock.fc.context import SECURITY_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.conftest import FakeClock, MakeEvent

NAME = "opsledger-ecs-events"
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
RUNTIMES = ("python3.10", "python3.12")
NONE = {"duplicate": 0, "out_of_order": 0, "quarantined": 0, "recorded": 0}


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """No client of an earlier test, no waiting, no credentials of this shell."""
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in INSTANCE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def here(tmp_path: Path, root: Path) -> Iterator[LocalCloud]:
    """A cloud with what s.yaml deploys."""
    with local(tmp_path / "data", root / "s.yaml") as opened:
        yield opened


def invoke(here: LocalCloud, payload: bytes) -> Any:
    """Invoke the function for ECS events."""
    return function_compute.invoke(here.endpoint("fc"), NAME, payload)


def lines(log: str) -> list[dict[str, Any]]:
    """The function's own lines of a log."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def context(here: LocalCloud, *, timeout: Any = 60, **told: Any) -> Any:
    """A context as the 3.10 runtime gives it."""
    account = here.cloud.account
    credentials = SimpleNamespace(
        access_key_id=account.access_key_id, access_key_secret=account.access_key_secret, security_token=SECURITY_TOKEN
    )
    given = {
        "request_id": "request-1",
        "credentials": credentials,
        "function": SimpleNamespace(name=NAME, timeout=timeout),
        **told,
    }
    return SimpleNamespace(**{name: value for name, value in given.items() if value is not None})


# ------------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_answer_counts_every_outcome(here: LocalCloud, root: Path, event: MakeEvent, runtime: str) -> None:
    """On both runtimes, through the vendor's client: what came and what became of it."""
    deploy(here.cloud, root / "s.yaml", {"OPSLEDGER_RUNTIME": runtime})
    batch = [event(REBOOT, "Avoided"), event(REBOOT, "Scheduled"), event(REBOOT, "Avoided"), {"stranger": 1}]

    told = invoke(here, json.dumps(batch).encode())

    assert told.error_type == ""
    assert told.result == {"received": 4, "recorded": 1, "duplicate": 1, "out_of_order": 1, "quarantined": 1}


def test_the_log_has_a_line_for_each_delivery(here: LocalCloud, event: MakeEvent) -> None:
    """With its outcome, what it was about, and the request; and a last line with the counts."""
    batch = [event(REBOOT, "Scheduled"), {"stranger": 1}]

    told = invoke(here, json.dumps(batch).encode())
    first, second, done = lines(told.log)

    assert (first["event"], first["outcome"], first["status"]) == ("delivery", "recorded", "Scheduled")
    assert first["record"] == "ecs:event:" + batch[0]["data"]["eventId"]
    assert (second["outcome"], second["reason"]) == ("quarantined", "unknown_type")
    assert {n: done[n] for n in ("event", "received", "recorded", "quarantined")} == {
        "event": "done",
        "received": 2,
        "recorded": 1,
        "quarantined": 1,
    }
    assert {line["request_id"] for line in (first, second, done)} == {told.request_id}


def test_one_client_serves_every_invocation(here: LocalCloud, event: MakeEvent) -> None:
    """The initializer makes it, and each event finds it there."""
    invoke(here, json.dumps(event()).encode())
    assert invocation._opened is not None
    first = invocation._opened[1]

    invoke(here, json.dumps(event(seed="b")).encode())

    assert invocation._opened[1] is first


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"[" * 100_000, b"null"])
def test_bad_input_is_an_answer_and_no_failure(here: LocalCloud, payload: bytes) -> None:
    """The platform must not deliver it again."""
    told = invoke(here, payload)

    assert told.error_type == ""
    count = int(payload != b"[]")
    assert told.result == {**NONE, "received": count, "quarantined": count}


# ------------------------------------------------------------------------------------------------------------ failures
@pytest.mark.parametrize(
    ("fault", "error_type"),
    [
        ({"code": "OTSServerBusy"}, "ThrottledError"),
        ({"action": "drop"}, "UnavailableError"),
        ({"code": "OTSAuthFailed", "status": 403}, "MisconfiguredError"),
    ],
)
def test_a_store_that_stays_down_is_a_failure_of_the_function(
    here: LocalCloud, event: MakeEvent, fault: dict[str, Any], error_type: str
) -> None:
    """The caller sees Function Compute's error shape, the log says why, and the next delivery records the event."""
    here.cloud.faults.add(Fault("tablestore", "BatchWriteRow", times=-1, **fault))

    told = invoke(here, json.dumps(event()).encode())

    assert told.error_type == "UnhandledInvocationError"
    assert set(told.result) == {"errorMessage", "errorType", "stackTrace"}
    assert told.result["errorType"] == error_type
    (failed,) = lines(told.log)
    assert (failed["event"], failed["error"], failed["request_id"]) == ("failed", error_type, told.request_id)

    here.cloud.faults.clear()
    again = invoke(here, json.dumps(event()).encode())
    assert again.result == {**NONE, "received": 1, "recorded": 1}


def test_the_time_budget_is_the_functions_own(here: LocalCloud, event: MakeEvent, clock: FakeClock) -> None:
    """Sixty seconds by s.yaml: it keeps trying for most of them, and stops a margin before the platform would."""
    here.cloud.faults.add(Fault("tablestore", "BatchGetRow", code="OTSServerBusy", times=-1))

    invoke(here, json.dumps(event()).encode())

    assert 55 < clock.seconds < 59


@pytest.mark.parametrize(("timeout", "seconds"), [(10, 9), (0.5, -0.5), (1, 0), (None, 59), (0, 59)])
def test_the_budget_comes_from_the_context(here: LocalCloud, timeout: Any, seconds: float) -> None:
    """The timeout less a margin; a usual one where the context has none."""
    assert invocation.deadline(context(here, timeout=timeout)).remaining() == pytest.approx(seconds)
    assert invocation.deadline(None).remaining() == pytest.approx(59)


def test_a_missing_setting_fails_the_initializer(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Function Compute shows which."""
    here.cloud.function_environment["OTS_INSTANCE"] = ""
    monkeypatch.setattr(invocation, "_opened", None)

    told = invoke(here, json.dumps(event()).encode())

    assert (told.error_type, told.result["errorType"]) == ("UnhandledInvocationError", "MisconfiguredError")
    assert "OTS_INSTANCE" in told.result["errorMessage"]


# ---------------------------------------------------------------------------------------------------------- credentials
def test_the_environments_credentials_come_first(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong ones there are used although the context has the right ones, and are told to be wrong, not shown."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", here.cloud.account.access_key_id)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "a-wrong-secret")

    with pytest.raises(MisconfiguredError) as raised:
        events.handle(json.dumps(event()).encode(), context(here))

    assert "a-wrong-secret" not in str(raised.value)


def test_the_contexts_credentials_serve_where_the_environment_has_none(here: LocalCloud, event: MakeEvent) -> None:
    """As the 3.10 runtime hands them out."""
    invocation.initialize(context(here))

    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1


def test_half_a_pair_in_the_environment_is_none(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key id without its secret is not mixed with the context's secret."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "somebody-else")

    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1


def test_no_credentials_at_all_is_told(here: LocalCloud, event: MakeEvent) -> None:
    """As the 3.12 runtime's context with an empty environment would be."""
    with pytest.raises(MisconfiguredError, match="ALIBABA_CLOUD_ACCESS_KEY_ID"):
        events.handle(json.dumps(event()).encode(), context(here, credentials=None))


def test_rotated_credentials_make_a_new_client(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a role hands out changes while an instance lives."""
    account = here.cloud.account
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", account.access_key_id)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "expired")
    with pytest.raises(MisconfiguredError):
        events.handle(json.dumps(event()).encode(), context(here))

    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", account.access_key_secret)

    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_credential_is_ever_shown(
    here: LocalCloud,
    root: Path,
    event: MakeEvent,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    runtime: str,
) -> None:
    """Not in an answer, an error, a log line or on the screen, whether it goes well or not."""
    caplog.set_level(logging.DEBUG, logger="opsledger")
    deploy(here.cloud, root / "s.yaml", {"OPSLEDGER_RUNTIME": runtime})
    seen: list[object] = []
    for fault in (None, {"code": "OTSAuthFailed", "status": 403}, {"action": "drop"}, {"code": "OTSServerBusy"}):
        if fault:
            here.cloud.faults.add(Fault("tablestore", "*", times=-1, **fault))
        told = invoke(here, json.dumps(event()).encode())
        seen += [told.to_json(), told.log]
        here.cloud.faults.clear()
    shown = capfd.readouterr()

    everything = f"{seen}{caplog.text}{shown.out}{shown.err}"
    for secret in (here.cloud.account.access_key_secret, SECURITY_TOKEN):
        assert secret not in everything


def test_settings_do_not_show_their_secrets(here: LocalCloud) -> None:
    """Neither printed nor in a traceback's repr."""
    told = settings.read(context(here))

    assert told.access_key_secret not in repr(told)
    assert str(told.security_token) not in repr(told)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"OTS_ENDPOINT": ""}, "OTS_ENDPOINT"),
        ({"OTS_ENDPOINT": "local.cn-hangzhou.ots.aliyuncs.com"}, "OTS_ENDPOINT"),
        ({"OTS_INSTANCE": "  "}, "OTS_INSTANCE"),
        ({"OPSLEDGER_TABLE_PREFIX": "1_"}, "OPSLEDGER_TABLE_PREFIX"),
        ({"OPSLEDGER_TABLE_PREFIX": "a-b"}, "OPSLEDGER_TABLE_PREFIX"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(variables: dict[str, str], name: str) -> None:
    """The message says which variable, and never a secret's value."""
    environment = {
        **INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret",
        **variables,
    }

    with pytest.raises(MisconfiguredError, match=name) as raised:
        settings.read(None, environment)

    assert "a-secret" not in str(raised.value)


# ----------------------------------------------------------------------------------------------------- on the whole way
def test_an_asynchronous_delivery_is_tried_again_by_the_platform(here: LocalCloud, event: MakeEvent) -> None:
    """Tablestore is down for the whole first invocation; Function Compute's own retry records the event."""
    fault = here.cloud.faults.add(Fault("tablestore", "*", action="drop", times=-1))
    service: Any = here.cloud.services["fc"]

    service.invoke(NAME, json.dumps(event()).encode(), asynchronous=True)
    here.cloud.run_due()
    assert fault.times < -1  # it has struck
    here.cloud.faults.clear()
    here.cloud.advance(3600)

    assert [row.columns["record"] for row in _ledger(here)] == ["ecs:event:" + event()["data"]["eventId"]]


def _ledger(here: LocalCloud) -> Sequence[Any]:
    from opsledger.store.tables import LEDGER  # noqa: PLC0415 - for this alone

    return list(here.store.walk(LEDGER, []))


def test_an_unreachable_store_is_unavailable(here: LocalCloud, event: MakeEvent) -> None:
    """Raised as what it is, from the handler itself."""
    here.cloud.faults.add(Fault("tablestore", "*", action="drop", times=-1))

    with pytest.raises(UnavailableError):
        events.handle(json.dumps(event()).encode(), context(here))
