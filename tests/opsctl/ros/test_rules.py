"""The template's rules instead of the triggers of s.yaml: a published event becomes a record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent

from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.store.tables import RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from pathlib import Path


def without_triggers(root: Path, folder: Path) -> Path:
    """Write s.yaml without its eventbridge triggers, as it is deployed beside rules."""
    content = yaml.safe_load((root / "s.yaml").read_text(encoding="utf-8"))
    for resource in content["resources"].values():
        props = resource["props"]
        props["code"] = str(root / props["code"])
        props["triggers"] = [one for one in props["triggers"] if one["triggerType"] != "eventbridge"]
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("sample", ["ecs-cloudevent", "eci-cloudevent"])
def test_the_templates_rules_deliver_events(root: Path, tmp_path: Path, sample: str) -> None:
    """The test makes the template's rules with the vendor's SDK; the cloud has no others."""
    rules = read(Delivery="rules").of_type("ALIYUN::EventBridge::Rule").values()
    cloud = local_cloud(template=without_triggers(root, tmp_path), roles=policies(read()), act_as_cloud=True)
    with Server(cloud) as server:
        key_id, secret = cloud.account.access_key_id, cloud.account.access_key_secret
        address, instance = server.endpoints["tablestore"], server.environment["OTS_INSTANCE"]
        store = TablestoreStore(open_client(address, instance, key_id, secret, None), "opsledger_")
        store.create_tables()
        bridge = Client(
            models.Config(access_key_id=key_id, access_key_secret=secret, endpoint=server.endpoints["eventbridge"])
        )
        for rule in rules:
            asked = {**rule, "FilterPattern": json.dumps(rule["FilterPattern"])}
            bridge.create_rule(models.CreateRuleRequest().from_map(asked))
        event: dict[str, Any] = json.loads((root / "events" / "forms" / f"{sample}.json").read_text(encoding="utf-8"))
        extensions = {name: event.pop(name) for name in list(event) if name.startswith("aliyun")}
        event |= {"extensions": {**extensions, "aliyuneventbusname": "default"}}
        published = CloudEvent(**{**event, "data": json.dumps(event["data"]).encode()})

        answer = bridge.put_events([published])
        cloud.run_due()

        assert answer.failed_entry_count == 0
        (record,) = store.walk(RECORDS, [])
        assert record.columns["kind"]
    cloud.close()
