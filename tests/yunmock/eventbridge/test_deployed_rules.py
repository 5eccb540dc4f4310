"""`deploy_rules`: rules of a ROS or Terraform template, beside the functions of an `s.yaml`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import yunmock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock.json_types import JsonObject

CODE = "def handler(event, context):\n    return 'ran'\n"


def rule(**changes: Any) -> JsonObject:
    """A rule as a template writes it: its pattern is an object."""
    return {
        "EventBusName": "default",
        "RuleName": "ecs",
        "Status": "ENABLE",
        "FilterPattern": {"source": ["acs.ecs"]},
        "Targets": [
            {
                "Id": "echo",
                "Type": "acs.fc.function",
                "Endpoint": "acs:fc:cn-hangzhou:1000000000000001:functions/echo",
                "ParamList": [
                    {"ResourceKey": "InvocationType", "Form": "CONSTANT", "Value": "Async"},
                    {"ResourceKey": "Body", "Form": "ORIGINAL", "Value": ""},
                ],
            }
        ],
        **changes,
    }


def names(cloud: yunmock.Cloud) -> list[str]:
    """The rules on the bus `default`."""
    services: Any = cloud.services
    return [one.name for one in services["eventbridge"].registry.rules("default")]


@pytest.mark.parametrize("pattern", [{"source": ["acs.ecs"]}, '{"source": ["acs.ecs"]}'], ids=["object", "text"])
def test_a_deployed_rule_delivers(write_template: Callable[..., Path], pattern: Any) -> None:
    """To the function that its target names, in the way that its InvocationType says."""
    cloud = yunmock.local_cloud(template=write_template(CODE), rules=[rule(FilterPattern=pattern)])
    services: Any = cloud.services
    event = {"source": "acs.ecs", "type": "ecs:Instance:StateChange", "data": {}}

    services["eventbridge"].control("publish", {"bus": "default", "events": json.dumps(event)})

    (ran,) = cloud.invocations_of("echo")
    cloud.close()

    assert ran.invocation.ok


def test_deploying_again_replaces_and_a_reset_restores() -> None:
    """The rule with the same name is replaced; after a reset it is there again."""
    cloud = yunmock.local_cloud(rules=[rule()])
    yunmock.deploy_rules(cloud, [rule(Status="DISABLE")])

    cloud.reset()

    assert names(cloud) == ["ecs"]
    cloud.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"FilterPattern": {"nonsense": ["x"]}}, "nonsense"),
        ({"FilterPattern": None}, "pattern"),
        ({"EventBusName": "nowhere"}, "nowhere"),
        ({"Targets": [{"Id": "a", "Type": "acs.sms"}]}, "acs.sms"),
    ],
    ids=["pattern", "no pattern", "bus", "target"],
)
def test_an_invalid_rule_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    """The message names the rule and what is wrong with it."""
    cloud = yunmock.local_cloud()
    with pytest.raises(ValueError, match=rf"(?i)^rule ecs: .*{reason}"):
        yunmock.deploy_rules(cloud, [rule(**changes)])
    cloud.close()
