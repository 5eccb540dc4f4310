"""The tutorial, typed command by command in a copy of this folder, in both languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PAGES = ("tutorial.md", "zh/tutorial.md")
PART = re.compile(r"```sh\n(?P<code>.*?)```|<!-- prints: (?P<prints>.*?) -->", re.DOTALL)
NEEDED = ("s.yaml", "functions", "events", "infra")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the commands need of a clone."""
    for name in NEEDED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def steps(page: str) -> Iterator[tuple[str, list[str]]]:
    """Each block of commands, and what it prints by the page."""
    code, printed = "", []
    for part in PART.finditer((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if part["code"] is None:
            printed.append(part["prints"])
            continue
        if code:
            yield code, printed
        code, printed = part["code"], []
    yield code, printed


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_tutorial_works(folder: Path, page: str) -> None:
    """Each block ends well, and prints what the page says of it; the last one leaves nothing behind."""
    programs = Path(sys.executable).parent
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    prologue = ""
    for code, wanted in steps(page):
        done = subprocess.run(  # noqa: S603 - the page's own commands
            ["/bin/bash", "-euo", "pipefail", "-c", prologue + code],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        for text in wanted:
            assert text in done.stdout, f"{code}\n{done.stdout}"
        prologue += "".join(f"{line}\n" for line in code.splitlines() if line.startswith("export "))
    assert sorted(path.name for path in folder.iterdir() if path.name not in NEEDED) == []


def test_both_languages_have_the_same_steps() -> None:
    """The Chinese page has every command of the English one, and expects the same."""
    english, chinese = (list(steps(page)) for page in PAGES)

    assert english == chinese
