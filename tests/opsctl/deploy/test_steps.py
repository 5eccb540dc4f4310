"""Deploying to a local cloud: what is there afterwards, a second time, after a failure, and after a removal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.deploy.conftest import LAYERS, LocalAccount

from opsctl import sample
from opsctl.deploy import steps
from opsctl.deploy.unchanged import UnchangedAccount
from opsctl.errors import NotThereError, ToolError
from opsledger import catalog
from opsledger.errors import StoreRefusedError, UnavailableError
from opsledger.ledger.rows import read_record
from opsledger.store.tables import RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.opsctl.deploy.conftest import DeployedCloud

    from opsledger.ledger.record import Record

CHANGES = {"CreateStack", "UpdateStack", "DeleteStack", "CreateLayerVersion", "DeleteLayerVersion"}
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def deploy(deployment: DeployedCloud, **changed: Any) -> dict[str, str]:
    """Deploy, with these changes to the target."""
    return steps.deploy(replace(deployment.target, **changed), deployment.account, deployment.tell).variables


def store(deployment: DeployedCloud) -> TablestoreStore:
    """The tables of the deployed instance."""
    account = deployment.cloud.account
    address = "https://opsledger.cn-hangzhou.ots.aliyuncs.com"
    client = open_client(address, "opsledger", account.access_key_id, account.access_key_secret, "")
    return TablestoreStore(client, "opsledger_")


def recorded(deployment: DeployedCloud) -> list[Record]:
    """The records of the deployed instance."""
    return [read_record(row) for row in store(deployment).after(RECORDS, ())]


def publish_reboot(deployment: DeployedCloud) -> None:
    """Publish an event as Alibaba Cloud does, and let it be delivered."""
    kind, now_ms = catalog.find(REBOOT)[0], deployment.cloud.clock.now_ms()
    deployment.cloud.publisher.publish(
        "default", sample.event(kind, "Scheduled", "cloudevent", seed="deploy", now_ms=now_ms)
    )
    deployment.cloud.run_due()


def test_everything_is_there(deployment: DeployedCloud) -> None:
    """One run makes tables, queues, layers, functions and rules, and an event that is published is recorded."""
    variables = deploy(deployment)

    assert not store(deployment).missing_tables()
    assert len(deployment.rules) == 6
    assert "opsledger-ecs-events" in deployment.account.functions()
    assert variables["OPSLEDGER_LAYER"] == "acs:fc:cn-hangzhou:1000000000000001:layers/opsledger/versions/1"
    assert variables["OTS_ENDPOINT"] == "https://opsledger.cn-hangzhou.ots.aliyuncs.com"
    publish_reboot(deployment)
    assert [record.kind for record in recorded(deployment)] == ["system-event"]


def test_rules_come_after_the_functions(deployment: DeployedCloud) -> None:
    """A new stack has no rules until their targets exist."""
    seen: list[list[str]] = []
    run = deployment.account.serverless_devs
    deployment.account.serverless_devs = lambda *given: (seen.append(deployment.rules), run(*given))[1]  # type: ignore[method-assign, func-returns-value]

    deploy(deployment)

    assert seen == [[]]
    assert deployment.rules


def test_a_second_run_changes_nothing(deployment: DeployedCloud) -> None:
    """Layers are found by their content, and ROS refuses updates that change nothing."""
    first = deploy(deployment)
    deployment.account.wait()
    deployment.cloud.clear_calls()
    deployment.lines.clear()

    second = deploy(deployment)

    assert second == first
    changing = [call for service in ("ros", "fc") for call in deployment.operations(service) if call in CHANGES]
    assert changing == ["UpdateStack", "UpdateStack"]
    assert all(call.status == 400 for call in deployment.cloud.calls_of("ros", "UpdateStack"))
    first_line, *layers, last_line = [line for line in deployment.lines if line.startswith(" ")]
    assert [first_line, *sorted(layers), last_line] == [
        "  opsledger is up to date",
        *(f"  {name} is up to date: version 1" for name in sorted(LAYERS)),
        "  opsledger is up to date",
    ]


def test_a_layer_is_published_when_its_content_changes(deployment: DeployedCloud, built: Callable[..., Path]) -> None:
    """Only the layer that differs gets a new version, and the functions name it."""
    deploy(deployment)
    deployment.account.wait()

    variables = deploy(deployment, built=built(opsledger_poller="other"))

    assert variables["OPSLEDGER_POLLER_LAYER"].endswith("/versions/2")
    assert variables["OPSLEDGER_LAYER"].endswith("/versions/1")


def test_parameters_of_an_earlier_run_are_kept(deployment: DeployedCloud) -> None:
    """A parameter that is not given again keeps its value."""
    deploy(deployment, parameters={"InstanceName": "shop-events"})
    deployment.account.wait()

    variables = deploy(deployment)

    assert variables["OTS_INSTANCE"] == "shop-events"
    assert variables["OTS_ENDPOINT"] == "https://shop-events.cn-hangzhou.ots.aliyuncs.com"


def test_private_functions_use_the_private_address(deployment: DeployedCloud) -> None:
    """With a VPC the functions reach Tablestore by the address inside it."""
    variables = deploy(deployment, private=True)

    assert variables["OTS_ENDPOINT"] == "https://opsledger.cn-hangzhou.vpc.tablestore.aliyuncs.com"


def test_a_variable_of_the_caller_wins(deployment: DeployedCloud) -> None:
    """Who names another ledger keeps it, as functions of several regions do; layers are always those just made."""
    environment = {"OTS_ENDPOINT": "https://central.example", "OPSLEDGER_LAYER": "old"}

    variables = deploy(deployment, environment=environment)

    assert variables["OTS_ENDPOINT"] == "https://central.example"
    assert variables["OPSLEDGER_LAYER"].endswith("layers/opsledger/versions/1")


class FailingAccount(LocalAccount):
    """Fails at one of its calls, before or after the call did its work."""

    def __init__(self, deployment: DeployedCloud, at: int, *, after: bool) -> None:
        super().__init__(deployment.cloud)
        self.left, self._after = at, after

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found) or name in ("wait", "stack"):
            return found

        def once(*given: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self._after:
                raise UnavailableError("the line is cut")
            result = found(*given)
            if self.left == 0:
                raise UnavailableError("the line is cut")
            return result

        return once


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 11))
def test_a_run_that_was_cut_off_is_run_again(deployment: DeployedCloud, at: int, *, after: bool) -> None:
    """Cut off at any call, before or after it did its work, the next run ends where an undisturbed one does."""
    broken = FailingAccount(deployment, at, after=after)
    with pytest.raises(UnavailableError):
        steps.deploy(deployment.target, broken, deployment.tell)
    deployment.account.wait()

    deploy(deployment)

    assert not store(deployment).missing_tables()
    assert len(deployment.rules) == 6
    assert [len(deployment.account.layer_versions(name)) for name in LAYERS] == [1] * len(LAYERS)


def test_destroy_keeps_the_rows(deployment: DeployedCloud) -> None:
    """Rules, functions, layers, queues and roles go; tables and rows stay, and a later stack takes them over."""
    deploy(deployment)
    deployment.account.wait()
    publish_reboot(deployment)

    steps.destroy(deployment.target, deployment.account, deployment.tell)

    assert (deployment.rules, deployment.account.functions(), deployment.account.stack("opsledger")) == ([], [], None)
    assert [deployment.account.layer_versions(name) for name in LAYERS] == [[]] * len(LAYERS)
    assert len(recorded(deployment)) == 1
    with pytest.raises(ToolError, match="--existing-tables"):
        deploy(deployment)
    deployment.account.delete_stack(deployment.account.stack("opsledger"))  # type: ignore[arg-type]
    deployment.account.wait()

    deploy(deployment, parameters={"Tables": "exist"})

    assert len(recorded(deployment)) == 1
    assert len(deployment.rules) == 6


def test_destroy_of_nothing(deployment: DeployedCloud) -> None:
    """Removing what is not there says so."""
    steps.destroy(deployment.target, deployment.account, deployment.tell)

    assert deployment.lines[-1] == "There is no stack opsledger in cn-hangzhou"


@pytest.mark.parametrize("deployed", [False, True])
def test_a_dry_run_changes_nothing(deployment: DeployedCloud, *, deployed: bool) -> None:
    """It reads what is there, prints each call that would change something, and makes none."""
    if deployed:
        deploy(deployment)
        deployment.account.wait()
    printed: list[str] = []
    dry = UnchangedAccount(deployment.account, "cn-hangzhou", "opsledger", printed.append)
    deployment.cloud.clear_calls()

    variables = steps.deploy(deployment.target, dry, deployment.tell).variables

    assert not CHANGES & {call.operation for call in deployment.cloud.calls}
    assert deployment.operations("ros")[0] == "ListStacks"
    assert variables["OTS_INSTANCE"] == "opsledger"
    called = [line.strip() for line in printed]
    assert ("ROS CreateStack" in called, "FC CreateLayerVersion" in called) == (not deployed, not deployed)
    assert "ROS UpdateStack" in called


def test_a_dry_run_of_destroy_changes_nothing(deployment: DeployedCloud) -> None:
    """It prints what would be removed, in order."""
    deploy(deployment)
    deployment.account.wait()
    printed: list[str] = []
    dry = UnchangedAccount(deployment.account, "cn-hangzhou", "opsledger", printed.append)
    deployment.cloud.clear_calls()

    steps.destroy(deployment.target, dry, deployment.tell)

    assert not CHANGES & {call.operation for call in deployment.cloud.calls}
    called = [line.strip().partition(" ")[2] for line in printed if line.strip().startswith(("ROS ", "FC "))]
    assert called == ["UpdateStack", *["DeleteLayerVersion"] * len(LAYERS), "DeleteStack"]


def test_a_dry_run_needs_no_account(deployment: DeployedCloud) -> None:
    """Without credentials the account is taken to be empty; nothing is called."""
    printed: list[str] = []

    steps.deploy(deployment.target, UnchangedAccount(None, "cn-hangzhou", "opsledger", printed.append), deployment.tell)

    assert deployment.cloud.calls == []
    called = [line.strip() for line in printed if line.startswith("    ") and "=" not in line]
    assert called == [
        "ROS CreateStack",
        *["FC CreateLayerVersion"] * len(LAYERS),
        f"s deploy -y -t {deployment.target.s_yaml}",
        "ROS UpdateStack",
    ]


def test_nothing_is_called_before_the_layers_are_built(deployment: DeployedCloud, tmp_path: Path) -> None:
    """Without `make package` there is nothing to deploy."""
    with pytest.raises(NotThereError, match="make package"):
        deploy(deployment, built=tmp_path)
    assert deployment.cloud.calls == []


def test_a_stack_that_fails_says_why(deployment: DeployedCloud) -> None:
    """The reason of the service is in the message."""
    deployment.cloud.services["mns"].create_queue("opsledger-failed", VisibilityTimeout=1)  # type: ignore[attr-defined]

    with pytest.raises(ToolError, match="QueueAlreadyExist"):
        deploy(deployment)


def test_what_ros_says_of_a_template_is_shown(deployment: DeployedCloud, tmp_path: Path) -> None:
    """The service's own message is in the error."""
    template = tmp_path / "template.yaml"
    text = deployment.target.template.read_text(encoding="utf-8").replace("Ref: InstanceName", "Ref: Nothing", 1)
    template.write_text(text, encoding="utf-8")

    with pytest.raises(StoreRefusedError, match='reference "Nothing"'):
        deploy(deployment, template=template)
