"""An event of ECS goes to the function, which writes a row, and to a DingTalk robot, which shows a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from yunmock import deploy_rules

if TYPE_CHECKING:
    from yunmock import LocalCloud

HERE = Path(__file__).parent
EVENT: dict[str, Any] = {
    "id": "event-1",
    "source": "acs.ecs",
    "type": "ecs:Instance:StateChange",
    "specversion": "1.0",
    "time": "2026-01-01T08:00:00+08:00",
    "data": {"resourceId": "i-shop", "state": "Stopped"},
}


@pytest.fixture
def tables(aliyun: LocalCloud) -> Any:
    """The vendor's client, with the table that the function writes to."""
    account = aliyun.account
    endpoint = "https://demo.cn-hangzhou.ots.aliyuncs.com"
    client = OTSClient(endpoint, account.access_key_id, account.access_key_secret, "demo")
    client.create_table(
        TableMeta("stopped", [("instance", "STRING")]), TableOptions(), ReservedThroughput(CapacityUnit(0, 0))
    )
    return client


def test_a_stopped_instance_has_a_row(aliyun: LocalCloud, tables: Any) -> None:
    """The rule matches, the function runs, and the row is there when `publish` returns."""
    aliyun.services["eventbridge"].publish("default", EVENT)

    (run,) = aliyun.invocations_of("stopped")
    assert run.invocation.ok, run.invocation.error
    _, row, _ = tables.get_row("stopped", [("instance", "i-shop")])
    assert row.attribute_columns[0][:2] == ("at", "2026-01-01T08:00:00+08:00")


def test_a_running_instance_has_none(aliyun: LocalCloud, tables: Any) -> None:
    """The rule does not match, and the trace of the event says why."""
    aliyun.services["eventbridge"].publish("default", {**EVENT, "data": {"resourceId": "i-shop", "state": "Running"}})

    (trace,) = aliyun.services["eventbridge"].traces.of_event("default", "event-1")
    assert trace.rules[0].reasons == ('data.state: "Running" is not "Stopped"',)
    assert tables.get_row("stopped", [("instance", "i-shop")])[1] is None


def test_the_robot_shows_a_message(aliyun: LocalCloud, tables: Any) -> None:
    """The rule of `rule.json` signs its message with the robot's secret, and the robot accepts it."""
    aliyun.services["chat"].add("dingtalk", "ops", secret="SECrobot")  # noqa: S106 - of the local robot
    deploy_rules(aliyun, [json.loads((HERE / "rule.json").read_text(encoding="utf-8"))])

    aliyun.services["eventbridge"].publish("default", EVENT)

    assert aliyun.services["chat"].messages("dingtalk", "ops") == ["i-shop is Stopped"]
    assert tables.get_row("stopped", [("instance", "i-shop")])[1] is not None
