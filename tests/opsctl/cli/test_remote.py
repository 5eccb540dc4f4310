"""`--remote`: the commands against real services, here a local cloud behind HTTP."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import alibabacloud_credentials.client  # noqa: F401 - it reads the environment once, which has none of these yet
import pytest
import tablestore as ots

from opsctl import cli, sample
from opsctl.cli import endpoints
from opsctl.ros import rules
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.catalog import find
from opsledger.store import Key
from opsledger.store.tables import OLD_RECORDS, RECORDS, TABLES, hashed
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import Account, Fault, deploy_rules, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

SECRET = Account().access_key_secret
CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
PLACE = ("ALIBABA_CLOUD_ACCOUNT_ID", "ALIBABA_CLOUD_REGION_ID")
EVENT = sample.event(find("ecs:Instance:StateChange")[0], "Stopped", "cloudevent", seed="a", now_ms=1_767_225_600_000)
ROOT = Path(__file__).parents[3]
Ran = tuple[int, str, str]


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    """A cloud with the functions of s.yaml, on a port."""
    cloud = local_cloud(template=root / "s.yaml", roles=policies(read()), act_as_cloud=True)
    deploy_rules(cloud, rules.to_deploy(root / "s.yaml"))
    with Server(cloud) as serving:
        yield serving
    cloud.close()


@pytest.fixture
def run(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], root: Path
) -> Callable[..., Ran]:
    """Run `opsledger` as its script does, with the server's variables or others."""

    def run(*words: str, given: bytes = b"", **variables: str | None) -> Ran:
        monkeypatch.chdir(root)
        for name, value in {**server.environment, "OTS_INSTANCE": "opsledger", **variables}.items():
            monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        monkeypatch.setattr(sys, "argv", ["opsledger", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capfd.readouterr()
        assert SECRET not in output.out + output.err
        return int(ended.value.code or 0), output.out, output.err

    return run


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


# ------------------------------------------------------------------------------------------------ doctor --remote
def test_doctor_finds_no_difference(run: Callable[..., Ran]) -> None:
    """A cloud that was made from the file equals it."""
    unset = dict.fromkeys(("OTS_ENDPOINT", "OTS_INSTANCE"))

    assert run("doctor", "--no-import", "--remote", **unset)[:2] == (0, "nothing found\n")


def test_doctor_finds_differences(run: Callable[..., Ran], server: Server) -> None:
    """A missing function, one with another timeout and variable, a missing and an additional trigger."""
    functions: dict[str, Any] = server.cloud.services["fc"].functions  # type: ignore[attr-defined]
    before = dict(functions)
    ecs, sweeper = functions["opsledger-ecs-events"], functions["opsledger-sweeper"]
    poller = functions["opsledger-eci-poller"]
    environment = {**ecs.environment, "OPSLEDGER_TABLE_PREFIX": "other_"}
    functions["opsledger-ecs-events"] = replace(ecs, timeout_s=5, environment=environment)
    functions["opsledger-eci-poller"] = replace(poller, triggers=(replace(sweeper.triggers[0], name="other"),))
    del functions["opsledger-sweeper"]
    try:
        code, out, _ = run("doctor", "--no-import", "--remote", "--json", OTS_ENDPOINT=None, OTS_INSTANCE=None)
    finally:
        functions.update(before)

    found = [(finding["code"], finding["message"]) for finding in json.loads(out)]
    assert code == 1
    assert found == [
        ("deployed-differs", "timeout is 5 in the deployment and 60 in the file"),
        ("deployed-differs", "the variable OPSLEDGER_TABLE_PREFIX differs"),
        ("deployed-differs", "the trigger 'other' is deployed, but is not in the file"),
        ("not-deployed", "the trigger 'every-five-minutes' is not deployed"),
        ("not-deployed", "the function 'opsledger-sweeper' is not deployed"),
    ]


def test_doctor_finds_tables_that_are_not_migrated(run: Callable[..., Ran], server: Server) -> None:
    """Where the environment names the instance; not in a new one, and not once they are moved."""
    assert run("init-tables", "--remote")[0] == 0
    assert run("doctor", "--no-import", "--remote")[0] == 0
    store = open_remote_with(server)
    store.client.create_table(*store._definition(OLD_RECORDS, None))
    assert run("doctor", "--no-import", "--remote")[0] == 0  # the old table is empty
    key = [("record", hashed("ecs:state:i-1"))]
    store.client.put_row(store.name(OLD_RECORDS), ots.Row(key, [("kind", "of another version"), ("revision", 1)]))
    code, _, err = run("doctor", "--no-import", "--remote")

    assert code == 1
    assert "opsledger migrate --remote" in err
    assert "opsledger migrate --remote" in run("init-tables", "--remote")[1]
    assert run("records", "--remote")[0] == 1
    assert run("migrate", "--remote")[0] == 1  # its row is moved as it is, since no version here can read it
    assert run("doctor", "--no-import", "--remote")[0] == 0
    assert store.read([Key(RECORDS, (key[0][1],))])


def test_doctor_looks_at_the_account(run: Callable[..., Ran], server: Server) -> None:
    """An instance that nobody owns is a warning among the findings, as text and as JSON, and stops nothing."""
    ecs: Any = server.cloud.services["ecs"]
    instance = ecs.create_instance("cn-hangzhou", "web")
    try:
        code, out, _ = run("doctor", "--no-import", "--remote", OTS_ENDPOINT=None, OTS_INSTANCE=None)
        as_json = run("doctor", "--no-import", "--remote", "--json", OTS_ENDPOINT=None, OTS_INSTANCE=None)
    finally:
        ecs.release_instance(instance)

    assert (code, out.splitlines()[-1]) == (0, "2 warnings")
    assert f"cn-hangzhou: warning: 1 of 1 instances ({instance}) have no tag 'owner'" in out
    assert sorted(one["code"] for one in json.loads(as_json[1])) == ["no-owner", "notify-off"]


def test_doctor_finds_missing_tables(run: Callable[..., Ran], server: Server) -> None:
    """Those of the prefix that the environment names, each by its name in the instance, with what to do."""
    assert run("init-tables", "--remote", OPSLEDGER_TABLE_PREFIX="few_")[0] == 0
    for table in ("few_notes", "few_cursors"):
        open_remote_with(server).client.delete_table(table)

    code, _, err = run("doctor", "--no-import", "--remote", OPSLEDGER_TABLE_PREFIX="few_")
    for name in {f"few_{table.stored_as}" for table in TABLES} - {"few_notes", "few_cursors"}:
        open_remote_with(server).client.delete_table(name)  # an instance has room for two sets of them

    assert code == 1
    assert err.splitlines() == [
        f"opsledger: there is no table {table}: run `opsledger init-tables --remote`"
        for table in ("few_cursors", "few_notes")
    ]


def open_remote_with(server: Server) -> TablestoreStore:
    """The tables on the server, as the commands open them."""
    keys = Account().access_key_id, Account().access_key_secret
    return TablestoreStore(open_client(server.environment["OTS_ENDPOINT"], "opsledger", *keys, None), "opsledger_")


def test_a_ledger_that_expires_is_made_so(run: Callable[..., Ran], server: Server) -> None:
    """`--ledger-days` applies to a table that is made; an existing one is left as it is."""
    assert run("init-tables", "--remote", "--ledger-days", "30", OPSLEDGER_TABLE_PREFIX="brief_")[0] == 0
    options = open_remote_with(server).client.describe_table("brief_ledger_v3").table_options

    assert (options.time_to_live, options.allow_update) == (30 * 86_400, False)
    assert (
        run("init-tables", "--remote", "--ledger-days", "7", OPSLEDGER_TABLE_PREFIX="brief_")[1] == "all tables exist\n"
    )
    assert open_remote_with(server).client.describe_table("brief_ledger_v3").table_options.time_to_live == 30 * 86_400


@pytest.fixture
def registry(server: Server) -> Iterator[Any]:
    """The server's rules, which are as before afterwards."""
    bridge: Any = server.cloud.services["eventbridge"]
    before = {rule.name: rule for rule in bridge.registry.rules("default")}
    yield bridge.registry
    for rule in bridge.registry.rules("default"):
        bridge.registry.delete_rule("default", rule.name)
    deploy_rules(server.cloud, rules.to_deploy(ROOT / "s.yaml"))
    assert {rule.name for rule in bridge.registry.rules("default")} == before.keys()


def doctor(run: Callable[..., Ran], **variables: str | None) -> list[str]:
    """The codes and the messages that `doctor --remote` finds."""
    unset = dict.fromkeys(("OTS_ENDPOINT", "OTS_INSTANCE"))
    code, out, err = run("doctor", "--no-import", "--remote", "--json", **{**unset, **variables})
    assert not err
    found = json.loads(out)
    assert code == any(finding["severity"] == "error" for finding in found)
    return [f"{finding['code']}: {finding['message']}" for finding in found]


@pytest.mark.parametrize("value", ["Sync", ""])
def test_doctor_finds_a_rule_that_became_synchronous(run: Callable[..., Ran], registry: Any, value: str) -> None:
    """By what ListTargets says of it: then failures are not retried, and the failure queue stays empty."""
    rule = registry.rule("default", "opsledger-ecs-events")
    params = [param for param in rule.targets[0].params if param.key != "InvocationType"]
    params += [
        replace(param, value=value) for param in rule.targets[0].params if param.key == "InvocationType" and value
    ]
    registry.change_rule("default", rule.name, targets=(replace(rule.targets[0], params=tuple(params)),))

    (found,) = doctor(run)

    said = "says InvocationType Sync" if value else "says no InvocationType"
    assert found == (
        f"deployed-synchronous: the deployed rule 'opsledger-ecs-events' {said}: "
        "it invokes 'opsledger-ecs-events' synchronously"
    )


def test_doctor_finds_rules_that_do_not_deliver(run: Callable[..., Ran], registry: Any) -> None:
    """One that is disabled, and a function without any."""
    eci = "opsledger-eci-events"
    registry.change_rule("default", eci, enabled=False)
    registry.delete_rule("default", "opsledger-ecs-events")

    assert sorted(doctor(run)) == [
        "not-deployed: no deployed rule on the bus default hands events to 'opsledger-ecs-events'",
        f"rule-disabled: the deployed rule {eci!r} is disabled: {eci!r} gets nothing by it",
    ]


def test_doctor_finds_another_account_and_region(run: Callable[..., Ran]) -> None:
    """The file names the local cloud's account and one region, and what is deployed to is another's."""
    found = doctor(run, ALIBABA_CLOUD_ACCOUNT_ID="1234567890123456", ALIBABA_CLOUD_REGION_ID="cn-beijing")

    assert "other-region: the function is for cn-hangzhou, and --remote looks at cn-beijing" in found
    assert any("is of the account 1000000000000001, not of 1234567890123456" in one for one in found)
    assert any(one.startswith("other-region: the deployed rule") for one in found)
    assert any(one.startswith("other-account: the deployed rule") for one in found)
