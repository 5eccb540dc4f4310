"""A local cloud with ECI, the product's functions and their tables."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.ledger import queries, state
from opsledger.ledger.rows import read_record
from opsledger.store.tables import RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud

ENDPOINT, INSTANCE = "https://local.cn-hangzhou.ots.aliyuncs.com", "local"
NOW_MS = 1_767_225_600_000
REGION = "cn-hangzhou"


class EciCloud:
    """A local cloud with the product's functions and our tables."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        account = cloud.account
        client = open_client(ENDPOINT, INSTANCE, account.access_key_id, account.access_key_secret, None)
        self.store = TablestoreStore(client, "opsledger_")
        self.store.create_tables()
        self.eci: Any = cloud.services["eci"]

    def push(self, *events: dict[str, Any]) -> dict[str, int]:
        """Invoke the function with events, as a trigger does."""
        return self._invoke("opsledger-eci-events", list(events))

    def poll(self) -> dict[str, Any]:
        """Invoke the poller, as its timer does."""
        return self._invoke("opsledger-eci-poller", {"triggerName": "every-five-minutes", "payload": "{}"})

    def records(self) -> dict[str, dict[str, Any]]:
        """Every record by its key."""
        return {r.key: state.to_json(r) for r in map(read_record, self.store.walk(RECORDS, []))}

    def record(self, name: str) -> dict[str, Any]:
        """One record by its key."""
        found = queries.find(self.store, name)
        assert len(found) == 1, f"{len(found)} records are called {name}"
        return state.to_json(found[0])

    def add(self, group: str, event: dict[str, Any]) -> None:
        """Make `event`, a Kubernetes event of a sample, happen to a container group."""
        self.eci.add_event(
            group,
            event["reason"],
            event["type"],
            event["message"],
            name=event["metadata"]["name"],
            kind=event["involvedObject"]["kind"],
            object_name=event["involvedObject"]["name"],
            at=event["lastTimestamp"],
            first_at=event["firstTimestamp"],
            count=event["count"],
        )

    def _invoke(self, function: str, payload: Any) -> dict[str, Any]:
        functions: Any = self.cloud.services["fc"]
        answer = functions.invoke(function, json.dumps(payload).encode())
        assert answer.ok, answer.error
        result: dict[str, Any] = json.loads(answer.body)
        return result


@contextmanager
def open_cloud(template: Path) -> Iterator[EciCloud]:
    """A new cloud, closed afterwards."""
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE}
    roles = policies(read(InstanceName=INSTANCE))
    cloud = local_cloud(template=template, function_environment=environment, roles=roles)
    with mock_aliyun(cloud):
        yield EciCloud(cloud)
    cloud.close()
