"""`doctor --remote` and the tables: what is deployed is compared with the file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots
from tests.conftest import ROOT
from tests.opsctl.cli.remote.conftest import open_remote_with

from opsctl.ros import rules
from opsledger.store import Key
from opsledger.store.tables import OLD_RECORDS, RECORDS, TABLES, hashed
from yunmock import deploy_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.opsctl.cli.remote.conftest import Ran

    from yunmock.server import Server

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")


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


def test_a_ledger_that_expires_is_made_so(run: Callable[..., Ran], server: Server) -> None:
    """`--ledger-days` and `--encrypt` apply to tables that are made; existing ones are left as they are."""
    options = ("--ledger-days", "30", "--encrypt")
    assert run("init-tables", "--remote", *options, OPSLEDGER_TABLE_PREFIX="brief_")[0] == 0
    client = open_remote_with(server).client
    made = client.describe_table("brief_ledger_v3").table_options

    assert (made.time_to_live, made.allow_update) == (30 * 86_400, False)
    names = [name for name in client.list_table() if name.startswith(("brief_", "opsledger_"))]
    encrypted = {name for name in names if client.describe_table(name).sse_details.enable}
    assert encrypted == {name for name in names if name.startswith("brief_")}
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
    # A function that a timer calls on the server in this process may write its log meanwhile, an object a line.
    found = json.loads("".join(line for line in out.splitlines(keepends=True) if not line.startswith("{")))
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
