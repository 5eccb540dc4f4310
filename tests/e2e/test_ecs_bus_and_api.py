"""System events of ECS as the event bus tells them and as the API lists them: by any route they give one record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ecs.conftest import ALL, Api

from opsctl.cli.local import local
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.ledger import queries, state
from opsledger.ledger.rows import read_record
from opsledger.store.tables import RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import Cloud, local_cloud
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDPOINT, INSTANCE = "https://local.cn-hangzhou.ots.aliyuncs.com", "local"
REGION = "cn-hangzhou"
FUNCTION = "opsledger-ecs-events"
SOON_S = 600
REBOOT = "SystemMaintenance.Reboot"

LIVES: list[tuple[str, dict[str, object], list[tuple[str, dict[str, object]]], str]] = [
    ("waits", {"event_type": REBOOT}, [], "Scheduled"),
    ("executed", {"event_type": REBOOT}, [("advance", {"seconds": 2 * SOON_S})], "Executed"),
    ("avoided", {"event_type": REBOOT}, [("reboot_instance", {})], "Avoided"),
    ("failure", {"event_type": "SystemFailure.Stop"}, [("advance", {"seconds": 600})], "Executed"),
    ("inquired", {"event_type": "SystemMaintenance.IsolateErrorDisk"}, [("release_instance", {})], "Avoided"),
    ("deleted", {"event_type": "SystemFailure.Delete"}, [("release_instance", {})], "Avoided"),
]
"""A name, the event, what then happens, and the status that it ends in."""

ROUTES = (("bus",), ("api",), ("bus", "api"), ("api", "bus"), ("api", "bus", "api"))
SHARED = ("record", "type", "resource_id", "status", "terminal", "outcome", "not_before", "due", "finished_at")


class Ledger:
    """A ledger, the function that fills it, and the ECS whose events it gets."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        account = cloud.account
        keys = (account.access_key_id, account.access_key_secret)
        self.store = TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "opsledger_")
        self.store.create_tables()
        self.api = Api(*keys)
        self.ecs: Any = cloud.services["ecs"]

    def payloads(self, route: str) -> list[Any]:
        """What a route delivers: the bus each event, the API one answer."""
        if route == "api":
            return [self.api("DescribeInstanceHistoryEvents", InstanceEventCycleStatus=list(ALL), MaxResults=100)]
        bridge: Any = self.cloud.services["eventbridge"]
        return [trace.event for trace in bridge.traces.between("default", 0, 10**14)]

    def take(self, route: str) -> None:
        """Hand the function what a route delivers; nothing of it may be quarantined."""
        functions: Any = self.cloud.services["fc"]
        for payload in self.payloads(route):
            answer = functions.invoke(FUNCTION, json.dumps(payload).encode())
            assert answer.ok, answer.error
            assert json.loads(answer.body)["quarantined"] == 0

    def events(self) -> list[dict[str, Any]]:
        """The records of system events."""
        records = [state.to_json(read_record(row)) for row in self.store.walk(RECORDS, [])]
        return [record for record in records if record["kind"] == "system-event"]


@pytest.fixture
def ledger(pytestconfig: pytest.Config) -> Iterator[Ledger]:
    """A ledger with nothing in it."""
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE}
    roles = policies(read(InstanceName=INSTANCE))
    template = pytestconfig.rootpath / "s.yaml"
    cloud = local_cloud(template=template, function_environment=environment, roles=roles)
    cloud.clock.freeze(cloud.clock.now_ms() // 1000 * 1000 + 922)
    with mock_aliyun(cloud):
        yield Ledger(cloud)
    cloud.close()


@pytest.mark.parametrize(("name", "event", "happens", "status"), LIVES, ids=[row[0] for row in LIVES])
def test_every_route_gives_the_same_record(
    ledger: Ledger, name: str, event: dict[str, Any], happens: list[tuple[str, dict[str, Any]]], status: str
) -> None:
    """One record, with one status, deadline and finish, by any route and in any order."""
    instance = ledger.ecs.create_instance(REGION, name)
    planned = {"not_before": ledger.cloud.clock.now_ms() + SOON_S * 1000} if event["event_type"] == REBOOT else {}
    ledger.ecs.schedule_event(instance, **event, **planned)
    for call, arguments in happens:
        if call == "advance":
            ledger.cloud.advance(**arguments)
        else:
            getattr(ledger.ecs, call)(instance)
    ledger.cloud.advance(10)

    seen, empty = [], ledger.cloud.snapshot()
    for route in ROUTES:
        ledger.cloud.restore(empty)
        for each in route:
            ledger.take(each)
        (record,) = ledger.events()
        seen.append({field: record[field] for field in SHARED})

    assert seen == [seen[0]] * len(ROUTES)
    assert seen[0]["status"] == status


def test_the_deployed_rule_delivers_a_drill(root: Path, tmp_path: Path) -> None:
    """A simulated event goes from the API over the bus and the template's rule to the function, and into the ledger."""
    with local(tmp_path, root / "s.yaml") as opened:
        ecs: Any = opened.cloud.services["ecs"]
        instance = ecs.create_instance(opened.cloud.account.region, "drill")
        api = Api(opened.cloud.account.access_key_id, opened.cloud.account.access_key_secret)
        not_before = "2099-01-01T00:00:00Z"
        made = api("CreateSimulatedSystemEvents", EventType=REBOOT, NotBefore=not_before, InstanceId=[instance])
        (event,) = made["EventIdSet"]["EventId"]
        opened.cloud.advance(5)
        api("CancelSimulatedSystemEvents", EventId=[event])
        opened.cloud.advance(5)

        (record,) = (state.to_json(found) for found in queries.records(opened.store, queries.Filter()))

    assert (record["record"], record["status"]) == (f"ecs:event:{event}", "Canceled")
    assert [step["status"] for step in record["transitions"]] == ["Scheduled", "Canceled"]
