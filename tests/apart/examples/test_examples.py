"""The projects of infra/yunmock/examples, each in a folder of its own, with yunmock from its wheel."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "infra" / "yunmock" / "examples"
NODE = ROOT / "tests" / "apart" / "node"
MODULES = ROOT / ".venv" / "apart-node" / "node_modules"

PYTHON = [
    ("pytest", "tablestore", ("pytest", "-q", "-p", "no:cacheprovider"), "3 passed"),
    ("unittest", "yunmock", ("python", "-W", "error", "-m", "unittest"), "Ran 2 tests"),
]
"""The folder, the environment, the command that its README names, and what it prints at the end."""


@pytest.mark.parametrize(("name", "environment", "command", "prints"), PYTHON, ids=[row[0] for row in PYTHON])
def test_a_python_project(
    installed: Callable[[str], Installed], name: str, environment: str, command: tuple[str, ...], prints: str
) -> None:
    """Its tests pass with what its requirements name."""
    place = installed(environment)
    shutil.copytree(EXAMPLES / name, place.folder, dirs_exist_ok=True)

    ran = place.run(*command)

    assert (ran.returncode, prints in ran.stdout + ran.stderr) == (0, True), ran.stdout + ran.stderr


def test_the_node_project(installed: Callable[[str], Installed]) -> None:
    """Its tests pass with the locked SDK of the version that its package.json names."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    place = installed("tablestore")
    shutil.copytree(EXAMPLES / "node", place.folder, dirs_exist_ok=True)
    package, locked = (json.loads((folder / "package.json").read_text()) for folder in (place.folder, NODE))
    assert package["dependencies"].items() <= locked["dependencies"].items()
    assert package["scripts"]["test"] == "node --test"

    done = subprocess.run(  # noqa: S603 - the project's own command
        [node, "--test"],
        cwd=place.folder,
        env={**place.environment, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, "# pass 3" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_table_names_every_project() -> None:
    """The README of the folder has a row for each."""
    rows = [line.split("|")[1].strip(" `/") for line in (EXAMPLES / "README.md").read_text().splitlines()[6:]]

    assert sorted(rows) == sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
