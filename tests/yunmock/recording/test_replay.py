"""Sessions with the vendor's SDKs, recorded and replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client as EventBridgeClient
from tablestore import CapacityUnit, OTSClient, OTSServiceError, ReservedThroughput, Row, TableMeta, TableOptions

import yunmock
from yunmock import Account, Fault, ReplayMismatchError, local_cloud, mock_aliyun, replay
from yunmock.recording.exchange import InvalidRecordingError
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNT = Account(access_key_id="LTAI-a-key-of-mine", access_key_secret="a-secret-of-mine")
HOST = "1000000000000001.{service}.cn-hangzhou.aliyuncs.com"


def bridge() -> Any:
    """The vendor's client for EventBridge."""
    keys = {"access_key_id": ACCOUNT.access_key_id, "access_key_secret": ACCOUNT.access_key_secret}
    return EventBridgeClient(models.Config(**keys, endpoint=HOST.format(service="eventbridge")))


def functions() -> Any:
    """The vendor's client for functions."""
    return fc2.Client(
        endpoint="https://1000000000000001.cn-hangzhou.fc.aliyuncs.com",
        accessKeyID=ACCOUNT.access_key_id,
        accessKeySecret=ACCOUNT.access_key_secret,
    )


def tables() -> Any:
    """The vendor's client for tables."""
    url = "https://shop.cn-hangzhou.ots.aliyuncs.com"
    return OTSClient(url, ACCOUNT.access_key_id, ACCOUNT.access_key_secret, "shop")


def use_buses() -> Any:
    """Make a bus, and see it."""
    client = bridge()
    client.create_event_bus(models.CreateEventBusRequest(event_bus_name="orders"))
    return [bus.event_bus_name for bus in client.list_event_buses(models.ListEventBusesRequest()).event_buses]


def use_tables() -> Any:
    """Make a table, write and read a row, and meet a refusal; the SDK checks the signature of every answer."""
    client = tables()
    meta = TableMeta("orders", [("id", "STRING")])
    client.create_table(meta, TableOptions(-1, 1), ReservedThroughput(CapacityUnit(0, 0)))
    client.put_row("orders", Row([("id", "a")], [("total", 3)]))
    _, row, _ = client.get_row("orders", [("id", "a")], max_version=1)
    with pytest.raises(OTSServiceError) as refused:
        client.get_row("gone", [("id", "a")], max_version=1)
    return [[column[:2] for column in row.attribute_columns], refused.value.get_error_code()]


def use_functions() -> Any:
    """Call a function that itself writes to a bus, and one that is not there."""
    client = functions()
    with pytest.raises(fc2.FcError) as missing:
        client.invoke_function("s", "gone", b"{}")
    return [client.invoke_function("s", "echo", b"[1]").data, missing.value.err_code]


CODE = """
import os, requests

def handler(event, context):
    requests.get("https://shop.cn-hangzhou.ots.aliyuncs.com/", timeout=5)
    print("my key is", os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    return event
"""


@pytest.mark.parametrize("session", [use_buses, use_tables, use_functions], ids=["buses", "tables", "functions"])
@pytest.mark.parametrize("order", ["strict", "any"])
def test_a_session_is_replayed(
    tmp_path: Path, write_template: Callable[..., Path], session: Callable[[], Any], order: Any
) -> None:
    """The SDKs get the same answers and refusals, and nothing runs; what a function asked for need not come again."""
    file = tmp_path / "session.jsonl"
    with mock_aliyun(local_cloud(account=ACCOUNT, template=write_template(CODE), record=file)) as cloud:
        recorded = session()
        cloud.close()

    with replay(file, order=order, account=ACCOUNT) as replayed:
        assert session() == recorded
        assert replayed.unused == []


def test_no_secret_is_in_the_file(tmp_path: Path, write_template: Callable[..., Path]) -> None:
    """Neither keys nor signatures are, also not in a function's log, a rule's parameters or a robot's address."""
    file = tmp_path / "session.jsonl"
    with mock_aliyun(local_cloud(account=ACCOUNT, template=write_template(CODE), record=file)) as cloud:
        use_buses()
        use_tables()
        headers = {"x-fc-log-type": "Tail"}
        functions().invoke_function("s", "echo", b"[1]", headers=headers)
        robot = "https://oapi.dingtalk.com/robot/send?access_token=robot-token"
        given = {"URL": robot, "SecretKey": "SEC-of-the-robot"}
        params = [models.EBTargetParam(resource_key=key, form="CONSTANT", value=value) for key, value in given.items()]
        body = models.EBTargetParam(resource_key="Body", form="TEMPLATE", value="{}", template="x")
        target = models.TargetEntry(id="t", type="acs.dingtalk", endpoint=robot, param_list=[*params, body])
        rule = models.CreateRuleRequest(event_bus_name="orders", rule_name="r", filter_pattern="{}", targets=[target])
        bridge().create_rule(rule)
        bridge().list_targets(models.ListTargetsRequest(event_bus_name="orders", rule_name="r"))
        cloud.close()

    text = file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    signed = [value for line in lines[1:] for name, value in line["request"]["headers"].items() if "auth" in name]
    assert set(signed) == {"***"}
    for secret in (ACCOUNT.access_key_id, ACCOUNT.access_key_secret, "robot-token", "SEC-of-the-robot"):
        assert secret not in text
    assert {line["service"] for line in lines[1:]} == {"eventbridge", "tablestore", "fc"}


@pytest.mark.parametrize("front", ["process", "server"])
def test_deliveries_are_not_waited_for(tmp_path: Path, front: str) -> None:
    """What the cloud itself sends to a robot is recorded, and a strict replay does without it."""
    file = tmp_path / "session.jsonl"
    cloud = local_cloud(record=file)
    with Server(cloud) as server:
        host = "https://oapi.dingtalk.com" if front == "process" else f"http://{server.address}"
        robot = f"{host}/robot/send?access_token=abc"
        given = {"URL": ("CONSTANT", robot, ""), "SecretKey": ("CONSTANT", "", ""), "Body": ("TEMPLATE", "{}", "{}")}
        params: list[Any] = [
            {"ResourceKey": key, "Form": form, "Value": value, "Template": text}
            for key, (form, value, text) in given.items()
        ]
        target: Any = {"Id": "t", "Type": "acs.dingtalk", "Endpoint": robot, "ParamList": params}
        rule: Any = {"EventBusName": "default", "RuleName": "r", "FilterPattern": {}, "Targets": [target]}
        yunmock.deploy_rules(cloud, [rule])
        cloud.publisher.publish("default", {"id": "1", "source": "s", "type": "t", "data": {}})
        with mock_aliyun(cloud):
            buses_before = use_buses()
    cloud.close()

    lines = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    assert [line["service"] for line in lines if line["inside"]] == ["chat"]
    with replay(file):
        assert use_buses() == buses_before


@pytest.fixture
def buses(tmp_path: Path) -> Path:
    """A recording of `use_buses`."""
    file = tmp_path / "session.jsonl"
    with mock_aliyun(record=file):
        use_buses()
    return file


def make_bus(name: str) -> None:
    """CreateEventBus."""
    bridge().create_event_bus(models.CreateEventBusRequest(event_bus_name=name))


def test_a_request_out_of_order(buses: Path) -> None:
    """Strictly it is refused with what comes first; in any order it is answered."""
    with replay(buses), pytest.raises(ReplayMismatchError, match=r"call 1.*has eventbridge createEventBus"):
        bridge().list_event_buses(models.ListEventBusesRequest())
    with replay(buses, order="any") as cloud:
        bridge().list_event_buses(models.ListEventBusesRequest())
        assert cloud.unused == ["createEventBus"]


@pytest.mark.parametrize("order", ["strict", "any"])
def test_another_request(buses: Path, order: Any) -> None:
    """What differs is named; bodies and fields can be left out of the comparison."""
    with replay(buses, order=order), pytest.raises(ReplayMismatchError, match="these differ: body"):
        make_bus("other")
    with replay(buses, order=order, compare_bodies=False):
        make_bus("other")
    with replay(buses, order=order, ignore=["EventBusName"]):
        make_bus("other")


def test_an_exchange_answers_once(buses: Path) -> None:
    """A request that comes again is not in the recording any more."""
    with replay(buses, order="any"):
        make_bus("orders")
        with pytest.raises(ReplayMismatchError, match="no such request left"):
            make_bus("orders")


def test_each_entry_begins_again(buses: Path) -> None:
    """A replay can be entered again, and decorates functions."""
    session = replay(buses)
    for _ in range(2):
        with session:
            assert use_buses() == ["default", "orders"]
    assert session(use_buses)() == ["default", "orders"]


def test_a_dropped_connection(tmp_path: Path) -> None:
    """It is dropped again."""
    file = tmp_path / "session.jsonl"
    url = f"https://{HOST.format(service='mns')}/queues"
    with mock_aliyun(record=file) as cloud:
        cloud.faults.add(Fault("mns", "*", action="drop"))
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)

    with replay(file), pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_server_records_and_replays(tmp_path: Path) -> None:
    """Programs in other processes and languages: what a server recorded, a server answers."""
    file = tmp_path / "session.jsonl"
    cloud = local_cloud(record=file)
    with Server(cloud) as server:
        first = requests.get(f"http://{server.address}/queues", headers={"x-mns-version": "2015-06-06"}, timeout=5)
    cloud.close()

    with Server(yunmock.ReplayedCloud(file)) as server:
        second = requests.get(f"http://{server.address}/queues", headers={"x-mns-version": "2015-06-06"}, timeout=5)
        third = requests.get(f"http://{server.address}/queues", headers={"x-mns-version": "2015-06-06"}, timeout=5)
        published = requests.post(f"http://{server.address}/_yunmock/publish", json={"source": "a"}, timeout=5)
        invoked = requests.post(f"http://{server.address}/_yunmock/invoke/f", json={}, timeout=5)
        page = requests.get(f"http://{server.address}/", headers={"Accept": "text/html"}, timeout=5)
    assert [answer.status_code for answer in (published, invoked, page)] == [400, 400, 404]
    assert "This is a replay" in page.text
    assert "it has no service 'eventbridge'" in published.json()["error"]
    assert "it has no service 'fc'" in invoked.json()["error"]
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (third.status_code, "no such request left" in third.json()["message"]) == (500, True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1 is not JSON"),
        ("{}", "is no recording of version 1"),
        ('{"yunmock": "recording", "version": 2}', "is no recording of version 1"),
        ('{"yunmock": "recording", "version": 1}\n[]', "line 2 is no JSON object"),
        ('{"yunmock": "recording", "version": 1}\n{"at_ms": 1}', "line 2 is no exchange"),
    ],
)
def test_files_that_are_no_recordings(tmp_path: Path, text: str, problem: str) -> None:
    """The error has the file and the line."""
    (tmp_path / "session.jsonl").write_text(text)

    with pytest.raises(InvalidRecordingError, match=problem), replay(tmp_path / "session.jsonl"):
        pass


def test_an_order_that_is_none(buses: Path) -> None:
    """It is refused by name."""
    with pytest.raises(ValueError, match="order is one of"), replay(buses, order="loose"):  # type: ignore[arg-type]  # the point
        pass
