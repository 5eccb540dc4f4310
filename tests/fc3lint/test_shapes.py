"""Doctor's own tables against the component's JSON schema: nothing that the schema refuses gets past them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from fc3lint import fc3, shapes, triggershapes
from yunmock import Account
from yunmock.s_yaml import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES: tuple[Any, ...] = (None, True, 7, -1, 0.5, 10**9, "text", "", [], [7], {}, {"a": 7})
MORE = {
    "vpcConfig": {"vpcId": "vpc-1", "vSwitchIds": ["vsw-1"], "securityGroupId": "sg-1"},
    "nasConfig": {"userId": 1, "groupId": 1, "mountPoints": [{"serverAddr": "a", "mountDir": "/b", "enableTLS": True}]},
    "logConfig": {"project": "p", "logstore": "l", "logBeginRule": "None", "enableRequestMetrics": True},
    "customDNS": {"nameServers": ["1.1.1.1"], "dnsOptions": [{"name": "a", "value": "b"}]},
    "instanceConcurrency": 1,
    "internetAccess": True,
    "tracingConfig": {"type": "Jaeger", "params": "", "jaegerConfig": {"endpoint": "e"}},
    "scalingConfig": {"minInstances": 1, "scheduledPolicies": [{"name": "n", "scheduleExpression": "e", "target": 1}]},
}


@pytest.fixture(scope="module")
def schema(root: Path) -> Any:
    """The component's own."""
    return json.loads((root / "tests" / "data" / "fc3-schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def props(root: Path) -> dict[str, Any]:
    """The properties of a function of ours, with some more."""
    path = root / "s.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    resolved = Resolver(path, content, Account(), {}).resolve(content["resources"]["ecs_events"]["props"])
    return {**resolved, **MORE}


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in `node`, inner ones included."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from leaves(value, (*path, key))


def with_(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of `node` with another value at `path`."""
    made = copy.deepcopy(node)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


def test_what_the_schema_takes_is_taken(props: dict[str, Any], schema: Any) -> None:
    """The starting point of the next test is good by both."""
    jsonschema.Draft7Validator(schema).validate(props)

    assert list(shapes.differences(props, fc3.PROPS, ())) == []


def test_what_the_schema_refuses_is_found(props: dict[str, Any], schema: Any) -> None:
    """Every property set to values of other kinds and sizes: what fails the schema has a finding."""
    validator = jsonschema.Draft7Validator(schema)
    passed, refused = [], 0
    for path in leaves(props):
        for value in VALUES:
            changed = with_(props, path, value)
            if not validator.is_valid(changed):
                refused += 1
                if not list(shapes.differences(changed, fc3.PROPS, ())):
                    passed.append((path, value))

    assert refused > 500
    assert passed == [(("code",), {})]  # which has a check of its own, since the schema wants too much there


def test_the_tables_have_every_property_of_the_schema(schema: Any) -> None:
    """And one more: custom domains, which the component takes and its schema does not know."""
    assert set(fc3.PROPS.keys) - schema["properties"].keys() == {"customDomain"}
    assert schema["properties"].keys() - set(fc3.PROPS.keys) == set()


@pytest.mark.parametrize(
    ("shape", "name"), [(fc3.PROPS.keys["region"], "IRegion"), (fc3.PROPS.keys["runtime"], "IRuntime")]
)
def test_the_tables_have_every_word_of_the_schema(schema: Any, shape: shapes.Text, name: str) -> None:
    """Regions and runtimes are the component's."""
    assert sorted(shape.values) == sorted(schema["definitions"][name]["enum"])


def test_the_tables_have_every_trigger_of_the_schema(schema: Any) -> None:
    """Each type has a table, whose keys the schema has too."""
    assert sorted(triggershapes.CONFIGS) == sorted(schema["definitions"]["ITriggerType"]["enum"])
    for type_, name in (
        ("timer", "ITimerTriggerConfig"),
        ("log", "ILogTriggerConfig"),
        ("eventbridge", "IEventBridge"),
    ):
        assert schema["definitions"][name]["properties"].keys() == triggershapes.CONFIGS[type_].keys.keys()
