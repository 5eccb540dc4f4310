"""Environments of their own: what someone has who installs a wheel. `make test-apart` builds them and runs these tests.

`make test` does not collect this folder (`norecursedirs` in pyproject.toml).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with locked requirements and wheels from dist/, and an empty folder to work in."""

    bin: Path
    folder: Path

    def run(
        self, command: str, *arguments: str, stdin: str = "", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the empty folder; nothing of this project is on its path."""
        return subprocess.run(  # noqa: S603 - a command that the wheel or Python installed
            [str(self.bin / command), *arguments],
            cwd=self.folder,
            env={**self.environment, **(variables or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def answers(self, program: Path, variables: Mapping[str, str]) -> Any:
        """The JSON that a program of ours prints, which succeeds."""
        ran = self.run("python", "-I", str(program), variables=variables)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    @property
    def environment(self) -> dict[str, str]:
        """The environment's programs first, an empty home folder, and none of the variables of this process."""
        return {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.folder), "LANG": "C.UTF-8"}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Installed]:
    """Finds an environment by its name in the Makefile; each has a folder of its own."""

    def find(name: str) -> Installed:
        folder = ROOT / ".venv" / f"apart-{name}-{sys.version_info.major}.{sys.version_info.minor}"
        if not (folder / ".ready").is_file():
            pytest.fail(f"{folder.relative_to(ROOT)} is not built: run `make test-apart`")
        return Installed(folder / "bin", tmp_path_factory.mktemp(name))

    return find
