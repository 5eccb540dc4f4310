"""A function on Function Compute: its result, its log, its credentials, and its failures."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.cli import fc2_invocation
from opsctl.cli.local import INSTANCE, LocalCloud, local
from opsledger import settings
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.handlers import events, invocation
from yunmock import Fault, deploy
from yunmock.ram.access import SECURITY_TOKEN

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
    """No client from an earlier test, no waiting, no credentials from the shell."""
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in INSTANCE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def here(tmp_path: Path, root: Path) -> Iterator[LocalCloud]:
    """A cloud with s.yaml deployed."""
    with local(tmp_path / "data", root / "s.yaml") as opened:
        yield opened


def invoke(here: LocalCloud, payload: bytes) -> Any:
    """Invoke the function for ECS events."""
    return fc2_invocation.invoke(here.endpoint("fc"), NAME, payload)


def lines(log: str) -> list[dict[str, Any]]:
    """The function's own lines of a log."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def context(here: LocalCloud, *, timeout: Any = 60, **fields: Any) -> Any:
    """A context as the 3.10 runtime gives it."""
    account = here.cloud.account
    credentials = SimpleNamespace(
        access_key_id=account.access_key_id, access_key_secret=account.access_key_secret, security_token=SECURITY_TOKEN
    )
    given = {
        "request_id": "request-1",
        "credentials": credentials,
        "function": SimpleNamespace(name=NAME, timeout=timeout),
        **fields,
    }
    return SimpleNamespace(**{name: value for name, value in given.items() if value is not None})


# ------------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_result_counts_every_outcome(here: LocalCloud, root: Path, event: MakeEvent, runtime: str) -> None:
    """On both runtimes."""
    deploy(here.cloud, root / "s.yaml", {"OPSLEDGER_RUNTIME": runtime})
    batch = [event(REBOOT, "Avoided"), event(REBOOT, "Scheduled"), event(REBOOT, "Avoided"), {"stranger": 1}]

    invoked = invoke(here, json.dumps(batch).encode())

    assert invoked.error_type == ""
    assert invoked.result == {"received": 4, "recorded": 1, "duplicate": 1, "out_of_order": 1, "quarantined": 1}


def test_the_log_has_a_line_for_each_delivery(here: LocalCloud, event: MakeEvent) -> None:
    """With its outcome, its record and the request id; a last line has the counts."""
    batch = [event(REBOOT, "Scheduled"), {"stranger": 1}]

    invoked = invoke(here, json.dumps(batch).encode())
    first, second, done = lines(invoked.log)

    assert (first["event"], first["outcome"], first["status"]) == ("delivery", "recorded", "Scheduled")
    assert first["record"] == "ecs:event:" + batch[0]["data"]["eventId"]
    assert (second["outcome"], second["reason"]) == ("quarantined", "unknown_type")
    assert {n: done[n] for n in ("event", "received", "recorded", "quarantined")} == {
        "event": "done",
        "received": 2,
        "recorded": 1,
        "quarantined": 1,
    }
    assert {line["request_id"] for line in (first, second, done)} == {invoked.request_id}


def test_one_client_serves_every_invocation(here: LocalCloud, event: MakeEvent) -> None:
    """The initializer makes it, and each invocation uses it."""
    invoke(here, json.dumps(event()).encode())
    assert invocation._opened is not None
    first = invocation._opened[1]

    invoke(here, json.dumps(event(seed="b")).encode())

    assert invocation._opened[1] is first


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"[" * 100_000, b"null"])
def test_a_bad_payload_does_not_fail_the_invocation(here: LocalCloud, payload: bytes) -> None:
    """Otherwise the platform would deliver it again."""
    invoked = invoke(here, payload)

    assert invoked.error_type == ""
    count = int(payload != b"[]")
    assert invoked.result == {**NONE, "received": count, "quarantined": count}


# ------------------------------------------------------------------------------------------------------------ failures
@pytest.mark.parametrize(
    ("fault", "error_type"),
    [
        ({"code": "OTSServerBusy"}, "ThrottledError"),
        ({"action": "drop"}, "UnavailableError"),
        ({"code": "OTSAuthFailed", "status": 403}, "MisconfiguredError"),
    ],
)
def test_a_store_that_does_not_recover_fails_the_invocation(
    here: LocalCloud, event: MakeEvent, fault: dict[str, Any], error_type: str
) -> None:
    """The caller gets the platform's error object, the log has the cause, and the next delivery records the event."""
    here.cloud.faults.add(Fault("tablestore", "BatchWriteRow", times=-1, **fault))

    invoked = invoke(here, json.dumps(event()).encode())

    assert invoked.error_type == "UnhandledInvocationError"
    assert set(invoked.result) == {"errorMessage", "errorType", "stackTrace"}
    assert invoked.result["errorType"] == error_type
    (failed,) = lines(invoked.log)
    assert (failed["event"], failed["error"], failed["request_id"]) == ("failed", error_type, invoked.request_id)

    here.cloud.faults.clear()
    again = invoke(here, json.dumps(event()).encode())
    assert again.result == {**NONE, "received": 1, "recorded": 1}


