"""The linter's models against the component's JSON schema: they refuse what the schema refuses."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from fc3lint.function_models import Function, Region, Runtime, function_model
from fc3lint.trigger_models import CONFIGS
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
    """The component's JSON schema."""
    return json.loads((root / "tests" / "data" / "fc3-schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def props(root: Path) -> dict[str, Any]:
    """The properties of one of this project's functions, and some more."""
    path = root / "s.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    resolved = Resolver(path, content, Account(), {}).resolve(content["resources"]["ecs_events"]["props"])
    assert isinstance(resolved, dict)
    return {**resolved, **MORE}


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in `node`."""
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


def accepts(model: type[BaseModel], value: Any) -> bool:
    """Whether a model accepts a value."""
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


def test_the_models_accept_what_the_schema_accepts(props: dict[str, Any], schema: Any) -> None:
    """The properties that the next test starts from are valid for both."""
    jsonschema.Draft7Validator(schema).validate(props)

    assert accepts(function_model(props["runtime"], gpu=False), props)


def test_the_models_refuse_what_the_schema_refuses(props: dict[str, Any], schema: Any) -> None:
    """Set every property to values of other types and sizes: the models refuse all that the schema refuses."""
    validator = jsonschema.Draft7Validator(schema)
    model = function_model(props["runtime"], gpu=False)
    changes = [(path, value, with_(props, path, value)) for path in leaves(props) for value in VALUES]
    refused = [(path, value, changed) for path, value, changed in changes if not validator.is_valid(changed)]

    assert len(refused) > 500
    # The schema wants `src` in every mapping; `functions.py` checks what `code` needs.
    assert [(path, value) for path, value, changed in refused if accepts(model, changed)] == [(("code",), {})]


def test_the_models_have_every_property_of_the_schema(schema: Any) -> None:
    """They also have customDomain, which the component takes and its schema does not know."""
    assert Function.model_fields.keys() - schema["properties"].keys() == {"customDomain"}
    assert schema["properties"].keys() - Function.model_fields.keys() == set()


@pytest.mark.parametrize(("literal", "name"), [(Region, "IRegion"), (Runtime, "IRuntime")])
def test_the_models_have_every_value_of_the_schema(schema: Any, literal: Any, name: str) -> None:
    """Regions and runtimes are the component's."""
    assert sorted(get_args(literal)) == sorted(schema["definitions"][name]["enum"])


def test_the_models_have_every_trigger_of_the_schema(schema: Any) -> None:
    """Each type has a model with the schema's keys."""
    assert sorted(CONFIGS) == sorted(schema["definitions"]["ITriggerType"]["enum"])
    for type_, name in (
        ("timer", "ITimerTriggerConfig"),
        ("log", "ILogTriggerConfig"),
        ("eventbridge", "IEventBridge"),
    ):
        assert schema["definitions"][name]["properties"].keys() == CONFIGS[type_].model_fields.keys()


@pytest.mark.parametrize("runtime", ["custom", "custom-container"])
def test_a_gpu_raises_the_limits(runtime: str) -> None:
    """Functions with a GPU take more memory and a larger disk."""
    props = {"region": "cn-hangzhou", "functionName": "f", "runtime": runtime, "code": "./code"}
    large = {**props, "customContainerConfig": {"image": "i"}, "memorySize": 65_536, "diskSize": 61_440}

    assert accepts(function_model(runtime, gpu=True), large)
    assert not accepts(function_model(runtime, gpu=False), large)
