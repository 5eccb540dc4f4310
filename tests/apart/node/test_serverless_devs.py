"""The real `s` of Serverless Devs reads s.yaml and s.quickstart.yaml; nothing is deployed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from yunmock import Account
from yunmock.template import read_template

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = ("OPSLEDGER_", "OTS_")
COMPONENT = """
const schema = require("fs").readFileSync(__dirname + "/schema.json", "utf8");
class Component { constructor() { this.commands = {}; } getSchema() { return schema; } }
module.exports = Component;
module.exports.default = Component;
"""
"""What stands for the component, which no package has: the schema is its own."""


@pytest.fixture(scope="module", params=["s.yaml", "s.quickstart.yaml"])
def file(request: pytest.FixtureRequest) -> str:
    """Each file that can be deployed."""
    return str(request.param)


@pytest.fixture(scope="module")
def previewed(s: str, root: Path, tmp_path_factory: pytest.TempPathFactory, file: str) -> dict[str, Any]:
    """The output of `s preview`, with none of our variables set."""
    out = tmp_path_factory.mktemp("preview") / "preview.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(VARIABLES)}
    command = [s, "preview", "--silent", "-t", file, "-o", "json", "--output-file", str(out)]
    ran = subprocess.run(  # noqa: S603 - the command this test is about
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    preview: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return preview


def test_preview_equals_what_yunmock_reads(previewed: dict[str, Any], root: Path, file: str) -> None:
    """Both resolve the variables to the same names, environments and triggers."""
    ours = {f.name: f for f in read_template(root / file, Account(), {}).functions}
    theirs = {r["props"]["functionName"]: r["props"] for r in previewed["resources"].values()}

    assert theirs.keys() == ours.keys()
    for name, props in theirs.items():
        assert props["environmentVariables"] == ours[name].environment
        assert [t["triggerConfig"] for t in props.get("triggers", [])] == [t.config for t in ours[name].triggers]
        destinations = props.get("asyncInvokeConfig", {}).get("destinationConfig", {})
        assert destinations.get("onFailure", {}).get("destination") == (ours[name].asynchronous.on_failure or None)


def test_preview_fits_the_components_schema(previewed: dict[str, Any], root: Path) -> None:
    """`s verify` checks the same, but needs the component."""
    schema = json.loads((root / "tests" / "data" / "fc3-schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)

    for resource in previewed["resources"].values():
        assert [error.message for error in validator.iter_errors(resource["props"])] == []


def test_the_package_is_built_before_deploying(previewed: dict[str, Any], root: Path) -> None:
    """The action runs `make package` for the runtime that is deployed."""
    (step,) = previewed["actions"]["pre-deploy"]

    assert step["run"] == 'make package ARGS="--runtime python3.10"'
    assert "pre-deploy" in yaml.safe_load((root / "s.yaml").read_text(encoding="utf-8"))["actions"]


@pytest.mark.parametrize(("timeout", "code"), [("60", 0), ("sixty", 1)])
def test_verify_checks_the_file(s: str, root: Path, tmp_path: Path, timeout: str, code: int) -> None:
    """`s verify` accepts s.yaml with the component's schema, and refuses an invalid timeout."""
    component = tmp_path / "fc3"
    component.mkdir()
    shutil.copy(root / "tests" / "data" / "fc3-schema.json", component / "schema.json")
    (component / "index.js").write_text(COMPONENT, encoding="utf-8")
    (component / "package.json").write_text('{"name": "fc3", "main": "index.js"}', encoding="utf-8")
    text = (root / "s.yaml").read_text(encoding="utf-8")
    assert "timeout: 60\n" in text
    text = text.replace("timeout: 60\n", f"timeout: {timeout}\n").replace("component: fc3\n", "component: ./fc3\n")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    environment = {**os.environ, "HOME": str(tmp_path)}

    ran = subprocess.run(  # noqa: S603 - the command this test is about
        [s, "verify"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == code, ran.stdout + ran.stderr
    assert ("timeout must be integer" in ran.stdout + ran.stderr) == bool(code)