def test_the_deadline_is_the_functions_timeout(here: LocalCloud, event: MakeEvent, clock: FakeClock) -> None:
    """Sixty seconds in s.yaml: it retries for most of them, and stops before the platform would stop it."""
    here.cloud.faults.add(Fault("tablestore", "BatchGetRow", code="OTSServerBusy", times=-1))

    invoke(here, json.dumps(event()).encode())

    assert 55 < clock.seconds < 59


@pytest.mark.parametrize(("timeout", "seconds"), [(10, 9), (0.5, -0.5), (1, 0), (None, 59), (0, 59)])
def test_the_deadline_comes_from_the_context(here: LocalCloud, timeout: Any, seconds: float) -> None:
    """The timeout minus a margin; a default if the context has none."""
    assert invocation.deadline(context(here, timeout=timeout)).remaining() == pytest.approx(seconds)
    assert invocation.deadline(None).remaining() == pytest.approx(59)


def test_a_missing_setting_fails_the_initializer(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable."""
    here.cloud.function_environment["OTS_INSTANCE"] = ""
    monkeypatch.setattr(invocation, "_opened", None)

    invoked = invoke(here, json.dumps(event()).encode())

    assert (invoked.error_type, invoked.result["errorType"]) == ("UnhandledInvocationError", "MisconfiguredError")
    assert "OTS_INSTANCE" in invoked.result["errorMessage"]


# ---------------------------------------------------------------------------------------------------------- credentials
@pytest.fixture
def bare_environment(here: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the mock sets variables first
    """An environment without credentials: those that the local cloud sets are taken out."""
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_ID")
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")


def test_the_contexts_credentials_come_first(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come with each invocation; the environment keeps those of the instance's start, which expire."""
    account = here.cloud.account
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", account.access_key_id)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "expired")
    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1

    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", account.access_key_secret)
    wrong = SimpleNamespace(
        access_key_id=account.access_key_id, access_key_secret="a-wrong-secret", security_token=None
    )
    with pytest.raises(MisconfiguredError) as raised:
        events.handle(json.dumps(event()).encode(), context(here, credentials=wrong))

    assert "a-wrong-secret" not in str(raised.value)


@pytest.mark.usefixtures("bare_environment")
def test_the_contexts_credentials_are_used_without_others(here: LocalCloud, event: MakeEvent) -> None:
    """As the 3.10 runtime provides them."""
    invocation.initialize(context(here))

    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1


@pytest.mark.usefixtures("bare_environment")
def test_a_key_id_without_a_secret_is_ignored(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not combined with the context's secret."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "somebody-else")

    assert events.handle(json.dumps(event()).encode(), context(here))["recorded"] == 1


@pytest.mark.usefixtures("bare_environment")
def test_missing_credentials_are_an_error(here: LocalCloud, event: MakeEvent) -> None:
    """The 3.12 runtime's context has none, and the environment is empty."""
    with pytest.raises(MisconfiguredError, match="ALIBABA_CLOUD_ACCESS_KEY_ID"):
        events.handle(json.dumps(event()).encode(), context(here, credentials=None))


def test_rotated_credentials_make_a_new_client(
    here: LocalCloud, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role's credentials change while an instance lives."""
    account = here.cloud.account
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", account.access_key_id)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "expired")
    with pytest.raises(MisconfiguredError):
        events.handle(json.dumps(event()).encode(), context(here, credentials=None))

    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", account.access_key_secret)

    assert events.handle(json.dumps(event()).encode(), context(here, credentials=None))["recorded"] == 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_credential_is_shown(
    here: LocalCloud,
    root: Path,
    event: MakeEvent,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    runtime: str,
) -> None:
    """Not in a result, an error, a log line or on the terminal, in success or failure."""
    caplog.set_level(logging.DEBUG, logger="opsledger")
    deploy(here.cloud, root / "s.yaml", {"OPSLEDGER_RUNTIME": runtime})
    seen: list[object] = []
    for fault in (None, {"code": "OTSAuthFailed", "status": 403}, {"action": "drop"}, {"code": "OTSServerBusy"}):
        if fault:
            here.cloud.faults.add(Fault("tablestore", "*", times=-1, **fault))
        invoked = invoke(here, json.dumps(event()).encode())
        seen += [invoked.to_json(), invoked.log]
        here.cloud.faults.clear()
    shown = capfd.readouterr()

    everything = f"{seen}{caplog.text}{shown.out}{shown.err}"
    for secret in (here.cloud.account.access_key_secret, SECURITY_TOKEN):
        assert secret not in everything


def test_settings_do_not_show_their_secrets(here: LocalCloud) -> None:
    """A printed value or a traceback has the settings' repr."""
    read = settings.read(context(here))

    assert read.access_key_secret not in repr(read)
    assert str(read.security_token) not in repr(read)


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
def test_an_invalid_setting_is_named(variables: dict[str, str], name: str) -> None:
    """The message has the name of the variable, and no secret."""
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
def test_the_platform_retries_an_asynchronous_delivery(here: LocalCloud, event: MakeEvent) -> None:
    """Tablestore is down during the first invocation; Function Compute's retry records the event."""
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


def test_an_unreachable_store_raises_unavailable(here: LocalCloud, event: MakeEvent) -> None:
    """From the handler itself."""
    here.cloud.faults.add(Fault("tablestore", "*", action="drop", times=-1))

    with pytest.raises(UnavailableError):
        events.handle(json.dumps(event()).encode(), context(here))
