"""Where code may live and what it may import, as far as import-linter (`make lint`) cannot say it."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

from opsctl.package.library import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "shared"
FUNCTIONS = sorted((ROOT / "functions").glob("*/index.py"))
NOT_FOR_FUNCTIONS = ("opsctl", "fc3lint", "yunmock", "tests", "benchmarks")
UNREACHED = {
    "opsledger/py.typed": "type checkers read it",
    "opsledger/catalog/advice.py": "only notifications use it, and no function sends any yet",
    "opsledger/catalog/ecs/advice/": "the same",
    "opsledger/catalog/eci/advice/": "the same",
}
"""Files of the library, or folders, that no function reaches, and why they are there."""


def imported(path: Path) -> Iterator[str]:
    """The top-level name of every import in a file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("index", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_function_imports_the_library_alone(index: Path) -> None:
    """Of our packages, a function imports `opsledger` and no other."""
    names = set(imported(index))

    assert "opsledger" in names
    assert names.isdisjoint(NOT_FOR_FUNCTIONS)


def test_functions_reach_every_file_of_the_library() -> None:
    """shared/opsledger holds what functions run; each exception in `UNREACHED` has a reason and is still needed."""
    reached = reach(FUNCTIONS, SHARED).files
    unreached = {
        path.relative_to(SHARED).as_posix()
        for path in (SHARED / "opsledger").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - reached.keys()

    assert {path for path in unreached if not path.startswith(tuple(UNREACHED))} == set()
    assert [name for name in UNREACHED if not any(path.startswith(name) for path in unreached)] == []


@pytest.mark.parametrize("package", ["opsledger", "opsctl", "fc3lint", "yunmock"])
def test_modules_do_not_import_each_other_in_a_circle(package: str) -> None:
    """No module imports itself by way of others, imports for type checkers included."""
    graph = grimp.build_graph(package, cache_dir=None)

    try:
        TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


PLUGIN_TEST = """
import sys

def test_nothing_is_imported_before_the_fixture_is_used():
    assert [name for name in sys.modules if name.startswith("yunmock.")] == ["yunmock.pytest_plugin"]
"""


def test_the_pytest_plugin_imports_nothing_of_yunmock(tmp_path: Path) -> None:
    """A run that does not use the fixture `aliyun` does not pay for the cloud."""
    (tmp_path / "test_it.py").write_text(PLUGIN_TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "yunmock.pytest_plugin", "-p", "no:cacheprovider"]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own

    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr
