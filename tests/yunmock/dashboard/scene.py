"""A local cloud in which something has happened: what the pages are tested with."""

from __future__ import annotations

import contextlib
import json
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
import yaml
from tablestore import CapacityUnit, Condition, OTSClient, ReservedThroughput, Row, TableMeta, TableOptions
from tablestore.error import OTSServiceError
from tests.yunmock.noon import NOON_MS

from yunmock import Fault, deploy, deploy_rules, local_cloud, mock_aliyun
from yunmock.dashboard.html import MENU
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import LocalCloud

ACCOUNT = "1000000000000001"
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\u0000\x1b[31m"
"""A text that would do harm on a page if a part of it were not escaped."""
SECRETS = ("hunter2-hunter2", "sk-live-0123456789", "a1b2c3d4e5f6a7b8")
"""A password in an event, a key in an address, and the token of a robot."""
ROWS = 120
CODE = """
    import json, os

    def handler(event, context):
        content = json.loads(event)
        print("received", len(event), "bytes")
        if "fail" in json.dumps(content):
            raise RuntimeError("the ledger is not reachable: " + str(content)[:60])
        return {"status": "recorded"}
    """
RULES: list[Any] = [
    {
        "EventBusName": "default",
        "RuleName": "maintenance",
        "Description": "Planned maintenance of instances",
        "FilterPattern": {"source": ["acs.ecs"], "type": [{"prefix": "ecs:Instance:SystemMaintenance"}]},
        "Targets": [
            {"Id": "ledger", "Type": "acs.fc.function", "Endpoint": f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/ledger"}
        ],
    },
    {
        "EventBusName": "default",
        "RuleName": "stopped",
        "FilterPattern": {"data": {"state": ["Stopped", "Stopping"]}, "source": ["acs.ecs"]},
        "Targets": [
            {
                "Id": "absent",
                "Type": "acs.fc.function",
                "Endpoint": f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/absent",
                "DeadLetterQueue": {"Arn": f"acs:mns:cn-hangzhou:{ACCOUNT}:queues/dead-letters"},
            }
        ],
    },
    {
        "EventBusName": "default",
        "RuleName": "paused",
        "Status": "DISABLE",
        "FilterPattern": {},
        "Targets": [],
    },
]
EVENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("e-stopped", "ecs:Instance:StateChange", {"state": "Stopped", "resourceId": "i-1"}),
    ("e-planned", "ecs:Instance:SystemMaintenance.Reboot:Scheduled", {"instanceId": "i-1", "price": "12.50"}),
    ("e-failing", "ecs:Instance:SystemMaintenance.Redeploy:Executed", {"fail": True, "password": SECRETS[0]}),
    ("e-running", "ecs:Instance:StateChange", {"state": "Running", "resourceId": HOSTILE}),
    ("e-retrying", "ecs:Instance:StateChange", {"state": "Stopping"}),
]


class Scene(NamedTuple):
    """A cloud with its server."""

    cloud: LocalCloud
    server: Server

    def get(self, path: str, **headers: str) -> requests.Response:
        """The answer to a GET."""
        return requests.get(f"http://{self.server.address}{path}", headers=headers, timeout=10)

    def page(self, name: str, **arguments: str) -> str:
        """The HTML of a page."""
        return self._ok(name, arguments).text

    def data(self, name: str, **arguments: str) -> Any:
        """The JSON of a page."""
        return self._ok(f"{name}.json", arguments).json()

    def _ok(self, name: str, arguments: dict[str, str]) -> requests.Response:
        answer = requests.get(f"http://{self.server.address}/_yunmock/page/{name}", params=arguments, timeout=10)
        assert answer.status_code == 200, answer.text[:500]
        return answer

    def links(self) -> dict[str, str]:
        """An address for each page: those of the menu, and one for each that needs arguments."""
        event = self.data("events")["sections"]["events"][-1]["event"]["href"]
        table = self.data("tables")["sections"]["instance_ledger"][0]["table"]["href"]
        row = self.get(table).json()["sections"]["rows"][0]["row"]["href"]
        run = self.data("functions")["sections"]["newest_runs"][0]["request_id"]["href"]
        queue = self.data("queues")["sections"]["queues"][0]["queue"]["href"]
        return {
            **{name: f"/_yunmock/page/{name}.json" for name in MENU},
            "event": event,
            "rule": "/_yunmock/page/rule.json?bus=default&rule=stopped",
            "function": "/_yunmock/page/function.json?name=ledger",
            "invocation": run,
            "table": table,
            "row": row,
            "queue": queue,
        }


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Scene]:
    """The scene, at noon, with its server on a free port; `folder` takes the code of its function."""
    cloud = local_cloud(roles={"ledger": []}, act_as_cloud=True)
    cloud.clock.freeze(NOON_MS)
    with Server(cloud) as server:
        deploy(cloud, _template(folder), {"KEY": SECRETS[1]})
        deploy_rules(cloud, RULES)
        with mock_aliyun(cloud):
            _fill_tables(cloud)
        _resources(cloud)
        _publish(cloud)
        _refuse(server)
        cloud.faults.add(Fault("tablestore", "PutRow", action="drop", when="after", times=3))
        cloud.faults.add(Fault("eventbridge", "deliver", code="Throttled", status=429, message=HOSTILE, times=-1))
        yield Scene(cloud, server)
    cloud.close()


def _template(folder: Path) -> Path:
    code = folder / "code"
    code.mkdir()
    (code / "index.py").write_text(textwrap.dedent(CODE), encoding="utf-8")
    timer = {"cronExpression": "@every 1h", "enable": True, "payload": "sweep"}
    declared = {
        "region": "cn-hangzhou",
        "functionName": "ledger",
        "description": "Writes the ledger of operational events",
        "runtime": "python3.10",
        "handler": "index.handler",
        "role": f"acs:ram::{ACCOUNT}:role/ledger",
        "timeout": 30,
        "code": "./code",
        "environmentVariables": {"API_KEY": "${env('KEY')}", "STAGE": "local"},
        "triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": timer}],
    }
    resources = {"ledger": {"component": "fc3", "props": declared}}
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump({"edition": "3.0.0", "name": "scene", "access": "default", "resources": resources}))
    return path


def _fill_tables(cloud: LocalCloud) -> None:
    """A table with more rows than one page has, and with every type of value."""
    account = cloud.account
    endpoint = "https://ledger.cn-hangzhou.ots.aliyuncs.com"
    client = OTSClient(endpoint, account.access_key_id, account.access_key_secret, "ledger")
    keys = [("id", "STRING"), ("at", "INTEGER")]
    client.create_table(TableMeta("records", keys), TableOptions(-1, 3), ReservedThroughput(CapacityUnit(0, 0)))
    for number in range(ROWS):
        key = [("id", f"i-{number:03}"), ("at", NOON_MS - number)]
        columns = [("status", "open"), ("attempts", number), ("cost", number / 8), ("late", number % 2 == 0)]
        client.put_row("records", Row(key, columns), Condition("IGNORE"))
    state = json.dumps({"instance": "i-000", "password": SECRETS[0], "steps": ["Scheduled", "Executing"]})
    others = [("digest", bytearray(b"\x00<b>\xff")), ("name", HOSTILE), ("state", state), ("big", 2**63 - 1)]
    client.put_row("records", Row([("id", "i-000"), ("at", NOON_MS)], others), Condition("IGNORE"))
    with contextlib.suppress(OTSServiceError):
        client.get_row("absent", [("id", "a")], max_version=1)


def _resources(cloud: LocalCloud) -> None:
    services = cloud.services
    services["mns"].create_queue("dead-letters")
    services["mns"].send(f"acs:mns:cn-hangzhou:{ACCOUNT}:queues/dead-letters", json.dumps({"text": HOSTILE}))
    services["mns"].create_queue("later", DelaySeconds=3600)
    services["mns"].send(f"acs:mns:cn-hangzhou:{ACCOUNT}:queues/later", "{}")
    made = services["ecs"].create_instance("cn-hangzhou", HOSTILE, status="Running")
    services["ecs"].schedule_event(made, "SystemMaintenance.Reboot", not_before=NOON_MS + 86_400_000, on_bus=False)
    services["eci"].create_container_group("cn-hangzhou", "nightly", status="Running")
    services["chat"].add("dingtalk", SECRETS[2])


def _publish(cloud: LocalCloud) -> None:
    bridge = cloud.services["eventbridge"]
    for number, (id_, kind, data) in enumerate(EVENTS):
        cloud.advance(1 if number < len(EVENTS) - 1 else 90)  # the first has used up its retries when the last arrives
        bridge.publish("default", {"id": id_, "source": "acs.ecs", "type": kind, "specversion": "1.0", "data": data})


def _refuse(server: Server) -> None:
    """Requests that are refused by the server, by a service and by a robot."""
    url = f"http://{server.address}"
    requests.get(f"{url}/nowhere/{HOSTILE[:40]}", timeout=5)
    requests.get(f"{url}/_yunmock/health", headers={"Host": "evil.example"}, timeout=5)
    requests.post(f"{url}/openapi/getRule", json={}, timeout=5)
    requests.get(f"{url}/queues/dead-letters", headers={"x-mns-version": "2015-06-06"}, timeout=5)
    robot = f"{url}/robot/send?access_token={SECRETS[2]}"
    requests.post(robot, json={"msgtype": "text", "text": {"content": HOSTILE}}, timeout=5)
    requests.post(f"{url}/open-apis/bot/v2/hook/{SECRETS[2]}", json={}, timeout=5)
