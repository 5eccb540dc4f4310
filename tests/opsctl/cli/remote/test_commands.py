"""`--remote`: the commands against real services, here a local cloud behind HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

from opsctl import sample
from opsctl.cli import endpoints
from opsledger.catalog import find
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.opsctl.cli.remote.conftest import Ran

    from yunmock.server import Server

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
PLACE = ("ALIBABA_CLOUD_ACCOUNT_ID", "ALIBABA_CLOUD_REGION_ID")
EVENT = sample.event(find("ecs:Instance:StateChange")[0], "Stopped", "cloudevent", seed="a", now_ms=1_767_225_600_000)


def test_an_event_becomes_a_record(run: Callable[..., Ran], server: Server) -> None:
    """Make tables, invoke a function by its folder, publish an event, note and read the record: all over HTTP."""
    event = json.dumps(EVENT).encode()

    made = run("init-tables", "--remote")
    invoked = run("invoke", "ecs_events", "--remote", "--json", given=event)
    published = run("publish", "--remote", "--bus", "default", "--json", given=event)
    server.cloud.run_due()
    listed = run("records", "--remote", "--json")
    noted = run("note", EVENT["data"]["resourceId"], "--remote", "--ack", "--by", "ann")
    shown = run("show", EVENT["data"]["resourceId"], "--remote", "--json")

    assert [code for code, *_ in (made, invoked, published, listed, noted, shown)] == [0, 0, 0, 0, 0, 0]
    assert json.loads(invoked[1])["result"]["recorded"] == 1
    assert json.loads(published[1])[0]["id"] == EVENT["id"]
    (record,) = json.loads(listed[1])
    assert (record["status"], record["resource_id"]) == ("Stopped", EVENT["data"]["resourceId"])
    note = {"by": "ann", "acknowledged": True, "assigned_to": None, "comment": None}
    written = json.loads(shown[1])
    assert written.pop("notes") == [{**note, "at": ANY}]
    assert written == record
    assert {call.operation for call in server.cloud.calls} >= {"InvokeFunction", "putEvents", "BatchWriteRow"}


def test_the_log_comes_before_the_result(run: Callable[..., Ran]) -> None:
    """The function may be named by its full name too."""
    code, out, _ = run("invoke", "opsledger-ecs-events", "--remote", given=b"[]")

    assert code == 0
    assert out.startswith("FC Invoke Start RequestId")
    assert '"received": 0' in out


def test_a_failed_invocation_exits_with_one(run: Callable[..., Ran], server: Server) -> None:
    """Its error is shown."""
    server.cloud.faults.add(Fault("tablestore", "*", code="OTSAuthFailed", status=403, times=-1))
    try:
        code, out, _ = run("invoke", "ecs_events", "--remote", "--json", given=json.dumps(EVENT).encode())
    finally:
        server.cloud.faults.clear()

    assert code == 1
    assert json.loads(out)["error_type"] == "UnhandledInvocationError"


def test_an_unknown_function_is_not_found(run: Callable[..., Ran]) -> None:
    """Exit code 3, and the name of the function."""
    code, _, err = run("invoke", "nobody", "--remote", given=b"{}")

    assert code == 3
    assert "there is no function 'nobody' in this account and region" in err


def test_a_published_event_is_accepted(run: Callable[..., Ran]) -> None:
    """EventBridge says that it accepts the event, and nothing more."""
    code, out, _ = run("publish", "--remote", "--bus", "default", given=json.dumps(EVENT).encode())

    assert code == 0
    assert f"accepted by bus default as {EVENT['id']}" in out


def test_an_unknown_bus_is_refused(run: Callable[..., Ran]) -> None:
    """With EventBridge's own error code."""
    code, out, err = run("publish", "--remote", "--bus", "nowhere", given=json.dumps(EVENT).encode())

    assert code == 1
    assert "EventBusNotExist" in out + err


