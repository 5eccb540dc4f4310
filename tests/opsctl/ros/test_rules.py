"""The rules make a record of a published event, no matter which file makes them; the local cloud has one set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent

from opsctl.cli.local import local
from opsctl.ros import rules
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsctl.rules import corpus
from opsledger.store.tables import RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock import Cloud

FILES = ("s.yaml", "s.quickstart.yaml")
SPOT = "spot release by the kubelet of ECI"
"""The form whose loss the first rules caused."""


def sample(root: Path, name: str) -> dict[str, Any]:
    """A CloudEvent of `events/forms`, or the spot release of the corpus."""
    if name == SPOT:
        return next(dict(one.event) for one in corpus.read(root / "events" / "corpus").forms if one.name == SPOT)
    event: dict[str, Any] = json.loads((root / "events" / "forms" / f"{name}.json").read_text(encoding="utf-8"))
    return event


@pytest.mark.parametrize("name", ["ecs-cloudevent", "eci-cloudevent", SPOT])
def test_the_templates_rules_deliver_events(root: Path, name: str) -> None:
    """The test makes the template's rules with the vendor's SDK; s.yaml makes no others."""
    cloud = local_cloud(template=root / "s.yaml", roles=policies(read()), act_as_cloud=True)
    with Server(cloud) as server:
        key_id, secret = cloud.account.access_key_id, cloud.account.access_key_secret
        address, instance = server.endpoints["tablestore"], server.environment["OTS_INSTANCE"]
        store = TablestoreStore(open_client(address, instance, key_id, secret, None), "opsledger_")
        store.create_tables()
        bridge = Client(
            models.Config(access_key_id=key_id, access_key_secret=secret, endpoint=server.endpoints["eventbridge"])
        )
        for rule in read().of_type(rules.RULE).values():
            asked = {**rule, "FilterPattern": json.dumps(rule["FilterPattern"])}
            bridge.create_rule(models.CreateRuleRequest().from_map(asked))
        event = sample(root, name)
        extensions = {name: event.pop(name) for name in list(event) if name.startswith("aliyun")}
        event |= {"extensions": {**extensions, "aliyuneventbusname": "default"}}
        published = CloudEvent(**{**event, "data": json.dumps(event["data"]).encode()})

        answer = bridge.put_events([published])
        cloud.run_due()

        assert answer.failed_entry_count == 0
        (record,) = store.walk(RECORDS, [])
        assert record.columns["kind"]
    cloud.close()


def test_both_files_let_the_same_through(root: Path) -> None:
    """The triggers of the quick start have the patterns of the template's rules, function by function."""
    shown = [{(rule.function, json.dumps(rule.written)) for rule in rules.in_force(root / file)} for file in FILES]

    assert shown[0] == shown[1]
    assert len(shown[0]) == 6


def test_the_rules_in_force_are_those_of_one_file(root: Path) -> None:
    """Of the template where s.yaml has no triggers, else the triggers; the local cloud deploys no others."""
    assert len(rules.to_deploy(root / "s.yaml")) == 6
    assert rules.to_deploy(root / "s.quickstart.yaml") == []
    assert {rule.name for rule in rules.in_force(root / "s.yaml")} == set(names_of(read()))


def names_of(template: Any) -> list[str]:
    """The names of a template's rules."""
    return [rule.name for rule in rules.of_template(template)]


def deployed(cloud: Cloud) -> list[str]:
    """The names of the rules on the local bus."""
    services: Any = cloud.services
    return sorted(rule.name for rule in services["eventbridge"].registry.rules("default"))


def test_changing_the_file_leaves_no_rule_behind(root: Path, tmp_path: Path) -> None:
    """In one data folder, the rules of the file deployed before go; a rule that somebody made stays."""
    seen = []
    for file in (*FILES, "s.yaml"):
        with local(tmp_path, root / file) as here:
            services: Any = here.cloud.services
            services["eventbridge"].deploy_rule({"EventBusName": "default", "RuleName": "mine", "FilterPattern": "{}"})
            seen.append(deployed(here.cloud))

    assert seen[0] == sorted([*names_of(read()), "mine"])
    assert seen[1] == sorted([*(rule.name for rule in rules.in_force(root / "s.quickstart.yaml")), "mine"])
    assert seen[2] == seen[0]
