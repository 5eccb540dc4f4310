"""s.yaml and s.quickstart.yaml: they fit the fc3 component, and the rules match what the catalogue knows."""

from __future__ import annotations

import ast
import importlib.util
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from opsctl import sample
from opsctl.ros import rules
from opsledger import catalog, settings
from yunmock import Account, local_cloud
from yunmock.s_yaml import Resolver, Where, extended_props, read_document
from yunmock.template import read_template

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock.eventbridge.pattern import Pattern

NOW_MS = 1_767_225_600_000
ECS = tuple(spec for spec in catalog.event_types() if spec.kind.product == "ecs")


@pytest.fixture(scope="module", params=["s.yaml", "s.quickstart.yaml"])
def functions(root: Path, request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The properties of each function of each file, with variables resolved."""
    path = root / request.param
    content: dict[str, Any] = read_document(path)
    resolver = Resolver(path, content, Account(), {})
    return {
        name: resolver.resolve(extended_props(Where(path), content, name), ("resources", name, "props"), name)
        for name in content["resources"]
    }


@pytest.fixture(scope="module")
def schema(root: Path) -> Any:
    """The schema of the fc3 component."""
    return json.loads((root / "tests" / "data" / "fc3-schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pattern(root: Path) -> Pattern:
    """The pattern of the ECS function's rule."""
    (rule,) = [one for one in rules.in_force(root / "s.yaml") if one.function == "opsledger-ecs-events"]
    return rule.pattern


def test_every_function_fits_the_components_schema(functions: dict[str, Any], schema: Any) -> None:
    """So that `s deploy` accepts the file."""
    validator = jsonschema.Draft7Validator(schema)

    assert {name: [e.message for e in validator.iter_errors(props)] for name, props in functions.items()} == {
        name: [] for name in functions
    }


def test_the_schema_refuses_invalid_values(functions: dict[str, Any], schema: Any) -> None:
    """A timeout in words and a memory size that is no multiple of 64."""
    broken = {**functions["ecs_events"], "timeout": "sixty", "memorySize": 1000}

    assert len(list(jsonschema.Draft7Validator(schema).iter_errors(broken))) == 2


def test_every_expression_resolves_without_an_environment(root: Path) -> None:
    """Each `${env(…)}` has a default, so a fresh clone can be deployed locally."""
    template = read_template(root / "s.yaml", Account(), {})

    assert {f.name for f in template.functions} >= {"opsledger-ecs-events"}
    assert all("${" not in str(f) for f in template.functions)


def test_every_handler_exists(functions: dict[str, Any], root: Path) -> None:
    """The code folder has an index.py that defines handler and initializer."""
    for props in functions.values():
        module = ast.parse((root / props["code"] / "index.py").read_text(encoding="utf-8"))
        defined = {f"index.{node.name}" for node in module.body if isinstance(node, ast.FunctionDef)}
        assert {props["handler"], props["instanceLifecycleConfig"]["initializer"]["handler"]} <= defined


def test_every_required_variable_is_set(functions: dict[str, Any]) -> None:
    """With credentials added, the settings can be read from each function's environment."""
    role = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    for props in functions.values():
        read = settings.read(None, {**props["environmentVariables"], **role})
        assert (read.instance, read.prefix) == ("opsledger", "opsledger_")


def test_the_file_has_no_secret(root: Path) -> None:
    """Functions get their credentials from their role."""
    text = (root / "s.yaml").read_text(encoding="utf-8").lower()

    assert "access_key" not in text
    assert "accesskey" not in text


# --------------------------------------------------------------------------------------------------------------- rules
@pytest.mark.parametrize("spec", ECS, ids=lambda spec: spec.name)
def test_the_rule_matches_every_catalogued_type(pattern: Pattern, spec: catalog.EventType) -> None:
    """With and without the status in its name."""
    event = sample.event(spec, sample.statuses(spec)[0], "cloudevent", seed="a", now_ms=NOW_MS)

    assert pattern.match(event).matched
    assert pattern.match({**event, "type": f"{spec.type}:{sample.statuses(spec)[0]}"}).matched


@pytest.mark.parametrize(
    ("source", "type_"),
    [
        ("acs.ecs", "ecs:ActionTrail:ApiCall"),
        ("acs.ecs", "ecs:ActionTrail:ConsoleOperation"),
        ("acs.oss", "ecs:Instance:StateChange"),
        ("acs.rds", "rds:Instance:Reboot"),
        ("custom", "ecs:Instance:StateChange"),
    ],
)
def test_the_rule_matches_nothing_else(pattern: Pattern, source: str, type_: str) -> None:
    """No other products, and no record of an API call."""
    match = pattern.match({"specversion": "1.0", "id": "1", "source": source, "type": type_, "data": {}})

    assert not match.matched
    assert match.reasons


@pytest.mark.parametrize("type_", ["ecs:Instance:SomethingNew", "ecs:Snapshot:SomethingNew", "ecs:New:Event"])
def test_the_rule_matches_a_new_type(pattern: Pattern, type_: str) -> None:
    """So that it arrives and is seen."""
    assert pattern.match({"source": "acs.ecs", "type": type_, "data": {}}).matched


def test_yunmock_deploys_the_quick_start(root: Path) -> None:
    """Functions and rules have the names that the vendor would give them; events are handed over asynchronously."""
    cloud = local_cloud(template=root / "s.quickstart.yaml")
    services: Any = cloud.services
    made = {rule.name: rule for rule in services["eventbridge"].registry.rules("default")}

    assert "opsledger-ecs-events" in services["fc"].functions
    assert "opsledger-ecs-events-ecs" in made
    assert {rule.targets[0].param("InvocationType").value for rule in made.values()} == {"Async"}
    cloud.close()


def test_a_functions_folder_has_no_logic(root: Path) -> None:
    """Its index.py only calls the library, and can be imported without settings."""
    for path in sorted((root / "functions").glob("*/index.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 30
        spec = importlib.util.spec_from_file_location(f"functions_{path.parent.name}", path)
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
