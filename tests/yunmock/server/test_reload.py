"""Edits of a template and of its functions' code while they are deployed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from yunmock import deploy, local_cloud
from yunmock.reload import TemplateWatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud

PATTERN = '{"source":["acs.ecs"]}'


class Project:
    """A template with functions in a folder, deployed and watched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.reports = folder, []  # type: ignore[var-annotated]  # texts
        self.cloud: Cloud = local_cloud()
        self._edits = 0
        self.write({"one": {}})
        self.write_code("one", "first")
        self.watch = TemplateWatch(self.cloud, deploy(self.cloud, folder / "s.yaml"), self.reports.append)

    def write(self, functions: dict[str, dict[str, Any]], **more: Any) -> None:
        """Write the template with the properties of each function."""
        for name in functions:
            (self.folder / name).mkdir(exist_ok=True)
        usual = {"region": "cn-hangzhou", "runtime": "python3.10", "handler": "index.handler"}
        resources = {
            name: {"component": "fc3", "props": {**usual, "functionName": name, "code": f"./{name}", **props}}
            for name, props in functions.items()
        }
        content = {"edition": "3.0.0", "name": "t", "access": "default", "resources": resources, **more}
        self.touch(self.folder / "s.yaml", yaml.safe_dump(content))

    def write_code(self, name: str, result: str) -> None:
        """Write a function that returns a text."""
        self.touch(self.folder / name / "index.py", f"def handler(event, context):\n    return {result!r}\n")

    def touch(self, path: Path, text: str) -> None:
        """Write a file, a second later than the last one."""
        self._edits += 1
        path.write_text(text)
        os.utime(path, (1_700_000_000 + self._edits, 1_700_000_000 + self._edits))

    def call(self, name: str = "one") -> str:
        """What a function answers."""
        return self.cloud.invoker.invoke(name, b"").body.decode()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one function."""
    made = Project(tmp_path)
    yield made
    made.cloud.close()


def test_without_an_edit_nothing_happens(project: Project) -> None:
    """A warm instance goes on."""
    project.call()
    project.watch.check()

    assert (project.call(), project.reports) == ("first", [])
    assert project.cloud.invocations_of("one")[-1].invocation.cold is False


def test_an_edit_of_code(project: Project) -> None:
    """The next call loads it, whether the file is the handler's or one that it imports."""
    project.call()
    project.write_code("one", "second")
    project.watch.check()

    assert project.call() == "second"
    assert project.reports == ["the code of one has changed; its next call loads it"]
    project.touch(project.folder / "one" / "new.py", "x = 1\n")
    project.watch.check()
    assert len(project.reports) == 2


def test_code_with_an_error(project: Project) -> None:
    """The call fails; the next edit heals it."""
    project.call()
    project.touch(project.folder / "one" / "index.py", "def handler(event")
    project.watch.check()
    assert "SyntaxError" in project.call()

    project.write_code("one", "healed")
    project.watch.check()
    assert project.call() == "healed"


def test_an_edit_of_the_template(project: Project) -> None:
    """Properties, new functions and triggers are deployed; what the template no longer has is removed."""
    bus = {"triggerName": "bus", "triggerType": "eventbridge", "triggerConfig": {"eventRuleFilterPattern": PATTERN}}
    project.write({"one": {"triggers": [bus]}, "two": {"memorySize": 256}})
    project.write_code("two", "2")
    project.watch.check()
    functions: Any = project.cloud.services["fc"]
    rules: Any = project.cloud.services["eventbridge"]
    assert (project.call("two"), functions.functions["two"].memory_mb) == ("2", 256)
    assert [rule.name for rule in rules.registry.rules("default")] == ["one-bus"]

    project.write({"one": {}})
    project.watch.check()

    assert list(functions.functions) == ["one"]
    assert rules.registry.rules("default") == []
    assert project.reports == ["s.yaml has changed and is deployed"] * 2


def test_an_edit_of_a_base_file(project: Project) -> None:
    """A template that another one extends counts, too."""
    project.write({"one": {}}, extend="base.yaml")
    project.touch(project.folder / "base.yaml", yaml.safe_dump({"edition": "3.0.0", "name": "b", "resources": {}}))
    project.watch.check()
    project.touch(project.folder / "base.yaml", yaml.safe_dump({"edition": "3.0.0", "name": "b2", "resources": {}}))
    project.watch.check()

    assert project.reports == ["s.yaml has changed and is deployed"] * 2


@pytest.mark.parametrize("text", ["{", "edition: 3.0.0\nresources: {one: {component: fc3}}\n", ""])
def test_a_template_with_an_error(project: Project, text: str) -> None:
    """It is reported once, what was deployed before goes on, and the next edit is deployed."""
    project.touch(project.folder / "s.yaml", text)
    project.watch.check()
    project.watch.check()

    assert project.call() == "first"
    assert len(project.reports) == 1
    assert project.reports[0].endswith("; what was deployed before goes on")

    project.write({"one": {"memorySize": 1024}})
    project.watch.check()
    functions: Any = project.cloud.services["fc"]
    assert functions.functions["one"].memory_mb == 1024


def test_a_template_that_vanishes(project: Project) -> None:
    """An editor that replaces a file may leave none for a moment; nothing is lost by that."""
    content = (project.folder / "s.yaml").read_text()
    (project.folder / "s.yaml").unlink()
    project.watch.check()
    assert project.call() == "first"

    project.touch(project.folder / "s.yaml", content)
    project.watch.check()
    assert project.reports[-1] == "s.yaml has changed and is deployed"
