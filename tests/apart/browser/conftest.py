"""A real browser that visits pages: Chromium, driven by Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
MODULES = ROOT / ".venv" / "apart-browser" / "node_modules"


@pytest.fixture(scope="session")
def browse() -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Visits addresses, and returns what the browser saw at each."""
    node, browser = shutil.which("node"), shutil.which("chromium") or shutil.which("google-chrome")
    if node is None or browser is None:
        pytest.skip("there is no node, or no chromium or google-chrome, on this machine")
    if not MODULES.is_dir():
        pytest.fail("the Node packages are not installed: run `make test-apart`")

    def browse(visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ran = subprocess.run(  # noqa: S603 - our own program
            [node, str(HERE / "visit.js")],
            input=json.dumps({"browser": browser, "now": NOW_MS, "visits": visits}),
            env={**os.environ, "NODE_PATH": str(MODULES)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        seen: list[dict[str, Any]] = json.loads(ran.stdout)
        return seen

    return browse
