"""The Node packages of package-lock.json, as `make test-apart` installs them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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