@pytest.mark.parametrize("words", [("--remote",), ("--bus", "mine")])
def test_remote_and_bus_go_together(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    """Neither is guessed from the other."""
    code, _, err = run("publish", *words, given=b"{}")

    assert code == 2
    assert "--bus" in err


# ------------------------------------------------------------------------------------------- what is missing
@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (CREDENTIALS[:1], CREDENTIALS[0]),
        (CREDENTIALS[1:], CREDENTIALS[1]),
        (CREDENTIALS, ", ".join(CREDENTIALS)),
        (("FC_ENDPOINT", PLACE[0]), f"{PLACE[0]} (or FC_ENDPOINT)"),
        (("FC_ENDPOINT", *PLACE), f"{PLACE[0]} and {PLACE[1]} (or FC_ENDPOINT)"),
    ],
)
def test_missing_variables_are_named(
    run: Callable[..., Ran], server: Server, missing: tuple[str, ...], named: str
) -> None:
    """Before any call, in one line."""
    server.cloud.calls.clear()

    code, out, err = run("invoke", "ecs_events", "--remote", given=b"{}", **dict.fromkeys(missing))

    assert (code, out, err) == (1, "", f"opsledger: --remote needs {named}\n")
    assert not server.cloud.calls


def test_the_profile_file_may_have_the_credentials(
    run: Callable[..., Ran], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor's default chain is asked for what the environment does not have."""
    account = server.cloud.account
    profile = tmp_path / "credentials.ini"
    profile.write_text(
        "[default]\ntype = access_key\n"
        f"access_key_id = {account.access_key_id}\naccess_key_secret = {account.access_key_secret}\n"
    )
    unset = dict.fromkeys(endpoints.CREDENTIALS)
    run("init-tables", "--remote")
    # The vendor's package reads the variable ALIBABA_CLOUD_CREDENTIALS_FILE when it is imported.
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_util.environment_credentials_file", str(profile))

    code, out, err = run("records", "--remote", "--json", **unset)

    assert code == 0, err
    assert isinstance(json.loads(out), list)


@pytest.mark.parametrize(
    ("words", "name"),
    [(("records", "--remote"), "OTS_ENDPOINT"), (("show", "a", "--remote"), "OTS_INSTANCE")],
)
def test_a_missing_tablestore_variable_is_named(run: Callable[..., Ran], words: tuple[str, ...], name: str) -> None:
    """They are the same variables as for a function."""
    code, _, err = run(*words, **{name: None})

    assert code == 1
    assert f"{name} is not set" in err


def test_a_wrong_secret_is_refused(run: Callable[..., Ran]) -> None:
    """Function Compute's refusal is shown, without the secret."""
    code, _, err = run("invoke", "ecs_events", "--remote", given=b"{}", ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")

    assert code == 1
    assert "Function Compute refuses: SignatureNotMatch" in err
    assert "wrong" not in err


def test_an_unavailable_service_is_one_line(run: Callable[..., Ran], server: Server) -> None:
    """With its error code."""
    server.cloud.faults.add(Fault("fc", "*", times=1))

    code, _, err = run("invoke", "ecs_events", "--remote", given=b"{}")

    assert code == 1
    assert "ServiceUnavailable" in err


@pytest.mark.parametrize("command", ["invoke", "publish"])
def test_an_address_without_a_service_is_one_line(run: Callable[..., Ran], server: Server, command: str) -> None:
    """Without a traceback."""
    words = {"invoke": ("ecs_events", "--remote"), "publish": ("--remote", "--bus", "default")}[command]
    nowhere = {"FC_ENDPOINT": "http://127.0.0.1:9", "EVENTBRIDGE_ENDPOINT": "127.0.0.1:9"}

    code, _, err = run(command, *words, given=json.dumps(EVENT).encode(), **nowhere)

    assert code == 1
    assert err.startswith("opsledger: ")
    assert "Traceback" not in err
    assert server.address != "127.0.0.1:9"
