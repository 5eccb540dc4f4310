"""The cost estimate in docs/deploy.md has the number of calls that an invocation makes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tablestore.protobuf import table_store_pb2

from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock import Cloud

ENDPOINT, INSTANCE = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger"
CHANNEL = "https://oapi.dingtalk.com/robot/send?access_token=x"
TIMER = {"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "timer", "payload": "{}"}
COUNTS = {
    "index reads": "GetRange",
    "row read": "BatchGetRow",
    "row reads": "BatchGetRow",
    "row written": "BatchWriteRow",
    "rows written": "BatchWriteRow",
}


def counted(page: str, name: str) -> dict[str, int]:
    """The calls of one invocation as the page has them, by operation."""
    found = re.search(rf"<!-- counted: {name} -->(.*?)[.;:]", page, re.DOTALL)
    assert found is not None
    counts = re.findall(r"(\d+)\s+(index reads|row reads?|rows? written)", " ".join(found[1].split()))
    return {COUNTS[what]: int(number) for number, what in counts}


def rows(cloud: Cloud) -> dict[str, int]:
    """The rows and ranges requested since the log was cleared, by operation."""
    found: dict[str, int] = {}
    for call in cloud.calls_of("tablestore"):
        request: Any = getattr(table_store_pb2, f"{call.operation}Request")()
        request.ParseFromString(call.request.body)
        tables = request.tables if "tables" in request.DESCRIPTOR.fields_by_name else []
        asked = sum(len(t.rows if call.operation == "BatchWriteRow" else t.primary_key) for t in tables)
        found[call.operation] = found.get(call.operation, 0) + (asked or 1)
    return found


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("event", "opsledger-ecs-events"),
        ("poll", "opsledger-eci-poller"),
        ("round", "opsledger-ecs-reconciler"),
        ("sweep", "opsledger-sweeper"),
        ("run", "opsledger-notifier"),
    ],
)
def test_the_estimate_counts_the_calls_of_an_invocation(root: Path, name: str, function: str) -> None:
    """In an empty account."""
    page = (root / "docs" / "deploy.md").read_text(encoding="utf-8")
    event = (root / "events" / "forms" / "ecs-cloudevent.json").read_bytes() if name == "event" else json.dumps(TIMER)
    cloud = local_cloud(
        template=root / "s.yaml",
        function_environment={"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE, "OPSLEDGER_NOTIFY": CHANNEL},
        roles=policies(read(InstanceName=INSTANCE)),
    )
    with mock_aliyun(cloud):
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "opsledger_").create_tables()
        cloud.calls.clear()
        functions = cloud.services["fc"]
        answer = functions.invoke(function, event if isinstance(event, bytes) else event.encode())
        assert answer.ok, answer.error
        asked = rows(cloud)
    cloud.close()

    assert asked == counted(page, name), f"change the estimate of a {name} in docs/deploy.md, and what follows from it"
