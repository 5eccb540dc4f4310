"""The Node packages of package-lock.json, as `make test-apart` installs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock import Cloud

FOLDER = Path(__file__).parent
MODULES = Path(__file__).parents[3] / ".venv" / "apart-node" / "node_modules"


@pytest.fixture(scope="session")
def node_program() -> Callable[[str], str]:
    """Finds `node` or a command of the Node packages."""

    def find(name: str) -> str:
        if shutil.which("node") is None:
            pytest.skip("node is not installed")
        found = shutil.which("node") if name == "node" else shutil.which(name, path=str(MODULES / ".bin"))
        if found is None or not MODULES.is_dir():
            pytest.fail("the Node packages are not installed: run `make test-apart`")
        return found

    return find


@pytest.fixture(scope="session")
def s(node_program: Callable[[str], str]) -> str:
    """The command of Serverless Devs."""
    return node_program("s")


@pytest.fixture
def run(node_program: Callable[[str], str]) -> Callable[..., Any]:
    """Runs a program of this folder against a new cloud, or a given one, and returns the JSON that it prints."""

    def start(name: str, cloud: Cloud | None = None) -> Any:
        with Server(cloud or local_cloud()) as server:
            environment = {**os.environ, **server.environment, "NODE_PATH": str(MODULES)}
            done = subprocess.run(  # noqa: S603 - our own program
                [node_program("node"), str(FOLDER / name)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return start
