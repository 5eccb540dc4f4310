"""Least privilege: each function is granted exactly the calls it makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from tablestore.protobuf import table_store_pb2

from opsctl import sample
from opsctl.ros.check import grants
from opsctl.ros.template import read
from opsledger import catalog
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.fc.service import FunctionComputeService

ENDPOINT, INSTANCE = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger"
DAY_MS = 86_400_000
QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/opsledger-failed/messages"
LOGS = "acs:log:cn-hangzhou:1000000000000001:project/*/logstore/*"

Calls = dict[str, set[tuple[str, str]]]


class FunctionCalls:
    """The functions of s.yaml on a local cloud, and the calls each has made."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.called: Calls = {}

    def invoke(self, function: str, payload: Any) -> dict[str, Any]:
        """Invoke a function, and add its calls to those it made before."""
        self.cloud.calls.clear()
        functions = cast("FunctionComputeService", self.cloud.services["fc"])
        answer = functions.invoke(function, payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        assert answer.ok, answer.error
        self.called.setdefault(function, set()).update(self._calls())
        return cast("dict[str, Any]", json.loads(answer.body))

    def _calls(self) -> Iterator[tuple[str, str]]:
        for call in self.cloud.calls_of("tablestore"):
            request: Any = getattr(table_store_pb2, f"{call.operation}Request")()
            request.ParseFromString(call.request.body)
            tables = request.tables if "tables" in request.DESCRIPTOR.fields_by_name else [request]
            for table in tables:
                arn = f"acs:ots:cn-hangzhou:1000000000000001:instance/{INSTANCE}/table/{table.table_name}"
                yield f"ots:{call.operation}", arn
        yield from ((f"eci:{call.operation}", "*") for call in self.cloud.calls_of("eci"))


@pytest.fixture(scope="module")
def called(root: Path) -> Calls:
    """The calls of each function over all kinds of events: valid, repeated, refused, open and overdue."""
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE}
    cloud = local_cloud(template=root / "s.yaml", function_environment=environment)
    with mock_aliyun(cloud):
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "opsledger_").create_tables()
        account = FunctionCalls(cloud)
        then = cloud.clock.now_ms() - 90 * DAY_MS
        for spec in catalog.event_types():
            for case in sample.cases(spec):
                form = next(form for form in ("cloudevent", *sample.all_forms(spec)) if form in sample.all_forms(spec))
                event = sample.event(spec, case.status, form, seed=case.name, now_ms=then, template=case.template)
                account.invoke(f"opsledger-{spec.kind.product}-events", event)
        for function in ("opsledger-ecs-events", "opsledger-eci-events"):
            for _ in range(2):
                account.invoke(function, b"no event at all")
        spec = catalog.find("ecs:Instance:SystemMaintenance.Reboot")[0]
        overdue = sample.event(spec, "Scheduled", "cloudevent", seed="overdue", now_ms=then)
        account.invoke("opsledger-ecs-events", overdue)
        eci: Any = cloud.services["eci"]
        group = eci.create_container_group("cn-hangzhou", "web", status="Running")
        eci.add_event(group, "NoSuchReason", "Warning", "?", name="x", kind="Pod", object_name="web")
        for _ in range(2):
            polled = account.invoke("opsledger-eci-poller", {"payload": "{}"})
        swept = account.invoke("opsledger-sweeper", {"payload": "{}"})
    cloud.close()
    assert polled["finished"]
    assert swept["overdue"]
    return account.called


def roles() -> dict[str, set[tuple[str, str]]]:
    """The grants of each role, by its name."""
    return {role["RoleName"]: set(grants(role)) for role in read().of_type("ALIYUN::RAM::Role").values()}


@pytest.mark.parametrize("function", sorted(roles()))
def test_a_function_is_granted_exactly_what_it_calls(called: Calls, function: str) -> None:
    """Each call on each table, and besides them its log and the queue for failed events."""
    assert roles()[function] == called[function] | {("mns:SendMessage", QUEUE), ("log:PostLogStoreLogs", LOGS)}
