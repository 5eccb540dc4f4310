"""What people's own keys need: replaying the quarantine uses exactly the permissions that docs/deploy.md names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsctl import quarantine
from opsctl.cli import deadlines
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger import catalog
from opsledger.errors import WorldFailedError
from opsledger.ledger import refused
from opsledger.store.tables import BY_REASON, LEDGER, QUARANTINE, RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakeEvent

    from opsledger.store import Store
    from yunmock import Cloud
    from yunmock.json_types import JsonObject
    from yunmock.ram.access import AccessControl

    Documents = list[JsonObject]

ENDPOINT, INSTANCE, PREFIX = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger", "opsledger_"
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
NEW = "ecs:Instance:SystemMaintenance.Teleport"
READER, OPERATOR = "reader", "operator"
WRITTEN = (LEDGER.stored_as, RECORDS.stored_as, QUARANTINE.stored_as)


def allow(actions: list[str], *tables: str) -> JsonObject:
    """A statement about some of our tables or indexes."""
    resources = [f"acs:ots:*:*:instance/{INSTANCE}/table/{PREFIX}{table}" for table in tables]
    return {"Effect": "Allow", "Action": [*actions], "Resource": [*resources]}


READING: JsonObject = {
    "Version": "1",
    "Statement": [
        allow(["ots:BatchGetRow"], RECORDS.stored_as, QUARANTINE.stored_as),
        allow(["ots:GetRange"], BY_REASON.name),
    ],
}
WRITING: JsonObject = {"Version": "1", "Statement": [allow(["ots:BatchWriteRow"], *WRITTEN)]}


@pytest.fixture
def cloud(root: Path, event: MakeEvent) -> Iterator[Cloud]:
    """A cloud with an unknown type and nonsense in quarantine; two people's keys, and the functions' roles."""
    people: dict[str, Documents] = {READER: [READING], OPERATOR: [READING, WRITING]}
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE}
    roles = {**policies(read()), **people}
    cloud = local_cloud(template=root / "s.yaml", function_environment=environment, roles=roles)
    with mock_aliyun(cloud):
        account = cloud.account
        client = open_client(ENDPOINT, INSTANCE, account.access_key_id, account.access_key_secret, None)
        TablestoreStore(client, PREFIX).create_tables()
        for payload in (json.dumps({**event(REBOOT, "Scheduled"), "type": NEW}).encode(), b"no event"):
            assert cloud.invoker.invoke("opsledger-ecs-events", payload).ok
        yield cloud
    cloud.close()


@pytest.fixture
def access(cloud: Cloud) -> AccessControl:
    """What the keys may do, and what was asked of them."""
    assert cloud.access is not None
    return cloud.access


@pytest.fixture
def opened(access: AccessControl) -> Callable[[str], Store]:
    """Opens our tables with a person's keys."""

    def opened(role: str) -> Store:
        keys = access.credentials(role)
        return TablestoreStore(
            open_client(ENDPOINT, INSTANCE, keys.access_key_id, keys.access_key_secret, keys.security_token), PREFIX
        )

    return opened


def replay_all(store: Store) -> list[bool]:
    """Replay everything that waits; for each entry, whether it was accepted."""
    waiting = [entry.digest for entry in refused.entries(store)]
    replayed = [quarantine.replay(store, digest, deadlines.deadline(), deadlines.writer()) for digest in waiting]
    return [result.resolved is not None for result in replayed]


def test_a_replay_calls_what_it_is_granted(
    access: AccessControl, opened: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the catalogue knows the type it is recorded; every grant was needed, and no more."""
    monkeypatch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))

    assert sorted(replay_all(opened(OPERATOR))) == [False, True]

    assert access.denied[OPERATOR] == set()
    assert access.unused(OPERATOR) == []


def test_a_replay_that_may_only_read_changes_nothing(access: AccessControl, opened: Callable[[str], Store]) -> None:
    """The missing permission is named, and the entries still wait."""
    store = opened(READER)

    with pytest.raises(WorldFailedError, match="OTSNoPermissionAccess"):
        replay_all(store)

    assert {action for action, _ in access.denied[READER]} == {"ots:BatchWriteRow"}
    assert [entry.resolved for entry in refused.entries(store)] == [None, None]
