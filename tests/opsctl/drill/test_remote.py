"""`opsledger drill --remote`: against real services, here a local cloud behind HTTP."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from opsctl.cli.app import app
from opsctl.ros import rules
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.deadline import SystemClock
from yunmock import deploy_rules, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")


@pytest.fixture
def server(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A cloud with the functions of s.yaml on a port, and a chat on another; waiting moves its clock."""
    outside = local_cloud()
    chat = outside.services["chat"]
    with Server(outside) as chats:
        url = f"http://{chats.address}{chat.add('slack', 'ops')}"
        routes = {
            "channels": {"ops": {"url": url, "kind": "slack", "language": "en"}},
            "routes": [{"match": {"drill": "yes"}}],
            "allow_private": True,
        }
        environment = {"OPSLEDGER_NOTIFY": json.dumps(routes)}
        cloud = local_cloud(template=root / "s.yaml", function_environment=environment, roles=policies(read()))
        deploy_rules(cloud, rules.to_deploy(root / "s.yaml"))
        with Server(cloud) as serving:
            wait, command = SystemClock.sleep, threading.current_thread()

            def sleep(clock: SystemClock, seconds: float) -> None:
                """The command moves the clock; a function that it runs waits, because it cannot move it meanwhile."""
                if threading.current_thread() is command:
                    cloud.advance(seconds)
                else:
                    wait(clock, seconds)

            monkeypatch.setattr(SystemClock, "sleep", sleep)
            for name, value in {**serving.environment, "OTS_INSTANCE": "opsledger"}.items():
                monkeypatch.setenv(name, value)
            yield serving
        cloud.close()
    outside.close()


def test_a_drill_on_real_services(server: Server) -> None:
    """By the endpoints and keys of the environment, to the message, through a route that asks for drills."""
    ecs: Any = server.cloud.services["ecs"]
    instance = ecs.create_instance("cn-hangzhou", "web-3")
    made = CliRunner().invoke(app, ["init-tables", "--remote"])
    ran = CliRunner().invoke(app, ["drill", "--remote", "--instance", instance, "--json", "--by", "ann"])

    assert (made.exit_code, ran.exit_code) == (0, 0), ran.output
    assert json.loads(ran.stdout)["succeeded"] is True
    asked = {call.operation for call in server.cloud.calls_of("ecs")}
    assert asked == {"CreateSimulatedSystemEvents", "DescribeInstanceHistoryEvents", "CancelSimulatedSystemEvents"}


def test_a_drill_on_real_services_names_its_instances(server: Server) -> None:
    """Nothing is made up where it is not the local cloud."""
    ran = CliRunner().invoke(app, ["drill", "--remote", "--by", "ann"])

    assert ran.exit_code != 0
    assert server.cloud.calls_of("ecs") == []
