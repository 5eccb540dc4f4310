"""`opsledger deploy --drill`: an empty account, deployed, compared with the files, and drilled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.deploy.conftest import LAYERS, REGION, DeployedCloud, LocalAccount
from typer.testing import CliRunner

from opsctl.cli import display
from opsctl.cli.app import app
from opsctl.deploy.remote import RemoteAccount
from opsledger.deadline import SystemClock
from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

    from yunmock.chat.service import ChatService

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")
CHANGING_ECS = ["CreateSimulatedSystemEvents", "CancelSimulatedSystemEvents"]


@pytest.fixture
def chat() -> Iterator[tuple[ChatService, str]]:
    """A chat on a loopback port, and the address of its one receiver."""
    outside = local_cloud()
    service = outside.services["chat"]
    with Server(outside) as server:
        yield service, f"http://{server.address}{service.add('dingtalk', 'ops')}"
    outside.close()


@pytest.fixture
def instance(deployment: DeployedCloud, chat: tuple[ChatService, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An instance to drill; keys and region alone are in the environment, and everything waits by the cloud's clock."""
    cloud = deployment.cloud
    channels = {"ops": {"url": chat[1], "kind": "dingtalk", "language": "en"}}
    routes = {"OPSLEDGER_NOTIFY": json.dumps({"channels": channels, "allow_private": True})}
    for name, value in {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.account.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.account.access_key_secret,
        **routes,
    }.items():
        monkeypatch.setenv(name, value)
    played = LocalAccount(cloud)

    def serverless_devs(_self: RemoteAccount, arguments: list[str], variables: dict[str, str]) -> None:
        played.serverless_devs(arguments, {**routes, **variables})  # `s` has the caller's variables, too

    monkeypatch.setattr(RemoteAccount, "serverless_devs", serverless_devs)
    monkeypatch.setattr(RemoteAccount, "wait", lambda _self: cloud.advance(3))
    monkeypatch.setattr(SystemClock, "now_ms", lambda _self: cloud.clock.now_ms())
    monkeypatch.setattr(SystemClock, "monotonic", lambda _self: cloud.clock.now_ms() / 1000)
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: cloud.advance(seconds))
    ecs: Any = cloud.services["ecs"]
    return str(ecs.create_instance(REGION, "web-3"))


def deploy(deployment: DeployedCloud, *words: str) -> Result:
    """Run the command on this folder."""
    target = deployment.target
    fixed = ("--region", REGION, "--template", str(target.s_yaml), "--built", str(target.built.parent))
    with display.in_language("en"):
        return CliRunner().invoke(app, ["deploy", *fixed, *words])


def test_a_deployment_ends_with_a_drill(
    deployment: DeployedCloud, instance: str, chat: tuple[ChatService, str]
) -> None:
    """The message of the drill arrives through what was just deployed, and the summary says so."""
    done = deploy(deployment, "--drill", instance, "--drill-channel", "ops")

    assert done.exit_code == 0, done.output
    messages = chat[0].messages("dingtalk")
    assert (len(messages), all("DRILL" in text for text in messages)) == (2, True)
    summary = done.stdout[done.stdout.index("\nPart ") :]
    assert f"opsledger in {REGION}" in summary
    assert summary.count("1, published now") == len(LAYERS)
    assert "the message arrived, and so did the end" in summary
    assert f"ALIBABA_CLOUD_REGION_ID={REGION} OTS_ENDPOINT=" in summary


def test_a_dry_run_prints_the_calls_of_the_drill(deployment: DeployedCloud, instance: str) -> None:
    """It prints exactly the calls with which a drill changes something, and makes none of them."""
    dry = deploy(deployment, "--drill", instance, "--dry-run")

    assert dry.exit_code == 0, dry.output
    assert "TriggerRealOps=false" in dry.stdout
    assert [call for call in deployment.cloud.calls_of("ecs") if call.operation in CHANGING_ECS] == []
    printed = [line.split() for line in dry.stdout.splitlines() if line.startswith(("    ECS ", "    OTS "))]
    deploy(deployment, "--drill", instance, "--drill-channel", "ops")
    made = [call.operation for call in deployment.cloud.calls_of("ecs") if not call.operation.startswith("Describe")]
    assert printed == [["ECS", made[0]], ["OTS", "BatchWriteRow"], ["ECS", made[1]]]
    assert made == CHANGING_ECS


def test_a_drill_of_which_nobody_hears_fails(deployment: DeployedCloud, instance: str) -> None:
    """Nobody gets the message: the command says what to do, and ends with exit code 1; what is deployed stays."""
    failed = deploy(deployment, "--drill", instance)

    assert failed.exit_code == 1
    assert "no route takes drills" in failed.stderr
    assert "failed, see above" in failed.stdout
    assert len(deployment.rules) == 6
